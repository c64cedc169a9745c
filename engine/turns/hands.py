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
from typing import NamedTuple, Protocol

from engine.effects import (
    Alarm,
    ChangeMember,
    Effect,
    FindContact,
    ForgetPatients,
    KnowPatients,
    LookUpCalls,
    Order,
    OrderCall,
    PauseMember,
    RecordRepair,
    ShowNotice,
    TellAlert,
)
from engine.events import ContactFound, Event, OrderEnded, PauseFailed
from engine.turns.figures import Figures
from okno import clock, logs
from okno.database import Database, DatabaseDown
from okno.errors import OknoError, OurFault, Refused

log = logs.get(__name__)

_LEASE_LOOK_S = 0.2
# An order about a call that waited longer than this is not given: the talk has gone on without it.
_STALE_S = 5.0
# Why an order about a call came to nothing, below `refused.`; what is not known is never repeated (P2).
_WHY = {"error.action_failed": "pbx_refused", "error.not_given": "pbx_down"}


class Links(Protocol):
    """What of `engine.turns.links.Links` the hands need."""

    @property
    def names(self) -> Iterable[str]:
        """The PBXs."""

    async def perform(self, effect: Order) -> None:
        """Do it once. Raises an OknoError when it was refused or its outcome is not known."""


class Waiting(NamedTuple):
    """An order, and since when (monotonic seconds) it waits."""

    order: Order
    since: float


class Found(Protocol):
    """A contact as the store knows him."""

    @property
    def id(self) -> str:
        """His id."""

    @property
    def earlier(self) -> int:
        """How many calls he made before."""

    @property
    def name(self) -> str:
        """What he is called; empty when nobody said."""

    @property
    def last_operator(self) -> str:
        """Who talked with him last; empty when nobody did."""

    @property
    def phones(self) -> tuple[str, ...]:
        """His other numbers."""


class Contacts(Protocol):
    """What of `engine.store.people.contacts.Contacts` the hands need."""

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
        tell: begins to tell an alert or a notice.
        patients: begins a look-up by `mis`, or ends one.
        figures: counts.
    """

    def __init__(
        self, links: Links, contacts: Contacts, journal: Journal, *, database: Database, sure: Callable[[], bool],
        take: Callable[[Event], None], tell: Callable[[TellAlert | ShowNotice], None],
        patients: Callable[[KnowPatients | ForgetPatients], None], figures: Figures,
    ) -> None:
        self._links = links
        self._contacts = contacts
        self._journal = journal
        self._database = database
        self._sure = sure
        self._take = take
        self._tell = tell
        self._patients = patients
        self._figures = figures
        self._orders: dict[str, deque[Waiting]] = {name: deque() for name in links.names}
        self._wakes = {name: asyncio.Event() for name in links.names}
        self._looking: dict[str, asyncio.Task[None]] = {}

    def perform(self, effect: Effect) -> None:
        """Begin one effect; never waits. What the loop itself performs is passed over."""
        match effect:
            case PauseMember() | ChangeMember() | OrderCall():
                self._put(effect)
            case FindContact():
                self._find(effect.phone)
            case LookUpCalls():
                self._journal.look_up(effect)
            case RecordRepair():
                self._journal.repaired(effect)
            case TellAlert() | ShowNotice():
                self._tell(effect)
            case KnowPatients() | ForgetPatients():
                self._patients(effect)
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

    def _put(self, order: Order) -> None:
        """The order waits for its turn; one to a PBX we do not know is over at once."""
        if order.pbx in self._orders:
            self._orders[order.pbx].append(Waiting(order, clock.monotonic()))
            self._wakes[order.pbx].set()
        elif isinstance(order, OrderCall):
            self._end(order, ok=False, why="pbx_down")

    async def _order(self, pbx: str) -> None:
        orders, wake = self._orders[pbx], self._wakes[pbx]
        while True:
            await wake.wait()
            wake.clear()
            while orders:
                while not self._sure():  # noqa: ASYNC110  # a clock has no event to wait for
                    await asyncio.sleep(_LEASE_LOOK_S)
                order, since = orders.popleft()
                if any(_makes_pointless(later.order, order) for later in orders):
                    self._figures.actions.labels(pbx, "overtaken").inc()
                elif isinstance(order, OrderCall) and clock.monotonic() - since > _STALE_S:
                    self._figures.actions.labels(pbx, "late").inc()
                    self._end(order, ok=False, why="pbx_down")
                else:
                    await self._give(order)

    async def _give(self, order: Order) -> None:
        try:
            await self._links.perform(order)
        except OknoError as error:
            self._figures.actions.labels(order.pbx, "failed").inc()
            log.warning("order_failed", extra={"pbx": order.pbx, "why": error.key, "order": type(order).__name__})
            if isinstance(order, OrderCall):
                known = isinstance(error, Refused | OurFault)
                why = _WHY.get(error.key, "failed") if known else "unknown"
                self._end(order, ok=False if known else None, why=why)
            else:
                queue = order.queue if isinstance(order, ChangeMember) else ""
                self._take(PauseFailed(at=clock.now(), pbx=order.pbx, interface=order.interface, queue=queue))
            return
        self._figures.actions.labels(order.pbx, "done").inc()
        if isinstance(order, OrderCall):
            self._end(order, ok=True)

    def _end(self, order: OrderCall, *, ok: bool | None, why: str = "") -> None:
        self._take(OrderEnded(at=clock.now(), command=order.command, pbx=order.pbx, ok=ok, why=why))

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
                # A mistake of ours, or a row that does not open: the request is worked on without a name all the same.
                # The log keeps its kind and place, and nobody's data (okno.logs.faults).
                log.exception("contact_look_up_failed")
                self._figures.look_ups_failed.inc()
                return
            self._take(ContactFound(
                at=clock.now(), phone=phone, contact=found.id, earlier=found.earlier, name=found.name,
                last_operator=found.last_operator, phones=found.phones,
            ))  # fmt: skip
            return
        log.warning("contact_look_up_given_up")
        self._figures.look_ups_failed.inc()


def _makes_pointless(later: Order, order: Order) -> bool:
    """Whether an order need not be given, as one that waits behind it is about the same thing."""
    if isinstance(order, PauseMember):
        return isinstance(later, PauseMember) and later.interface == order.interface
    if isinstance(order, ChangeMember) and isinstance(later, ChangeMember):
        return (later.interface, later.queue, later.change) == (order.interface, order.queue, order.change)
    return False
