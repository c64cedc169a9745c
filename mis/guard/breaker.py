"""A MIS that does not answer is not asked for a while, so that nobody waits for it in vain."""

from __future__ import annotations

import random
from collections.abc import Callable

from okno import clock

# In a row: one lost packet is no outage, and five calls with three seconds each are a quarter of a minute of waiting.
FAILURES = 5
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 30.0


class Breaker:
    """Counts failures in a row of one class of operations; open, it lets nobody through but, after a pause, one trial.

    Args:
        now: seconds that never go back.
        dice: 0…1, so that many do not come back in the same moment.
    """

    def __init__(self, now: Callable[[], float] = clock.monotonic, dice: Callable[[], float] = random.random) -> None:
        self._now, self._dice = now, dice
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._until: float | None = None
        self._trying = False

    @property
    def open(self) -> bool:
        """Whether it lets nobody through but trials."""
        return self._until is not None

    def enter(self) -> bool:
        """Say whether one may be asked now; who is let in says `succeeded`, `failed` or `left` afterwards."""
        if self._until is None:
            return True
        if self._trying or self._now() < self._until:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """Note an answer, even a refusal: the MIS is there."""
        self._failures, self._pause_s, self._until, self._trying = 0, FIRST_PAUSE_S, None, False

    def failed(self) -> None:
        """Note that there was no answer."""
        self._failures += 1
        if self._trying:
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        if self._trying or self._failures >= FAILURES:
            self._until = self._now() + self._pause_s * (0.75 + self._dice() / 2)
        self._trying = False

    def left(self) -> None:
        """Note that whoever was let in was called away before an answer could come: it says nothing."""
        self._trying = False
