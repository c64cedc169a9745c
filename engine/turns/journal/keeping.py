"""One desk a PBX: takes the parts of its journal in their order, reads them in slices, counts what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from engine.effects import LookUpCalls, RecordRepair
from engine.journal.reading import Part, Position, Problem, Reader, Taken
from engine.store.lease import LeaseLost
from engine.turns.figures import Figures
from engine.turns.journal.clocks import Clocks
from engine.turns.journal.telling import Around, Teller
from engine.world import Entity, Line, Operator, Pbx, Queue, World
from okno import clock, logs
from okno.errors import Refused, TheirFault

log = logs.get(__name__)

FILES = ("cel", "queue_log")
# More calls than this are not taken before some are settled; a letter waits so long for that.
WAITING = 400
WAIT_S = 5.0
# A broken file may have as many problems as records: the metric counts them all, the log names the first of a part.
NAMED = 5


class NotNow(TheirFault):
    """What the journal tells cannot be written now; come again."""


class NoSuchPbx(Refused):
    """The settings of the engine name no such PBX."""


class GoOn(Exception):
    """Not from there: `positions` is where the reader of each file is, None for «wherever you are»."""

    def __init__(self, positions: Mapping[str, Position | None]) -> None:
        self.positions = dict(positions)
        super().__init__("go on from where the reader is")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a shipper sends.

    Args:
        now: its PBX's wall clock.
        began: since when that journal is read, by the same clock.
        unshipped: bytes that lie behind and are not in this letter.
        parts: the next of each file; one of no records tells that there was nothing to read.
    """

    pbx: str
    now: datetime
    began: datetime
    unshipped: int
    parts: tuple[Part, ...]


class Store(Protocol):
    """What of `engine.store.journal.offsets.Offsets` a desk needs."""

    async def of(self, pbx: str) -> Kept:
        """How far it was read. Raises DatabaseDown."""


class Kept(Protocol):
    """How far a journal was read, and since when it is."""

    @property
    def positions(self) -> dict[str, Position]:
        """By file."""

    @property
    def began(self) -> datetime | None:
        """By the PBX's clock; None when never yet."""


class Desk:
    """The journal of one PBX.

    Args:
        pbx: its name.
        around: whom to tell.
        store: how far it was read.
        away: whether nothing can be written now.
        figures: counts.
    """

    def __init__(self, pbx: str, around: Around, store: Store, away: Callable[[], bool], figures: Figures) -> None:
        self.teller = Teller(pbx, around, figures)
        self.repairs = 0
        self.disagreements = 0
        self.unshipped = 0
        self._pbx = pbx
        self._world = around.world
        self._store = store
        self._away = away
        self._figures = figures
        self._lock = asyncio.Lock()
        self._clocks = Clocks()
        self._reader: Reader | None = None
        self._caught_up: datetime | None = None
        self._made = clock.now()

    @property
    def lag_s(self) -> float | None:
        """How long ago all that the PBX had written was read; None before the first time."""
        return None if self._caught_up is None else max(0.0, (clock.now() - self._caught_up).total_seconds())

    @property
    def unread_s(self) -> float:
        """The lag; until the first time all was read, how long we have waited for that."""
        lag_s = self.lag_s
        return (clock.now() - self._made).total_seconds() if lag_s is None else lag_s

    async def take(self, letter: Letter) -> dict[str, Position]:
        """Take a letter; return how far each file is confirmed.

        Raises:
            GoOn: it does not begin where the reader is.
            NotNow: the database is away, or too much waits for it.
            DatabaseDown: the same, found out here.
        """
        # Before anything is waited for: a letter that lay here would show our slowness as a difference of the clocks.
        offset = self._clocks.saw(letter.now, clock.now(), clock.monotonic())
        async with self._lock:
            if self._away() or not await self.teller.room(WAITING, WAIT_S):
                raise NotNow
            reader = self._reader or await self._opened(letter)
            if not letter.parts:
                raise GoOn(self._positions(reader))
            for part in letter.parts:
                if not reader.accepts(part):
                    raise GoOn(self._positions(reader))
                await self._read(reader, part, letter.now, offset)
            self.unshipped = letter.unshipped
            if all(part.at_end for part in letter.parts):
                self._caught_up = clock.now()
            return dict(self.teller.kept)

    async def _opened(self, letter: Letter) -> Reader:
        """The reader, at the place up to which all is settled."""
        if self._world.get(Pbx, self._pbx) is None:
            raise NotNow  # the settings are not in the world yet
        kept = await self._store.of(self._pbx)
        self.teller.kept = dict(kept.positions)
        self.teller.began = kept.began or letter.began
        reader = Reader(self._pbx, _entities(self._world))
        reader.begin(kept.positions)
        self._reader = reader
        log.info("journal_opened", extra={"pbx": self._pbx, "known": len(kept.positions)})
        return reader

    def _positions(self, reader: Reader) -> dict[str, Position | None]:
        return {"cel": reader.position("cel"), "queue_log": reader.position("queue_log")}

    async def _read(self, reader: Reader, part: Part, now: datetime, offset: timedelta) -> None:
        """Read a part, letting others run between slices."""
        try:
            taken = reader.take(part, now, offset)
            self._took(taken, now, offset)
            while taken.more:
                await asyncio.sleep(0)
                taken = reader.go_on()
                self._took(taken, now, offset)
        except Exception:
            # Ours to mend; the journal goes on behind it. Calls that were open in it are told by AMI alone.
            log.exception("journal_part_failed", extra={"pbx": self._pbx, "file": part.file, "offset": part.start})
            self._figures.journal_problems.labels(part.file, "failed").inc()
            positions = self._positions(reader)
            positions[part.file] = (part.inode, part.end)
            reader.begin(positions)

    def _took(self, taken: Taken, now: datetime, offset: timedelta) -> None:
        self._count(taken.problems)
        self._figures.journal_rows.inc(taken.rows)
        since = self.teller.began + offset
        calls = [call for call in taken.ended if call.started_at >= since]
        self.teller.add(calls, taken.confirmed, now)

    def _count(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            self._figures.journal_problems.labels(problem.file, problem.reason).inc()
        for problem in problems[:NAMED]:
            log.warning("journal_problem", extra={
                "pbx": self._pbx, "file": problem.file, "inode": problem.inode, "offset": problem.offset,
                "why": problem.reason,
            })  # fmt: skip


class Journal:
    """The journals of all PBXs.

    Args:
        names: of the PBXs of the settings.
        around: whom to tell.
        store: how far each was read.
        away: whether nothing can be written now.
        figures: counts.
    """

    def __init__(
        self, names: Iterable[str], around: Around, store: Store, away: Callable[[], bool], figures: Figures
    ) -> None:
        self._desks = {name: Desk(name, around, store, away, figures) for name in names}
        self._figures = figures

    async def take(self, letter: Letter) -> dict[str, Position]:
        """Take a shipper's letter; see `Desk.take`. Raises NoSuchPbx too."""
        desk = self._desks.get(letter.pbx)
        if desk is None:
            raise NoSuchPbx
        return await desk.take(letter)

    def look_up(self, effect: LookUpCalls) -> None:
        """The rooms ask the history; begun after their commit, answered by an event."""
        self._desks[effect.calls[0].pbx].teller.asked(effect)

    def repaired(self, effect: RecordRepair) -> None:
        """Count a call that was mended and is written."""
        self._figures.journal_repairs.labels(effect.kind).inc()
        desk = self._desks.get(effect.told.pbx)
        if desk is not None:
            desk.repairs += 1
            desk.disagreements += effect.kind == "differs"
        if effect.kind == "differs":
            self._figures.journal_disagreements.inc()
            log.warning(
                "journal_disagrees",
                extra={"pbx": effect.told.pbx, "call": effect.told.key, "fields": ",".join(effect.fields)},
            )

    def status(self, pbx: str) -> dict[str, float | int | None]:
        """How one journal is (`engine.feed.JournalStatus`)."""
        desk = self._desks[pbx]
        lag_s = desk.lag_s
        return {
            "lag_s": None if lag_s is None else round(lag_s, 3), "unshipped": desk.unshipped,
            "repairs": desk.repairs, "disagreements": desk.disagreements,
        }  # fmt: skip

    def measure(self) -> None:
        """Show how far behind each journal is."""
        for name, desk in self._desks.items():
            self._figures.journal_lag.labels(name).set(desk.unread_s)

    async def run(self) -> None:
        """Tell and keep until cancelled. Raises LeaseLost."""
        lost = False
        try:
            async with asyncio.TaskGroup() as group:
                for name, desk in self._desks.items():
                    group.create_task(desk.teller.run(), name=f"journal {name}")
                    group.create_task(desk.teller.keep(), name=f"journal {name} offsets")
                await asyncio.Event().wait()
        except* LeaseLost:
            lost = True  # whoever runs us knows it by its bare name, not in a group
        if lost:
            raise LeaseLost


def _entities(world: World) -> list[Entity]:
    """What the calls room must know of the clinic."""
    kinds: tuple[type[Entity], ...] = (Pbx, Operator, Line, Queue)
    return [entity for kind in kinds for entity in world.all(kind)]
