"""What the dialplan and the queue tell of a waiting caller."""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.calls.ending import ABANDONED, EXIT
from engine.calls.legs import moved_on
from engine.calls.moves import visits
from engine.calls.naming import channel, channel_key, clean, line_of
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
from engine.world import Call, Channel, Put, View
from engine.world.work import VisitExit

# One thread of Asterisk hangs the phones up and tells that the caller left, within milliseconds.
JUST_NOW = timedelta(seconds=0.5)


def on_joined(world: View, event: QueueJoined) -> Said:
    """QueueCallerJoin: of the caller, or of an operator who asks for a colleague there on his behalf."""
    caller = channel(world, event.pbx, event.uniqueid)
    if caller is None:
        return
    if call_of(world, caller) is None:
        yield from open_by_role(world, caller, caller.created_at)
        caller = channel(world, event.pbx, event.uniqueid) or caller
    call = call_of(world, caller)
    if call is None or caller.bridge:
        return
    if caller.joined_at is not None and event.at <= caller.joined_at:
        return  # told again
    own = main_of(world, caller) is not None
    if own and call.phase in ("queued", "ringing") and call.queue == event.queue:
        return
    yield Put(replace(caller, joined_at=event.at))
    call = visits.joined(call, event.queue, event.at)
    if not own:
        yield Put(call)
        return
    unanswered = call.queued_at is not None and not any(leg.answered_at for leg in call.legs)
    previous = call.queue if unanswered and call.queue != event.queue else ""
    yield Put(replace(
        moved_on(call), queue=event.queue, queued_at=call.queued_at or event.at, phase="queued", exit_status="",
    ))
    yield CallQueued(at=event.at, call=call.key, queue=event.queue, previous=previous)


def on_left(world: View, event: QueueLeft) -> Said:
    """QueueCallerLeave: reasonless. One who lifted is about to meet the caller; if nobody did, he pressed a key."""
    caller = channel(world, event.pbx, event.uniqueid)
    call = call_of(world, caller)
    if caller is None or call is None:
        return
    lifted = any(leg.lifted_at and leg.left_at is None and leg.queue == event.queue for leg in call.legs)
    changed = visits.left(call, event.queue, event.at, "waiting" if lifted else "key")
    if not lifted and _waits(world, call, caller, event.queue):
        changed = replace(changed, phase="arrived")
    if changed != call:
        yield Put(changed)


def on_abandoned(world: View, event: QueueAbandoned) -> Said:
    """QueueCallerAbandon: any unanswered exit. Only a wish to hang up seen before it means that he left."""
    caller = channel(world, event.pbx, event.uniqueid)
    call = call_of(world, caller)
    if caller is None or call is None:
        return
    changed = visits.left(call, event.queue, event.at, _let_go(world, call, caller, event.at))
    if _waits(world, call, caller, event.queue):
        changed = replace(changed, exit_status=ABANDONED if caller.asked_to_hang_up else EXIT)
    if changed != call:
        yield Put(changed)


def _let_go(world: View, call: Call, caller: Channel, at: datetime) -> VisitExit:
    """Why he is no longer there, until a better word comes. A queue that gives up lets its phones ring out first."""
    if caller.asked_to_hang_up:
        return "abandoned"
    rang = [leg.channel for leg in call.legs if leg.left_at is None or at - leg.left_at <= JUST_NOW]
    phones = [world.get(Channel, channel_key(call.pbx, one)) for one in rang]
    cut_off = any(phone is not None and phone.dial_status in ("", "CANCEL") for phone in phones)
    return "moved" if cut_off else "timeout"


def _waits(world: View, call: Call, caller: Channel, queue: str) -> bool:
    return main_of(world, caller) is not None and call.queue == queue and call.phase in ("queued", "ringing")


def on_exited(world: View, event: QueueExited) -> Said:
    """Our dialplan names the reason by which Queue() let the caller go; of a refused join it is the only sign."""
    caller = channel(world, event.pbx, event.uniqueid)
    call = call_of(world, caller)
    if caller is None or call is None or not event.status:
        return
    changed = visits.told(call, event.queue, event.status, event.at)
    # Refused at the door of the next queue: the one that let him go counts.
    counts = call.queued_at is None or call.queue == event.queue
    if main_of(world, caller) is not None and call.exit_status != ABANDONED and counts:
        phase = "arrived" if call.phase in ("queued", "ringing") else call.phase
        changed = replace(changed, queue=event.queue, exit_status=event.status, phase=phase)
    if changed != call:
        yield Put(changed)


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
