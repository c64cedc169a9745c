"""Whether the services behind the screens answer: engine, chat, MIS; told to every screen when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import okno.logs
from okno.service import ServiceClient, ServiceDown, ServiceRefused

log = okno.logs.get(__name__)

# The engine is judged by its silence (three seconds), so looking twice a second tells it soon enough.
_LOOK_S = 0.5
# A dead chat or MIS is a strip on the screen, not an alarm: asked every three seconds.
_ASK_S = 3.0


class Links:
    """Watches the services.

    Args:
        engine: says whether the live feed is heard.
        others: clients of the other services, by name.
        changed: called with the new state whenever it differs from the last.
    """

    def __init__(
        self, engine: Callable[[], bool], others: Mapping[str, ServiceClient],
        changed: Callable[[dict[str, bool]], None],
    ) -> None:
        self._engine, self._others, self._changed = engine, others, changed
        # A service counts as there until it was asked: a screen that opens first shows no false alarm.
        self._told: dict[str, bool] = {"engine": engine(), **dict.fromkeys(others, True)}

    @property
    def state(self) -> dict[str, bool]:
        """Which services answer, at this moment."""
        return {**self._told, "engine": self._engine()}

    async def run(self) -> None:
        """Watch for ever."""
        askers: list[Awaitable[None]] = [self._ask(name, client) for name, client in self._others.items()]
        await asyncio.gather(self._look(), *askers)

    async def _look(self) -> None:
        while True:
            self._set("engine", self._engine())
            await asyncio.sleep(_LOOK_S)

    async def _ask(self, name: str, client: ServiceClient) -> None:
        while True:
            try:
                await client.get("/health")
            except (ServiceDown, ServiceRefused):
                self._set(name, False)
            else:
                self._set(name, True)
            await asyncio.sleep(_ASK_S)

    def _set(self, name: str, there: bool) -> None:
        if self._told[name] == there:
            return
        self._told[name] = there
        log.info("link_changed", extra={"link": name, "there": there})
        self._changed(dict(self._told))
