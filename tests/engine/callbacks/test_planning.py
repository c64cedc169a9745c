"""When somebody is called: tables of hours, zones and days of 23 or 25 hours; and what holds of any plan."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.callbacks.planning import bounded, first, following, loud_week, opening, planned, suits, terms, zones
from engine.world import CallbackRule
from engine.world.rules import Holidays, Week

URAL, BERLIN = "Asia/Yekaterinburg", "Europe/Berlin"
# A mobile of Russia may be anywhere in it; the others say where they are.
MOBILE, MOSCOW, FAR_EAST, GERMAN = "+79990000001", "+74950000001", "+74230000001", "+4930123456"
WEEKDAYS: Week = tuple((day, 8 * 60, 20 * 60) for day in range(5))


def local(text: str, zone: str = URAL) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


Row = tuple[str, str, str, str, Week | None, str]
FIRST: list[Row] = [
    # number, clinic, asked at (the clinic's clock), wanted at, the queue's hours, first called
    (MOBILE, URAL, "2026-11-18 12:00", "", WEEKDAYS, "2026-11-18 12:00"),
    (MOBILE, URAL, "2026-11-18 21:30", "", None, "2026-11-19 09:00"),  # a quiet hour where the clinic is
    (MOBILE, URAL, "2026-11-18 20:59", "", None, "2026-11-18 20:59"),
    (MOBILE, URAL, "2026-11-18 21:00", "", None, "2026-11-19 09:00"),
    (MOBILE, URAL, "2026-11-18 20:30", "", WEEKDAYS, "2026-11-19 09:00"),  # open at eight, quiet until nine
    (MOBILE, URAL, "2026-11-20 20:30", "", WEEKDAYS, "2026-11-23 09:00"),  # a Friday evening
    (MOSCOW, URAL, "2026-11-18 10:00", "", WEEKDAYS, "2026-11-18 11:00"),  # eight in Moscow, nine an hour later
    (MOSCOW, URAL, "2026-11-18 19:59", "", WEEKDAYS, "2026-11-18 19:59"),
    (FAR_EAST, URAL, "2026-11-18 15:30", "", WEEKDAYS, "2026-11-18 15:30"),  # half past eight in the evening there
    (FAR_EAST, URAL, "2026-11-18 16:30", "", WEEKDAYS, "2026-11-19 08:00"),  # quiet there from 16:00 of ours on
    (GERMAN, URAL, "2026-11-18 12:00", "", WEEKDAYS, "2026-11-18 13:00"),
    (MOBILE, URAL, "2026-11-18 12:00", "2026-11-18 18:00", WEEKDAYS, "2026-11-18 18:00"),
    (MOBILE, URAL, "2026-11-18 12:00", "2026-11-18 23:00", None, "2026-11-19 09:00"),  # wanted in a quiet hour
    (MOBILE, URAL, "2026-11-18 12:00", "2026-11-18 11:00", WEEKDAYS, "2026-11-18 12:00"),  # a time that is over
    (MOBILE, BERLIN, "2026-11-18 08:00", "", None, "2026-11-18 08:00"),  # loud in all of Russia just now
    (MOBILE, BERLIN, "2026-11-18 14:00", "", None, "2026-11-19 08:00"),  # night in Kamchatka
    (MOBILE, BERLIN, "2026-11-18 14:00", "", tuple((day, 12 * 60, 18 * 60) for day in range(7)), "2026-11-18 14:00"),
    (GERMAN, BERLIN, "2026-03-28 23:00", "", None, "2026-03-29 09:00"),  # the clock goes forward in the night
    (GERMAN, BERLIN, "2026-10-24 23:00", "", None, "2026-10-25 09:00"),  # and back
]


@pytest.mark.parametrize("row", FIRST, ids=str)
def test_when_he_is_first_called(row: Row) -> None:
    phone, clinic, asked, wanted, week, expected = row
    bounds = terms(CallbackRule(), week, (), clinic, phone)
    got = first(local(asked, clinic), local(wanted, clinic) if wanted else None, bounds)
    assert got == local(expected, clinic), got.astimezone(ZoneInfo(clinic))


def test_the_plan_is_walked_to_its_end() -> None:
    bounds = terms(CallbackRule(attempts_min=(0, 15, 60)), WEEKDAYS, (), URAL, MOBILE)
    at = local("2026-11-18 12:00")
    assert first(at, None, bounds) == at
    got = [following(attempt, at, bounds) for attempt in (1, 2, 3, 4)]
    assert got == [at + timedelta(minutes=15), at + timedelta(minutes=60), local("2026-11-19 09:00"), None]
    assert planned(bounds.rule) == 4 and planned(CallbackRule(attempts_min=(5,), next_opening=False)) == 1


def test_without_a_next_opening_the_plan_ends_with_its_list() -> None:
    bounds = terms(CallbackRule(attempts_min=(0, 5), next_opening=False), None, (), URAL, MOBILE)
    assert following(1, local("2026-11-18 12:00"), bounds) == local("2026-11-18 12:05")
    assert following(2, local("2026-11-18 12:00"), bounds) is None


@pytest.mark.parametrize(
    ("week", "holidays", "at", "expected"),
    [
        (WEEKDAYS, (), "2026-11-18 12:00", "2026-11-19 08:00"),
        (WEEKDAYS, (), "2026-11-20 12:00", "2026-11-23 08:00"),
        (WEEKDAYS, (("2026-11-19", ()),), "2026-11-18 12:00", "2026-11-20 08:00"),  # tomorrow is a holiday
        (WEEKDAYS, (("2026-11-19", ((600, 700),)),), "2026-11-18 12:00", "2026-11-19 10:00"),
        (WEEKDAYS, (), "2026-11-18 07:00", "2026-11-18 08:00"),
        # Over midnight it stays open: what begins at midnight goes on from the day before.
        (((2, 20 * 60, 1440), (3, 0, 6 * 60), (4, 9 * 60, 18 * 60)), (), "2026-11-18 21:00", "2026-11-20 09:00"),
        (None, (), "2026-11-18 12:00", "2026-11-19 09:00"),  # always open: after the night
        (tuple((day, 0, 1440) for day in range(7)), (), "2026-11-18 12:00", "2026-11-19 09:00"),
    ],
)
def test_the_next_opening(week: Week | None, holidays: Holidays, at: str, expected: str) -> None:
    assert opening(local(at), terms(CallbackRule(), week, holidays, URAL, MOBILE)) == local(expected)


def test_without_quiet_hours_and_hours_the_next_opening_is_a_day_later() -> None:
    bounds = terms(CallbackRule(quiet=(0, 0)), None, (), URAL, MOBILE)
    assert opening(local("2026-11-18 12:00"), bounds) == local("2026-11-19 12:00")
    assert suits(local("2026-11-18 03:00"), bounds)


def test_quiet_hours_within_a_day() -> None:
    assert loud_week((13 * 60, 14 * 60)) is not None
    bounds = terms(CallbackRule(quiet=(13 * 60, 14 * 60)), None, (), URAL, MOBILE)
    assert bounded(local("2026-11-18 13:30"), bounds) == local("2026-11-18 14:00")
    assert bounded(local("2026-11-18 03:30"), bounds) == local("2026-11-18 03:30")


def test_a_queue_that_never_works_leaves_his_own_hours() -> None:
    bounds = terms(CallbackRule(), (), (), URAL, MOBILE)
    assert bounded(local("2026-11-18 22:00"), bounds) == local("2026-11-19 09:00")


def test_whose_zone_nobody_knows_lives_by_the_clinics_clock() -> None:
    assert zones("", URAL) == (ZoneInfo(URAL),) == zones("+77270000001", URAL) == zones(MOBILE, URAL)
    assert zones(MOSCOW, URAL) == (ZoneInfo("Europe/Moscow"),)


_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
_SPANS = st.tuples(st.integers(0, 6), st.integers(0, 1380), st.integers(1, 300)).map(
    lambda span: (span[0], span[1], min(1440, span[1] + span[2]))
)
_WEEKS = st.one_of(st.none(), st.lists(_SPANS, min_size=1, max_size=14).map(tuple))
_QUIET = st.tuples(st.integers(0, 1439), st.integers(0, 1439))


@settings(max_examples=150, deadline=None)
@given(
    at=_MOMENTS, week=_WEEKS, quiet=_QUIET, attempt=st.integers(1, 5),
    where=st.tuples(
        st.sampled_from((MOBILE, MOSCOW, FAR_EAST, GERMAN)),
        st.sampled_from((URAL, BERLIN, "America/New_York", "Australia/Lord_Howe")),
    ),
)  # fmt: skip
def test_whatever_the_plan_he_is_never_rung_in_a_quiet_hour_and_time_goes_on(
    at: datetime, week: Week | None, quiet: tuple[int, int], attempt: int, where: tuple[str, str]
) -> None:
    phone, clinic = where
    bounds = terms(CallbackRule(quiet=quiet), week, (), clinic, phone)
    found = bounded(at, bounds)
    assert found >= at and bounded(found, bounds) == found
    later = following(attempt, at, bounds)
    assert (later is None) == (attempt > 3) and (later is None or later >= at)
    for zone in zones(phone, clinic)[:1] if len(bounds.loud) == 1 else ():
        clock = found.astimezone(zone)
        minute = clock.hour * 60 + clock.minute
        begin, end = quiet
        silent = begin <= minute < end if begin <= end else minute >= begin or minute < end
        assert not silent or begin == end
