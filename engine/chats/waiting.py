"""How long people who write will wait: their places in the queue, told to `chat` for its widget; never kept.

The place is honest: who is before him in the same queue, in the order in which the router asks. The time is how long
the last ones took to leave the queue; of fewer than three nobody can say.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.requests.offers.leaving import on_duty
from engine.requests.routing.router import urgency
from engine.world import Operator, Request, View
from okno import clock, logs
from okno.errors import OknoError

log = logs.get(__name__)

_EVERY_S = 2.0
# From time to time all is told again: whoever shows it may have begun anew.
_ANEW_S = 60.0
_AT_ONCE = 400
WINDOW = timedelta(minutes=30)
LEAST = 3
_WAITS = frozenset({"queued", "offered"})

Place = tuple[int | None, int | None]
"""Where somebody stands, from 1, and for how many seconds he will; None: nobody can say, or he waits no more."""


class Chat(Protocol):
    """What of `chat.client.ChatClient` is needed here."""

    async def places(self, places: Sequence[Mapping[str, Any]]) -> None:
        """Tell."""


def standing(world: View) -> dict[str, list[Request]]:
    """Return who waits to be written with, by queue, in the order in which they are offered."""
    found: dict[str, list[Request]] = defaultdict(list)
    for request in world.all(Request):
        if request.conversation is not None and request.kind == "chat" and request.status in _WAITS:
            found[request.queue].append(request)
    return {queue: sorted(line, key=urgency) for queue, line in found.items()}


class Pace:
    """How fast people leave each queue for an operator, as seen in the last half hour."""

    def __init__(self) -> None:
        self._left: dict[str, deque[datetime]] = defaultdict(deque)
        self._since: datetime | None = None
        self._were: dict[str, str] = {}

    def look(self, world: View, line: Mapping[str, Sequence[Request]], at: datetime) -> None:
        """See who has left since the last look."""
        self._since = self._since or at
        now = {request.key: queue for queue, requests in line.items() for request in requests}
        for key, queue in self._were.items():
            request = world.get(Request, key)
            if key not in now and request is not None and request.owner is not None:
                self._left[queue].append(at)
        self._were = now
        for left in self._left.values():
            while left and left[0] < at - WINDOW:
                left.popleft()

    def seconds(self, queue: str, place: int, at: datetime) -> int | None:
        """Return for how long who stands at this place will; None when nobody can say."""
        left = self._left[queue]
        if len(left) < LEAST or self._since is None:
            return None
        spent = min(WINDOW, at - self._since).total_seconds()
        return round(place * spent / len(left)) if spent > 0 else None


class Places:
    """Tells places.

    Args:
        world: the open state.
        chat: who shows them.
    """

    def __init__(self, world: View, chat: Chat) -> None:
        self._world, self._chat = world, chat
        self._pace = Pace()
        self._told: dict[str, Place] = {}
        self._anew: datetime | None = None

    async def run(self) -> None:
        """Tell what changed every two seconds until cancelled; with `chat` away nobody sees it anyway."""
        while True:
            await self.look(clock.now())
            await asyncio.sleep(_EVERY_S)

    async def look(self, at: datetime) -> None:
        """Tell what differs from what was told last."""
        now = self._places(at)
        if self._anew is None or at - self._anew >= timedelta(seconds=_ANEW_S):
            self._anew, self._told = at, {key: place for key, place in self._told.items() if key not in now}
        gone: dict[str, Place] = {key: (None, None) for key in self._told if key not in now}
        news = {key: place for key, place in (now | gone).items() if self._told.get(key) != place}
        items = [
            {"conversation": key, "position": position, "eta_s": eta_s} for key, (position, eta_s) in news.items()
        ]  # fmt: skip
        try:
            for first in range(0, len(items), _AT_ONCE):
                await self._chat.places(items[first : first + _AT_ONCE])
        except OknoError as error:
            log.debug("places_not_told", extra={"why": error.key})
            return
        self._told = now

    def _places(self, at: datetime) -> dict[str, Place]:
        line = standing(self._world)
        self._pace.look(self._world, line, at)
        found: dict[str, Place] = {}
        for queue, requests in line.items():
            somebody = any(on_duty(one) and queue in one.queues for one in self._world.all(Operator))
            for place, request in enumerate(requests, start=1):
                if request.conversation is not None:
                    found[request.conversation] = (place, self._pace.seconds(queue, place, at) if somebody else None)
        return found
