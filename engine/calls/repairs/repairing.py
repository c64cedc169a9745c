"""What the journal's word leads to: a call still open is closed, one that is missing is made, one that differs mended.

The PBX's journal is the truth about which calls there were (DESIGN §4.5). A live stream that lags must not be
overtaken: while it is live, a call is told only when it ended more than `RIPE` ago; one told earlier all the same is
looked up first. Facts of a mended call that come later still find its channels gone, and change nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.calls.repairs.comparing import differences, paired, said_by
from engine.effects import Alarm, LookUpCalls, RecordRepair
from engine.events import CallRepaired, CallsLookedUp, JournalTold
from engine.events.journal import RepairKind
from engine.room import Said
from engine.world import Call, Channel, Drop, Leg, Pbx, Put, Request, View
from engine.world.reading import is_live

# How far behind the PBX the live stream may be and still be the one who tells.
RIPE = timedelta(seconds=5)
# No fact is later than this: a link that far behind is begun anew.
LATEST = timedelta(minutes=10)
# Who told of a call that another PBX (or another channel) has under the same id.
STRANGER = "journal_stranger"

Event = JournalTold | CallsLookedUp


def on_told(world: View, event: JournalTold) -> Said:
    """The journal has calls that ended: close what is open, ask the history for the rest."""
    asked: list[Call] = []
    for told in event.calls:
        ours = world.get(Call, told.key)
        if told.ended_at is None or told.pbx != event.pbx:
            yield Alarm(what=STRANGER, about=told.key)
        elif ours is None or (is_live(world, event.pbx) and event.at - told.ended_at <= RIPE):
            asked.append(told)
        else:
            yield from _closed(world, event, told, ours)
    if asked:
        yield LookUpCalls(calls=tuple(asked))


def on_looked_up(world: View, event: CallsLookedUp) -> Said:
    """The history answered: make what it lacks, mend what differs."""
    kept = {call.key: call for call in event.kept}
    requests = {request.key: request for request in event.requests}
    for told in event.told:
        ours, past = world.get(Call, told.key), kept.get(told.key)
        if ours is not None:
            yield from _closed(world, event, told, ours)
        elif past is None:
            yield from _repaired(world, event, told, None, kind="missing")
        elif _stranger(told, past):
            yield Alarm(what=STRANGER, about=told.key)
        elif differences(told, past):
            kind: RepairKind = "differs" if _steady(world, told) else "gap"
            yield from _repaired(world, event, told, past, kind=kind, request=requests.get(past.request or ""))


def mended(told: Call, ours: Call) -> Call:
    """Our call as the journal has it; what only we know of it (its request, contact, names) stays."""
    fellows = {id(one): other for one, other in paired(told.legs, ours.legs) if one is not None and other is not None}
    return replace(
        told, key=ours.key, request=ours.request, contact=ours.contact,
        aliases=tuple(dict.fromkeys((*ours.aliases, *told.aliases))),
        phone=told.phone or ours.phone, anonymous=ours.anonymous and not told.phone,
        caller_name=ours.caller_name or told.caller_name, dialled=ours.dialled or told.dialled,
        source=ours.source or told.source, exit_status=told.exit_status or ours.exit_status,
        ended_by=said_by(told) or ours.ended_by, legs=tuple(_leg(leg, fellows.get(id(leg))) for leg in told.legs),
    )  # fmt: skip


def _leg(told: Leg, ours: Leg | None) -> Leg:
    if ours is None:
        return told
    return replace(
        told, queue=told.queue or ours.queue, lifted_at=told.lifted_at or ours.lifted_at,
        left_by=told.left_by or ours.left_by,
    )  # fmt: skip


def _closed(world: View, event: Event, told: Call, ours: Call) -> Said:
    """A call that we believed to go on is over."""
    if _stranger(told, ours):
        yield Alarm(what=STRANGER, about=told.key)
    else:
        yield from _repaired(world, event, told, ours, kind="open")


def _repaired(
    world: View, event: Event, told: Call, ours: Call | None, *, kind: RepairKind, request: Request | None = None
) -> Said:
    now = replace(mended(told, ours) if ours is not None else replace(told, request=None), phase="ended")
    fields = differences(told, ours) if ours is not None else ()
    yield Put(now)
    yield from _bury(world, now, event.at)
    yield CallRepaired(
        at=event.at, call=now, was=ours, kind=kind, fields=fields, request=request, midnight=event.midnight
    )
    yield RecordRepair(at=event.at, kind=kind, was=ours, told=told, fields=fields)
    yield Drop(Call, now.key)


def _bury(world: View, call: Call, at: datetime) -> Said:
    """Its channel is gone; late facts about it must find that, or they would open the call anew."""
    known = world.get(Channel, call.channel_key)
    if known is not None and known.gone_at is None:
        yield Put(replace(known, bridge="", gone_at=at))
    elif known is None and call.ended_at is not None and at - call.ended_at <= LATEST:
        yield Put(Channel(
            key=call.channel_key, pbx=call.pbx, uniqueid=call.channel, linkedid=call.channel, name="", state=0,
            created_at=at, gone_at=at,
        ))  # fmt: skip


def _stranger(told: Call, ours: Call) -> bool:
    """Whether an id stands for two calls: nothing is merged then."""
    return (told.pbx, told.channel) != (ours.pbx, ours.channel)


def _steady(world: View, told: Call) -> bool:
    """Whether the live stream was there all through the call's life."""
    pbx = world.get(Pbx, told.pbx)
    live_from = pbx.live_from if pbx is not None and pbx.link == "live" else None
    return live_from is not None and live_from <= told.started_at
