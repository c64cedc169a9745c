"""Calls made for a request that was there before: they belong to it, and decide less about it than a call of its own.

An operator dials for a callback: the request stays his while he tries. He reached the person: he finishes it. He did
not: it is still his, to try again or put aside. Whoever the patient is passed on to has the request with him.
"""

from dataclasses import replace
from datetime import datetime

from engine.effects import FindContact
from engine.requests.opening import ENGINE, line
from engine.requests.transitions import give, wrap_up
from engine.room import Said
from engine.world import Call, Operator, Put, Request, View


def is_joined(call: Call, request: Request) -> bool:
    """Whether the request was there before the call."""
    return request.kind != "call" or (bool(request.calls) and request.calls[0] != call.key)


def wanted(world: View, call: Call) -> Request | None:
    """The open request an outbound call is for: that it was dialled from, else what its operator has of the number."""
    if call.direction != "outbound":
        return None
    named = world.get(Request, call.request)
    if named is not None or call.request is not None:
        return named
    caller = call.legs[0].operator if call.legs else ""
    same = world.by(Request, "phone", call.phone) if call.phone and caller else []
    return next((one for one in same if one.kind != "call" and one.owner == caller), None)


def join(world: View, call: Call, request: Request, at: datetime) -> Said:
    """The call is one of the request's. Nobody's command goes stale by it."""
    if call.key in request.calls:
        return
    yield Put(replace(request, calls=(*request.calls, call.key), first_response_at=request.first_response_at or at))
    yield Put(replace(call, request=request.key, contact=request.contact))
    yield line(request, at, "called", call=call.key, operator=call.legs[0].operator or None if call.legs else None)
    if call.phone and request.contact is None:
        yield FindContact(phone=call.phone)


def answered(world: View, call: Call, request: Request, operator: str, at: datetime) -> Said:
    """Somebody talks: the request is his who does, which is nearly always whose it was."""
    known = world.get(Operator, operator)
    if known is not None and (request.owner != operator or request.status != "in_progress"):
        yield from give(world, request, known, at, "answered", actor=ENGINE, by=None)


def ended(world: View, call: Call, request: Request, at: datetime, outcome: str) -> Said:
    """They talked: he finishes it. They did not: what comes of the try is the `callbacks` room's to say."""
    if call.result == "answered" and request.status == "in_progress":
        yield from wrap_up(world, request, at, outcome, call)
