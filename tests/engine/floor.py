"""The clinic at work, for tests of routing: three operators on duty with free phones, and short ways to act.

Orlova stands in both queues, Ivanov in `front`, Petrova in `back`; `front` has priority 5. Times are as in `clinic`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

from engine import events as ev
from engine.effects import AnswerCommand
from engine.world import Drop, Member, Offer, Operator, Page, Put, Queue, Request, World
from tests.engine.clinic import PBX, at, clinic, settings
from tests.engine.playbook import perform

PEOPLE = ("orlova", "ivanov", "petrova")
_COMMANDS = count(1)


def floor(*there: str) -> World:
    """The world with these operators on duty (all three when none is named)."""
    world = clinic()
    for name in there or PEOPLE:
        come(world, name)
    return world


def come(world: World, name: str, s: float = 0) -> None:
    """He is on duty: available, with a page, his phone free and in its queues."""
    operator = of(world, name)
    world.apply([Put(Page(key=name, seen_at=at(s)))])
    world.apply([
        Put(Member(key=f"{PBX}/{queue}/{operator.interface}", pbx=PBX, queue=queue, interface=operator.interface, status=1))
        for queue in operator.queues
    ])
    change(world, name, presence="available", page="here", voice="idle", device="NOT_INUSE", pauses=frozenset())


def change(world: World, name: str, **fields: Any) -> None:
    """The operator as something else left him."""
    world.apply([Put(replace(of(world, name), **fields))])


def queue(world: World, name: str, **fields: Any) -> None:
    """The queue with other rules."""
    known = world.get(Queue, name)
    assert known is not None
    world.apply([Put(replace(known, **fields))])


def of(world: World, name: str) -> Operator:
    """An operator."""
    found = world.get(Operator, name)
    assert found is not None
    return found


def opened(world: World, number: int = 1, s: float = 10, *, kind: str = "form", queue: str = "front", **more: Any) -> str:
    """A request made by hand; returns its id. `more` are fields it has besides."""
    key = str(UUID(int=number))
    do(world, ev.OpenAsked, s, id=key, kind=kind, queue=queue, phone=f"+7999000{number:04d}", note="")
    if more:
        request = world.get(Request, key)
        assert request is not None
        world.apply([Put(replace(request, **more))])
    return key


def request(world: World, key: str) -> Request:
    """A request of the open world."""
    found = world.get(Request, key)
    assert found is not None
    return found


def offer(world: World, key: str) -> Offer | None:
    """The live offer of a request; fails when it has two."""
    found = world.by(Offer, "request", key)
    assert len(found) <= 1, found
    return found[0] if found else None


def asked(world: World, key: str) -> str:
    """Who is asked for a request, or has it; empty when nobody."""
    found = offer(world, key)
    return found.operator if found is not None else ""


def do(world: World, what: type, s: float, /, *, by: str | None = "orlova", role: str = "operator", **fields: Any) -> AnswerCommand:
    """A command and its answer."""
    command = f"c{next(_COMMANDS)}"
    event = what(at=at(s), command=command, actor=f"{by}.a", role=role, operator=by, **fields)
    (answer,) = [one for one in play(world, event) if isinstance(one, AnswerCommand)]
    assert answer.command == command
    return answer


def play(world: World, *events: Any) -> list[Any]:
    """Events, and all that comes round the loop of them; returns what was said."""
    return [said for event in events for outcome in perform(world, event) for said in (*outcome.events, *outcome.effects)]


def sweep(world: World, s: float) -> list[Any]:
    """The engine's five seconds are over; everybody's page is still there."""
    for page in list(world.all(Page)):
        world.apply([Put(replace(page, seen_at=at(s)))])
    return play(world, ev.Swept(at=at(s)))


def fire(world: World, key: str, s: float) -> list[Any]:
    """A timer is due."""
    return play(world, ev.TimerFired(at=at(s), key=key))


def accept(world: World, key: str, s: float = 12) -> AnswerCommand:
    """Whoever is asked for this request says yes."""
    found = offer(world, key)
    assert found is not None
    return do(world, ev.AcceptAsked, s, by=found.operator, offer=found.key)


def refuse(world: World, key: str, s: float = 12) -> AnswerCommand:
    """Whoever is asked for this request says no."""
    found = offer(world, key)
    assert found is not None
    return do(world, ev.RefuseAsked, s, by=found.operator, offer=found.key)


def quiet(world: World, key: str, s: float, works: bool = True) -> list[Any]:
    """What the `operators` room says of the phone of whoever has this request."""
    found = offer(world, key)
    assert found is not None
    return play(world, ev.PhoneQuiet(at=at(s), offer=found.key, operator=found.operator, quiet=works))


def without(world: World, *names: str) -> ev.ConfigurationLoaded:
    """The settings as they would be without these operators or queues."""
    loaded = settings()
    return replace(
        loaded, operators=tuple(one for one in loaded.operators if one.key not in names),
        queues=tuple(one for one in loaded.queues if one.key not in names),
    )  # fmt: skip


def unplug(world: World, name: str) -> None:
    """His phone leaves every queue."""
    for member in world.by(Member, "interface", of(world, name).interface):
        world.apply([Drop(Member, member.key)])
