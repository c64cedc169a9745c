"""What the clinic's directory allows and wants, as the rooms read it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import ClassVar

Week = tuple[tuple[int, int, int], ...]
"""Spans of a week: (weekday 0…6, first minute, last minute + 1) of the clinic's clock."""
Holidays = tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
"""Days unlike others: (ISO date, spans in minutes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRule:
    """What one kind of request asks of an operator; seconds. `wrap_up_s` None: as its queue says."""

    kind: str
    weight: int
    offer_s: int = 20
    reply_s: int | None = None
    wrap_up_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRule:
    """How a queue calls back; see `okno.settings.directory.CallbackSettings`. `quiet`: minutes of his own day."""

    offer: bool = False
    attempts_min: tuple[int, ...] = (0, 15, 60)
    next_opening: bool = True
    quiet: tuple[int, int] = (21 * 60, 9 * 60)
    dial: str = "preview"
    share: int = 50
    write_instead: bool = True


CALLBACKS = CallbackRule()
"""As a queue calls back of which nobody said how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """When supervisors are told; see `okno.settings.directory.AlertRule`."""

    name: str
    title_ru: str
    title_en: str
    figure: str
    queue: str = ""
    above: float | None = None
    below: float | None = None
    for_s: int = 10
    outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRoute:
    """Where work goes of who has a flag of the MIS, or an attending doctor; see `okno.settings.services.MisRoute`."""

    flag: str = ""
    doctor: str = ""
    queue: str = ""
    operator: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the directory allows and wants; key `rules`. An empty list of words allows anything.

    `patients`: a MIS is connected, so that numbers are looked up; the first of `routes` that fits counts.
    `titles` are what screens call things: (section, name, ru, en). `version` is the directory's.
    """

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str = "rules"
    version: int = 0
    timezone: str = "UTC"
    pause_reasons: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    work: tuple[WorkRule, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    titles: tuple[tuple[str, str, str, str], ...] = ()
    patients: bool = False
    routes: tuple[PatientRoute, ...] = ()

    def work_of(self, kind: str) -> WorkRule:
        """What a kind of request asks; one nobody has told us of weighs a whole operator."""
        return next((rule for rule in self.work if rule.kind == kind), WorkRule(kind=kind, weight=100))


def open_on(
    day: date, week: Week, holidays: dict[str, tuple[tuple[int, int], ...]], zone: tzinfo
) -> list[tuple[datetime, datetime]]:
    """The stretches of a local day in which a queue works, in order, as instants.

    A week is given in minutes of the clinic's clock, and a day may have 23 or 25 hours. So each span is cut into the
    instants at which the clock on the wall stood within it: an hour that is skipped is nobody's, one that comes twice
    counts twice.
    """
    spans: Iterable[tuple[int, int]] | None = holidays.get(day.isoformat())
    if spans is None:
        spans = ((begin, end) for weekday, begin, end in week if weekday == day.weekday())
    return sorted(stretch for begin, end in spans for stretch in _instants(day, begin, end, zone))


def _instants(day: date, begin: int, end: int, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """When the clock on the wall stood between these minutes of the day: once, or twice when it was put back."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    around = [midnight + timedelta(hours=hours) for hours in range(-36, 61, 12)]
    for offset in sorted({_offset(moment, zone) for moment in around}):
        first, last = (midnight + timedelta(minutes=minutes) - offset for minutes in (begin, end))
        stretch = _while(first, last, offset, zone)
        if stretch is not None:
            yield stretch


def _while(first: datetime, last: datetime, offset: timedelta, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """The part of a stretch during which the zone is so far from UTC; a zone changes at most once within a day."""
    holds, still = _offset(first, zone) == offset, _offset(last - timedelta(seconds=1), zone) == offset
    if holds and still:
        return first, last
    if not holds and not still:
        return None
    low, high = first, last
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=1) // 2)
        if (_offset(middle, zone) == offset) == holds:
            low = middle
        else:
            high = middle
    return (first, high) if holds else (high, last)


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
