"""What to add to a PBX's times to get ours, from the clock its shipper sends along."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

# As long a way as a letter takes is no difference of clocks; the live link draws the same line.
SAME_CLOCK = timedelta(milliseconds=250)
# A clock that was set back shows after so long; one set forward shows at once.
REMEMBERED_S = 120.0


class Clocks:
    """The smallest difference lately seen: the letter that was longest on its way tells least."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, timedelta]] = deque()

    def saw(self, theirs: datetime, ours: datetime, at: float) -> timedelta:
        """Return the offset after a letter written at `theirs` came at `ours`; `at` is monotonic seconds."""
        difference = ours - theirs
        while self._seen and (self._seen[0][0] < at - REMEMBERED_S):
            self._seen.popleft()
        while self._seen and self._seen[-1][1] >= difference:
            self._seen.pop()
        self._seen.append((at, difference))
        least = self._seen[0][1]
        return timedelta() if abs(least) < SAME_CLOCK else least
