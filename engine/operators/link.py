"""The link to a PBX and what a snapshot tells of phones and queue members.

After a gap the engine and the PBX may disagree about a pause. Who is right: the PBX about what a person did by his
phone, the engine about what he said on his screen while the link was away and about anything older than a restart.
"""

from dataclasses import replace

from engine.events import OperatorLeft, PauseFailed, PbxConfigured, PbxLinkChanged, SnapshotTaken, TimerFired
from engine.operators import quiet
from engine.operators.freeing import put
from engine.operators.members import (
    flags,
    member,
    off_by_phone,
    on_by_phone,
    owner_of,
    paused_by_phone,
    unpaused_by_phone,
    whose,
)
from engine.operators.membership import LOOK, LOOK_AGAIN, LOOK_AT_ALL, LOOK_LATER, look, phones, reassert, wanted
from engine.operators.pausing import humans, logs_in, members_of
from engine.operators.voice import STATUSES, with_device, with_voice
from engine.room import Said
from engine.world import Call, Drop, Member, Operator, Pbx, Put, View
from engine.world.reading import is_live


def on_changed(world: View, event: PbxLinkChanged) -> Said:
    """The link changed its state; while it is not live nobody knows what the phones do."""
    pbx = world.get(Pbx, event.pbx) or Pbx(key=event.pbx)
    live_from = event.at if event.state == "live" and pbx.link != "live" else pbx.live_from
    since = event.at if event.state != pbx.link else pbx.since
    yield Put(replace(pbx, link=event.state, link_reason=event.reason, since=since, live_from=live_from))
    for operator in list(world.all(Operator)):
        if operator.pbx != event.pbx:
            continue
        if event.state == "live":
            yield from reassert(world, operator)
        elif event.state == "down":
            silent = with_voice(replace(operator, device="UNKNOWN"), event.at, "unknown")
            if operator.voice != "unknown":
                yield from put(world, silent, event.at)
            yield from quiet.look(world, silent, event.at)


def on_pause_failed(world: View, event: PauseFailed) -> Said:
    """What came of an order is not known: look at the phone in a moment, when the PBX has told how it is."""
    for operator in whose(world, event.pbx, event.interface):
        yield from look(operator, event.at, LOOK_LATER if event.queue else LOOK_AGAIN)


def on_configured(world: View, event: PbxConfigured) -> Said:
    """A PBX made its configuration from the directory: queues that were not there may be there now."""
    pbx = world.get(Pbx, event.pbx)
    if pbx is None or (pbx.directory, pbx.directory_reason) == (event.version, event.reason):
        return
    yield Put(replace(pbx, directory=event.version, directory_reason=event.reason))
    if pbx.link == "live":
        for operator in list(world.all(Operator)):
            if operator.pbx == pbx.key:
                yield from reassert(world, operator)


def on_timer(world: View, event: TimerFired) -> Said:
    """Nothing the engine paused stays paused (P3), and a break holds: order what still differs."""
    what, _, key = event.key.partition(":")
    one = world.get(Operator, key) if what == LOOK else None
    everybody = list(world.all(Operator)) if what == LOOK_AT_ALL else []
    for operator in [one] if one is not None else everybody:
        if is_live(world, operator.pbx):
            yield from reassert(world, operator)
    yield from quiet.on_timer(world, event)


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
        yield from put(world, known, event.at)
        if known.presence == "offline" and operator.presence != "offline":
            yield OperatorLeft(at=event.at, operator=known.key)
        yield from quiet.look(world, known, event.at)


def _settled(world: View, operator: Operator, event: SnapshotTaken) -> Operator:
    """The operator with the presence and the pause owners that hold after the gap."""
    right = _engine_is_right(operator, event)
    if not right and operator.active and logs_in(world, operator):
        operator = _logged(world, operator, event)
    members = members_of(world, operator)
    if not members or right:
        return operator
    paused, reason = flags(members)
    owner = owner_of(reason)
    # From one break to the next the flag keeps the first one's reason (see `pausing`).
    known = owner in operator.pauses or (owner.startswith("human:") and bool(humans(operator.pauses)))
    if paused and not reason.startswith("eng:") and not known:
        return paused_by_phone(operator, owner, event.at)
    if not paused and humans(operator.pauses):
        return unpaused_by_phone(operator, event.at)
    return operator


def _logged(world: View, operator: Operator, event: SnapshotTaken) -> Operator:
    """The operator as he logged in or off by his phone's codes in the gap."""
    there = phones(world, operator)
    if operator.presence == "offline" and there:
        return on_by_phone(operator, there[0], event.at)
    if operator.presence != "offline" and not there and wanted(world, operator):
        return off_by_phone(operator, event.at)
    return operator


def _engine_is_right(operator: Operator, event: SnapshotTaken) -> bool:
    said = operator.presence_since
    if event.restarted or said is None:
        return event.restarted
    return said < event.started or (event.gap_from is not None and said >= event.gap_from)
