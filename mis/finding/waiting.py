"""What was found for those who wait: in memory only, for as long as they wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mis.terms import Candidate
from okno import clock

# What is older is asked anew at the ring; «nobody» is believed longer, for a call makes many questions.
FRESH_S = 30.0
NOBODY_S = 60.0
# Nobody waits so long: his release was lost with an engine that died.
LONGEST_S = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a number was found to be of, as the MIS said at `at`; `when` is of the clock that never goes back."""

    people: tuple[Candidate, ...]
    complete: bool
    at: datetime
    when: float


class Waiting:
    """Look-ups by number, and who waits for which.

    Args:
        now: seconds that never go back.
    """

    def __init__(self, now: Callable[[], float] = clock.monotonic) -> None:
        self._now = now
        self._found: dict[str, Found] = {}
        self._calls: dict[UUID, tuple[str, float]] = {}

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._calls)

    def hold(self, call: UUID, e164: str) -> None:
        """Note that a call waits: what is found for its number is kept until `release`."""
        self._calls[call] = (e164, self._now())

    def release(self, call: UUID) -> None:
        """Note that it waits no longer."""
        self._calls.pop(call, None)
        self._tidy()

    def holds(self, call: UUID | None, e164: str) -> bool:
        """Say whether this call was prefetched for this number."""
        return call is not None and self._calls.get(call, ("", 0.0))[0] == e164

    def awaited(self, e164: str) -> bool:
        """Say whether anybody waits with this number."""
        return any(held == e164 for held, _ in self._calls.values())

    def put(self, e164: str, people: tuple[Candidate, ...], complete: bool) -> Found:
        """Keep what was found just now."""
        found = Found(people, complete, clock.now(), self._now())
        self._found[e164] = found
        self._tidy()
        return found

    def get(self, e164: str) -> Found | None:
        """Return what is kept, however old."""
        return self._found.get(e164)

    def forget(self, e164: str) -> None:
        """Drop what is kept of a number: somebody was given it just now."""
        self._found.pop(e164, None)

    def fresh(self, found: Found) -> bool:
        """Say whether it may be shown as it is."""
        return self._now() - found.when <= (FRESH_S if found.people else NOBODY_S)

    def _tidy(self) -> None:
        now = self._now()
        self._calls = {call: one for call, one in self._calls.items() if now - one[1] <= LONGEST_S}
        held = {e164 for e164, _ in self._calls.values()}
        self._found = {
            e164: found for e164, found in self._found.items() if e164 in held or now - found.when <= NOBODY_S
        }
