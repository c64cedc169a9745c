"""What a call means for its request. One external call, one request; internal calls have none.

The request opens at arrival, waits while the caller waits, belongs to the operator who answers, and is done after
wrap-up. An unanswered call's request becomes the missed call somebody has to return, or is over because its call joins
what the same person waits for already (`persons`).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.effects import FindContact
from engine.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallQueued,
    ContactFound,
    RequestOpened,
    RequestTaken,
    RoutingDue,
    TalkOver,
)
from engine.requests import joining
from engine.requests.offers.leaving import on_number_live
from engine.requests.opening import changed, line, next_number, request_of
from engine.requests.patients.telling import FROM_MIS
from engine.requests.persons.missing import missed
from engine.requests.persons.same import contact_of, requests_of
from engine.requests.transitions import close, wrap_up
from engine.room import Said
from engine.world import Call, Contact, Line, Operator, Put, Queue, Request, Timer, View
from engine.world.reading import last_talk, wrap_up_s, wrap_up_timer, wraps_up

# He got what he wanted in the IVR: nobody has to call him back.
SELF_SERVED = "self_service"
# Somebody talked with him for long enough, on another call: what he was to be called back for is settled (R15).
REACHED = "reached_by_call"
REACHED_AFTER_S = 20
_PROMISES = frozenset({"missed_call", "callback"})


def request_id(call: Call) -> str:
    """The id of the request a call makes: same call, same id."""
    return request_of(call.key)


def on_arrived(world: View, event: CallArrived) -> Said:
    """An external call makes a request."""
    call = world.get(Call, event.call)
    if call is None or call.direction == "internal":
        return
    earlier = joining.wanted(world, call)
    if earlier is not None:
        yield from joining.join(world, call, earlier, event.at)
        yield from on_number_live(world, call, event.at)
        return
    if call.request is not None:
        return
    number = next_number(world, event.at)
    queue = queue_of(world, call)
    request = Request(
        key=request_id(call), year=event.at.year, number=number.value, kind="call", status="new", queue=queue,
        priority=priority_of(world, queue), phone=call.phone, source=call.source, calls=(call.key,),
        contact=contact_of(world, call.phone), owner=maker(call), created_at=event.at, since=event.at,
    )
    yield Put(number)
    yield Put(request)
    yield Put(replace(call, request=request.key, contact=request.contact))
    yield line(request, event.at, "opened", call=call.key)
    yield RequestOpened(at=event.at, request=request.key)
    yield from on_number_live(world, call, event.at)
    if call.phone:
        yield FindContact(phone=call.phone)


def queue_of(world: View, call: Call) -> str:
    """The queue of the line dialled, else the first one of the operator who calls."""
    dialled = world.get(Line, call.dialled)
    if call.direction == "inbound":
        return dialled.queue if dialled else ""
    operator = world.get(Operator, call.legs[0].operator) if call.legs else None
    return operator.queues[0] if operator is not None and operator.queues else ""


def queue_after(world: View, call: Call, request: Request) -> str:
    """Whose a request is after its call: the queue he stood in last, else that of the line, which may be known late."""
    return call.queue or request.queue or queue_of(world, call)


def maker(call: Call) -> str | None:
    """Who made an outbound call."""
    return call.legs[0].operator or None if call.direction == "outbound" and call.legs else None


def priority_of(world: View, queue: str) -> int:
    """How urgent a queue's requests are."""
    known = world.get(Queue, queue)
    return known.priority if known is not None else 0


def on_queued(world: View, event: CallQueued) -> Said:
    """The caller waits, for the first time or again after a transfer."""
    call = world.get(Call, event.call)
    request = world.get(Request, call.request) if call is not None else None
    if call is None or request is None or joining.is_joined(call, request):
        return
    request = changed(
        request, event.at, status="queued", queue=event.queue, priority=priority_of(world, event.queue), owner=None,
        source=call.source or request.source, queued_at=request.queued_at or event.at,
    )
    yield Put(request)
    yield line(request, event.at, "queued", call=call.key, queue=event.queue)


def on_answered(world: View, event: CallAnswered) -> Said:
    """The operator who talks owns the request."""
    call = world.get(Call, event.call)
    request = world.get(Request, call.request) if call is not None else None
    if call is None or request is None:
        return
    owner = event.operator or None
    if joining.is_joined(call, request):
        yield from joining.answered(world, call, request, event.operator, event.at)
        return
    if request.status == "in_progress" and request.owner == owner:
        return
    request = changed(
        request, event.at, status="in_progress", owner=owner, source=call.source or request.source,
        first_response_at=request.first_response_at or event.at,
    )
    yield Put(request)
    yield line(request, event.at, "answered", call=call.key, operator=owner)
    if owner is not None:
        yield RequestTaken(at=event.at, request=request.key, operator=owner)


def on_ended(world: View, event: CallEnded) -> Said:
    """The talk is over: wrap-up, or done; nobody talked: a missed call, unless there is nobody to call back.

    A call that Asterisk cut off by dying is to be returned like a missed one, whoever called whom.
    """
    call = world.get(Call, event.call)
    request = world.get(Request, call.request) if call is not None else None
    if call is None or request is None:
        return
    if joining.is_joined(call, request):
        yield from joining.ended(world, call, request, event.at, REACHED)
    else:
        yield from _over(world, call, request, event)
    yield from reached(world, call, event.at)
    if world.by(Request, "routed", "yes"):
        yield RoutingDue(at=event.at)  # what waited only because he was on the line


def _over(world: View, call: Call, request: Request, event: CallEnded) -> Said:
    """A request's own call is over."""
    request = replace(
        request, queue=queue_after(world, call, request), phone=request.phone or call.phone,
        source=call.source or request.source,
    )
    outcome = settled(call, request.phone)
    if call.result == "answered":
        yield from _talked(world, call, request, event)
    elif outcome is not None:
        yield from close(world, request, event.at, outcome)
    else:
        yield from missed(world, call, request, event.at)


def reached(world: View, call: Call, at: datetime) -> Said:
    """A real talk settles what he was to be called back for; who called for it finishes it, others are told (R15)."""
    if call.result != "answered" or call.talk_s < REACHED_AFTER_S:
        return
    talked = {leg.operator for leg in call.legs if leg.answered_at is not None}
    for request in requests_of(world, call.phone, call.contact):
        begun = request.queued_at or request.created_at
        own = request.key == call.request and request_id(call) not in request.joined
        if own or request.kind not in _PROMISES or begun > (call.ended_at or at):
            continue
        if request.status == "wrap_up" or request.source.startswith(FROM_MIS):
            continue  # what the MIS wants is settled by doing it, not by any talk
        yield line(request, at, "reached", call=call.key, operator=request.owner)
        if request.status == "in_progress" and request.owner in talked:
            yield from wrap_up(world, request, at, REACHED)
        else:
            yield from close(world, request, at, REACHED)


def settled(call: Call, phone: str) -> str | None:
    """The outcome by which nobody has anything to do after this call; None when somebody must call back `phone`."""
    if call.result == "answered":
        return ""
    if call.result == SELF_SERVED:
        return SELF_SERVED
    if call.direction == "outbound" and call.result != "lost_by_pbx":
        return "not_reached"
    return None if phone else "no_number"


def on_talk_over(world: View, event: TalkOver) -> Said:
    """Who talked finishes it, though the patient is still there to say how it was."""
    call = world.get(Call, event.call)
    request = world.get(Request, call.request) if call is not None else None
    if call is not None and request is not None and wraps_up(world, call) is not None:
        yield from _talked(world, call, request, event)


def _talked(world: View, call: Call, request: Request, event: CallEnded | TalkOver) -> Said:
    if request.status == "wrap_up":
        return  # since the talk was over
    if wraps_up(world, call) is None:
        yield from close(world, request, event.at, "")
        return
    leg = last_talk(call)
    wrapping = changed(request, event.at, status="wrap_up")
    yield Put(wrapping)
    yield Put(Timer(key=wrap_up_timer(request.key), due=event.at + timedelta(seconds=wrap_up_s(world, request))))
    yield line(wrapping, event.at, "wrap_up", call=call.key, operator=leg.operator if leg else None)


def on_contact(world: View, event: ContactFound) -> Said:
    """Whose number it is; late answers find nobody open and change nothing."""
    calls, requests = world.by(Call, "phone", event.phone), world.by(Request, "phone", event.phone)
    if not event.phone or not (calls or requests) or _said_since(world, event, requests):
        return
    known = world.get(Contact, event.contact)
    # A name given, or a number, while the store was asked is newer than its answer.
    name = (known.name if known else "") or event.name
    numbers = {*event.phones, *((known.phone, *known.phones) if known else ())} - {event.phone}
    phones = tuple(sorted(numbers))
    yield Put(Contact(key=event.contact, phone=event.phone, earlier=event.earlier, name=name, phones=phones))
    for call in calls:
        if call.contact != event.contact:
            yield Put(replace(call, contact=event.contact))
            yield from on_number_live(world, replace(call, contact=event.contact), event.at)
    for request in requests:
        now = world.get(Request, request.key) or request
        preferred = now.preferred or ("" if now.attempts else event.last_operator)
        if (now.contact, now.preferred) != (event.contact, preferred):
            # No new version: nobody's command goes stale by it.
            yield Put(replace(now, contact=event.contact, preferred=preferred))


def _said_since(world: View, event: ContactFound, requests: list[Request]) -> bool:
    """Whether somebody said, while the store was asked, that the number is another contact's: that is newer."""
    others = (world.get(Contact, one.contact) for one in requests if one.contact != event.contact)
    return any(event.phone in one.phones for one in others if one is not None)
