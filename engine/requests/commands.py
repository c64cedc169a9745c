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
    OfferAccepted,
    OpenAsked,
    PostponeAsked,
    PrioritiseAsked,
    RequestOpened,
    RoutingDue,
    TakeAsked,
    TransferAsked,
)
from engine.requests.deadlines import due_of
from engine.requests.offers.answering import accepting
from engine.requests.offers.capacity import fits
from engine.requests.offers.leaving import away
from engine.requests.offers.ledger import live_offer, weight_of
from engine.requests.opening import changed, line, next_number
from engine.requests.patients.prefetching import know
from engine.requests.routing.router import keep
from engine.requests.transitions import close, give, put_aside, queue_up
from engine.room import Said
from engine.world import Call, Operator, Pbx, Put, Queue, Request, Rules, View
from engine.world.work import RequestKind
from okno import phones

Command = TakeAsked | CompleteAsked | PostponeAsked | TransferAsked | NoteAsked | PrioritiseAsked
# Those who may touch a request that is not their own.
SUPERVISING = frozenset({"supervisor", "administrator"})
# What a person may open by hand: a call opens its own.
BY_HAND = frozenset(get_args(RequestKind)) - {"call"}
# Nothing is put aside for longer: a later day is a slip of the hand.
LONGEST = timedelta(days=366)


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
    """Take a waiting request; a call that waits is Asterisk's to give. What he is asked anyway, he accepts."""
    request, operator = world.get(Request, event.request), world.get(Operator, event.operator)
    if request is None:
        yield refused(event, "not_found")
        return
    if operator is None or not operator.active:
        yield refused(event, "no_operator")
        return
    if request.owner == operator.key and request.status == "in_progress":
        yield accepted(event, request)
        return
    offer = live_offer(world, request)
    if offer is not None and offer.state == "pending" and offer.operator == operator.key:
        yield from accepting(world, event, offer, request, operator)
        return
    why, by = _why_not_take(world, event, request, operator)
    if why:
        yield refused(event, why, by)
        return
    yield from give(world, request, operator, event.at, "taken", actor=event.actor, by=operator.key)
    taken = live_offer(world, request)
    if taken is not None:
        yield OfferAccepted(at=event.at, offer=taken.key, operator=operator.key)
    yield accepted(event, request)


def _why_not_take(world: View, event: TakeAsked, request: Request, operator: Operator) -> tuple[str, str]:
    """Why he may not take it, and who was faster."""
    offer = live_offer(world, request)
    if request.owner is not None:
        return "taken", request.owner
    if live_call(world, request) is not None:
        return "call_live", ""
    if offer is not None:
        return "offered", offer.operator
    if event.version is not None and event.version != request.version:
        return "stale", ""
    if _no_room(world, request, operator):
        return "no_capacity", ""
    return "", ""


def _no_room(world: View, request: Request, operator: Operator) -> bool:
    """Whether this would take him above his capacity; who has it already has room for it."""
    mine = live_offer(world, request)
    held = mine is not None and mine.operator == operator.key
    return request.kind != "call" and not held and not fits(world, operator, weight_of(world, request))


def _why_not(
    event: CompleteAsked | PostponeAsked | TransferAsked, request: Request
) -> tuple[str, str]:
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
    owner = world.get(Operator, request.owner) if request.status == "wrap_up" else None
    if owner is not None:
        yield from keep(world, owner, event.at, request.key)
    yield from close(
        world, request, event.at, event.outcome, actor=event.actor, note=event.note, by=event.operator or "",
    )
    yield accepted(event, request)


def on_postpone(world: View, event: PostponeAsked) -> Said:
    """Put aside; at its time it stands in its queue again."""
    request = world.get(Request, event.request)
    if request is None:
        yield refused(event, "not_found")
        return
    why, by = _why_not(event, request)
    if not why and not event.at < event.until <= event.at + LONGEST:
        why = "bad_time"
    if not why and live_call(world, request) is not None:
        why = "call_live"
    if why:
        yield refused(event, why, by)
        return
    yield from put_aside(world, request, event.at, event.until, by=event.operator)
    yield line(request, event.at, "postponed", event.actor, note=event.note)
    yield accepted(event, request)


def on_transfer(world: View, event: TransferAsked) -> Said:
    """Give to another operator, who must be there and have room for it, or to a queue."""
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
    if not why and operator is not None:
        why, by = _why_not_to(world, request, operator)
    if why:
        yield refused(event, why, by)
    elif operator is not None and (request.owner, request.status) == (operator.key, "in_progress"):
        yield accepted(event, request)
    else:
        yield from _moved(world, event, request, operator, queue)
        yield accepted(event, request)


def _why_not_to(world: View, request: Request, operator: Operator) -> tuple[str, str]:
    """Why it cannot be given to him, and that it is about him; what he has already he may keep."""
    if away(operator) and request.owner != operator.key:
        return "not_there", operator.key
    return ("no_capacity", operator.key) if _no_room(world, request, operator) else ("", "")


def _moved(
    world: View, event: TransferAsked, request: Request, operator: Operator | None, queue: Queue | None
) -> Said:
    if operator is not None:
        yield from give(
            world, request, operator, event.at, "transferred", actor=event.actor, by=event.operator, note=event.note,
        )
    elif queue is not None:
        yield from queue_up(
            world, request, event.at, by=event.operator, queue=queue.key, preferred="",
            priority=request.priority if queue.key == request.queue else queue.priority,
        )
        yield line(request, event.at, "transferred", event.actor, queue=queue.key, note=event.note)


def on_prioritise(world: View, event: PrioritiseAsked) -> Said:
    """A supervisor raises or lowers a request; a call's place is Asterisk's to give."""
    request = world.get(Request, event.request)
    if request is None:
        yield refused(event, "not_found")
    elif event.role not in SUPERVISING:
        yield refused(event, "not_yours", request.owner or "")
    elif event.version is not None and event.version != request.version:
        yield refused(event, "stale")
    elif live_call(world, request) is not None:
        yield refused(event, "call_live")
    else:
        if event.priority != request.priority:
            yield Put(changed(request, event.at, priority=event.priority))
            yield line(request, event.at, "prioritised", event.actor)
            yield RoutingDue(at=event.at)
        yield accepted(event, request)


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
    due = due_of(world, queue.key, event.kind, event.at)
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
    yield from know(world, request, opening=True)
    yield RoutingDue(at=event.at)
    yield AnswerCommand(command=event.command, ok=True, request=request.key)
