"""One meaning of opening hours, in Python and in the dialplan's words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.hours import DAYS, Span, goto_if_time, is_open, open_on, spans
from okno.settings import Hours
from okno.settings.model import Holiday

ZONE = "Asia/Yekaterinburg"
# A Monday, 00:00 in Yekaterinburg (UTC+5).
MONDAY = datetime(2026, 11, 15, 19, 0, tzinfo=UTC)


def at(day: int, clock: str) -> datetime:
    """A clinic-local moment of that week; day 0 is Monday."""
    hour, minute = clock.split(":")
    return MONDAY + timedelta(days=day, hours=int(hour), minutes=int(minute))


def test_a_span_begins_with_its_first_minute_and_ends_before_its_last() -> None:
    hours = Hours(week={"mon": ["08:00-20:00"]})
    found = [is_open(hours, at(0, clock), ZONE) for clock in ("07:59", "08:00", "19:59", "20:00")]
    assert found == [False, True, True, False]


def test_the_clinics_zone_decides_not_utc() -> None:
    hours = Hours(week={"mon": ["00:00-01:00"]})
    assert is_open(hours, datetime(2026, 11, 15, 19, 30, tzinfo=UTC), ZONE)
    assert not is_open(hours, datetime(2026, 11, 16, 0, 30, tzinfo=UTC), ZONE)


def test_a_span_over_midnight_belongs_to_the_day_it_began() -> None:
    hours = Hours(week={"sun": ["22:00-02:00"]})
    moments = (at(6, "21:59"), at(6, "23:59"), at(0, "01:59"), at(0, "02:00"))
    found = [is_open(hours, moment, ZONE) for moment in moments]
    assert found == [False, True, True, False]


def test_a_span_to_midnight_does_not_reach_the_next_day() -> None:
    assert list(spans(Hours(week={"tue": ["20:00-24:00"]}))) == [Span("tue", 1200, 1440)]
    assert list(spans(Hours(week={"tue": ["20:00-00:00"]}))) == [Span("tue", 1200, 1440)]


def test_no_hours_is_always_open_and_an_empty_week_never() -> None:
    assert is_open(None, MONDAY, ZONE)
    assert not is_open(Hours(week={}), MONDAY, ZONE)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        is_open(None, datetime(2026, 11, 16), ZONE)


def test_the_dialplan_gets_the_last_minute_included() -> None:
    assert goto_if_time(Hours(week={"fri": ["08:00-20:00", "21:30-24:00"]}), ZONE) == [
        f"08:00-19:59,fri,*,*,{ZONE}",
        f"21:30-23:59,fri,*,*,{ZONE}",
    ]


def asterisk_says(rules: list[str], local: datetime) -> bool:
    """GotoIfTime as pbx_timing.c reads it: both ends of the range count."""
    for rule in rules:
        begin, end, day = re.match(r"(\d\d:\d\d)-(\d\d:\d\d),(\w+),", rule).groups()  # type: ignore[union-attr]
        if DAYS[local.weekday()] == day and begin <= local.strftime("%H:%M") <= end:
            return True
    return False


CLOCK = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02d}:{t[1]:02d}")
WEEK = st.dictionaries(st.sampled_from(DAYS), st.lists(st.tuples(CLOCK, CLOCK).map("-".join), max_size=3))


@given(WEEK, st.integers(0, 7 * 24 * 60 - 1))
def test_python_and_the_dialplan_agree_at_every_minute(week: dict[str, list[str]], minute: int) -> None:
    hours = Hours.model_validate({"week": week})
    moment = MONDAY + timedelta(minutes=minute)
    local = moment + timedelta(hours=5)
    assert is_open(hours, moment, ZONE) == asterisk_says(goto_if_time(hours, ZONE), local)


def test_a_holiday_is_as_it_says_and_who_is_always_open_has_none() -> None:
    hours = Hours(week={"mon": ["08:00-20:00"], "tue": ["08:00-20:00"]})
    holidays = [Holiday(day=(MONDAY + timedelta(hours=6)).date(), title={"en": "A day"}, spans=["10:00-12:00"])]
    found = [open_on(hours, holidays, at(0, clock), ZONE) for clock in ("09:00", "10:00", "11:59", "12:00")]
    assert found == [False, True, True, False]
    assert open_on(hours, holidays, at(1, "09:00"), ZONE)
    assert open_on(None, holidays, at(0, "09:00"), ZONE)
