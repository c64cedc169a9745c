"""What is held while somebody waits, told the time."""

from __future__ import annotations

from uuid import UUID

from mis.finding.waiting import FRESH_S, LONGEST_S, NOBODY_S, Waiting
from tests.mis.finding.family import CALL, MOTHER, OTHER, PHONE


class Clock:
    """Time that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_is_held_as_long_as_the_caller_waits() -> None:
    clock = Clock()
    waiting = Waiting(clock)
    waiting.hold(CALL, PHONE)
    found = waiting.put(PHONE, (MOTHER,), True)
    clock.now += NOBODY_S + 1
    waiting.put(OTHER, (), True)
    assert waiting.get(PHONE) == found and not waiting.fresh(found)
    assert waiting.awaited(PHONE) and not waiting.awaited(OTHER)
    assert waiting.holds(CALL, PHONE) and not waiting.holds(CALL, OTHER) and not waiting.holds(None, PHONE)
    waiting.release(CALL)
    assert not waiting.awaited(PHONE)
    assert waiting.get(PHONE) is None and waiting.get(OTHER) is not None and len(waiting) == 0
    waiting.release(UUID(int=5))


def test_nobody_is_believed_longer_than_somebody() -> None:
    clock = Clock()
    waiting = Waiting(clock)
    somebody, nobody = waiting.put(PHONE, (MOTHER,), True), waiting.put(OTHER, (), True)
    clock.now += FRESH_S + 1
    assert not waiting.fresh(somebody) and waiting.fresh(nobody)
    clock.now += NOBODY_S
    assert not waiting.fresh(nobody)


def test_a_release_that_never_came_does_not_hold_for_ever() -> None:
    clock = Clock()
    waiting = Waiting(clock)
    waiting.hold(CALL, PHONE)
    waiting.put(PHONE, (MOTHER,), True)
    clock.now += LONGEST_S + 1
    waiting.put(OTHER, (), True)
    assert waiting.get(PHONE) is None and len(waiting) == 0
