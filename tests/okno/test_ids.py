"""Identifiers sort by time and come out the same from the same facts."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno import clock, ids

AT = datetime(2026, 11, 21, 4, 30, 0, 123456, UTC)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC))


def test_a_known_value() -> None:
    """The same on every machine and in every release: calls' ids stand in databases."""
    assert ids.uuid7_of(AT, "main", "1763697692.45") == UUID("01a1fc5e-49bb-7b94-88aa-17e5a7de1d40")


@given(MOMENTS, st.lists(st.text()))
def test_it_is_a_version_7_of_that_millisecond(at: datetime, parts: list[str]) -> None:
    made = ids.uuid7_of(at, *parts)
    assert made.version == 7 and made.variant == RFC_4122
    assert ids.time_of(made) == at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert made == ids.uuid7_of(at, *parts)


@given(st.lists(st.text()), st.lists(st.text()))
def test_other_facts_give_another_id(one: list[str], other: list[str]) -> None:
    assert (ids.uuid7_of(AT, *one) == ids.uuid7_of(AT, *other)) == (one == other)


@given(MOMENTS, MOMENTS)
def test_ids_sort_by_time(one: datetime, other: datetime) -> None:
    if one + timedelta(milliseconds=1) <= other:
        assert ids.uuid7_of(one, "z") < ids.uuid7_of(other, "a")


def test_the_zone_does_not_matter() -> None:
    assert ids.uuid7_of(AT, "a") == ids.uuid7_of(AT.astimezone(timezone(timedelta(hours=5))), "a")


def test_broken_utf8_from_a_pbx_is_taken() -> None:
    assert ids.uuid7_of(AT, b"\xff".decode("utf-8", "surrogateescape")).version == 7


def test_fresh_ones_differ_and_are_of_now() -> None:
    made = {ids.uuid7() for _ in range(1000)}
    assert len(made) == 1000
    assert all(abs(ids.time_of(one) - clock.now()) < timedelta(seconds=5) for one in made)


def test_naive_or_impossible_times_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        ids.uuid7_of(datetime(2026, 1, 1), "a")
    with pytest.raises(ValueError, match="1970"):
        ids.uuid7_of(datetime(1969, 1, 1, tzinfo=UTC), "a")
