"""Work beside hearing and sending, in whatever process came to know of it: it goes on until nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from chat.wire import Undelivered, Unknown
from okno import logs
from okno.database import DatabaseDown

log = logs.get(__name__)


class Beside:
    """Work of an account that begins when there is some, and ends when there is none.

    Args:
        account: whose, for the log.
        work: does what there is; it raises Undelivered, Unknown or DatabaseDown when it must be tried again.
        again_s: how long it waits then.
    """

    def __init__(self, account: str, work: Callable[[], Awaitable[None]], again_s: float = 30.0) -> None:
        self._account, self._work, self._again_s = account, work, again_s
        self._task: asyncio.Task[None] | None = None
        self._more = False

    def wake(self) -> None:
        """There is something to do. Without a running loop it is done at the next word."""
        self._more = True
        with contextlib.suppress(RuntimeError):
            loop = asyncio.get_running_loop()
            if self._task is None or self._task.done():
                self._task = loop.create_task(self._run(), name=f"beside {self._account}")

    async def stop(self) -> None:
        """Leave it; what is left is begun again with the next word."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while self._more:
            self._more = False
            try:
                await self._work()
            except (Undelivered, Unknown, DatabaseDown) as fault:
                self._more = True
                log.warning("account_waits", extra={"account": self._account, "reason": type(fault).__name__})
                await asyncio.sleep(self._again_s)
