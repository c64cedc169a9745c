"""Room for so many questions of one kind at once; who finds none waits, but not beyond his deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import Gauge

from mis.terms import Unavailable
from okno import clock


class Room:
    """A bulkhead.

    Args:
        at_once: how many fit.
        taken: shows how many are inside.
    """

    def __init__(self, at_once: int, taken: Gauge) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._taken = taken

    @asynccontextmanager
    async def place(self, deadline: float) -> AsyncIterator[None]:
        """Hold a place for the body of an `async with`. Raises Unavailable: none came free in time, nothing was sent.

        Args:
            deadline: of `okno.clock.monotonic`, in seconds.
        """
        try:
            async with asyncio.timeout(deadline - clock.monotonic()):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable("there was no room to ask the MIS in time") from None
        self._taken.inc()
        try:
            yield
        finally:
            self._taken.dec()
            self._places.release()
