"""A channel's own life: it appears, changes its state and number, is held, wants to end, is gone."""

from dataclasses import replace
from datetime import datetime

from engine.calls.bridges import leave, left_by, replace_gone
from engine.calls.ending import AT_ONCE, end, is_own
from engine.calls.legs import give_up, leg_of, lift, ringing_result, settle, with_leg
from engine.calls.naming import channel, channel_key, clean, number_of
from engine.calls.opening import DOWN, RINGING, UP, call_of, main_of, open_inbound, role_of, seen
from engine.events import (
    CallerIdChanged,
    CallHeld,
    CallRetrieved,
    ChannelCreated,
    ChannelHeld,
    ChannelHungUp,
    ChannelRenamed,
    ChannelStateChanged,
    ChannelUnheld,
    HangupRequested,
)
from engine.room import Said
from engine.world import Call, Channel, Drop, Pbx, Put, View

# Late facts come within a second or two; ami.md §5 asks for 60 s. Tombstones are swept a whole minute later than that.
KEPT_MINUTES = 2
# A day without a call; after a longer silence what is left of the day before stays until a restart.
MOST_MINUTES = 1440


def on_created(world: View, event: ChannelCreated) -> Said:
    """Newchannel: a stranger who came to us opens a call; one Asterisk is dialling waits for who dials him."""
    known = world.get(Channel, channel_key(event.pbx, event.uniqueid))
    if known is not None:
        if known.gone_at is None and not known.context:
            yield Put(replace(
                known, name=event.name, context=event.context, exten=clean(event.exten), number=event.number,
                caller_name=clean(event.caller_name),
            ))
        return
    yield from _appear(world, event, event.context, clean(event.exten))


def on_state(world: View, event: ChannelStateChanged) -> Said:
    """Newstate."""
    known = world.get(Channel, channel_key(event.pbx, event.uniqueid))
    if known is None:
        yield from _appear(world, event, "", "")
    elif known.gone_at is None and known.state != event.state:
        up_at = known.up_at or (event.at if event.state == UP else None)
        yield Put(replace(known, state=event.state, up_at=up_at))
        call = world.get(Call, known.call) if event.state == UP else None
        index = leg_of(call, known) if call is not None else None
        if call is not None and index is not None:
            yield from lift(call, index, event.at)


def _appear(world: View, event: ChannelCreated | ChannelStateChanged, context: str, exten: str) -> Said:
    caller = replace(
        seen(event.pbx, event.uniqueid, linkedid=event.linkedid, name=event.name, state=event.state, at=event.at),
        number=event.number, caller_name=clean(event.caller_name), context=context, exten=exten,
        role=role_of(world, event.pbx, event.name, context), up_at=event.at if event.state == UP else None,
    )
    yield Put(caller)
    if caller.role == "outside" and caller.linkedid == caller.uniqueid and caller.state not in (DOWN, RINGING):
        yield from open_inbound(world, caller, event.at)


def on_renamed(world: View, event: ChannelRenamed) -> Said:
    """Rename: the Uniqueid stays, and with it everything we know."""
    known = channel(world, event.pbx, event.uniqueid)
    if known is not None and known.name != event.name:
        yield Put(replace(known, name=event.name))


def on_caller_id(world: View, event: CallerIdChanged) -> Said:
    """NewCallerid: a number the dialplan found for a call without one, or an Originate gave to whom it called."""
    known = channel(world, event.pbx, event.uniqueid)
    if known is None:
        return
    known = replace(known, number=event.number, caller_name=clean(event.caller_name) or known.caller_name)
    yield Put(known)
    call = main_of(world, known)
    phone = number_of(event.number, world.get(Pbx, event.pbx))
    if call is not None and call.direction != "internal" and not call.phone and phone:
        yield Put(replace(call, phone=phone, anonymous=False, caller_name=known.caller_name))


def on_hangup_requested(world: View, event: HangupRequested) -> Said:
    """HangupRequest: who wants to end first. What the PBX itself orders (soft) is nobody's wish."""
    known = channel(world, event.pbx, event.uniqueid)
    if known is None or event.soft or known.asked_to_hang_up:
        return
    peers = world.by(Channel, "bridge_key", known.bridge_key) if known.bridge else []
    if not any(peer.asked_to_hang_up for peer in peers):
        yield Put(replace(known, asked_to_hang_up=True, cause=event.cause or known.cause))


def on_hung_up(world: View, event: ChannelHungUp) -> Said:
    """Hangup: the channel is gone. The outside party's ends the call, a phone's ends its leg."""
    key = channel_key(event.pbx, event.uniqueid)
    known = world.get(Channel, key)
    if known is None:
        known = seen(event.pbx, event.uniqueid, linkedid=event.linkedid, name="", state=DOWN, at=event.at)
        yield Put(replace(known, gone_at=event.at, cause=event.cause))
        return
    if known.gone_at is not None:
        return
    known = replace(known, cause=event.cause or known.cause)
    yield Put(known)
    if known.bridge:
        yield from leave(world, known, event.at)
    call = call_of(world, known)
    if call is not None and call.channel == known.uniqueid:
        yield from end(world, call.key, event.at)
    elif call is not None:
        yield from _phone_gone(world, call, known, event.at)
    yield Put(replace(world.get(Channel, key) or known, bridge="", gone_at=event.at))
    if call is not None:
        yield from replace_gone(world, call.key, event.at)
    yield from _sweep(world, event.pbx, event.at)


def _phone_gone(world: View, call: Call, phone: Channel, at: datetime) -> Said:
    index = leg_of(call, phone)
    if index is None:
        return
    leg, main = call.legs[index], channel(world, call.pbx, call.channel)
    if leg.left_at is not None:
        yield from _who_left(call, index, phone, at)
    elif leg.answered_at is not None:
        yield from settle(world, call.key, index, at, left_by(main, phone))
    elif not is_own(call, leg):  # his who called is over with the call: what became of it is not yet told
        gone = main is None or main.asked_to_hang_up
        yield from give_up(world, call.key, index, at, ringing_result(call, leg, phone, gone))


def _who_left(call: Call, index: int, phone: Channel, at: datetime) -> Said:
    """The wish to hang up may be told with the Hangup only, after the bridge was left."""
    leg = call.legs[index]
    silent = leg.left_by is None and leg.answered_at is not None and leg.left_at is not None
    if silent and phone.asked_to_hang_up and leg.left_at is not None and at - leg.left_at <= AT_ONCE:
        yield Put(with_leg(call, index, replace(leg, left_by="operator")))


def _sweep(world: View, pbx: str, at: datetime) -> Said:
    """Forget the channels that are long gone, from where the last look ended: at night hours may lie between."""
    known = world.get(Pbx, pbx)
    last = int(at.timestamp()) // 60 - KEPT_MINUTES
    if known is None or (known.swept is not None and known.swept >= last):
        return
    first = last - MOST_MINUTES if known.swept is None else max(known.swept + 1, last - MOST_MINUTES)
    for past in range(first, last + 1):
        for gone in world.by(Channel, "gone_minute", f"{pbx}/{past}"):
            yield Drop(Channel, gone.key)
    yield Put(replace(known, swept=last))


def on_held(world: View, event: ChannelHeld) -> Said:
    """Hold by the operator's phone; a patient who holds us is still talking to us."""
    call = _talk_of(world, event)
    if call is not None and call.phase == "talking":
        yield Put(replace(call, phase="held"))
        yield CallHeld(at=event.at, call=call.key)


def on_unheld(world: View, event: ChannelUnheld) -> Said:
    """Unhold; one without a Hold says nothing."""
    call = _talk_of(world, event)
    if call is not None and call.phase == "held":
        yield Put(replace(call, phase="talking"))
        yield CallRetrieved(at=event.at, call=call.key)


def _talk_of(world: View, event: ChannelHeld | ChannelUnheld) -> Call | None:
    phone = channel(world, event.pbx, event.uniqueid)
    call = call_of(world, phone)
    index = leg_of(call, phone) if call is not None and phone is not None else None
    return call if call is not None and index is not None and call.legs[index].left_at is None else None
