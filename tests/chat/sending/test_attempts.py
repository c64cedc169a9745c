"""How long is waited between attempts."""

from __future__ import annotations

import pytest

from chat.sending.attempts import MOST_ATTEMPTS, later_s


def test_a_cloud_that_is_busy_for_two_minutes_costs_no_message() -> None:
    waits = [later_s(5.0, attempt) for attempt in range(1, MOST_ATTEMPTS)]
    assert waits == sorted(waits) and waits[0] == 5.0
    assert sum(waits) > 120


@pytest.mark.parametrize("attempt", range(1, MOST_ATTEMPTS + 1))
def test_it_is_never_sooner_than_was_asked_and_never_much_later(attempt: int) -> None:
    assert later_s(300.0, attempt) == 300.0
    assert later_s(0.0, attempt) <= 60.0
