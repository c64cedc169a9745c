"""The truth after a gap: what the PBX has now against what we believed (ami.md §5).

In both: ids and times stay. Stored but absent: over, with the result that is known, or `lost_by_pbx` when Asterisk
restarted. New: opened, its legs put together again from bridges and interfaces. A channel that is there is alive,
whatever the clocks say. The facts buffered meanwhile follow and may be older: every handler takes a fact twice.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from engine.calls.bridges import enter, leave
from engine.calls.channels import on_hung_up
from engine.calls.ending import EXIT, end, is_own
from engine.calls.legs import add_leg, give_up, leg_of, ring, settle
from engine.calls.moves.visits import left, open_visit
from engine.calls.naming import channel, channel_key, clean, is_local, line_of
from engine.calls.opening import UP, call_of, open_by_role, open_inbound, open_outbound, role_of
from engine.calls.queueing import on_joined
from engine.events import ChannelHungUp, ChannelSeen, PbxStarted, QueueJoined, SnapshotTaken
from engine.room import Said
from engine.world import Call, Channel, Drop, Put, View

# What CoreShowChannels shows as the application of a channel that Asterisk itself dialled.
DIALLED = frozenset({"AppDial", "AppDial2", "AppQueue"})
OUTGOING = "(Outgoing Line)"
# QueueStatus tells the wait in whole seconds.
ROUNDED = timedelta(seconds=2)
# CoreStartupTime has whole seconds: a call of the last life may seem to have begun after it. None of the new life has:
# Asterisk needs as long to take its first.
BOOT = timedelta(seconds=1)


def on_taken(world: View, event: SnapshotTaken) -> Said:
    """Reconcile, then put together again what is new; each step reads what the ones before it left."""
    rows = sorted(event.channels, key=lambda row: (row.since, row.uniqueid))
    yield from _bury(world, event, {row.uniqueid for row in rows})
    for row in rows:
        yield from _know(world, event.pbx, row)
    yield from _relink(world, event)
    for row in rows:
        yield from _unbridge(world, event, row)
    # Whom the patients talk with must be known before one can tell who only consults for them.
    for inside in (False, True):
        yield from _assemble(world, event, rows, inside)
    yield from _unqueue(world, event)


def _assemble(world: View, event: SnapshotTaken, rows: list[ChannelSeen], inside: bool) -> Said:
    """Put the calls together: those with outside parties or, `inside`, all that are left."""
    for row in rows:
        yield from _open(world, event.pbx, row, inside)
    yield from _queue(world, event, rows, inside)
    for row in rows:
        yield from _ring(world, event.pbx, row)
    for row in rows:
        one = channel(world, event.pbx, row.uniqueid)
        if row.bridge and one is not None:
            met = max(row.since, event.gap_from or row.since)
            yield from enter(world, replace(one, bridge=row.bridge, linkedid=row.linkedid), met)


def on_started(world: View, event: PbxStarted) -> Said:
    """Asterisk began anew, by its journal: what lived before is lost, at the last moment of which we know."""
    for call in _calls(world, event.pbx):
        if call.started_at < event.at:
            over = min(event.at, max(event.last_seen or event.at, _latest(call)))
            yield from end(world, call.key, over, "lost_by_pbx")
    for known in world.by(Channel, "pbx", event.pbx):
        if known.created_at < event.at:
            yield Drop(Channel, known.key)


def _calls(world: View, pbx: str) -> Iterator[Call]:
    return iter([call for call in world.all(Call) if call.pbx == pbx])


def _bury(world: View, event: SnapshotTaken, alive: set[str]) -> Said:
    """End the calls and forget the channels that are no more."""
    for call in _calls(world, event.pbx):
        if call.channel in alive:
            continue
        lost = event.restarted or call.started_at < event.started + BOOT
        over = event.gap_from or (event.started if lost else event.at)
        over = min(event.at, max(over, _latest(call)))
        yield from end(world, call.key, over, "lost_by_pbx" if lost else None)
    over = event.gap_from or event.at
    for known in world.by(Channel, "pbx", event.pbx):
        if known.uniqueid in alive:
            continue
        if event.restarted:
            yield Drop(Channel, known.key)
        elif known.gone_at is None:
            yield from on_hung_up(world, ChannelHungUp(
                at=over, pbx=event.pbx, uniqueid=known.uniqueid, linkedid=known.linkedid, cause=known.cause,
            ))


def _latest(call: Call) -> datetime:
    """The last moment of which the call itself knows."""
    moments = [call.started_at, call.queued_at, call.answered_at]
    for leg in call.legs:
        moments += [leg.rang_at, leg.lifted_at, leg.answered_at, leg.left_at]
    return max(moment for moment in moments if moment is not None)


def _know(world: View, pbx: str, row: ChannelSeen) -> Said:
    """The channel as it is now; when and why it came is kept from before."""
    known = world.get(Channel, channel_key(pbx, row.uniqueid))
    if known is None:
        known = Channel(
            key=channel_key(pbx, row.uniqueid), pbx=pbx, uniqueid=row.uniqueid, linkedid=row.linkedid, name=row.name,
            state=row.state, number=row.number, caller_name=clean(row.caller_name), context=row.context,
            exten=clean(row.exten),
            role=role_of(world, pbx, row.name, row.context), created_at=row.since,
        )
    if known.gone_at is None:
        up_at = known.up_at or (row.since if row.state == UP else None)
        dialled_by = known.dialled_by or (row.linkedid if _was_dialled(row) else "")
        yield Put(replace(
            known, name=row.name, state=row.state, linkedid=row.linkedid, up_at=up_at, dialled_by=dialled_by,
        ))


def _relink(world: View, event: SnapshotTaken) -> Said:
    """Tie channels to the calls and legs of before; after a restart of ours the channels themselves are new."""
    over = event.gap_from or event.at
    for call in _calls(world, event.pbx):
        main = channel(world, event.pbx, call.channel)
        if main is not None and main.call != call.key:
            yield Put(replace(main, call=call.key))
        for index, leg in enumerate(call.legs):
            phone = channel(world, event.pbx, leg.channel)
            if leg.left_at is not None or (phone is None and leg.answered_at is None and is_own(call, leg)):
                continue
            if phone is None:
                yield from settle(world, call.key, index, max(over, _latest(call)), None)
                yield from give_up(world, call.key, index, max(over, _latest(call)), "no_answer")
            elif world.get(Call, phone.call) is None:
                yield Put(replace(phone, call=call.key))


def _unbridge(world: View, event: SnapshotTaken, row: ChannelSeen) -> Said:
    known = channel(world, event.pbx, row.uniqueid)
    if known is not None and known.bridge and known.bridge != row.bridge:
        yield from leave(world, known, event.gap_from or event.at)


def _open(world: View, pbx: str, row: ChannelSeen, inside: bool) -> Said:
    """A call that began in the gap. What worked for a call that is over is on its way out and begins none."""
    one = channel(world, pbx, row.uniqueid)
    if one is None or one.call is not None or call_of(world, one) is not None or inside == (one.role == "outside"):
        return
    root = channel(world, pbx, one.dialled_by) if one.dialled_by != one.uniqueid else None
    if one.role == "outside" and not one.dialled_by:
        # Where the dialplan has sent him by now is not what he dialled, unless it is one of our numbers.
        first = one if line_of(world, one.exten) is not None else replace(one, exten="")
        yield from open_inbound(world, first, one.created_at)
    elif one.role == "outside" and (root is None or root.role != "outside"):
        yield from open_outbound(world, one, root, "", one.created_at)
    elif one.role == "operator" and root is not None and root.role == "operator" and call_of(world, root) is None:
        yield from open_by_role(world, root, root.created_at)


def _queue(world: View, event: SnapshotTaken, rows: list[ChannelSeen], inside: bool) -> Said:
    """Who waits where; one already past the queue shows it by his application."""
    waits = {entry.uniqueid: (entry.queue, entry.since) for entry in event.entries}
    for row in rows:
        call = call_of(world, channel(world, event.pbx, row.uniqueid))
        past = row.application == "Queue" and call is not None and call.queued_at is None
        if row.uniqueid not in waits and past:
            waits[row.uniqueid] = (row.application_data.split(",")[0], row.since)
    for uniqueid, (queue, since) in waits.items():
        call = call_of(world, channel(world, event.pbx, uniqueid))
        if (call is None and not inside) or _has_stay(call, queue, since):
            continue
        at = max(since, event.gap_from or since)
        yield from on_joined(world, QueueJoined(at=at, pbx=event.pbx, queue=queue, uniqueid=uniqueid))


def _has_stay(call: Call | None, queue: str, since: datetime) -> bool:
    """Whether this very stay is known, over or not: QueueStatus and the events that end a stay pass each other."""
    stays = call.visits if call is not None else ()
    return any(visit.queue == queue and abs(visit.joined_at - since) <= ROUNDED for visit in stays)


def _ring(world: View, pbx: str, row: ChannelSeen) -> Said:
    """A phone that rings or talks for a call and has no leg yet; only one that rings pops up."""
    phone = channel(world, pbx, row.uniqueid)
    if phone is None or not phone.dialled_by or is_local(phone.name) or world.get(Call, phone.call) is not None:
        return
    root = channel(world, pbx, phone.dialled_by)
    call = call_of(world, root)
    if call is None or leg_of(call, phone) is not None or call.channel == phone.uniqueid:
        return
    stay = open_visit(call)
    queue = stay.queue if stay is not None else call.queue if row.application == "AppQueue" else ""
    if row.bridge or phone.state == UP:
        yield from add_leg(world, call, phone, phone.created_at, queue=queue)
    else:
        yield from ring(world, call, phone, phone.created_at, queue=queue)


def _unqueue(world: View, event: SnapshotTaken) -> Said:
    """Who left the queue in the gap and is still with us was let go; what for, nobody told."""
    waits = {entry.uniqueid for entry in event.entries}
    for call in _calls(world, event.pbx):
        live = any(leg.left_at is None for leg in call.legs)
        if call.phase in ("queued", "ringing") and call.queued_at and call.channel not in waits and not live:
            over = left(call, call.queue, event.gap_from or event.at, "moved")
            yield Put(replace(over, phase="arrived", exit_status=call.exit_status or EXIT))


def _was_dialled(row: ChannelSeen) -> bool:
    return row.application in DIALLED or row.application_data == OUTGOING
