"""Promises to call: how a request becomes one, is put aside until its time, and ends when nobody was reached.

A person has one open promise: asked again, it is the same one with what he wants now. One that somebody works on
already stays as it is. When he is called, and how often, is the `callbacks` room's to say.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.effects import AnswerCommand, FindContact
from engine.events import (
    CallbackAsked,
    CallbackCalledOff,
    CallbackGivenUp,
    CallbackPromised,
    CallbackWanted,
    RequestOpened,
    RoutingDue,
    TryEnded,
    TryPlanned,
)
from engine.requests.commands import LONGEST, SUPERVISING, live_call
from engine.requests.deadlines import due_of
from engine.requests.of_calls import REACHED
from engine.requests.offers.ledger import PHONE_WORK
from engine.requests.opening import ENGINE, changed, line, next_number
from engine.requests.patients.prefetching import know
from engine.requests.persons.blocking import block_of
from engine.requests.persons.joins import RISE, RISES, takes
from engine.requests.persons.same import requests_of
from engine.requests.transitions import close, put_aside, queue_up, withdraw, wrap_up
from engine.room import Said
from engine.world import Call, Callback, Operator, Pbx, Put, Queue, Request, View
from engine.world.reading import first_queue, number_to_call, working_queue
from engine.world.work import Origin
from okno import phones

# How a promise ends whose plan is over; by a person's word the number was somebody else's.
NOT_REACHED, WRONG_NUMBER = "not_reached", "wrong_number"
# A time a little behind is of a clock a little ahead of ours: it means now.
SLACK = timedelta(minutes=5)
_BY_HAND = "operator"
_AT_WORK = frozenset({"in_progress", "wrap_up"})
_ORIGINS: dict[str, Origin] = {"operator": "operator", "rest": "rest", "form": "form", "messenger": "messenger"}


def on_asked(world: View, event: CallbackAsked) -> Said:
    """A person, or a program for him, promises a call."""
    request = world.get(Request, event.request)
    if event.request is not None and request is None:
        yield _no(event, "not_found")
    elif world.get(Request, event.id) is not None:
        yield AnswerCommand(command=event.command, ok=True, request=event.id)
    elif event.when is not None and not event.at - SLACK <= event.when <= event.at + LONGEST:
        yield _no(event, "bad_time")
    elif request is not None and request.kind in PHONE_WORK:
        yield from _again(world, event, request)
    else:
        yield from _new(world, event, request)


def _again(world: View, event: CallbackAsked, request: Request) -> Said:
    """There is work by telephone already: it is done at another time."""
    why = ""
    if event.role not in SUPERVISING and request.owner not in (None, event.operator):
        why = "not_yours"
    elif event.version is not None and event.version != request.version:
        why = "stale"
    elif live_call(world, request) is not None or _dialling(world, request):
        why = "call_live"
    if why:
        yield _no(event, why, request.owner or "")
        return
    yield from _promise(world, request, event.at, "operator", queue=working_queue(world, event.queue), when=event.when,
                        by=event.operator, actor=event.actor, note=event.note)  # fmt: skip
    yield AnswerCommand(command=event.command, ok=True, request=request.key)


def _new(world: View, event: CallbackAsked, about: Request | None) -> Said:
    """A request of its own, or the promise he has already."""
    pbx = next(iter(world.all(Pbx)), Pbx(key=""))
    raw = event.phone or (number_to_call(world, about) if about is not None else "")
    phone = phones.parse(raw, country=pbx.country, area_code=pbx.area_code)
    name = event.queue or (about.queue if about is not None else "") or _own(world, event.operator)
    queue = working_queue(world, name)
    if phone is None or not phone.callable_back:
        yield _no(event, "bad_phone")
        return
    if queue is None:
        yield _no(event, "bad_queue")
        return
    if event.source != _BY_HAND and block_of(world, phone.e164, event.at) is not None:
        yield _no(event, "blocked")
        return
    origin, there = _ORIGINS.get(event.source, "rest"), promise_of(world, phone.e164)
    if there is not None:
        yield from _joined(world, there, event.at, origin, when=event.when, actor=event.actor, note=event.note)
        yield AnswerCommand(command=event.command, ok=True, request=there.key)
        return
    yield from _opened(
        world, event.at, event.id, phone.e164, queue, origin=origin, when=event.when, actor=event.actor,
        note=event.note, contact=about.contact if about is not None and about.phone == phone.e164 else None,
    )
    yield AnswerCommand(command=event.command, ok=True, request=event.id)


def on_wanted(world: View, event: CallbackWanted) -> Said:
    """He asked for it himself: in the queue or the IVR, by a form, in a messenger. The same key is one promise."""
    if world.get(Request, event.key) is not None or block_of(world, event.phone, event.at) is not None:
        return
    if not event.phone:
        return
    call, own = world.get(Call, event.call), _of_call(world, event)
    there = promise_of(world, event.phone)
    if own is not None and _said(world, event, own):
        return
    if own is not None and own.kind != "callback" and not _waits(there, own) and own.status not in _AT_WORK:
        place = (call.queued_at if call is not None else None) or own.queued_at
        waiting = replace(own, queued_at=place or event.at, phone=event.phone)
        yield from _promise(
            world, waiting, event.at, event.origin, queue=working_queue(world, event.queue), when=event.wanted_at,
            place=place, note=event.note, told=event.key,
        )
        return
    if (own is not None and own.kind == "callback") or there is None:
        there = own
    if there is not None:
        yield from _joined(
            world, there, event.at, event.origin, when=event.wanted_at, note=event.note, told=event.key
        )
        return
    queue = working_queue(world, event.queue) or first_queue(world)
    if queue is not None:
        yield from _opened(
            world, event.at, event.key, event.phone, queue, origin=event.origin, when=event.wanted_at,
            note=event.note, source=event.source, told=event.key,
        )


def _said(world: View, event: CallbackWanted, own: Request) -> bool:
    """Whether it is what he said in this call before: a flow was begun again in the middle, or he pressed twice."""
    known = world.get(Callback, own.key) if own.kind == "callback" else None
    return known is not None and known.origin == event.origin and known.wanted_at == event.wanted_at


def _dialling(world: View, request: Request) -> bool:
    """Whether he is about to be dialled: what is said of his next call would be lost with that one's end."""
    known = world.get(Callback, request.key)
    return known is not None and known.state == "dialling"


def _waits(there: Request | None, own: Request) -> bool:
    """Whether an earlier promise to him waits: this call makes no second, and is over when he has gone."""
    return there is not None and there.key != own.key and there.status in ("queued", "postponed")


def on_planned(world: View, event: TryPlanned) -> Said:
    """His next call is at its time: until then nobody need have it."""
    request = world.get(Request, event.request)
    if request is None or request.status in ("done", "cancelled") or live_call(world, request) is not None:
        return
    if event.until > event.at:
        if request.status == "postponed" and request.postponed_until == event.until:
            return
        aside = replace(request, outcome="")
        yield from put_aside(world, aside, event.at, event.until, by=request.owner)
        yield line(aside, event.at, "try_planned", operator=request.owner)
    elif request.status == "postponed":
        due = due_of(world, request.queue, request.kind, event.at)
        yield from queue_up(world, request, event.at, by=None, due_at=due)
        yield line(request, event.at, "returned", queue=request.queue)


def on_given_up(world: View, event: CallbackGivenUp) -> Said:
    """Nobody was reached, and the plan has no further try."""
    request = world.get(Request, event.request)
    if request is None or live_call(world, request) is not None:
        return
    outcome = WRONG_NUMBER if event.outcome == "wrong_number" else NOT_REACHED
    yield line(request, event.at, "given_up", operator=request.owner)
    yield from close(world, request, event.at, outcome, by=request.owner or "")


def on_called_off(world: View, event: CallbackCalledOff) -> Said:
    """The list it was of was stopped, or is over. What somebody works on he finishes."""
    request = world.get(Request, event.request)
    if request is None or request.owner is not None or live_call(world, request) is not None:
        return
    yield line(request, event.at, "called_off", event.actor)
    yield from withdraw(world, request, event.at)


def on_try_ended(world: View, event: TryEnded) -> Said:
    """A person says that whom it was for was reached: he finishes it."""
    request = world.get(Request, event.request)
    if request is not None and event.outcome == "reached" and request.status != "wrap_up":
        if request.status == "in_progress" and request.owner is not None:
            yield from wrap_up(world, request, event.at, REACHED)
        else:
            yield from close(world, request, event.at, REACHED)


def promise_of(world: View, phone: str, contact: str | None = None) -> Request | None:
    """The oldest open promise to call this person by any of his numbers; None when there is none."""
    return next((one for one in requests_of(world, phone, contact) if takes(world, one)), None)


def _joined(
    world: View, there: Request, at: datetime, origin: Origin, *, when: datetime | None, actor: str = ENGINE,
    note: str = "", told: str = "",
) -> Said:
    """He asks again: the promise he has is meant, and rises when it is he who asks.

    Whoever works on it just now goes on, and sees that he did.
    """
    shown = there.status == "offered" and bool(told) and when is None  # he wants what is just being offered
    if there.owner is None and not shown:
        if told:
            queue = working_queue(world, there.queue)
            most = (queue.priority if queue is not None else 0) + RISE * RISES
            there = replace(there, priority=max(there.priority, min(there.priority + RISE, most)))
        yield from _promise(world, there, at, origin, when=when, actor=actor, note=note, told=told)
        return
    noted = changed(there, at)
    yield Put(noted)
    yield line(noted, at, "promised", actor, note=note, line=told)


def _promise(
    world: View, request: Request, at: datetime, origin: Origin, *, queue: Queue | None = None,
    when: datetime | None = None, place: datetime | None = None, by: str | None = None, actor: str = ENGINE,
    note: str = "", told: str = "",
) -> Said:
    """A request that is there is a promise to call from now on."""
    name = queue.key if queue is not None else request.queue
    if request.status in ("new", "queued"):
        promise = changed(request, at, kind="callback", status="queued", queue=name)
        yield Put(replace(promise, queued_at=promise.queued_at or at, due_at=due_of(world, name, "callback", at)))
        yield RoutingDue(at=at)
    else:
        yield from queue_up(
            world, request, at, by=by, kind="callback", queue=name, due_at=due_of(world, name, "callback", at)
        )
    now = world.get(Request, request.key) or request
    yield line(now, at, "promised", actor, note=note, queue=name, line=told)
    yield CallbackPromised(at=at, request=now.key, origin=origin, wanted_at=when, place_at=place)


def _opened(
    world: View, at: datetime, key: str, phone: str, queue: Queue, *, origin: Origin, when: datetime | None,
    actor: str = ENGINE, note: str = "", contact: str | None = None, source: str = "",
    told: str = "",
) -> Said:
    number = next_number(world, at)
    request = Request(
        key=key, year=at.year, number=number.value, kind="callback", status="queued", queue=queue.key,
        priority=queue.priority, due_at=due_of(world, queue.key, "callback", at), phone=phone, source=source or origin,
        contact=contact, created_at=at, queued_at=at, since=at,
    )  # fmt: skip
    yield Put(number)
    yield Put(request)
    yield line(request, at, "promised", actor, note=note, queue=queue.key, line=told)
    yield CallbackPromised(at=at, request=key, origin=origin, wanted_at=when)
    yield RequestOpened(at=at, request=key)
    yield FindContact(phone=phone)
    yield from know(world, request, opening=True)
    yield RoutingDue(at=at)


def _of_call(world: View, event: CallbackWanted) -> Request | None:
    """The open request of the call in which he asked; the call itself may be over by now."""
    call = world.get(Call, event.call)
    if call is not None:
        return world.get(Request, call.request)
    same = world.by(Request, "phone", event.phone) if event.call is not None else []
    return next((one for one in same if event.call in one.calls), None)


def _own(world: View, operator: str | None) -> str:
    """The first queue of whoever promises."""
    known = world.get(Operator, operator)
    return known.queues[0] if known is not None and known.queues else ""


def _no(event: CallbackAsked, why: str, by: str = "") -> AnswerCommand:
    return AnswerCommand(command=event.command, ok=False, why=why, by=by, request=event.request)
