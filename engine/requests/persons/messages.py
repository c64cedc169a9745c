"""A message a caller left is work of its own kind: somebody listens to it and calls back.

It is told when the store has it, before or after its call's end. While the caller is still there his request only
knows of it; when he has gone the request is a voicemail, whose own clock runs. That he is to be called, and at which
hours, is the `callbacks` room's matter as for a missed call. A request that was there before, a promise say, keeps what
it is. When nothing of his is open any more, the message makes a request.
"""

from dataclasses import replace
from datetime import datetime

from engine.effects import FindContact
from engine.events import CallEnded, RequestOpened, RoutingDue, VoicemailLeft
from engine.requests.deadlines import due_of
from engine.requests.opening import changed, line, next_number
from engine.requests.patients.prefetching import know
from engine.room import Said
from engine.world import Call, Put, Queue, Request, View
from okno.ids import uuid7_of

KIND = "voicemail"
# Where a message came from when its call told no source.
SOURCE = "voicemail"


def on_left(world: View, event: VoicemailLeft) -> Said:
    """The store has a message; the same one again changes nothing."""
    call = world.get(Call, event.call)
    request = world.get(Request, (call.request if call else None) or event.request)
    if request is None:
        yield from _opened(world, event)
        return
    if request.recording == event.recording:
        return
    request = replace(request, recording=event.recording)
    yield Put(request)
    yield line(request, event.at, "message_left", call=event.call)
    if request.kind == "missed_call":
        yield from _voicemail(world, request, event.left_at)


def on_ended(world: View, event: CallEnded) -> Said:
    """He has gone. Before the call's end means what it means for others: nobody has missed who left a message."""
    call = world.get(Call, event.call)
    request = world.get(Request, call.request) if call is not None else None
    if call is not None and request is not None and is_message(call, request):
        yield from gone(world, call, request, event.at)


def is_message(call: Call, request: Request) -> bool:
    """Whether all that came of a call that is over is a message, and the request is the call's own."""
    left = call.result != "answered" and (call.result == KIND or bool(request.recording))
    return left and request.kind == "call" and request.calls == (call.key,)


def gone(world: View, call: Call, request: Request, at: datetime) -> Said:
    """Who left a message has gone: somebody is to hear it."""
    request = replace(
        request, queue=call.queue or request.queue, phone=request.phone or call.phone,
        source=call.source or request.source,
    )
    waiting = changed(request, at, status="queued", owner=None, queued_at=at)
    yield from _voicemail(world, waiting, at)
    yield from know(world, waiting, opening=True)
    yield RoutingDue(at=at)


def _voicemail(world: View, request: Request, at: datetime) -> Said:
    """It is one from now on, with the time such a request has."""
    due = due_of(world, request.queue, KIND, at)
    yield Put(replace(request, kind="voicemail", due_at=due))


def _opened(world: View, event: VoicemailLeft) -> Said:
    """Nothing of the caller's is open: his request was closed before his message came."""
    key = str(uuid7_of(event.left_at, "voicemail", event.recording))
    if world.get(Request, key) is not None:
        return
    number, queue = next_number(world, event.at), world.get(Queue, event.queue)
    request = Request(
        key=key, year=event.at.year, number=number.value, kind="voicemail", status="queued", queue=event.queue,
        priority=queue.priority if queue else 0, due_at=due_of(world, event.queue, KIND, event.left_at),
        phone=event.phone, source=event.source or SOURCE, created_at=event.at, queued_at=event.at, since=event.at,
        recording=event.recording,
    )  # fmt: skip
    yield Put(number)
    yield Put(request)
    yield line(request, event.at, "message_left", queue=request.queue)
    yield RequestOpened(at=event.at, request=request.key)
    if event.phone:
        yield FindContact(phone=event.phone)
    yield from know(world, request, opening=True)
    yield RoutingDue(at=event.at)
