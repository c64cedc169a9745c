"""What the dialplan and the queue tell of a waiting caller."""

from dataclasses import replace

from engine.calls.ending import ABANDONED, EXIT
from engine.calls.naming import channel, clean, line_of
from engine.calls.opening import call_of, main_of, open_by_role
from engine.events import (
    CallQueued,
    CallTagged,
    ClosedHoursReached,
    QueueAbandoned,
    QueueExited,
    QueueJoined,
    QueueLeft,
)
from engine.room import Said
from engine.world import Call, Put, View


def on_joined(world: View, event: QueueJoined) -> Said:
    """QueueCallerJoin."""
    caller = channel(world, event.pbx, event.uniqueid)
    if caller is None:
        return
    if call_of(world, caller) is None:
        yield from open_by_role(world, caller, caller.created_at)
        caller = channel(world, event.pbx, event.uniqueid) or caller
    call = main_of(world, caller)
    if call is None or caller.bridge or (call.phase in ("queued", "ringing") and call.queue == event.queue):
        return
    if caller.joined_at is not None and event.at <= caller.joined_at:
        return  # told again
    unanswered = call.queued_at is not None and not any(leg.answered_at for leg in call.legs)
    previous = call.queue if unanswered and call.queue != event.queue else ""
    yield Put(replace(caller, joined_at=event.at))
    yield Put(replace(
        call, queue=event.queue, queued_at=call.queued_at or event.at, phase="queued", exit_status="",
    ))
    yield CallQueued(at=event.at, call=call.key, queue=event.queue, previous=previous)


def on_left(world: View, event: QueueLeft) -> Said:
    """QueueCallerLeave: reasonless; one who lifted is about to meet the caller."""
    call = _waiting(world, event)
    if call is not None and not any(leg.lifted_at and leg.left_at is None for leg in call.legs):
        yield Put(replace(call, phase="arrived"))


def on_abandoned(world: View, event: QueueAbandoned) -> Said:
    """QueueCallerAbandon: any unanswered exit. Only a wish to hang up seen before it means that he left."""
    call = _waiting(world, event)
    caller = channel(world, event.pbx, event.uniqueid)
    if call is not None and caller is not None:
        yield Put(replace(call, exit_status=ABANDONED if caller.asked_to_hang_up else EXIT))


def _waiting(world: View, event: QueueLeft | QueueAbandoned) -> Call | None:
    caller = channel(world, event.pbx, event.uniqueid)
    call = main_of(world, caller) if caller is not None else None
    waits = call is not None and call.queue == event.queue and call.phase in ("queued", "ringing")
    return call if waits else None


def on_exited(world: View, event: QueueExited) -> Said:
    """Our dialplan names the reason by which Queue() let the caller go; of a refused join it is the only sign."""
    caller = channel(world, event.pbx, event.uniqueid)
    call = main_of(world, caller) if caller is not None else None
    if call is None or not event.status or call.exit_status == ABANDONED:
        return
    if call.queued_at is not None and call.queue != event.queue:
        return  # refused at the door of the next queue: the one that let him go counts
    phase = "arrived" if call.phase in ("queued", "ringing") else call.phase
    yield Put(replace(call, queue=event.queue, exit_status=event.status, phase=phase))


def on_tagged(world: View, event: CallTagged) -> Said:
    """Our dialplan names the number dialled and its line."""
    caller = channel(world, event.pbx, event.uniqueid)
    call = main_of(world, caller) if caller is not None else None
    if call is None:
        return
    line = line_of(world, event.dialled)
    dialled = line.key if line else clean(event.dialled)
    source = clean(event.source) or (line.key if line else call.source)
    if (dialled, source) != (call.dialled, call.source):
        yield Put(replace(call, dialled=dialled, source=source))


def on_closed_hours(world: View, event: ClosedHoursReached) -> Said:
    """Our dialplan told the caller that the clinic is closed."""
    caller = channel(world, event.pbx, event.uniqueid)
    call = main_of(world, caller) if caller is not None else None
    if call is not None and not call.out_of_hours:
        yield Put(replace(call, out_of_hours=True))
