"""Calls of one PBX's journal on their way: told to the loop, looked up after its commit, settled by another.

Theory of operation. A call that ended is told when the live stream has had its time (`RIPE`), or at once when there is
none. What the rooms want to know of the past they ask by an effect after their commit, so that all that was committed
before is seen; the answer is an event of its own. Only then is the call settled, and only when all calls before a
place in the files are settled is that place confirmed. One batch is on its way at a time: the same call told twice is
looked up the second time after the first one is written.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from engine.calls.repairs.comparing import differences
from engine.calls.repairs.repairing import RIPE
from engine.effects import LookUpCalls
from engine.events import CallsLookedUp, Event, JournalTold
from engine.store.lease import TROUBLES, LeaseLost
from engine.turns.figures import Figures
from engine.turns.turn import Done
from engine.world import Call, Pbx, Request, World
from okno import clock, logs
from okno.database import DatabaseDown

log = logs.get(__name__)

Position = tuple[int, int]
# So many are reduced in one event: some 15 ms.
BATCH = 50
# Beside a live link nothing is urgent: what ends within a second is looked up together. Who is far behind hurries.
GATHER_S = 1.0
FAR = RIPE + timedelta(seconds=3)
KEEP_S = 1.0
RETRY_S = 0.5
# Classes of SQLSTATE that say the data are wrong, not that the server is in trouble: 22 data, 23 constraints.
DATA_CLASSES = ("22", "23")
# A call that was given up: what is kept of it, or what is told, cannot be read.
UNREADABLE = "journal_call_unreadable"


class History(Protocol):
    """What of `engine.store.history.History` is needed here."""

    async def calls_of(self, ids: Sequence[str]) -> list[Call]:
        """The calls with these ids."""

    async def requests_of(self, ids: Sequence[str]) -> list[Request]:
        """The requests with these ids."""


class Contacts(Protocol):
    """What of `engine.store.people.contacts.Contacts` is needed here."""

    async def of_many(self, phones: Collection[str], at: datetime) -> dict[str, str]:
        """The contacts of numbers."""


class Offsets(Protocol):
    """What of `engine.store.journal.offsets.Offsets` is needed here."""

    async def keep(self, pbx: str, positions: Mapping[str, Position], last_at: datetime, began: datetime) -> None:
        """Write how far. Raises DatabaseDown, LeaseLost."""


@dataclass(frozen=True, slots=True)
class Around:
    """What journals are told to and kept in.

    Args:
        world: the engine's; only read.
        take: gives the loop an event, and learns of its commit.
        history, contacts, offsets: the store's.
        zone: the clinic's.
    """

    world: World
    take: Callable[[Event, Done], None]
    history: History
    contacts: Contacts
    offsets: Offsets
    zone: ZoneInfo


@dataclass(slots=True)
class Stretch:
    """A stretch of the files: calls it told that are not settled, and what may be confirmed when they are."""

    left: int
    positions: dict[str, Position]
    last_at: datetime


class Teller:
    """Tells the calls of one PBX.

    Args:
        pbx: its name.
        around: whom to tell.
        figures: counts.
    """

    def __init__(self, pbx: str, around: Around, figures: Figures) -> None:
        self.kept: dict[str, Position] = {}
        self.began = clock.now()
        self._pbx = pbx
        self._around = around
        self._figures = figures
        self._calls: deque[tuple[Call, Stretch]] = deque()
        self._stretches: deque[Stretch] = deque()
        self._settled: Stretch | None = None
        self._asked: list[Call] = []
        self._wake = asyncio.Event()
        self._fewer = asyncio.Event()

    def add(self, calls: Collection[Call], positions: Mapping[str, Position], last_at: datetime) -> None:
        """Take calls that ended; `positions` may be confirmed when they and all before them are settled."""
        stretch = Stretch(len(calls), dict(positions), last_at)
        self._stretches.append(stretch)
        self._calls.extend((call, stretch) for call in calls)
        self._settle()
        self._wake.set()

    def asked(self, effect: LookUpCalls) -> None:
        """Note what the rooms want looked up; the commit is done."""
        self._asked.extend(effect.calls)

    @property
    def waiting(self) -> int:
        """Calls that are not settled."""
        return sum(stretch.left for stretch in self._stretches)

    async def room(self, most: int, within_s: float) -> bool:
        """Wait until fewer calls than `most` wait; False when that takes too long."""
        try:
            async with asyncio.timeout(within_s):
                while self.waiting >= most:
                    self._fewer.clear()
                    await self._fewer.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self._ripe()
            batch = [self._calls.popleft() for _ in range(min(BATCH, self._ripe_now()))]
            calls = tuple(call for call, _ in batch)
            if not await self._well(calls) and len(calls) > 1:
                for call in calls:  # one of them is bad: the others must not suffer by it
                    await self._well((call,))
            for _, stretch in batch:
                stretch.left -= 1
            self._settle()
            ended = calls[-1].ended_at
            if len(batch) < BATCH and self._live() and ended is not None and clock.now() - ended < FAR:
                await asyncio.sleep(GATHER_S)

    async def keep(self) -> None:
        """Write what is confirmed, each second, until cancelled. Raises LeaseLost; nothing is confirmed then."""
        while True:
            await asyncio.sleep(KEEP_S)
            settled, self._settled = self._settled, None
            if settled is None or settled.positions == self.kept:
                continue
            try:
                await self._around.offsets.keep(self._pbx, settled.positions, settled.last_at, self.began)
                self.kept = settled.positions
            except LeaseLost:
                raise
            except Exception as error:
                self._settled = self._settled or settled
                if not isinstance(error, DatabaseDown):  # ours to mend; what is not confirmed is told again later
                    log.exception("journal_not_kept", extra={"pbx": self._pbx})

    def _settle(self) -> None:
        while self._stretches and self._stretches[0].left == 0:
            self._settled = self._stretches.popleft()
        self._fewer.set()

    def _ripe_now(self) -> int:
        """How many of the calls that wait may be told."""
        if not self._live():
            return len(self._calls)
        now = clock.now()
        count = 0
        for call, _ in self._calls:
            # An end far in the future is a clock's mistake: nobody waits for that, least of all the calls behind it.
            if count == BATCH or (call.ended_at is not None and now - RIPE <= call.ended_at <= now + RIPE):
                break
            count += 1
        return count

    async def _ripe(self) -> None:
        while not self._ripe_now():
            self._wake.clear()
            wait_s = None
            if self._calls:
                ended = self._calls[0][0].ended_at or clock.now()
                wait_s = min(1.0, max(0.01, (ended + RIPE - clock.now()).total_seconds() + 0.01))
            try:
                await asyncio.wait_for(self._wake.wait(), wait_s)
            except TimeoutError:
                continue

    def _live(self) -> bool:
        pbx = self._around.world.get(Pbx, self._pbx)
        return pbx is not None and pbx.link == "live"

    async def _well(self, calls: tuple[Call, ...]) -> bool:
        """The same as `_round`; a mistake of ours costs these calls and not the engine."""
        try:
            return await self._round(calls)
        except Exception as error:
            if len(calls) == 1:
                self._give_up(calls[0], error)
            log.exception("journal_round_failed", extra={"pbx": self._pbx, "calls": len(calls)})
            return False

    async def _round(self, calls: tuple[Call, ...]) -> bool:
        """Tell calls and see them settled; False when the rooms or the database refused."""
        self._asked = []
        now = clock.now()
        well = await self._take(JournalTold(at=now, pbx=self._pbx, calls=calls, midnight=self._midnight(now)))
        if self._asked:
            well = await self._take(await self._look_up(tuple(self._asked))) and well
        return well

    async def _take(self, event: Event) -> bool:
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done(well: bool) -> None:
            if not future.done():
                future.set_result(well)

        self._around.take(event, done)
        return await future

    def _midnight(self, at: datetime) -> datetime:
        return at.astimezone(self._around.zone).replace(hour=0, minute=0, second=0, microsecond=0)

    async def _look_up(self, told: tuple[Call, ...]) -> CallsLookedUp:
        """What the history has of them; asked until it answers."""
        while True:
            try:
                return await self._looked_up(told)
            except Exception as error:
                if _passes(error):
                    log.info("journal_look_up_waits", extra={"pbx": self._pbx, "why": type(error).__name__})
                    await asyncio.sleep(RETRY_S)
                elif len(told) > 1:
                    return await self._one_by_one(told)
                else:
                    self._give_up(told[0], error)
                    return CallsLookedUp(at=clock.now(), told=(), kept=())

    def _give_up(self, call: Call, error: Exception) -> None:
        """Leave a call as it is, and have a person look; the error's words may hold its values, so only its kind."""
        self._figures.alarms.labels(UNREADABLE).inc()
        log.error(UNREADABLE, extra={"pbx": self._pbx, "call": call.key, "why": type(error).__name__})

    async def _one_by_one(self, told: tuple[Call, ...]) -> CallsLookedUp:
        """The same, when something of one cannot be read: the others go on without it."""
        found = [await self._look_up((call,)) for call in told]
        return CallsLookedUp(
            at=clock.now(), told=tuple(call for one in found for call in one.told),
            kept=tuple(call for one in found for call in one.kept),
            requests=tuple(request for one in found for request in one.requests),
            midnight=self._midnight(clock.now()),
        )  # fmt: skip

    async def _looked_up(self, told: tuple[Call, ...]) -> CallsLookedUp:
        history, now = self._around.history, clock.now()
        kept = {call.key: call for call in await history.calls_of([call.key for call in told])}
        other = [kept[call.key] for call in told if call.key in kept and differences(call, kept[call.key])]
        requests = await history.requests_of([call.request for call in other if call.request]) if other else []
        phones = {call.phone for call in told if call.key not in kept and call.phone and call.direction != "internal"}
        contacts = await self._around.contacts.of_many(phones, now) if phones else {}
        named = tuple(replace(call, contact=contacts.get(call.phone)) for call in told)
        return CallsLookedUp(
            at=clock.now(), told=named, kept=tuple(kept.values()), requests=tuple(requests),
            midnight=self._midnight(now),
        )  # fmt: skip


def _passes(error: Exception) -> bool:
    """Whether waiting helps: the server is away or in trouble. What it says of our data it will say again."""
    wrong_data = isinstance(error, ValueError) or (getattr(error, "sqlstate", None) or "")[:2] in DATA_CLASSES
    return isinstance(error, (DatabaseDown, *TROUBLES)) and not wrong_data
