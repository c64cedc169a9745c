"""The same hard cases in English."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ivr import saying
from engine.ivr.saying import english
from engine.ivr.saying.pieces import Sounds, pieces


def heard(sounds: Sounds) -> str:
    """What is heard; every piece must be known."""
    assert set(sounds) <= set(pieces("en"))
    return saying.text_of(sounds)


@pytest.mark.parametrize(("value", "words"), [
    (0, "zero"),
    (1, "one"),
    (2, "two"),
    (5, "five"),
    (11, "eleven"),
    (21, "twenty one"),
    (101, "one hundred and one"),
    (1000, "one thousand"),
    (1001, "one thousand and one"),
    (1101, "one thousand one hundred and one"),
    (12_000, "twelve thousand"),
    (1_000_000, "one million"),
    (2_000_005, "two million and five"),
    (3 * 10**9, "three billion"),
    (-7, "minus seven"),
    (10**12, "one zero zero zero zero zero zero zero zero zero zero zero zero"),
])  # fmt: skip
def test_a_number(value: int, words: str) -> None:
    assert heard(saying.number("en", value, "f", "gen")) == words


def test_what_is_counted() -> None:
    assert [heard(saying.count("en", many, "person")) for many in (0, 1, 2, 21)] == [
        "zero people", "one person", "two people", "twenty one people"
    ]  # fmt: skip


@pytest.mark.parametrize(("roubles", "words"), [
    ("0", "zero roubles"),
    ("1", "one rouble"),
    ("2", "two roubles"),
    ("0.01", "one kopeck"),
    ("0.21", "twenty one kopecks"),
    ("1001.5", "one thousand and one roubles and fifty kopecks"),
])  # fmt: skip
def test_a_sum(roubles: str, words: str) -> None:
    assert heard(saying.money("en", Decimal(roubles))) == words


@pytest.mark.parametrize("roubles", ["-1", "NaN", "Infinity", "1e12", "1e999999"])
def test_no_sum(roubles: str) -> None:
    with pytest.raises(ValueError, match="zero or more"):
        saying.money("en", Decimal(roubles))


@pytest.mark.parametrize(("value", "words"), [
    (date(2027, 1, 1), "the first of January twenty twenty seven"),
    (date(2026, 12, 31), "the thirty-first of December twenty twenty six"),
    (date(2000, 3, 3), "the third of March two thousand"),
    (date(2005, 3, 3), "the third of March two thousand and five"),
    (date(1905, 3, 3), "the third of March nineteen oh five"),
    (date(1900, 3, 3), "the third of March nineteen hundred"),
])  # fmt: skip
def test_a_date(value: date, words: str) -> None:
    assert heard(saying.day("en", value, year=True)) == words


@pytest.mark.parametrize(("value", "words"), [
    (time(0, 0), "midnight"),
    (time(0, 5), "twelve oh five a.m."),
    (time(9, 0), "nine a.m."),
    (time(9, 30), "nine thirty a.m."),
    (time(12, 0), "noon"),
    (time(12, 10), "twelve ten p.m."),
    (time(21, 21), "nine twenty one p.m."),
])  # fmt: skip
def test_a_time(value: time, words: str) -> None:
    assert heard(saying.clock("en", value)) == words


def test_a_moment() -> None:
    at = datetime(2026, 11, 23, 9, 30)
    assert heard(saying.moment("en", at)) == "Monday the twenty-third of November at nine thirty a.m."
    assert heard(saying.moment("en", at, today=date(2026, 11, 22))).startswith("tomorrow the twenty-third")


def test_phones_places_waits_and_digits() -> None:
    assert heard(saying.phone("en", "+79990000105")) == "plus seven nine nine nine zero zero zero zero one zero five"
    assert heard(saying.place("en", 21)) == "you are number twenty one in the queue"
    assert heard(saying.wait("en", 59)) == "the expected waiting time is less than a minute"
    assert heard(saying.wait("en", 3700)) == "the expected waiting time is about one hour five minutes"
    assert heard(saying.wait("en", 3600)) == "the expected waiting time is about one hour"
    assert heard(saying.digits("en", "12 *#")) == "one two star hash"


@given(st.integers(-english.MOST, english.MOST))
def test_every_piece_is_there(value: int) -> None:
    assert heard(saying.number("en", value))


@given(st.datetimes(datetime(1850, 1, 1), datetime(2299, 12, 31)))
def test_every_day_and_time_can_be_said(value: datetime) -> None:
    assert heard(saying.day("en", value.date(), year=True))
    assert heard(saying.moment("en", value))
