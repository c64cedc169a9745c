"""Deadlines run while the queue works, by the clock on the wall: tables, and an oracle that walks minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.requests.deadlines import deadline, due_of
from engine.world import Put, Rules
from engine.world.rules import open_on
from tests.engine.clinic import RULES, at, clinic
from tests.engine.floor import queue

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Asia/Yekaterinburg", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC")
DAYTIME = tuple((day, 9 * 60, 18 * 60) for day in range(5))


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("begins", "seconds", "due"),
    [
        ("2026-11-20 10:00", 600, "2026-11-20 10:10"),
        ("2026-11-20 17:55", 600, "2026-11-23 09:05"),  # Friday evening, Monday morning
        ("2026-11-20 20:00", 600, "2026-11-23 09:10"),
        ("2026-11-20 06:00", 600, "2026-11-20 09:10"),
        ("2026-11-23 09:00", 9 * 3600, "2026-11-23 18:00"),
        ("2026-11-23 09:00", 9 * 3600 + 1, "2026-11-25 09:00:01"),  # the 24th is a holiday
        ("2026-11-24 12:00", 60, "2026-11-25 09:01"),
    ],
)
def test_working_hours_and_a_holiday(begins: str, seconds: int, due: str):
    got = deadline(berlin(begins), seconds, DAYTIME, (("2026-11-24", ()),), BERLIN)
    assert got == berlin(due)


def test_a_holiday_may_have_hours_of_its_own():
    special = (("2026-11-21", ((10 * 60, 11 * 60),)),)
    assert deadline(berlin("2026-11-20 17:55"), 600, DAYTIME, special, BERLIN) == berlin("2026-11-21 10:05")


def test_the_night_with_and_the_night_without_an_hour():
    night = ((6, 0, 6 * 60),)
    assert deadline(berlin("2026-10-25 00:00"), 6 * 3600, night, (), BERLIN) == berlin("2026-10-25 05:00")
    assert deadline(berlin("2026-03-29 00:00"), 4 * 3600, night, (), BERLIN) == berlin("2026-03-29 05:00")
    twice = open_on(date(2026, 10, 25), ((6, 150, 165),), {}, BERLIN)
    assert [end - begin for begin, end in twice] == [timedelta(minutes=15)] * 2
    assert open_on(date(2026, 3, 29), ((6, 125, 170),), {}, BERLIN) == []


def test_without_hours_the_clock_always_runs_and_in_a_queue_that_never_works_never():
    assert deadline(at(0), 60, None, (("2026-11-21", ()),), BERLIN) == at(60)
    assert deadline(at(0), 60, (), (), BERLIN) is None


spans = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda span: span[0] < span[1])
weeks = st.lists(st.tuples(st.integers(0, 6), spans).map(lambda one: (one[0], *one[1])), max_size=4).map(tuple)
# Around the changes of every zone above, and any other day.
moments = st.sampled_from(
    [datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC),
     datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 9, 5, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC)]
).flatmap(lambda begin: st.integers(0, 3 * 1440).map(lambda minutes: begin + timedelta(minutes=minutes)))  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(moments, st.integers(1, 6 * 60), weeks, st.sampled_from(ZONES), st.dictionaries(st.integers(0, 4), st.lists(spans, max_size=2), max_size=2))
def test_the_deadline_is_where_a_clock_that_walks_arrives(
    begin: datetime, minutes: int, week: tuple[tuple[int, int, int], ...], zone: str, special: dict[int, list[tuple[int, int]]]
):
    here = ZoneInfo(zone)
    holidays = tuple(((begin + timedelta(days=n)).date().isoformat(), tuple(spans)) for n, spans in special.items())
    got = deadline(begin, minutes * 60, week, holidays, here)
    known, walked, moment = dict(holidays), 0, begin
    while walked < minutes and moment < begin + timedelta(days=4):
        local = moment.astimezone(here)
        today = known.get(local.date().isoformat())
        if today is None:
            today = tuple((first, last) for day, first, last in week if day == local.weekday())
        walked += any(first <= local.hour * 60 + local.minute < last for first, last in today)
        moment += timedelta(minutes=1)
    if walked == minutes:
        assert got == moment
    else:
        assert got is None or got > moment


def test_what_is_due_by_kind_and_queue():
    world = clinic()
    assert due_of(world, "front", "missed_call", at(0)) == at(600)
    assert due_of(world, "front", "chat", at(0)) == at(60)
    assert due_of(world, "front", "call", at(0)) is None
    assert due_of(world, "no such queue", "callback", at(0)) == at(600)
    queue(world, "front", missed_due_s=60, week=())
    assert due_of(world, "front", "missed_call", at(0)) is None
    world.apply([Put(Rules(work=RULES.work, timezone="Asia/Yekaterinburg"))])
    queue(world, "front", week=((3, 14 * 60, 15 * 60),))  # at(0) is a Thursday, 13:53:20 in Yekaterinburg
    assert due_of(world, "front", "missed_call", at(0)) == at(460)
