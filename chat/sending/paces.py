"""How fast an account writes, and how fast to one person. Pure: it is told the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from chat.wire import Abilities

_MANY = 1000


@dataclass(slots=True)
class Pace:
    """One after another, `every_s` apart: in no span of time more than the channel allows.

    `free_at` is when the next may go, by a clock that never goes back.
    """

    every_s: float
    free_at: float = 0.0

    def reserve(self, now: float) -> float:
        """Take the next place; return in how many seconds it comes."""
        at = max(now, self.free_at)
        self.free_at = at + self.every_s
        return at - now

    def rest(self, until: float) -> None:
        """Let nothing go before that moment."""
        self.free_at = max(self.free_at, until)


@dataclass(slots=True)
class Paces:
    """The paces of one account: of all it writes, and of what it writes to each person."""

    abilities: Abilities
    _all: Pace = field(init=False)
    _peers: dict[UUID, Pace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the account's own pace."""
        self._all = Pace(1 / self.abilities.per_second)

    def peer(self, identity: UUID, now: float) -> float:
        """Take the next place for one person; return in how many seconds it comes."""
        if len(self._peers) > _MANY:
            self._peers = {one: pace for one, pace in self._peers.items() if pace.free_at > now}
        return self._peers.setdefault(identity, Pace(self.abilities.per_peer_s)).reserve(now)

    def account(self, now: float) -> float:
        """Take the account's next place; return in how many seconds it comes."""
        return self._all.reserve(now)

    def rest(self, until: float) -> None:
        """Let nothing of the account go before that moment: it is ill, or was told to be slower."""
        self._all.rest(until)
