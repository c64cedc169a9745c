"""A flow rings a person: ordered once, found again by its channel's id, and never dialled blindly (P2)."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2s

from engine.callbacks.ending import outcome_of
from engine.callbacks.lists.asking import note_refusal_of
from engine.callbacks.lists.states import of_list, settle
from engine.effects import OrderCall
from engine.events import CallArrived, CallEnded, CallRepaired, OrderEnded, SurveyAnswered
from engine.room import Said
from engine.world import Append, Call, CallList, Channel, HistoryEntry, Pbx, Put, Request, Target, View
from engine.world.reading import is_live
from okno.ids import uuid7_of

RING_S = 30
CONTEXT, START = "okno-out-", "s"
# After the ring and this long, a channel of which nothing is to be seen is not there.
SILENT = timedelta(seconds=RING_S + 15)
# A ring that could not be given never rang: soon again.
SOON = timedelta(minutes=1)
# A flow asks it, and any key says it (`rate`); or an operator closes his request with it as the outcome.
NO_LISTS = "do_not_call"
ENGINE = "engine"
# What a flow is content with; and the results that are beyond doubt even when only the journal tells of a call.
REACHED = frozenset({"talked", "self_service", "voicemail"})
SURE = frozenset({"answered", "self_service", "voicemail", "busy", "failed"})


def ring(world: View, made: CallList, target: Target, at: datetime) -> Said:
    """Ring him. That it is ordered is written before it is ordered."""
    pbx = world.get(Pbx, made.pbx)
    if pbx is None or not pbx.trunks:
        return
    attempt = target.attempt + 1
    command = str(uuid7_of(at, "list", target.key, str(attempt)))
    channel = f"okno-{int(at.timestamp())}.{blake2s(command.encode(), digest_size=8).hexdigest()}"
    yield Put(replace(
        target, state="dialling", attempt=attempt, tried_at=at, next_at=None, command=command, channel=channel,
        call=None,
    ))  # fmt: skip
    digits = target.phone.removeprefix("+")
    shown = made.shown.removeprefix("+")
    yield OrderCall(
        command=command, pbx=made.pbx, action="originate", channel=f"PJSIP/{digits}@{pbx.trunks[0]}",
        channel_id=channel, context=f"{CONTEXT}{made.flow}", exten=START, timeout_s=RING_S,
        variables=(("CALLERID(num)", digits), *((("CONNECTEDLINE(num,i)", shown),) if shown else ())),
    )


def lines_in_use(world: View, made: CallList) -> int:
    """How many a flow of this list rings or talks to."""
    return sum(1 for _ in of_list(world, made.key, "dialling"))


def on_order(world: View, event: OrderEnded) -> Said:
    """The PBX took it, or refused it: then nobody was rung. Of what nobody knows the sweep finds out."""
    for target in world.by(Target, "command", event.command):
        if target.state == "dialling" and event.ok is False:
            yield Put(replace(
                target, state="waiting", attempt=target.attempt - 1, next_at=event.at + SOON, outcome="not_given",
            ))  # fmt: skip


def on_arrived(world: View, event: CallArrived) -> Said:
    """The call is there: it is this person's."""
    call = world.get(Call, event.call)
    for target in _rung(world, call):
        yield Put(replace(target, call=event.call))
        if world.get(Request, target.request) is not None and target.request is not None:
            yield Append(HistoryEntry(request=target.request, at=event.at, actor=ENGINE, what="list_rang"))


def on_ended(world: View, event: CallEnded) -> Said:
    """What came of it."""
    call = world.get(Call, event.call)
    for rung in _rung(world, call) if call is not None else ():
        made = world.get(CallList, rung.list)
        if call is None or made is None:
            continue
        target, outcome = replace(rung, call=call.key), _outcome(world, call, event)
        if outcome == "hung_up":
            yield from settle(world, target, "heard", event.at, outcome)
        else:
            yield from _came(world, made, target, event.at, outcome)


def on_repaired(world: View, event: CallRepaired) -> Said:
    """The journal tells of a ring nobody saw the end of. Whether he lifted before he left, it does not say."""
    call = event.call
    for rung in _rung(world, call) if call.ended_at is not None else ():
        made = world.get(CallList, rung.list)
        if made is None or rung.state not in ("dialling", "unknown"):
            continue
        target = replace(rung, call=call.key)
        if call.result in SURE:
            yield from _came(world, made, target, event.at, _told(call))
        else:
            yield from settle(world, target, "unknown", event.at, "unknown")


def _came(world: View, made: CallList, target: Target, at: datetime, outcome: str) -> Said:
    """It ended so."""
    if outcome in REACHED:
        yield from settle(world, target, "reached", at, outcome)
    elif outcome == "unknown":
        yield from settle(world, target, "unknown", at, outcome)
    elif outcome == "wrong_number":
        yield from settle(world, target, "not_reached", at, outcome)  # another ring would not find him there either
    else:
        yield from _again(world, made, target, at, outcome)


def _outcome(world: View, call: Call, event: CallEnded) -> str:
    """How it ended, as a code; `hung_up`: he lifted, and left before the flow was through."""
    channel = world.get(Channel, call.channel_key)
    told = _told(call, event.cause, event.status)
    return "hung_up" if told not in REACHED and channel is not None and channel.up_at is not None else told


def _told(call: Call, cause: int = 0, status: str = "") -> str:
    """How it ended, by the call and what the PBX said of its end."""
    if call.result in ("self_service", "voicemail"):
        return call.result
    return "talked" if call.result == "answered" else outcome_of(call, cause, status)


def _again(world: View, made: CallList, target: Target, at: datetime, outcome: str) -> Said:
    if target.attempt >= made.attempts:
        yield from settle(world, target, "not_reached", at, outcome)
    else:
        again = at + timedelta(minutes=made.again_min)
        yield Put(replace(target, state="waiting", outcome=outcome, next_at=again))


def on_survey(world: View, event: SurveyAnswered) -> Said:
    """What he said to the flow by key."""
    call = world.get(Call, event.call)
    for target in _rung(world, call) if call is not None else ():
        said = f"{event.question}={event.score}"
        yield Put(replace(target, answer=f"{target.answer} {said}".strip()))
        if event.question == NO_LISTS:
            yield from note_refusal_of(world, target.phone, ENGINE, event.at)


def lost(world: View, made: CallList, at: datetime) -> Said:
    """Of whom nothing is to be seen: rung in vain when the PBX was there all the time, else nobody knows."""
    for target in [*of_list(world, made.key, "dialling")]:
        if target.tried_at is None or at - target.tried_at < SILENT or not is_live(world, made.pbx):
            continue
        channel = world.get(Channel, f"{made.pbx}/{target.channel}")
        if (channel is not None and channel.gone_at is None) or world.get(Call, target.call) is not None:
            continue
        pbx = world.get(Pbx, made.pbx)
        watched = pbx is not None and pbx.live_from is not None and pbx.live_from <= target.tried_at
        if watched and target.call is None:
            yield from _again(world, made, target, at, "unreachable")
        else:
            yield from settle(world, target, "unknown", at, "unknown")


def _rung(world: View, call: Call | None) -> list[Target]:
    """Whom a call was made to, if a list made it."""
    return world.by(Target, "channel", call.channel) if call is not None and call.direction == "outbound" else []
