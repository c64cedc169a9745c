"""When somebody answers: one meaning of a span of hours, for the engine and for the dialplan.

A span `08:00-20:00` begins with its first minute and ends before its last. A span whose end is not after its
beginning runs over midnight and belongs to the day it began. A day left out is closed. No clock: time is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from okno.settings.directory import Day, Holiday, Hours

DAYS: tuple[Day, ...] = get_args(Day)
MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes of one weekday, first included, last not: never over midnight."""

    day: Day
    begin: int
    end: int

    def goto_if_time(self, zone: str) -> str:
        """The condition as `GotoIfTime()` wants it; Asterisk includes the last minute it names."""
        last = self.end - 1
        return f"{_clock(self.begin)}-{_clock(last)},{self.day},*,*,{zone}"


def spans(hours: Hours) -> Iterator[Span]:
    """The week cut at midnight, in the order written."""
    for day in DAYS:
        for text in hours.week.get(day, ()):
            begin, end = (minute_of(part) for part in text.split("-"))
            if begin < end:
                yield Span(day, begin, end)
                continue
            yield Span(day, begin, MIDNIGHT)
            if end:
                yield Span(DAYS[(DAYS.index(day) + 1) % 7], 0, end)


def is_open(hours: Hours | None, at: datetime, zone: str) -> bool:
    """Whether somebody answers at `at`.

    Args: hours as settings give them, None = always open; at: an aware moment; zone: the clinic's IANA zone.
    Raises ValueError for a naive moment, ZoneInfoNotFoundError for an unknown zone.
    """
    if at.tzinfo is None:
        raise ValueError("at must be an aware datetime")
    if hours is None:
        return True
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    today = DAYS[local.weekday()]
    return any(span.day == today and span.begin <= minute < span.end for span in spans(hours))


def open_on(hours: Hours | None, holidays: Sequence[Holiday], at: datetime, zone: str) -> bool:
    """Whether somebody answers at `at`, holidays considered: a holiday's own spans stand for every hours'.

    Args and errors as of `is_open`; None = always open, on holidays too.
    """
    if hours is None:
        return is_open(None, at, zone)
    local = at.astimezone(ZoneInfo(zone))
    today = next((one for one in holidays if one.day == local.date()), None)
    if today is None:
        return is_open(hours, at, zone)
    minute = local.hour * 60 + local.minute
    return any(begin <= minute < end for begin, end in map(minutes, today.spans))


def goto_if_time(hours: Hours, zone: str) -> list[str]:
    """The same hours as conditions of the dialplan's `GotoIfTime()`; none = never open."""
    return [span.goto_if_time(zone) for span in spans(hours)]


def minutes(span: str) -> tuple[int, int]:
    """A span `08:00-20:00` as minutes of its day, the end not included; one over midnight ends with the day."""
    begin, end = (minute_of(part) for part in span.split("-"))
    return begin, end if begin < end else MIDNIGHT


def minute_of(clock: str) -> int:
    """The minute of its day that a clock `08:00` shows."""
    hour, minute = clock.split(":")
    return min(int(hour) * 60 + int(minute), MIDNIGHT)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
