"""When something is due: a heap over the world's timers, the clinic's midnight, and a sweep every few seconds."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.events import DayBegan, Swept, TimerFired
from engine.world import Change, Put, Timer, World

# Whatever no event told of is looked at so often (routing.md R9).
SWEEP = timedelta(seconds=5)


class Timers:
    """Fires the timers of a world once each.

    Args:
        world: where the timers are; one that is gone or moved there is not fired.
        zone: the clinic's.
        at: now.
        sweep: how often whatever no event told of is looked at; None = never.
    """

    def __init__(self, world: World, zone: ZoneInfo, at: datetime, sweep: timedelta | None = None) -> None:
        self._world = world
        self._zone = zone
        self._heap: list[tuple[datetime, str]] = [(timer.due, timer.key) for timer in world.all(Timer)]
        heapq.heapify(self._heap)
        self._midnight = self._next_midnight(at)
        self._sweep = sweep
        self._swept = at

    def note(self, changes: Iterable[Change]) -> None:
        """Take in timers that were set, also by taking a turn back."""
        for change in changes:
            if isinstance(change, Put) and isinstance(change.entity, Timer):
                heapq.heappush(self._heap, (change.entity.due, change.entity.key))

    def due(self, at: datetime) -> list[TimerFired | DayBegan | Swept]:
        """Return what is due, in order; each once. Sweeps that were missed are one."""
        fired: list[TimerFired | DayBegan | Swept] = []
        self._swept = min(self._swept, at)  # a clock set back must not put off the sweep
        if at >= self._midnight:
            fired.append(self.day(at))
            self._midnight = self._next_midnight(at)
        while self._heap and self._heap[0][0] <= at:
            due, key = heapq.heappop(self._heap)
            timer = self._world.get(Timer, key)
            if timer is not None and timer.due == due:
                fired.append(TimerFired(at=at, key=key))
        if self._sweep is not None and at >= self._swept + self._sweep:
            fired.append(Swept(at=at))
            self._swept = at
        return fired

    def day(self, at: datetime) -> DayBegan:
        """Return the event that says which day it is at the clinic."""
        return DayBegan(at=at, day=at.astimezone(self._zone).date().isoformat())

    def wait_s(self, at: datetime) -> float:
        """Return seconds until something is due."""
        soonest = min(self._heap[0][0], self._midnight) if self._heap else self._midnight
        if self._sweep is not None:
            soonest = min(soonest, min(self._swept, at) + self._sweep)
        return max(0.0, (soonest - at).total_seconds())

    def _next_midnight(self, at: datetime) -> datetime:
        tomorrow = at.astimezone(self._zone).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self._zone)
