"""A list of three people and short ways to play with it. It is a Thursday, 08:53 UTC; who is in Moscow has 11:53."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

from engine import events as ev
from engine.effects import AnswerCommand
from engine.world import CallList, Target, World
from tests.engine.clinic import PBX, T, at
from tests.engine.playbook import perform

LIST = str(UUID(int=0xABC))
PEOPLE = ("+79990000011", "+79990000012", "+79990000013")
ZONE = "Europe/Moscow"
_COMMANDS = count(1)


def made(**more: Any) -> CallList:
    """The list, as a supervisor made it."""
    fields: dict[str, Any] = {
        "key": LIST, "title": "Recall", "source": "csv", "mode": "operator", "queue": "front", "author": "boss", "at": T,
        "per_minute": 60, "at_once": 5,
    }  # fmt: skip
    return CallList(**(fields | more))


def people(*phones: str, **more: Any) -> tuple[Target, ...]:
    """Its people."""
    fields: dict[str, Any] = {"list": LIST, "zone": ZONE} | more
    return tuple(
        Target(key=str(UUID(int=0xF00 + place)), place=place, phone=phone, **fields)
        for place, phone in enumerate(phones or PEOPLE, 1)
    )


def command(kind: type[Any], s: float, **args: Any) -> Any:
    """A supervisor's command."""
    return kind(at=at(s), command=f"c{next(_COMMANDS)}", actor="boss", role="supervisor", **args)


def play(world: World, *events: Any) -> list[Any]:
    """Events and effects, in order; the journal of the world goes on."""
    said: list[Any] = []
    for event in events:
        for outcome in perform(world, event):
            said += [*outcome.events, *outcome.effects, *outcome.again]
    return said


def answer(world: World, event: Any) -> AnswerCommand:
    """What a command was answered."""
    (found,) = [one for one in play(world, event) if isinstance(one, AnswerCommand)]
    return found


def begun(world: World, one: CallList | None = None, *targets: Target) -> World:
    """The world with the list."""
    one = one or made()
    assert answer(world, command(ev.ListAsked, 0, made=one, targets=() if one.source == "mis" else targets or people())).ok
    return world


def sweep(world: World, s: float) -> list[Any]:
    """The engine looks through everything."""
    return play(world, ev.Swept(at=at(s)))


def states(world: World) -> list[str]:
    """How its people stand, in their order."""
    return [one.state for one in sorted(world.all(Target), key=lambda one: one.place)]


def target(world: World, place: int = 1) -> Target:
    """A person of it."""
    (found,) = [one for one in world.all(Target) if one.place == place]
    return found


def change(one: Target, **more: Any) -> Target:
    """A person who stands otherwise."""
    return replace(one, **more)


def rung(world: World, said: list[Any]) -> list[str]:
    """Whom a flow was told to ring: channels' ids."""
    return [one.channel_id for one in said if type(one).__name__ == "OrderCall" and one.pbx == PBX]
