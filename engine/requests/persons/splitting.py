"""A join is taken back: by mistake the call was taken for more of the same."""

from dataclasses import replace

from engine.effects import AnswerCommand
from engine.events import RequestOpened, SplitAsked
from engine.requests.opening import changed, line
from engine.requests.persons.joins import RISE, RISES
from engine.requests.persons.missing import stands
from engine.room import Said
from engine.world import Call, Drop, Put, Request, View

SUPERVISING = frozenset({"supervisor", "administrator"})


def on_split(world: View, event: SplitAsked) -> Said:
    """The call is a matter of its own again: the request it had made is opened anew, under its own number."""
    request = world.get(Request, event.request)
    why, by = _why_not(world, event, request)
    call, own = event.moved, event.own
    if why or request is None or call is None or own is None:
        yield AnswerCommand(command=event.command, ok=False, why=why or "not_found", by=by, request=event.request)
        return
    left = changed(
        request, event.at, calls=tuple(one for one in request.calls if one != call.key),
        joined=tuple(one for one in request.joined if one != own.key), missed=max(0, request.missed - 1),
        priority=request.priority - (RISE if len(request.joined) <= RISES else 0),
    )  # fmt: skip
    again = replace(own, calls=(call.key,), outcome="", closed_at=None, missed=0, contact=own.contact or call.contact)
    yield Put(left)
    yield line(left, event.at, "split", event.actor, operator=event.operator, call=call.key)
    yield Put(replace(call, request=own.key))
    yield Drop(Call, call.key)
    yield line(again, event.at, "split_away", event.actor, operator=event.operator, call=call.key)
    yield from stands(world, call, again, event.at)
    yield RequestOpened(at=event.at, request=own.key)
    yield AnswerCommand(command=event.command, ok=True, request=request.key)


def _why_not(world: View, event: SplitAsked, request: Request | None) -> tuple[str, str]:
    """Why this person may not have it so, and whose the request is."""
    if request is None:
        return "not_found", ""
    if event.role not in SUPERVISING and request.owner != event.operator:
        return "not_yours", request.owner or ""
    if event.version is not None and event.version != request.version:
        return "stale", ""
    if world.get(Call, event.call) is not None:
        return "call_live", ""
    own, call = event.own, event.moved
    if own is None or call is None or own.key not in request.joined or event.call not in request.calls:
        return "not_joined", ""
    known = world.get(Request, own.key) is None and call.key == event.call and call.request == request.key
    return ("" if known else "stale"), ""
