"""The link to a PBX and what a snapshot tells of phones and queue members.

After a gap the engine and the PBX may disagree about a pause. Who is right: the PBX about what a person did by his
phone, the engine about what he said on his screen while the link was away and about anything older than a restart.
"""

from dataclasses import replace
from datetime import timedelta

from engine.effects import PauseMember
from engine.events import PauseFailed, PbxLinkChanged, SnapshotTaken, TimerFired
from engine.operators.members import flags, member, owner_of, paused_by_phone, unpaused_by_phone
from engine.operators.pausing import humans, word
from engine.operators.voice import STATUSES, with_device, with_voice
from engine.room import Said
from engine.world import Call, Drop, Member, Operator, Pbx, Put, Timer, View
from engine.world.reading import is_live

# The timer of a second look at a phone's pause, and when: the PBX tells of a pause within a second of doing it.
LOOK = "pause"
LOOK_AGAIN = timedelta(seconds=3)


def on_changed(world: View, event: PbxLinkChanged) -> Said:
    """The link changed its state; while it is not live nobody knows what the phones do."""
    pbx = world.get(Pbx, event.pbx) or Pbx(key=event.pbx)
    live_from = event.at if event.state == "live" and pbx.link != "live" else pbx.live_from
    since = event.at if event.state != pbx.link else pbx.since
    yield Put(replace(pbx, link=event.state, link_reason=event.reason, since=since, live_from=live_from))
    for operator in world.all(Operator):
        if operator.pbx != event.pbx:
            continue
        if event.state == "live":
            yield from _reassert(world, operator)
        elif event.state == "down" and operator.voice != "unknown":
            yield Put(with_voice(replace(operator, device="UNKNOWN"), event.at, "unknown"))


def _reassert(world: View, operator: Operator) -> Said:
    """Make the flag what the owners say: releases an orphaned pause of ours, restores a break lost by a restart."""
    wanted = bool(operator.pauses)
    members = _members(world, operator)
    differing = [one for one in members if one.paused != wanted]
    if differing:
        reason = word(operator.pauses) if wanted else differing[0].reason
        yield PauseMember(pbx=operator.pbx, interface=operator.interface, paused=wanted, reason=reason)


def on_pause_failed(world: View, event: PauseFailed) -> Said:
    """What came of an order is not known: look at the flag in a moment, when the PBX has told how it is."""
    for operator in world.by(Operator, "interface", event.interface):
        if operator.pbx == event.pbx:
            yield Put(Timer(key=f"{LOOK}:{operator.key}", due=event.at + LOOK_AGAIN))


def on_timer(world: View, event: TimerFired) -> Said:
    """Nothing the engine paused stays paused (P3), and a break holds: order what still differs."""
    what, _, key = event.key.partition(":")
    operator = world.get(Operator, key) if what == LOOK else None
    if operator is not None and is_live(world, operator.pbx):
        yield from _reassert(world, operator)


def on_snapshot(world: View, event: SnapshotTaken) -> Said:
    """Members, devices and talks as they are; the rest of what we knew of this PBX's phones is forgotten."""
    seen = {now.key: now for now in (member(event.pbx, one) for one in event.members)}
    for old in [one for one in world.all(Member) if one.pbx == event.pbx and one.key not in seen]:
        yield Drop(Member, old.key)
    for now in seen.values():
        if world.get(Member, now.key) != now:
            yield Put(now)
    # A phone that was never used since Asterisk's start is in no list of devices; its member tells of it.
    devices = {one.interface: STATUSES[one.status] for one in event.members if 0 <= one.status < len(STATUSES)}
    devices |= {one.device: one.state for one in event.devices}
    for operator in list(world.all(Operator)):
        if operator.pbx != event.pbx:
            continue
        call = world.get(Call, operator.call)
        talks = call is not None and any(leg.operator == operator.key and leg.left_at is None for leg in call.legs)
        known = replace(operator, call=operator.call if talks else None)
        known = with_device(known, devices.get(operator.interface, "UNKNOWN"), event.at)
        known = _settled(world, known, event)
        if known != operator:
            yield Put(known)


def _settled(world: View, operator: Operator, event: SnapshotTaken) -> Operator:
    """The operator with the pause owners that hold after the gap."""
    members = _members(world, operator)
    if not members or _engine_is_right(operator, event):
        return operator
    paused, reason = flags(members)
    if paused and not reason.startswith("eng:") and owner_of(reason) not in operator.pauses:
        return paused_by_phone(operator, owner_of(reason), event.at)
    if not paused and humans(operator.pauses):
        return unpaused_by_phone(operator, event.at)
    return operator


def _engine_is_right(operator: Operator, event: SnapshotTaken) -> bool:
    said = operator.presence_since
    if event.restarted or said is None:
        return event.restarted
    return said < event.started or (event.gap_from is not None and said >= event.gap_from)


def _members(world: View, operator: Operator) -> list[Member]:
    return [one for one in world.by(Member, "interface", operator.interface) if one.pbx == operator.pbx]
