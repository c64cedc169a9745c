"""A caller's stays in queues, as functions on the call: each stay once, and how it ended."""

from dataclasses import replace
from datetime import datetime

from engine.world import Call, Visit
from engine.world.work import VisitExit

# QUEUESTATUS and queue_log in our words. A status that is not here says nothing of the stay.
EXITS: dict[str, VisitExit] = {
    "TIMEOUT": "timeout", "FULL": "full", "JOINEMPTY": "empty", "JOINUNAVAIL": "empty", "LEAVEEMPTY": "empty",
    "LEAVEUNAVAIL": "empty", "WITHDRAW": "withdrawn", "KEY": "key",
}
# He was refused at the door: no Join, no line in queue_log, only this word of our dialplan.
REFUSED = frozenset({"FULL", "JOINEMPTY", "JOINUNAVAIL"})
# How a stay ended that a later word may still correct: nobody gave the true reason yet.
VAGUE = frozenset({"waiting", "moved", "key", "timeout"})


def open_visit(call: Call) -> Visit | None:
    """The stay that still lasts."""
    return next((visit for visit in reversed(call.visits) if visit.left_at is None), None)


def joined(call: Call, queue: str, at: datetime) -> Call:
    """He waits in this queue since `at`; whatever stay still lasted is over."""
    kept = tuple(_closed(visit, at, "moved") if visit.left_at is None else visit for visit in call.visits)
    return replace(call, visits=(*kept, Visit(queue=queue, joined_at=at)))


def left(call: Call, queue: str, at: datetime, reason: VisitExit) -> Call:
    """He is no longer in this queue; `reason` may still be `waiting` when it is to follow."""
    place = _last(call, queue)
    if place is None or call.visits[place].left_at is not None:
        return call
    return _with(call, place, _closed(call.visits[place], at, reason))


def answered(call: Call, queue: str, at: datetime, operator: str) -> Call:
    """An operator of this queue met him."""
    place = _last(call, queue)
    if place is None or call.visits[place].exit not in VAGUE:
        return call
    return _with(call, place, replace(_closed(call.visits[place], at, "answered"), operator=operator))


def told(call: Call, queue: str, status: str, at: datetime) -> Call:
    """The PBX says why Queue() let him go, or that it never let him in."""
    reason = EXITS.get(status)
    place = _last(call, queue)
    if reason is None:
        return call
    if status in REFUSED:
        known = place is not None and call.visits[place].exit == reason and call.visits[place].joined_at == at
        refused = Visit(queue=queue, joined_at=at, left_at=at, exit=reason)
        return call if known else replace(call, visits=(*call.visits, refused))
    if place is None or call.visits[place].exit not in VAGUE:
        return call
    return _with(call, place, _closed(call.visits[place], at, reason))


def over(call: Call, at: datetime, reason: VisitExit) -> Call:
    """The call is over, and with it the stays of which nobody said how they ended."""
    kept = tuple(_closed(visit, at, reason) if visit.exit == "waiting" else visit for visit in call.visits)
    return replace(call, visits=kept)


def _last(call: Call, queue: str) -> int | None:
    places = range(len(call.visits) - 1, -1, -1)
    return next((place for place in places if call.visits[place].queue == queue), None)


def _closed(visit: Visit, at: datetime, reason: VisitExit) -> Visit:
    return replace(visit, left_at=visit.left_at or at, exit=reason)


def _with(call: Call, place: int, visit: Visit) -> Call:
    return replace(call, visits=(*call.visits[:place], visit, *call.visits[place + 1 :]))
