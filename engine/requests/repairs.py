"""What a mended call means for its request: the same as a live one's, only later, and never over a person's head.

A call that was missing gets its request. One that is not as we believed may turn a missed call into an answered one,
which closes the missed call nobody has touched, or an answered one into a missed one, which opens it. What a person
works on, or closed himself, stays his.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.effects import FindContact
from engine.events import CallRepaired, RequestOpened
from engine.requests import joining
from engine.requests.deadlines import due_of
from engine.requests.of_calls import (
    REACHED,
    maker,
    priority_of,
    queue_after,
    queue_of,
    reached,
    request_id,
    settled,
)
from engine.requests.offers.ledger import hold, live_offer
from engine.requests.opening import changed, drop_timer, freed, line, next_number
from engine.requests.persons import messages
from engine.requests.persons.missing import missed
from engine.requests.transitions import close
from engine.room import Said
from engine.world import Call, Operator, Put, Request, Timer, View
from engine.world.reading import last_talk, wrap_up_s, wrap_up_timer

# The outcomes by which the engine itself closes a request; any other is a person's word.
AUTOMATIC = frozenset({"", "not_reached", "no_number", "own_number", "blocked", "self_service"})


def on_repaired(world: View, event: CallRepaired) -> Said:
    """The journal made, closed or changed a call."""
    call = world.get(Call, event.call.key)
    if call is None or call.direction == "internal":
        return
    request = world.get(Request, call.request)
    if call.request is not None and call.request != request_id(call):
        yield from _joined(world, call, request, event)
    elif request is not None and event.kind == "open" and _owed(request, call):
        yield Put(_filled(world, request, call))
        yield line(request, event.at, "repaired", call=call.key, operator=request.owner)
    elif request is not None and event.kind == "open" and messages.is_message(call, request):
        yield line(request, event.at, "repaired", call=call.key, operator=request.owner)
        yield from messages.gone(world, call, request, call.ended_at or event.at)
    elif request is not None and event.kind == "open":
        yield from _ended(world, call, _filled(world, request, call), event.at)
    elif request is not None:
        yield from _changed(world, call, _filled(world, request, call), event)
    elif call.request is None:
        yield from _made(world, call, event.at)
    elif event.request is not None:
        yield from _closed(world, call, _filled(world, event.request, call), event)
    if call.ended_at is not None:
        yield from reached(world, call, event.at)


def _joined(world: View, call: Call, request: Request | None, event: CallRepaired) -> Said:
    """A call made for a request that was there before decides nothing else about it than a live one would."""
    if request is not None and event.kind == "open":
        yield from joining.ended(world, call, request, event.at, REACHED)
    elif request is not None:
        told = settled(event.was, request.phone) if event.was is not None else None
        if request_id(call) in request.joined and told is None and call.result == "answered":
            request = changed(request, event.at, missed=max(0, request.missed - 1))
            yield Put(request)
        yield line(request, event.at, "repaired", call=call.key, operator=request.owner)


def _owed(request: Request, call: Call) -> bool:
    """Whether he was promised a call, or left a message, before he went: how he went changes nothing about that."""
    return request.kind in {"callback", "voicemail"} and call.result != "answered"


def _filled(world: View, request: Request, call: Call) -> Request:
    """The request with what the call now tells of."""
    return replace(
        request, queue=queue_after(world, call, request), phone=request.phone or call.phone,
        source=call.source or request.source,
    )  # fmt: skip


def _made(world: View, call: Call, at: datetime) -> Said:
    """A call nobody saw: its request as the live events would have left it."""
    began, over, talk = call.started_at, call.ended_at or at, last_talk(call)
    number, queue = next_number(world, began), call.queue or queue_of(world, call)
    request = Request(
        key=request_id(call), year=began.year, number=number.value, kind="call", status="new", queue=queue,
        priority=priority_of(world, queue), phone=call.phone, source=call.source, calls=(call.key,),
        contact=call.contact, owner=maker(call), created_at=began, queued_at=call.queued_at, since=began,
    )  # fmt: skip
    yield Put(number)
    yield Put(request)
    yield Put(replace(call, request=request.key))
    yield line(request, began, "opened", call=call.key)
    yield RequestOpened(at=at, request=request.key)
    if talk is not None:
        request = _answered(request, call, over)
        yield Put(request)
        yield line(request, talk.answered_at or over, "answered", call=call.key, operator=request.owner)
    outcome = settled(call, request.phone)
    if outcome is not None:
        yield from close(world, request, over, outcome)
        return
    yield from missed(world, call, request, over)
    if call.phone and call.contact is None:
        yield FindContact(phone=call.phone)


def _answered(request: Request, call: Call, at: datetime) -> Request:
    """The request as whoever talked last left it."""
    talk = last_talk(call)
    first = min((leg.answered_at for leg in call.legs if leg.answered_at), default=at)
    return changed(
        request, at, status="in_progress", owner=(talk.operator or None) if talk else request.owner,
        first_response_at=request.first_response_at or first,
    )  # fmt: skip


def _ended(world: View, call: Call, request: Request, at: datetime) -> Said:
    """A call that went on for us is over; who still had time to finish it keeps the rest of that time."""
    over, outcome = call.ended_at or at, settled(call, request.phone)
    if outcome is None:
        yield from missed(world, call, request, over)
        return
    if call.result != "answered":
        yield from close(world, request, over, outcome)
        return
    due = over + timedelta(seconds=wrap_up_s(world, request))
    if request.status == "in_progress" and due > at:
        wrapping = changed(request, over, status="wrap_up")
        yield Put(wrapping)
        yield Put(Timer(key=wrap_up_timer(request.key), due=due))
        yield line(wrapping, over, "wrap_up", call=call.key, operator=request.owner)
        return
    if request.status != "in_progress":
        request = _answered(request, call, over)
        yield line(request, over, "answered", call=call.key, operator=request.owner)
    yield from close(world, request, over, outcome)


def _changed(world: View, call: Call, request: Request, event: CallRepaired) -> Said:
    """An open request's call ended otherwise than we believed."""
    before = settled(event.was, request.phone) if event.was is not None else None
    now = settled(call, request.phone)
    if (before is None) == (now is None):
        if request != world.get(Request, request.key):
            yield Put(changed(request, event.at))
        return
    if now is not None and _untouched(request, event.was or call):
        if call.result == "answered":
            request = replace(_answered(request, call, event.at), kind="call", due_at=None)
        yield line(request, event.at, "repaired", call=call.key, operator=request.owner)
        yield from close(world, request, event.at, now)
    elif now is None and request.status == "wrap_up":
        yield line(request, event.at, "repaired", call=call.key)
        yield from freed(world, request, event.at)
        yield from drop_timer(world, wrap_up_timer(request.key))
        yield from missed(world, call, request, call.ended_at or event.at)
    elif now is None and not _owed(request, call):
        yield from _noted(world, call, replace(request, kind="missed_call", due_at=_due(world, call, request)), event)
    else:
        yield from _noted(world, call, request, event)


def _noted(world: View, call: Call, request: Request, event: CallRepaired) -> Said:
    """A person works on it: he is told, and decides."""
    noted = changed(request, event.at)
    yield Put(noted)
    owner = world.get(Operator, noted.owner)
    if owner is not None and noted.kind != "call" and live_offer(world, noted) is None:
        yield from hold(world, noted, owner, event.at)
    yield line(noted, event.at, "repaired", call=call.key, operator=noted.owner)


def _closed(world: View, call: Call, request: Request, event: CallRepaired) -> Said:
    """A request that was closed: opened again when nobody talked to the caller and no person has said it is done."""
    if settled(call, request.phone) is not None or request.status != "done" or request.outcome not in AUTOMATIC:
        return
    again = replace(request, outcome="", closed_at=None, first_response_at=None)
    yield line(again, event.at, "repaired", call=call.key)
    yield from missed(world, call, again, call.ended_at or event.at)
    if again.phone and again.contact is None:
        yield FindContact(phone=again.phone)


def _untouched(request: Request, call: Call) -> bool:
    """Whether nobody has had a hand in a missed call since the call itself was over, as we believed."""
    waits = request.kind == "missed_call" and request.status in ("queued", "offered") and request.owner is None
    first = request.first_response_at
    return waits and (first is None or call.ended_at is None or first <= call.ended_at)


def _due(world: View, call: Call, request: Request) -> datetime | None:
    return due_of(world, request.queue, "missed_call", call.ended_at or call.started_at)
