"""What the languages share."""

from __future__ import annotations

import pytest

from engine.ivr.saying.terms import digit_by_digit, minutes_of


def test_digits_and_the_signs_people_know() -> None:
    assert digit_by_digit("+1-(0)*#a") == ("plus", "1", "minus", "0", "star", "hash")


@pytest.mark.parametrize(("seconds", "minutes"), [
    (0, 0), (59, 0), (60, 1), (61, 2), (600, 10), (601, 15), (900, 15), (901, 20), (3540, 60)
])  # fmt: skip
def test_a_wait_is_rounded_up(seconds: float, minutes: int) -> None:
    assert minutes_of(seconds) == minutes
