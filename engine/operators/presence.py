"""What an operator says of himself, and the end of his wrap-up."""

from dataclasses import replace
from typing import get_args

from engine.effects import AnswerCommand
from engine.events import OperatorFreed, PresenceAsked
from engine.operators.pausing import ACW, OFFLINE, humans, with_pauses
from engine.operators.voice import UNREPORTED, with_voice
from engine.room import Said
from engine.world import Operator, Put, Request, Rules, View
from engine.world.entities import Presence

# What a person may say; `not_responding` is the engine's word.
SAYABLE = tuple(word for word in get_args(Presence) if word != "not_responding")


def on_asked(world: View, event: PresenceAsked) -> Said:
    """Presence changes while the PBX is away too: the flag follows when the link is live again."""
    operator = world.get(Operator, event.operator)
    why = _refusal(world, event, operator)
    if operator is None or why:
        yield AnswerCommand(command=event.command, ok=False, why=why or "not_found")
        return
    reason = event.reason if event.presence == "break" else ""
    if (operator.presence, operator.presence_reason) != (event.presence, reason):
        operator = replace(
            operator, presence=event.presence, presence_reason=reason, presence_since=event.at,  # type: ignore[arg-type]
        )
        yield Put(operator)
    pauses = operator.pauses - humans(operator.pauses)
    if event.presence == "available":
        pauses -= {"asterisk:autopause"}
    else:
        pauses |= {f"human:{reason}" if event.presence == "break" else OFFLINE}
    if pauses != operator.pauses:
        yield from with_pauses(world, operator, pauses)
    yield AnswerCommand(command=event.command, ok=True)


def _refusal(world: View, event: PresenceAsked, operator: Operator | None) -> str:
    if operator is None or not operator.active:
        return "not_found"
    if event.presence not in SAYABLE:
        return "bad_presence"
    rules = world.get(Rules, "rules") or Rules()
    allowed = not rules.pause_reasons or event.reason in rules.pause_reasons
    if event.presence == "break" and not (event.reason and allowed):
        return "bad_reason"
    return ""


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
    yield Put(operator)
    if ACW in operator.pauses:
        yield from with_pauses(world, operator, operator.pauses - {ACW})
