"""When a promise is due: its seconds run only while the queue works, by the clock on the clinic's wall.

A week is given in minutes of the clinic's clock, and a day may have 23 or 25 hours. So each span is cut into the
instants at which the clock on the wall stood within it: an hour that is skipped is nobody's, one that comes twice
counts twice.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from engine.world import Queue, Rules, View

Week = tuple[tuple[int, int, int], ...]
Holidays = tuple[tuple[str, tuple[tuple[int, int], ...]], ...]

# A queue that does not work within so many days never does.
HORIZON_DAYS = 400
# Somebody has to call back; a kind whose rule says nothing is due as its queue says of missed calls.
CALL_BACK = frozenset({"missed_call", "callback", "voicemail"})


def due_of(world: View, queue: str, kind: str, at: datetime) -> datetime | None:
    """By when a request of this kind, begun at `at`, must have been answered; None when nothing was promised."""
    rules = world.get(Rules, "rules") or Rules()
    known = world.get(Queue, queue) or Queue(key="", title_ru="", title_en="")
    seconds = rules.work_of(kind).reply_s
    if seconds is None and kind in CALL_BACK:
        seconds = known.missed_due_s
    if seconds is None:
        return None
    return deadline(at, seconds, known.week, known.holidays, ZoneInfo(rules.timezone))


def deadline(at: datetime, seconds: float, week: Week | None, holidays: Holidays, zone: tzinfo) -> datetime | None:
    """The moment by which `seconds` of working time have passed since `at`.

    Args:
        at: an aware moment.
        seconds: of working time.
        week: spans (weekday 0…6, first minute, last minute + 1) of the clinic's clock; None = always.
        holidays: days unlike others, by ISO date; their spans stand for the week's.
        zone: the clinic's.

    Returns:
        An aware moment; None when the queue never works.
    """
    if week is None:
        return at + timedelta(seconds=seconds)
    left, day, special = timedelta(seconds=seconds), at.astimezone(zone).date() - timedelta(days=1), dict(holidays)
    for _ in range(HORIZON_DAYS):
        for begin, end in open_on(day, week, special, zone):
            at = max(at, begin)
            if at >= end:
                continue
            if at + left <= end:
                return at + left
            left -= end - at
            at = end
        day += timedelta(days=1)
    return None


def open_on(
    day: date, week: Week, holidays: dict[str, tuple[tuple[int, int], ...]], zone: tzinfo
) -> list[tuple[datetime, datetime]]:
    """The stretches of a local day in which the queue works, in order, as instants."""
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
