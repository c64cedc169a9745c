"""The links to the PBXs as one thing: followed for ever, begun anew when too much came at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from engine.effects import Order
from engine.events import PbxLinkChanged
from okno import clock, logs

log = logs.get(__name__)

_LOOK_S = 0.5


class Link(Protocol):
    """What of `engine.ami.link.PbxLink` is needed here."""

    alive: bool

    @property
    def state(self) -> str:
        """down, connecting, snapshot, replay or live."""

    @property
    def reason(self) -> str:
        """Why it is not live; an i18n key, empty when it is."""

    @property
    def lag_s(self) -> float:
        """How old the last event was when it was taken."""

    @property
    def queued(self) -> int:
        """Events received and not yet taken."""

    async def run(self) -> None:
        """Follow the PBX."""

    async def perform(self, effect: Order) -> None:
        """Give one order."""

    async def close(self) -> None:
        """End."""


class Links:
    """Follows every PBX.

    Args:
        names: of the PBXs.
        make: makes a fresh link to one.
        take: gives the loop what a link that is put aside can no longer tell.
        full: whether the loop takes no facts now.
    """

    def __init__(
        self, names: Iterable[str], make: Callable[[str], Link], take: Callable[[PbxLinkChanged], None],
        full: Callable[[], bool],
    ) -> None:
        self.names = tuple(names)
        self._make = make
        self._take = take
        self._full = full
        self._links: dict[str, Link] = {}
        self._again = {name: asyncio.Event() for name in self.names}
        self._alive = False

    async def run(self) -> None:
        """Follow until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self.names:
                group.create_task(self._follow(name), name=f"pbx {name}")
            await asyncio.Event().wait()

    def begin_anew(self, name: str) -> None:
        """Put a link aside and make another, with a snapshot, once the loop takes facts again."""
        self._again[name].set()

    def tell_alive(self, alive: bool) -> None:
        """Say whether the engine leads: only then the PBXs are told that it lives (P3)."""
        self._alive = alive
        for link in self._links.values():
            if link.alive != alive:
                link.alive = alive

    def of(self, name: str) -> Link | None:
        """Return the present link to a PBX."""
        return self._links.get(name)

    async def perform(self, effect: Order) -> None:
        """Give an order once. Raises what the link raises."""
        await self._links[effect.pbx].perform(effect)

    async def close(self) -> None:
        """End every link."""
        await asyncio.gather(*(link.close() for link in self._links.values()), return_exceptions=True)

    async def _follow(self, name: str) -> None:
        while True:
            link = self._links[name] = self._make(name)
            link.alive = self._alive
            self._again[name].clear()
            running = asyncio.create_task(link.run(), name=f"pbx {name} link")
            waiting = asyncio.create_task(self._again[name].wait())
            try:
                await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
            finally:
                running.cancel()
                waiting.cancel()
                await asyncio.gather(running, waiting, return_exceptions=True)
                await link.close()
            log.error("pbx_link_put_aside", extra={"pbx": name})
            self._take(PbxLinkChanged(at=clock.now(), pbx=name, state="down", reason="overflow"))
            while self._full():  # noqa: ASYNC110  # minutes; the loop has more to do than tell us
                await asyncio.sleep(_LOOK_S)
