"""One flight for many: who asks what is being asked already waits for the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Flights:
    """Questions that are under way, by what is asked."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}

    def __len__(self) -> int:
        """Return how many are under way."""
        return len(self._under_way)

    async def join(self, what: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the answer to `what`, asked now or by somebody before; who is called away does not end it for others.

        Args:
            what: two questions with equal ones get one answer.
            ask: asks; called when nobody has. Whatever it raises all who wait get.
        """
        task = self._under_way.get(what)
        if task is None:
            task = asyncio.create_task(ask(), name="flight")
            self._under_way[what] = task
            task.add_done_callback(lambda done: self._landed(what, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _landed(self, what: Hashable, done: asyncio.Task[Any]) -> None:
        self._under_way.pop(what, None)
        if not done.cancelled():
            done.exception()  # its error is each waiter's; with nobody left to wait it is nobody's
