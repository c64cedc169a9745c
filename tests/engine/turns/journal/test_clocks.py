"""The difference of two clocks, by letters that take their time."""

from datetime import UTC, datetime, timedelta

from engine.turns.journal.clocks import REMEMBERED_S, Clocks

T = datetime(2026, 11, 21, tzinfo=UTC)


def s(seconds: float) -> timedelta:
    """Seconds."""
    return timedelta(seconds=seconds)


def test_the_quickest_letter_tells() -> None:
    clocks = Clocks()
    assert clocks.saw(T, T + s(9), 0) == s(9)
    assert clocks.saw(T, T + s(5), 1) == s(5)
    assert clocks.saw(T, T + s(7), 2) == s(5)


def test_a_letters_way_is_no_difference() -> None:
    assert Clocks().saw(T, T + s(0.2), 0) == s(0)
    assert Clocks().saw(T + s(0.2), T, 0) == s(0)


def test_a_clock_set_forward_shows_at_once_and_one_set_back_later() -> None:
    clocks = Clocks()
    clocks.saw(T, T, 0)
    assert clocks.saw(T + s(60), T, 1) == s(-60)
    assert clocks.saw(T, T, 2) == s(-60)
    assert clocks.saw(T, T, 2 + REMEMBERED_S) == s(0)
