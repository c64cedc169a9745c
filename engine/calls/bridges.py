"""Who shares a bridge with whom. Those who hear each other talk: that, and nothing else, is a talk.

After each move everybody who is heard finds his place: an outside party meets the phones that hear him, a colleague
who hears only the asking operator is consulted, and an operator who left his patient waiting to consult is still his.
"""

from dataclasses import replace
from datetime import datetime

from engine.calls.hearing import hearing
from engine.calls.legs import is_talk, settle
from engine.calls.moves.placing import is_away, place
from engine.calls.naming import channel
from engine.calls.opening import call_of, main_of, open_outbound
from engine.events import BridgeDestroyed, BridgeEntered, BridgeLeft
from engine.events.transfers import HOLDING
from engine.room import Said
from engine.world import Call, Channel, Put, View
from engine.world.work import LeftBy


def on_entered(world: View, event: BridgeEntered) -> Said:
    """BridgeEnter. With a swap the channel takes another's place, who is no longer there."""
    member = channel(world, event.pbx, event.uniqueid)
    if member is None:
        return
    if event.swap:
        replaced = channel(world, event.pbx, event.swap)
        if replaced is not None and replaced.bridge == event.bridge:
            yield from leave(world, replaced, event.at)
    if member.bridge and member.bridge != event.bridge:
        yield from leave(world, channel(world, event.pbx, event.uniqueid) or member, event.at)
    if event.bridge_type == HOLDING:
        return
    member = channel(world, event.pbx, event.uniqueid) or member
    linkedid = event.linkedid or member.linkedid
    yield from enter(world, replace(member, bridge=event.bridge, linkedid=linkedid), event.at)


def enter(world: View, member: Channel, at: datetime) -> Said:
    """A channel is in a bridge: those who now hear each other find their places."""
    yield Put(member)
    if member.role == "outside" and member.call is None:
        yield from open_outbound(world, member, None, "", at)
    call = main_of(world, world.get(Channel, member.key) or member)
    if call is not None and member.linkedid not in call.aliases:
        yield Put(replace(call, aliases=(*call.aliases, member.linkedid)))
    yield from place(world, hearing(world, member), at)


def on_left(world: View, event: BridgeLeft) -> Said:
    """BridgeLeave."""
    member = channel(world, event.pbx, event.uniqueid)
    if member is not None and member.bridge == event.bridge:
        yield from leave(world, member, event.at)


def on_destroyed(world: View, event: BridgeDestroyed) -> Said:
    """BridgeDestroy: whoever we still see inside has left."""
    for member in world.by(Channel, "bridge_key", f"{event.pbx}/{event.bridge}"):
        yield from leave(world, channel(world, event.pbx, member.uniqueid) or member, event.at)


def leave(world: View, member: Channel, at: datetime) -> Said:
    """A channel is no longer in its bridge: the talks it had part in are over."""
    heard = hearing(world, member)
    yield Put(replace(member, bridge=""))
    calls = [main_of(world, one) for one in heard]
    calls.append(call_of(world, member))
    for key in dict.fromkeys(call.key for call in calls if call is not None):
        yield from _part(world, key, at)


def _part(world: View, key: str, at: datetime) -> Said:
    """End the talks of those who no longer hear the call's outside party; who is left finds his place anew."""
    call = world.get(Call, key)
    if call is None:
        return
    main = channel(world, call.pbx, call.channel)
    people = hearing(world, main) if main is not None else []
    heard = {one.uniqueid for one in people}
    parted = False
    for index, leg in enumerate(call.legs):
        if not is_talk(leg) or leg.channel in heard:
            continue
        phone = channel(world, call.pbx, leg.channel)
        if phone is not None and main is not None and is_away(main, phone):
            continue
        parted = True
        yield from settle(world, key, index, at, left_by(main, phone))
    if parted and len(people) > 1:
        yield from place(world, people, at)


def replace_gone(world: View, key: str, at: datetime) -> Said:
    """A phone's channel is gone: the operator may be with his patient by the one he consulted with."""
    call = world.get(Call, key)
    main = channel(world, call.pbx, call.channel) if call is not None else None
    if main is not None and main.bridge:
        yield from place(world, hearing(world, main), at)


def left_by(main: Channel | None, phone: Channel | None) -> LeftBy | None:
    """Who wanted the talk to end, if anybody said so. None: nobody did; what follows will tell."""
    if phone is not None and phone.passing:
        return "transfer"
    if phone is not None and phone.asked_to_hang_up:
        return "operator"
    return "caller" if main is not None and main.asked_to_hang_up else None


__all__ = ["enter", "leave", "left_by", "on_destroyed", "on_entered", "on_left", "replace_gone"]
