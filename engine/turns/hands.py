"""What acts on the world outside, after the commit: pauses of phones, look-ups, alarms.

Orders to one PBX go one after another; before each the lease is checked by our own clock, and one that a later order
for the same phone has made pointless is left out. None is repeated blindly: what came of it the PBX itself tells, and
the rooms order again what then still differs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from engine.effects import Alarm, Effect, FindContact, LookUpCalls, PauseMember, RecordRepair
from engine.events import ContactFound, Event, PauseFailed
from engine.turns.figures import Figures
from okno import clock, logs
from okno.database import Database, DatabaseDown
from okno.errors import OknoError

log = logs.get(__name__)

_LEASE_LOOK_S = 0.2


class Links(Protocol):
    """What of `engine.turns.links.Links` the hands need."""

    @property
    def names(self) -> Iterable[str]:
        """The PBXs."""

    async def perform(self, effect: PauseMember) -> None:
        """Do it once. Raises an OknoError when it was refused or its outcome is not known."""


class Found(Protocol):
    """A contact as the store knows him."""

    @property
    def id(self) -> str:
        """His id."""

    @property
    def earlier(self) -> int:
        """How many calls he made before."""


class Contacts(Protocol):
    """What of `engine.store.contacts.Contacts` the hands need."""

    async def of(self, phone: str, at: datetime) -> Found:
        """The contact of a number."""


class Journal(Protocol):
    """What of `engine.turns.journal.keeping.Journal` the hands need."""

    def look_up(self, effect: LookUpCalls) -> None:
        """Ask the history; the answer comes as an event."""

    def repaired(self, effect: RecordRepair) -> None:
        """A call was mended."""


class Hands:
    """Performs effects.

    Args:
        links: to the PBXs.
        contacts: the store's; `database` is what they wait for.
        journal: looks calls up.
        sure: whether we lead, by the monotonic clock.
        take: gives an event to the loop.
        figures: counts.
    """

    def __init__(
        self, links: Links, contacts: Contacts, journal: Journal, *, database: Database, sure: Callable[[], bool],
        take: Callable[[Event], None], figures: Figures,
    ) -> None:
        self._links = links
        self._contacts = contacts
        self._journal = journal
        self._database = database
        self._sure = sure
        self._take = take
        self._figures = figures
        self._orders: dict[str, deque[PauseMember]] = {name: deque() for name in links.names}
        self._wakes = {name: asyncio.Event() for name in links.names}
        self._looking: dict[str, asyncio.Task[None]] = {}

    def perform(self, effect: Effect) -> None:
        """Begin one effect; never waits. What the loop itself performs is passed over."""
        match effect:
            case PauseMember():
                if effect.pbx in self._orders:
                    self._orders[effect.pbx].append(effect)
                    self._wakes[effect.pbx].set()
            case FindContact():
                self._find(effect.phone)
            case LookUpCalls():
                self._journal.look_up(effect)
            case RecordRepair():
                self._journal.repaired(effect)
            case Alarm():
                self._figures.alarms.labels(effect.what).inc()
                log.warning("alarm", extra={"what": effect.what, "about": effect.about})

    async def run(self) -> None:
        """Give the orders until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._orders:
                group.create_task(self._order(name), name=f"orders {name}")
            await asyncio.Event().wait()

    async def close(self) -> None:
        """Leave look-ups that are still open; late is as good as never."""
        for task in tuple(self._looking.values()):
            task.cancel()
        await asyncio.gather(*self._looking.values(), return_exceptions=True)

    async def _order(self, pbx: str) -> None:
        orders, wake = self._orders[pbx], self._wakes[pbx]
        while True:
            await wake.wait()
            wake.clear()
            while orders:
                while not self._sure():  # noqa: ASYNC110  # a clock has no event to wait for
                    await asyncio.sleep(_LEASE_LOOK_S)
                order = orders.popleft()
                if any(later.interface == order.interface for later in orders):
                    self._figures.actions.labels(pbx, "overtaken").inc()
                    continue
                try:
                    await self._links.perform(order)
                    self._figures.actions.labels(pbx, "done").inc()
                except OknoError as error:
                    self._figures.actions.labels(pbx, "failed").inc()
                    log.warning("order_failed", extra={"pbx": pbx, "why": error.key, "paused": order.paused})
                    self._take(PauseFailed(at=clock.now(), pbx=pbx, interface=order.interface))

    def _find(self, phone: str) -> None:
        if phone not in self._looking:
            task = asyncio.create_task(self._look_up(phone), name="contact look-up")
            self._looking[phone] = task
            task.add_done_callback(lambda _: self._looking.pop(phone, None))

    async def _look_up(self, phone: str) -> None:
        for _ in range(3):
            try:
                found = await self._contacts.of(phone, clock.now())
            except DatabaseDown:
                await self._database.wait_available()
                continue
            except Exception:
                log.exception("contact_look_up_failed")
                return
            self._take(ContactFound(at=clock.now(), phone=phone, contact=found.id, earlier=found.earlier))
            return
        log.warning("contact_look_up_given_up")
