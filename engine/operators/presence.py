"""What an operator says of himself, or a supervisor for him; today's phone; the end of a wrap-up."""

import re
from dataclasses import replace
from typing import get_args

from engine.effects import AnswerCommand
from engine.events import OperatorFreed, OperatorLeft, PresenceAsked
from engine.operators.duty.steering import reset, steers
from engine.operators.freeing import put
from engine.operators.membership import follow
from engine.operators.pausing import ACW, AUTOPAUSE, OFFLINE, RONA, humans, logs_in, with_pauses
from engine.operators.voice import UNREPORTED, with_voice
from engine.room import Said
from engine.world import Operator, Request, Rules, View
from engine.world.entities import Presence

# What a person may say; `not_responding` is the engine's word.
SAYABLE = tuple(word for word in get_args(Presence) if word != "not_responding")
# What Asterisk keeps of a pause: a comma, a semicolon or a bar in it would cost a queue its members (routing.md 2.8).
_KEPT = re.compile(r"[A-Za-z0-9._-]{1,50}")


def on_asked(world: View, event: PresenceAsked) -> Said:
    """Presence changes while the PBX is away too: memberships and flag follow when the link is live again."""
    operator = world.get(Operator, event.target or event.operator)
    why = _refusal(world, event, operator)
    if operator is None or why:
        yield AnswerCommand(command=event.command, ok=False, why=why or "not_found")
        return
    before = operator
    operator = _with_phone(_saying(operator, event), event)
    pauses = operator.pauses - humans(operator.pauses)
    if event.presence == "available":
        pauses -= {AUTOPAUSE, RONA}
    elif event.presence == "break":
        pauses |= {f"human:{event.reason}"}
    elif logs_in(world, operator):
        pauses -= {AUTOPAUSE, RONA}
    else:
        pauses |= {OFFLINE}
    yield from with_pauses(world, operator, pauses, event.at)
    yield from follow(world, replace(operator, pauses=pauses))
    if operator.presence == "offline" and before.presence != "offline":
        yield OperatorLeft(at=event.at, operator=operator.key)
    yield AnswerCommand(command=event.command, ok=True, by=operator.steered_by)


def _saying(operator: Operator, event: PresenceAsked) -> Operator:
    """The operator with what he says, or what is said for him."""
    reason = event.reason if event.presence == "break" else ""
    by = event.actor if steers(event, operator) else ""
    operator = replace(operator, missed=0, rang_out=0, steered_by=by, said_at=event.at)
    if (operator.presence, operator.presence_reason) != (event.presence, reason):
        operator = replace(
            operator, presence=event.presence, presence_reason=reason, presence_since=event.at,  # type: ignore[arg-type]
        )
    return reset(operator) if event.presence == "offline" else operator


def _with_phone(operator: Operator, event: PresenceAsked) -> Operator:
    """The operator with the phone he chose; of another one nothing is known until it tells."""
    if event.phone in ("", operator.phone):
        return operator
    web = event.phone == "web"
    operator = replace(
        operator, phone="web" if web else "desk", device="UNKNOWN",
        interface=operator.web_interface if web else operator.desk_interface,
    )
    return with_voice(operator, event.at, "unknown")


def _refusal(world: View, event: PresenceAsked, operator: Operator | None) -> str:
    if operator is None or not operator.active:
        return "not_found"
    if event.target is not None and event.target != event.operator and not steers(event, operator):
        return "forbidden"
    if event.presence not in SAYABLE:
        return "bad_presence"
    rules = world.get(Rules, "rules") or Rules()
    allowed = not rules.pause_reasons or event.reason in rules.pause_reasons
    if event.presence == "break" and not (_KEPT.fullmatch(event.reason) and allowed):
        return "bad_reason"
    if event.phone in ("", operator.phone):
        return ""
    if event.phone == "web" and not (operator.web_phone and logs_in(world, operator)):
        return "no_web_phone"
    return "call_live" if operator.voice in ("ringing", "incall") else ""


def on_freed(world: View, event: OperatorFreed) -> Said:
    """His wrap-up ended, unless he has meanwhile begun another."""
    operator = world.get(Operator, event.operator)
    if operator is None:
        return
    request = world.get(Request, operator.wrap_up)
    if request is not None and request.status == "wrap_up" and request.owner == operator.key:
        return
    rests = operator.device == UNREPORTED and operator.voice == "wrap_up"
    operator = with_voice(replace(operator, wrap_up=None), event.at, "idle" if rests else None)
    yield from put(world, operator, event.at)
    if ACW in operator.pauses:
        yield from with_pauses(world, operator, operator.pauses - {ACW}, event.at)
