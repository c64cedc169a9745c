"""What became of callers in queues, counted: offered, answered, abandoned, service level, wait, talk. Pure.

The unit is the stay: a caller who overflows into a second queue was offered to both. A stay counts by the moment he
joined, a ring by the moment the phone rang (docs/decisions/0022). The database may sum before we do: `StaySum` and
`RingSum` are what it brings, one call's own are sums of one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Literal

from engine.world import Call, Visit
from engine.world.work import LegResult, VisitExit

By = Literal["queue", "operator", "hour"]
StayExit = VisitExit | Literal["refused"]
# He was never let in: no time passed between the door and the way out.
_AT_THE_DOOR = frozenset({"full", "empty"})
MISSED = frozenset({"no_answer", "busy", "refused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One stay of one caller in one queue. `talk_s`: seconds operators of it talked with him."""

    queue: str
    joined_at: datetime
    exit: StayExit
    wait_s: float = 0.0
    operator: str = ""
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One ring of one operator's phone for a queue."""

    queue: str
    operator: str
    rang_at: datetime
    result: LegResult
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StaySum:
    """Stays under one key that ended the same way; seconds are sums, `longest_s` the longest of them."""

    key: str
    exit: StayExit
    count: int = 1
    in_level: int = 0
    wait_s: float = 0.0
    longest_s: float = 0.0
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RingSum:
    """Rings of one operator's phone that ended the same way."""

    key: str
    result: LegResult
    count: int = 1
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one queue, operator or hour; `key` is its name, an hour's its beginning in RFC 3339.

    `offered` is the sum of what follows up to `waiting`; `in_level` are the answered within the queue's service level;
    `unanswered` the queue let go (timeout, empty, withdrawn), `by_key` chose a key, `moved` were taken out of it,
    `lost` went down with the PBX. `rang` and `missed` are rings of operators' phones; without them None.
    """

    key: str
    offered: int = 0
    refused: int = 0
    answered: int = 0
    abandoned: int = 0
    unanswered: int = 0
    by_key: int = 0
    moved: int = 0
    lost: int = 0
    waiting: int = 0
    in_level: int = 0
    longest_wait_s: float = 0.0
    talk_s: float = 0.0
    rang: int | None = None
    missed: int | None = None
    waited_s: float = field(default=0.0, repr=False)
    abandoned_s: float = field(default=0.0, repr=False)

    @property
    def service_level(self) -> int | None:
        """Per cent answered in time of all who wanted an answer of this queue and whose wait is over; None of none."""
        finished = self.answered + self.abandoned + self.unanswered + self.refused
        return round(100 * self.in_level / finished) if finished else None

    @property
    def wait_s(self) -> float | None:
        """Seconds the answered waited, on average."""
        return self.waited_s / self.answered if self.answered else None

    @property
    def abandoned_after_s(self) -> float | None:
        """Seconds after which those who left had enough, on average."""
        return self.abandoned_s / self.abandoned if self.abandoned else None

    @property
    def average_talk_s(self) -> float | None:
        """Seconds of talk for one answered caller."""
        return self.talk_s / self.answered if self.answered else None


_NAMES: dict[str, str] = {
    "answered": "answered", "abandoned": "abandoned", "refused": "refused", "key": "by_key", "moved": "moved",
    "lost": "lost", "waiting": "waiting",
}  # fmt: skip


def stays_of(call: Call) -> Iterator[Stay]:
    """A call's stays in queues."""
    for visit in call.visits:
        until = visit.left_at or call.ended_at
        wait_s = max(0.0, (until - visit.joined_at).total_seconds()) if until else 0.0
        yield Stay(
            queue=visit.queue, joined_at=visit.joined_at, exit=exit_of(visit), wait_s=wait_s, operator=visit.operator,
            talk_s=sum(
                leg.talk_s for leg in call.legs
                if leg.queue == visit.queue and visit.joined_at <= leg.rang_at and (not until or leg.rang_at <= until)
            ),
        )  # fmt: skip


def rings_of(call: Call) -> Iterator[Ring]:
    """A call's rings for queues; a phone somebody dialled himself is no queue's."""
    for leg in call.legs:
        if leg.queue:
            yield Ring(
                queue=leg.queue, operator=leg.operator, rang_at=leg.rang_at, result=leg.result, talk_s=leg.talk_s
            )


def exit_of(visit: Visit) -> StayExit:
    """How a stay ended, those refused at the door told from those who waited."""
    if visit.exit == "full" or (visit.exit in _AT_THE_DOOR and visit.left_at == visit.joined_at):
        return "refused"
    return visit.exit


def key_of(by: By, stay: Stay, zone: tzinfo) -> str:
    """Under which key a stay counts."""
    return {"queue": stay.queue, "operator": stay.operator, "hour": hour_of(stay.joined_at, zone)}[by]


def hour_of(at: datetime, zone: tzinfo) -> str:
    """The hour of the clinic's clock a moment lies in, by its beginning in RFC 3339."""
    begins = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    return begins.astimezone(UTC).isoformat().replace("+00:00", "Z")


def stay_sums(stays: Iterable[Stay], by: By, level_s: Callable[[str], float], zone: tzinfo) -> Iterator[StaySum]:
    """Stays as sums of one. Args: stays; the key; a queue's service level in seconds; the clinic's zone.

    By operator only what was answered counts: who did not answer is nobody's.
    """
    for stay in stays:
        if by == "operator" and stay.exit != "answered":
            continue
        yield StaySum(
            key=key_of(by, stay, zone), exit=stay.exit, wait_s=stay.wait_s,
            in_level=int(stay.exit == "answered" and stay.wait_s <= level_s(stay.queue)),
            longest_s=0.0 if stay.exit == "waiting" else stay.wait_s, talk_s=0.0 if by == "operator" else stay.talk_s,
        )  # fmt: skip


def ring_sums(rings: Iterable[Ring]) -> Iterator[RingSum]:
    """Rings as sums of one, under their operator."""
    for ring in rings:
        yield RingSum(key=ring.operator, result=ring.result, talk_s=ring.talk_s)


def figures(stays: Iterable[StaySum], rings: Iterable[RingSum] = ()) -> list[Figures]:
    """Sums as figures, ordered by key; rings (by operator only) bring their talk along."""
    found: dict[str, tuple[list[StaySum], list[RingSum]]] = {}
    for stay in stays:
        found.setdefault(stay.key, ([], []))[0].append(stay)
    for ring in rings:
        found.setdefault(ring.key, ([], []))[1].append(ring)
    return [_figures(key, *found[key]) for key in sorted(found)]


def _figures(key: str, stays: list[StaySum], rings: list[RingSum]) -> Figures:
    counts = Counter[str]()
    for stay in stays:
        counts[_NAMES.get(stay.exit, "unanswered")] += stay.count
    return Figures(
        key=key, offered=counts.total(), **counts, in_level=sum(stay.in_level for stay in stays),
        waited_s=sum(stay.wait_s for stay in stays if stay.exit == "answered"),
        abandoned_s=sum(stay.wait_s for stay in stays if stay.exit == "abandoned"),
        longest_wait_s=max((stay.longest_s for stay in stays), default=0.0),
        talk_s=sum(stay.talk_s for stay in stays) + sum(ring.talk_s for ring in rings),
        rang=sum(ring.count for ring in rings) if rings else None,
        missed=sum(ring.count for ring in rings if ring.result in MISSED) if rings else None,
    )  # fmt: skip
