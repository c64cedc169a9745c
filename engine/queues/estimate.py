"""How long a new caller would wait, as far as anybody can say honestly. Pure: the moment is given."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.world import Call, Operator, Queue, QueueNow, View

WINDOW = timedelta(minutes=30)
# Of fewer talks nobody can say how long the next one takes.
LEAST = 3


def waiting(world: View, queue: str) -> int:
    """How many callers wait there whom nobody has answered."""
    return sum(call.phase in ("queued", "ringing") for call in world.by(Call, "queue", queue))


def wait_s(world: View, queue: str, at: datetime) -> float | None:
    """The seconds a caller who joins now will wait; None when nobody can say.

    Those before him leave as fast as callers left in the last half hour, answered or not: it needs no guess of how
    long talks take nor of how many operators will stay. Nobody waits and somebody is free: 0. Nobody is on duty, or too
    few callers left lately: nobody can say.

    Args: queue: its name; at: now.
    """
    if world.get(Queue, queue) is None:
        return None
    people = [one for one in world.all(Operator) if one.active and queue in one.queues and _there(one)]
    if not people:
        return None
    ahead = waiting(world, queue)
    if ahead == 0 and any(one.voice == "idle" and not one.pauses for one in people):
        return 0.0
    now = world.get(QueueNow, queue)
    if now is None:
        return None
    left = sum(one.answered + one.lost for one in now.minutes)
    answered = sum(one.answered for one in now.minutes)
    spent = min(WINDOW, at - now.since).total_seconds()
    if answered < LEAST or spent <= 0:
        return None
    return round((ahead + 1) * spent / left, 1)


def is_open(world: View, queue: str) -> bool:
    """Whether somebody answers there now, by the queue's hours."""
    now = world.get(QueueNow, queue)
    return now is None or now.opens_at is None


def _there(one: Operator) -> bool:
    """On duty: with the pages away, a phone that stands in the queue unpaused counts as well."""
    return one.presence == "available" or (one.voice in ("idle", "ringing", "incall", "wrap_up") and not one.pauses)
