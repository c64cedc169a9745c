"""Tells the engine which operators have a page open here: at every first and last socket, and every 15 s (R8).

The engine counts the grace by the last word it heard. A word that does not arrive is not repeated: the next one says
the same. A gateway that dies says nothing, and its pages are lost a minute later unless another one sees them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any, Protocol

import okno.logs
from okno.service import ServiceDown, ServiceRefused

log = okno.logs.get(__name__)

BEAT_S = 15.0


class Told(Protocol):
    """What of `engine.client.EngineClient` is needed here."""

    async def pages(self, here: Iterable[str], left: Iterable[str]) -> Any:
        """Tell which operators have a page open, and who has just lost his last one here."""


class Pages:
    """Counts the pages of each operator in this process.

    Args:
        engine: its client.
        beat_s: seconds between two words when nothing changes.
    """

    def __init__(self, engine: Told, beat_s: float = BEAT_S) -> None:
        self._engine = engine
        self._beat_s = beat_s
        self._open: dict[str, int] = {}
        self._left: set[str] = set()
        self._changed = asyncio.Event()

    @property
    def here(self) -> list[str]:
        """The operators with a page open here, in order."""
        return sorted(self._open)

    def opened(self, operator: str) -> None:
        """A socket of this operator opened."""
        self._open[operator] = self._open.get(operator, 0) + 1
        if self._open[operator] == 1:
            self._left.discard(operator)
            self._changed.set()

    def closed(self, operator: str) -> None:
        """A socket of this operator closed."""
        rest = self._open.pop(operator, 0) - 1
        if rest > 0:
            self._open[operator] = rest
        elif rest == 0:
            self._left.add(operator)
            self._changed.set()

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._beat_s):
                    await self._changed.wait()
            self._changed.clear()
            here, left = self.here, sorted(self._left)
            self._left.clear()
            if here or left:
                await self._tell(here, left)

    async def _tell(self, here: list[str], left: list[str]) -> None:
        try:
            await self._engine.pages(here, left)
        except (ServiceDown, ServiceRefused) as trouble:
            log.info("pages_not_told", extra={"why": trouble.key})
