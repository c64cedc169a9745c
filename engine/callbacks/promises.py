"""How a promise begins, gets its next time and leaves: its request is made, put aside by a person, closed."""

from dataclasses import replace
from datetime import datetime

from engine.callbacks.planning import bounded, first, suits
from engine.callbacks.reading import KINDS, origin_of, terms_of, under_way
from engine.effects import Publish
from engine.events import (
    CallbackPromised,
    CallEnded,
    CallRepaired,
    PostponeAsked,
    RequestClosed,
    RequestOpened,
    Swept,
    TryPlanned,
)
from engine.room import Said
from engine.world import Call, Callback, Drop, Put, Request, View
from engine.world.work import CallbackState

# How its request ended when the person was reached.
REACHED = "reached_by_call"


def on_opened(world: View, event: RequestOpened) -> Said:
    """Work by telephone was made by hand, by the MIS or by a list."""
    yield from _known(world, world.get(Request, event.request), event.at)


def on_promised(world: View, event: CallbackPromised) -> Said:
    """He is promised a call, or has asked for it again: the plan begins anew, and what was tried stays in sight."""
    request, known = world.get(Request, event.request), world.get(Callback, event.request)
    if request is None:
        return
    if known is None:
        known = Callback(key=request.key, origin=event.origin, asked_at=event.at)
    elif under_way(known) is not None:
        return
    callback = replace(
        known, origin=event.origin, state="waiting", asked_at=event.at, attempt=0, wanted_at=event.wanted_at,
        place_at=event.place_at or known.place_at,
    )
    yield from plan(callback, request, first(event.at, event.wanted_at, terms_of(world, request)), event.at)


def on_call(world: View, event: CallEnded | CallRepaired) -> Said:
    """Nobody answered him: he is owed a call. Who rang again is there now, and is called without delay."""
    call = world.get(Call, event.call) if isinstance(event, CallEnded) else event.call
    request = world.get(Request, call.request) if call is not None else None
    callback = world.get(Callback, request.key) if request is not None else None
    if call is None or request is None or callback is None:
        yield from _known(world, request, event.at)
        return
    again = call.direction == "inbound" and call.result != "answered" and not call.self_served
    if again and isinstance(event, CallEnded) and call.started_at > callback.asked_at and not under_way(callback):
        due = first(event.at, None, terms_of(world, request))
        due = min(due, callback.next_at) if callback.next_at is not None else due
        yield from plan(callback, request, due, event.at)
    elif isinstance(event, CallRepaired) and _planned_blindly(event, callback):
        due = max(event.at, first(callback.asked_at, None, terms_of(world, request)))
        yield Put(replace(callback, next_at=due))
        yield TryPlanned(at=event.at, request=request.key, until=due)


def _planned_blindly(event: CallRepaired, callback: Callback) -> bool:
    """Whether his plan was made before anybody knew which line he had called: not in the hours of its queue."""
    named = event.was is not None and not event.was.dialled and event.call.dialled
    return bool(named) and not callback.tries and callback.wanted_at is None and under_way(callback) is None


def on_postponed(world: View, event: PostponeAsked) -> Said:
    """A person put it aside: it is tried at his time, unless that is a quiet hour."""
    request, callback = world.get(Request, event.request), world.get(Callback, event.request)
    if request is None or callback is None or request.postponed_until != event.until or request.status != "postponed":
        return
    bounds = terms_of(world, request)
    until = event.until if suits(event.until, bounds) else bounded(event.until, bounds)
    yield from plan(callback, request, until, event.at, told=event.until)


def on_closed(world: View, event: RequestClosed) -> Said:
    """Nobody is owed a call any more."""
    callback = world.get(Callback, event.request)
    if callback is None:
        return
    request = world.get(Request, event.request)
    reached = callback.state == "reached" or (request is not None and request.outcome == REACHED)
    state: CallbackState = "reached" if reached else "given_up" if callback.state == "given_up" else "withdrawn"
    if state != "given_up":  # that was published when it was
        yield Publish(kind=f"callback.{state}", key=callback.key, at=event.at, payload={})
    yield Put(replace(callback, state=state, next_at=None))
    yield Drop(Callback, callback.key)


def on_swept(world: View, event: Swept) -> Said:
    """Every request by which somebody is to be called has its promise, whoever made it; none is left without one."""
    for request in list(world.all(Request)):
        yield from _known(world, request, event.at)
    for callback in list(world.all(Callback)):
        if world.get(Request, callback.key) is None:
            yield Drop(Callback, callback.key)


def plan(
    callback: Callback, request: Request, next_at: datetime, at: datetime, *, told: datetime | None = None
) -> Said:
    """The next try is then. `told`: until when it is put aside already."""
    again: CallbackState = "waiting" if callback.state == "reached" else callback.state
    yield Put(replace(callback, next_at=next_at, state=again))
    if next_at > at and next_at != told:
        yield TryPlanned(at=at, request=request.key, until=next_at)


def _known(world: View, request: Request | None, at: datetime) -> Said:
    """A request of these kinds has a promise; a time it was put aside until is kept."""
    if request is None or request.kind not in KINDS or request.status in ("done", "cancelled"):
        return
    if world.get(Callback, request.key) is not None or not request.phone:
        return
    begun = request.queued_at or request.created_at
    callback = Callback(key=request.key, origin=origin_of(request), asked_at=begun)
    if request.status == "postponed" and request.postponed_until is not None:
        yield Put(replace(callback, next_at=request.postponed_until))
    elif request.owner is not None:
        yield Put(callback)
    else:
        yield from plan(callback, request, max(at, first(begun, None, terms_of(world, request))), at)
