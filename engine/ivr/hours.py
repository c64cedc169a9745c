"""When somebody answers: one meaning of a span of hours, for the engine and for the dialplan.

A span `08:00-20:00` begins with its first minute and ends before its last. A span whose end is not after its
beginning runs over midnight and belongs to the day it began. A day left out is closed. No clock: time is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from okno.settings.model import Day, Hours

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
            begin, end = (_minutes(part) for part in text.split("-"))
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


def goto_if_time(hours: Hours, zone: str) -> list[str]:
    """The same hours as conditions of the dialplan's `GotoIfTime()`; none = never open."""
    return [span.goto_if_time(zone) for span in spans(hours)]


def minutes(span: str) -> tuple[int, int]:
    """A span `08:00-20:00` as minutes of its day, the end not included; one over midnight ends with the day."""
    begin, end = (_minutes(part) for part in span.split("-"))
    return begin, end if begin < end else MIDNIGHT


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return min(int(hour) * 60 + int(minute), MIDNIGHT)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
