"""What an operator's phone does: from its device state, and from the legs when the PBX reports no devices."""

from dataclasses import replace
from datetime import datetime

from engine.effects import ShowRing
from engine.events import CallAnswered, CallArrived, CallEnded, DeviceChanged, LegEnded, LegRang, TalkOver
from engine.operators import quiet
from engine.operators.duty import pages
from engine.operators.freeing import put
from engine.operators.pausing import ACW, with_pauses
from engine.room import Said
from engine.world import Call, Operator, View
from engine.world.entities import Voice
from engine.world.reading import wraps_up

IN_CALL = frozenset({"INUSE", "BUSY", "RINGINUSE", "ONHOLD"})
# A device in one of these states cannot be rung: it is not registered, or nobody knows it.
UNREACHABLE = frozenset({"UNKNOWN", "INVALID", "UNAVAILABLE"})
# Nothing was ever reported of it: some PBXs report no devices, and legs are all we know.
UNREPORTED = "UNKNOWN"
# QueueMember Status, ami.md 4.8.
STATUSES = (
    "UNKNOWN", "NOT_INUSE", "INUSE", "BUSY", "INVALID", "UNAVAILABLE", "RINGING", "RINGINUSE", "ONHOLD",
)


def with_voice(operator: Operator, at: datetime, voice: Voice | None = None) -> Operator:
    """The operator with the voice state his device tells, or with the one given."""
    voice = voice or _told(operator)
    return operator if voice == operator.voice else replace(operator, voice=voice, voice_since=at)


def _told(operator: Operator) -> Voice:
    if operator.device in IN_CALL:
        return "incall"
    if operator.device == "RINGING":
        return "ringing"
    if operator.wrap_up:
        return "wrap_up"
    return "unknown" if operator.device in UNREACHABLE else "idle"


def with_device(operator: Operator, device: str, at: datetime) -> Operator:
    """The operator whose phone reports this state."""
    return operator if device == operator.device else with_voice(replace(operator, device=device), at)


def on_device(world: View, event: DeviceChanged) -> Said:
    """DeviceStateChange of an operator's phone."""
    for operator in world.by(Operator, "interface", event.device):
        changed = with_device(operator, event.state, event.at)
        if operator.pbx == event.pbx and changed is not operator:
            yield from put(world, changed, event.at)
            yield from quiet.look(world, changed, event.at)


def on_arrived(world: View, event: CallArrived) -> Said:
    """A call an operator makes is his from its start."""
    call = world.get(Call, event.call)
    if call is not None and call.direction == "outbound" and call.legs:
        operator = world.get(Operator, call.legs[0].operator)
        if operator is not None:
            yield from put(world, with_voice(replace(operator, call=call.key), event.at, "incall"), event.at)


def on_rang(world: View, event: LegRang) -> Said:
    """His phone rings: his screen is told at once."""
    operator = world.get(Operator, event.operator)
    if operator is None:
        return
    yield ShowRing(operator=operator.key, call=event.call, leg=event.leg)
    if operator.voice not in ("ringing", "incall"):
        operator = with_voice(operator, event.at, "ringing")
        yield from put(world, operator, event.at)
        yield from quiet.look(world, operator, event.at)


def on_answered(world: View, event: CallAnswered) -> Said:
    """He talks; with patients it counts. A leg that comes back is the same talk: its seconds are counted anew."""
    operator, call = world.get(Operator, event.operator), world.get(Call, event.call)
    if operator is None or call is None:
        return
    leg = call.legs[event.leg]
    talks = with_voice(replace(operator, call=call.key, rang_out=0), event.at, "incall")
    if call.direction != "internal" and leg.answered_at == event.at:
        talks = replace(talks, handled_today=operator.handled_today + 1)
    elif call.direction != "internal":
        talks = replace(talks, talk_today_s=max(0.0, operator.talk_today_s - leg.talk_s))
    yield from put(world, talks, event.at)


def on_leg_ended(world: View, event: LegEnded) -> Said:
    """His part is over; a device in use says itself when it is free again.

    One that told so before we knew of the answer (an engine that came back in mid-call) tells it no second time.
    """
    operator, call = world.get(Operator, event.operator), world.get(Call, event.call)
    if operator is None or call is None:
        return
    leg = call.legs[event.leg]
    changed = replace(
        operator, call=None if operator.call == call.key else operator.call,
        talk_today_s=operator.talk_today_s + (leg.talk_s if call.direction != "internal" else 0.0),
        rang_out=operator.rang_out + (leg.result == "no_answer"),
    )
    yield from put(world, at_rest(changed, event.at), event.at)
    yield from pages.absent(world, changed, event.at)


def at_rest(operator: Operator, at: datetime) -> Operator:
    """The operator after a part of his in a call is over: what his device says, or idle where it says nothing."""
    if operator.device == UNREPORTED:
        return with_voice(operator, at, "wrap_up" if operator.wrap_up else "idle")
    return with_voice(operator, at) if operator.call is None and operator.voice == "incall" else operator


def on_call_ended(world: View, event: CallEnded | TalkOver) -> Said:
    """Wrap-up begins, and with it the engine's pause; the `requests` room sets its timer."""
    call = world.get(Call, event.call)
    request = wraps_up(world, call) if call is not None else None
    operator = world.get(Operator, request.owner) if request is not None else None
    if request is None or operator is None:
        return
    wrapping = replace(operator, wrap_up=request.key)
    wrapping = with_voice(wrapping, event.at, "wrap_up" if operator.device == UNREPORTED else None)
    yield from with_pauses(world, wrapping, wrapping.pauses | {ACW}, event.at)
