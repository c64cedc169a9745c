"""A missed call of somebody who is to be called back anyway is one more of his calls, not another piece of work.

His call goes over to the request that waits for him, which counts it and rises; the request the call had made is over,
and named in `Request.joined`, so that a person can have it back. Only what is the same matter is joined: what the MIS
or a list wants of him is another, and what somebody talks with him about just now is being settled.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.events import RoutingDue
from engine.requests.deadlines import due_of
from engine.requests.opening import changed, line, request_of
from engine.requests.patients.telling import FROM_MIS
from engine.requests.persons.same import in_talk, requests_of
from engine.requests.transitions import queue_up, withdraw
from engine.room import Said
from engine.world import Call, Put, Request, View
from engine.world.reading import last_talk

# What a missed call may join.
PROMISES = frozenset({"missed_call", "callback", "voicemail"})
# What a list wants of a person is not what he wants of us.
FROM_LIST = "list:"
# Each join raises a request by so much, the first few times.
RISE, RISES = 10, 3
# How the request ends whose call went over to another.
JOINED = "joined"
_OPEN = frozenset({"new", "queued", "offered", "postponed", "in_progress"})


def promise_of(world: View, call: Call, request: Request) -> Request | None:
    """Return the oldest open request of the same person that his missed call joins; None when it stands for itself."""
    for one in requests_of(world, request.phone or call.phone, request.contact or call.contact):
        if one.key != request.key and takes(world, one):
            return one
    return None


def takes(world: View, request: Request) -> bool:
    """Whether a missed call of its person would join this request."""
    if request.kind not in PROMISES or request.status not in _OPEN:
        return False
    return not request.source.startswith((FROM_MIS, FROM_LIST)) and not in_talk(world, request)


def joined_calls(request: Request) -> list[str]:
    """Return the calls of a request that joined it, which a person can have back."""
    return [call for call in request.calls if request_of(call) in request.joined]


def join(world: View, call: Call, request: Request, target: Request, at: datetime) -> Said:
    """Move a missed call from the request it made to the one that waits for the person; both histories say so.

    A request that was put aside is wanted now: he has just shown that he is there.
    """
    due = due_of(world, target.queue, target.kind, at)
    aside = target.status == "postponed"
    fields: dict[str, Any] = {
        "calls": (*target.calls, call.key), "missed": target.missed + 1, "joined": (*target.joined, request.key),
        "priority": target.priority + (RISE if len(target.joined) < RISES else 0),
        "contact": target.contact or request.contact or call.contact,
        "due_at": due if aside else min((one for one in (target.due_at, due) if one is not None), default=None),
    }  # fmt: skip
    talk = last_talk(call)
    if talk is not None and not target.preferred:
        fields["preferred"] = talk.operator
    same = (request.phone or call.phone) == target.phone
    yield Put(replace(call, request=target.key, contact=call.contact or target.contact))
    if aside:
        yield from queue_up(world, target, at, by=None, **fields)
    else:
        yield Put(changed(target, at, **fields))
    yield line(target, at, "joined" if same else "joined_other", call=call.key, queue=request.queue)
    yield line(request, at, "joined_away", call=call.key)
    yield from withdraw(world, replace(request, calls=(), outcome=JOINED), at)
    yield RoutingDue(at=at)
