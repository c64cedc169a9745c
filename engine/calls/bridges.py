"""Who shares a bridge with whom. Two channels in one bridge hear each other: that, and nothing else, is a talk."""

from dataclasses import replace
from datetime import datetime

from engine.calls.ending import end
from engine.calls.legs import leg_of, meet, settle
from engine.calls.naming import channel, is_local
from engine.calls.opening import call_of, main_of, open_outbound
from engine.events import BridgeDestroyed, BridgeEntered, BridgeLeft
from engine.room import Said
from engine.world import Call, Channel, Put, View
from engine.world.work import LeftBy

# A parked caller waits in one of these alone; nobody talks there.
HOLDING = "holding"


def on_entered(world: View, event: BridgeEntered) -> Said:
    """BridgeEnter. With a swap the channel takes another's place, who is no longer there."""
    member = channel(world, event.pbx, event.uniqueid)
    if member is None or event.bridge_type == HOLDING:
        return
    if event.swap:
        replaced = channel(world, event.pbx, event.swap)
        if replaced is not None and replaced.bridge == event.bridge:
            yield from leave(world, replaced, event.at)
    if member.bridge and member.bridge != event.bridge:
        yield from leave(world, member, event.at)
    member = channel(world, event.pbx, event.uniqueid) or member
    linkedid = event.linkedid or member.linkedid
    yield from enter(world, replace(member, bridge=event.bridge, linkedid=linkedid), event.at)


def enter(world: View, member: Channel, at: datetime) -> Said:
    """A channel is in a bridge: those who now hear each other meet."""
    yield Put(member)
    if member.role == "outside" and member.call is None:
        yield from open_outbound(world, member, None, "", at)
    call = main_of(world, member)
    if call is not None and member.linkedid not in call.aliases:
        yield Put(replace(call, aliases=(*call.aliases, member.linkedid)))
    for other in world.by(Channel, "bridge_key", member.bridge_key):
        if other.key != member.key:
            yield from _pair(world, member.key, other.key, at)


def _pair(world: View, one: str, other: str, at: datetime) -> Said:
    """Two channels hear each other. An external call's patient meets a phone; then an internal call's caller does."""
    for main_key, phone_key in ((one, other), (other, one)):
        main, phone = world.get(Channel, main_key), world.get(Channel, phone_key)
        call = main_of(world, main) if main is not None else None
        if call is None or phone is None or call.direction == "internal":
            continue
        own = main_of(world, phone)
        if own is not None and own.direction != "internal":
            continue  # two patients joined by an operator stay two calls
        if is_local(phone.name) and leg_of(call, phone) is None:
            continue
        yield from _detach(world, call, phone, at)
        yield from meet(world, call.key, world.get(Channel, phone_key) or phone, at)
        return
    for main_key, phone_key in ((one, other), (other, one)):
        main, phone = world.get(Channel, main_key), world.get(Channel, phone_key)
        call = main_of(world, main) if main is not None else None
        if call is not None and call.direction == "internal" and phone is not None and phone.call == call.key:
            yield from meet(world, call.key, phone, at)


def _detach(world: View, call: Call, phone: Channel, at: datetime) -> Said:
    """A phone that comes to the patient from a consultation leaves that one (the place of issue 3's crediting)."""
    earlier = call_of(world, phone)
    if earlier is None or earlier.key == call.key:
        return
    index = leg_of(earlier, phone)
    if index is None:
        yield from end(world, earlier.key, at)
    else:
        yield from settle(world, earlier.key, index, at, "transfer")
    yield Put(replace(channel(world, phone.pbx, phone.uniqueid) or phone, call=None, leg=None))


def on_left(world: View, event: BridgeLeft) -> Said:
    """BridgeLeave."""
    member = channel(world, event.pbx, event.uniqueid)
    if member is not None and member.bridge == event.bridge:
        yield from leave(world, member, event.at)


def on_destroyed(world: View, event: BridgeDestroyed) -> Said:
    """BridgeDestroy: whoever we still see inside has left."""
    for member in world.by(Channel, "bridge_key", f"{event.pbx}/{event.bridge}"):
        yield from leave(world, member, event.at)


def leave(world: View, member: Channel, at: datetime) -> Said:
    """A channel is no longer in its bridge: the talks it had part in are over."""
    peers = [other for other in world.by(Channel, "bridge_key", member.bridge_key) if other.key != member.key]
    yield Put(replace(member, bridge=""))
    call = call_of(world, member)
    if call is None:
        return
    if call.channel == member.uniqueid:
        for other in peers:
            index = leg_of(call, other)
            if index is not None:
                yield from settle(world, call.key, index, at, left_by(member, other))
        return
    index = leg_of(call, member)
    if index is not None:
        yield from settle(world, call.key, index, at, left_by(channel(world, call.pbx, call.channel), member))


def left_by(main: Channel | None, phone: Channel) -> LeftBy | None:
    """Who wanted the talk to end, if anybody said so. None: nobody did; what follows will tell."""
    if phone.asked_to_hang_up:
        return "operator"
    return "caller" if main is not None and main.asked_to_hang_up else None
