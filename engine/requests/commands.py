"""The commands of people. Each is answered once; a refusal says why and, when somebody was faster, who.

A command carries the version the person saw. `taken` is told before `stale`: it is what he needs to know. The engine
checks whose request it is; what a role may do at all is the gate's business.
"""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

from engine.effects import AnswerCommand, FindContact
from engine.events import (
    CompleteAsked,
    NoteAsked,
    OpenAsked,
    PostponeAsked,
    RequestOpened,
    RequestTaken,
    TakeAsked,
    TransferAsked,
)
from engine.requests.opening import changed, close, drop_timer, freed, line, next_number, postponed_timer
from engine.room import Said
from engine.world import Call, Operator, Pbx, Put, Queue, Request, Rules, Timer, View
from engine.world.work import RequestKind
from okno import phones

Command = TakeAsked | CompleteAsked | PostponeAsked | TransferAsked | NoteAsked
# Those who may touch a request that is not their own.
SUPERVISING = frozenset({"supervisor", "administrator"})
# What a person may open by hand: a call opens its own.
BY_HAND = frozenset(get_args(RequestKind)) - {"call"}
# Somebody has to call: the clock runs from the start.
DUE = frozenset({"missed_call", "callback", "voicemail"})


def refused(event: Command | OpenAsked, why: str, by: str = "") -> AnswerCommand:
    """No, and why; the request's id lets the gate show its present state."""
    request = None if isinstance(event, OpenAsked) else event.request
    return AnswerCommand(command=event.command, ok=False, why=why, by=by, request=request)


def accepted(event: Command, request: Request) -> AnswerCommand:
    """Yes."""
    return AnswerCommand(command=event.command, ok=True, request=request.key)


def live_call(world: View, request: Request) -> Call | None:
    """A call of this request that still goes on; Asterisk, not people, decides about it."""
    for key in request.calls:
        call = world.get(Call, key)
        if call is not None:
            return call
    return None


def on_take(world: View, event: TakeAsked) -> Said:
    """Take a waiting request; a call that waits is Asterisk's to give."""
    request = world.get(Request, event.request)
    operator = world.get(Operator, event.operator)
    if request is None:
        yield refused(event, "not_found")
    elif operator is None or not operator.active:
        yield refused(event, "no_operator")
    elif request.owner == operator.key and request.status == "in_progress":
        yield accepted(event, request)
    elif request.owner is not None:
        yield refused(event, "taken", by=request.owner)
    elif live_call(world, request) is not None:
        yield refused(event, "call_live")
    elif event.version is not None and event.version != request.version:
        yield refused(event, "stale")
    else:
        yield from drop_timer(world, postponed_timer(request.key))
        taken = changed(
            request, event.at, status="in_progress", owner=operator.key, postponed_until=None,
            first_response_at=request.first_response_at or event.at,
        )
        yield Put(taken)
        yield line(taken, event.at, "taken", event.actor, operator=operator.key)
        yield RequestTaken(at=event.at, request=taken.key, operator=operator.key)
        yield accepted(event, taken)


def _why_not(event: CompleteAsked | PostponeAsked | TransferAsked, request: Request) -> tuple[str, str]:
    """Why this person may not change this request, and whose it is."""
    if event.role not in SUPERVISING and (request.owner is None or request.owner != event.operator):
        return "not_yours", request.owner or ""
    if event.version is not None and event.version != request.version:
        return "stale", ""
    return "", ""


def on_complete(world: View, event: CompleteAsked) -> Said:
    """Close with an outcome. The owner may do so while he still talks: then no wrap-up follows."""
    request = world.get(Request, event.request)
    if request is None:
        yield refused(event, "not_found")
        return
    why, by = _why_not(event, request)
    outcomes = (world.get(Rules, "rules") or Rules()).outcomes
    if not why and event.outcome and outcomes and event.outcome not in outcomes:
        why = "bad_outcome"
    if not why and request.status in ("new", "queued") and live_call(world, request) is not None:
        why = "call_live"
    if why:
        yield refused(event, why, by)
        return
    yield from close(world, request, event.at, event.outcome, actor=event.actor, note=event.note)
    yield accepted(event, request)


def on_postpone(world: View, event: PostponeAsked) -> Said:
    """Put aside; at its time it stands in its queue again."""
    request = world.get(Request, event.request)
    if request is None:
        yield refused(event, "not_found")
        return
    why, by = _why_not(event, request)
    if not why and event.until <= event.at:
        why = "bad_time"
    if not why and live_call(world, request) is not None:
        why = "call_live"
    if why:
        yield refused(event, why, by)
        return
    yield from freed(world, request, event.at)
    later = changed(request, event.at, status="postponed", owner=None, postponed_until=event.until)
    yield Put(later)
    yield Put(Timer(key=postponed_timer(later.key), due=event.until))
    yield line(later, event.at, "postponed", event.actor, note=event.note)
    yield accepted(event, later)


def on_transfer(world: View, event: TransferAsked) -> Said:
    """Give to another operator or to a queue."""
    request = world.get(Request, event.request)
    if request is None:
        yield refused(event, "not_found")
        return
    why, by = _why_not(event, request)
    operator, queue = world.get(Operator, event.to_operator), world.get(Queue, event.to_queue)
    fits = operator.active if operator is not None and queue is None else queue is not None and queue.active
    if not why and (not fits or (event.to_operator is None) == (event.to_queue is None)):
        why = "bad_target"
    if not why and live_call(world, request) is not None:
        why = "call_live"
    if why:
        yield refused(event, why, by)
        return
    yield from freed(world, request, event.at)
    yield from drop_timer(world, postponed_timer(request.key))
    moved = changed(
        request, event.at, status="in_progress" if operator else "queued", owner=operator.key if operator else None,
        queue=queue.key if queue else request.queue, postponed_until=None,
        priority=queue.priority if queue else request.priority,
    )
    yield Put(moved)
    yield line(
        moved, event.at, "transferred", event.actor, operator=moved.owner, queue=queue.key if queue else None,
        note=event.note,
    )
    if operator is not None:
        yield RequestTaken(at=event.at, request=moved.key, operator=operator.key)
    yield accepted(event, moved)


def on_note(world: View, event: NoteAsked) -> Said:
    """A note may be added to any version; it makes a new one, so that nobody closes a request without seeing it."""
    request = world.get(Request, event.request)
    if request is None:
        yield refused(event, "not_found")
    elif not event.note.strip():
        yield refused(event, "empty_note")
    else:
        noted = changed(request, event.at)
        yield Put(noted)
        yield line(noted, event.at, "note", event.actor, note=event.note)
        yield accepted(event, noted)


def on_open(world: View, event: OpenAsked) -> Said:
    """Make a request by hand; the same id again is the same request."""
    queue = world.get(Queue, event.queue)
    pbx = next(iter(world.all(Pbx)), Pbx(key=""))
    phone = phones.parse(event.phone, country=pbx.country, area_code=pbx.area_code)
    if world.get(Request, event.id) is not None:
        yield AnswerCommand(command=event.command, ok=True, request=event.id)
    elif event.kind not in BY_HAND:
        yield refused(event, "bad_kind")
    elif queue is None or not queue.active:
        yield refused(event, "bad_queue")
    elif phone is None:
        yield refused(event, "bad_phone")
    else:
        yield from _opened(world, event, queue, phone.e164)


def _opened(world: View, event: OpenAsked, queue: Queue, phone: str) -> Said:
    number = next_number(world, event.at)
    due = event.at + timedelta(seconds=queue.missed_due_s) if event.kind in DUE else None
    request = Request(
        key=event.id, year=event.at.year, number=number.value, kind="callback", status="queued", queue=queue.key,
        priority=queue.priority, due_at=due, phone=phone, source="by_hand", created_at=event.at, queued_at=event.at,
        since=event.at,
    )
    request = replace(request, kind=event.kind)  # type: ignore[arg-type]  # one of BY_HAND
    yield Put(number)
    yield Put(request)
    yield line(request, event.at, "opened", event.actor, note=event.note, queue=queue.key)
    yield RequestOpened(at=event.at, request=request.key)
    yield FindContact(phone=phone)
    yield AnswerCommand(command=event.command, ok=True, request=request.key)
