"""The breaker, told the time."""

from __future__ import annotations

from mis.guard.breaker import FAILURES, FIRST_PAUSE_S, LONGEST_PAUSE_S, Breaker


class Clock:
    """Time that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def _broken() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(clock, lambda: 0.5)
    for _ in range(FAILURES):
        assert breaker.enter() and not breaker.open
        breaker.failed()
    return breaker, clock


def test_it_opens_after_failures_in_a_row() -> None:
    breaker, _ = _broken()
    assert breaker.open and not breaker.enter()


def test_an_answer_between_begins_the_count_anew() -> None:
    breaker = Breaker(Clock())
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed()
        breaker.succeeded()
    assert not breaker.open


def test_after_the_pause_one_trial_goes_and_closes_it() -> None:
    breaker, clock = _broken()
    clock.now += FIRST_PAUSE_S
    assert breaker.enter() and not breaker.enter()
    breaker.succeeded()
    assert not breaker.open and breaker.enter()


def test_a_trial_that_fails_doubles_the_pause_up_to_a_limit() -> None:
    breaker, clock = _broken()
    pause = FIRST_PAUSE_S
    for _ in range(8):
        clock.now += pause
        assert breaker.enter()
        breaker.failed()
        pause = min(pause * 2, LONGEST_PAUSE_S)
        clock.now += pause - 0.01
        assert not breaker.enter()
        clock.now += 0.01 - pause
    assert pause == LONGEST_PAUSE_S


def test_a_trial_that_was_called_away_lets_another_go() -> None:
    breaker, clock = _broken()
    clock.now += FIRST_PAUSE_S
    assert breaker.enter()
    breaker.left()
    assert breaker.open and breaker.enter()
