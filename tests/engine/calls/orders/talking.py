"""Plays for orders: a talk that goes on, and what Asterisk says of each order about it (as measured on 22.10.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine import events as ev
from engine.calls.naming import call_id
from engine.calls.orders.giving import originated
from engine.effects import AnswerCommand, OrderCall
from engine.world import Call, Operator, PhoneOrder, Put, Request, World
from tests.engine.clinic import (
    IVANOV,
    ORLOVA,
    PATIENT,
    PBX,
    answers,
    at,
    clinic,
    dialled,
    dials,
    enters,
    gone,
    joins,
    leaves,
    new,
    patient,
    play,
    rings,
    state,
    uid,
    wants,
)  # fmt: skip
from tests.engine.playbook import perform

CALL = call_id(PBX, uid(1))
ME = {"actor": "orlova", "role": "operator", "operator": "orlova"}
BOSS = {"actor": "boss", "role": "supervisor", "operator": "petrova"}
LOCAL_1, LOCAL_2 = "Local/1002@okno-ask-00000000;1", "Local/1002@okno-ask-00000000;2"


def talking() -> World:
    """Orlova talks with a patient: channels 1 (the patient's) and 2 (hers), in bridge b1."""
    world = clinic()
    play(world, [patient(0), joins(1), *rings(2), *answers(4)])
    return world


def asked(kind: type, command: str = "c1", s: float = 10, **more: Any) -> Any:
    """An order of Orlova's, unless somebody else is named."""
    return kind(at=at(s), command=command, **(ME | more))


def said(world: World, *happened: Any) -> list[Any]:
    """The orders and answers that these events lead to, in order."""
    return [one for one in play(world, list(happened)) if isinstance(one, OrderCall | AnswerCommand)]


def given(world: World, event: Any) -> OrderCall:
    """The one order that goes to the PBX."""
    (effect,) = said(world, event)
    assert isinstance(effect, OrderCall), effect
    return effect


def refused(world: World, event: Any) -> str:
    """Why it is refused."""
    (answer,) = said(world, event)
    assert isinstance(answer, AnswerCommand) and not answer.ok, answer
    return answer.why


def taken(command: str = "c1", s: float = 10.1, ok: bool | None = True, why: str = "") -> Any:
    """What the hands say of an order."""
    return ev.OrderEnded(at=at(s), command=command, pbx=PBX, ok=ok, why=why)


def late(command: str = "c1", s: float = 17) -> Any:
    """Its time is up."""
    return ev.TimerFired(at=at(s), key=f"order:{command}")


def consults(s: float = 11) -> Iterator[Any]:
    """Atxfer: a Local pair, the colleague's phone, and Orlova in the bridge where he is asked (b2)."""
    yield new(s, 5, LOCAL_1, state=0, root=1)
    yield new(s, 6, LOCAL_2, state=4, root=1)
    yield enters(s, 5, "b2")
    yield new(s, 7, IVANOV, root=6)
    yield leaves(s, 2)
    yield enters(s, 2, "b2")
    yield dials(s, 6, 7, IVANOV)


def lifts(s: float = 12) -> Iterator[Any]:
    """The colleague lifts: he and the Local pair share a bridge (b3)."""
    yield state(s, 7, 6, IVANOV, 6)
    yield dialled(s, 6, 7, "ANSWER")
    yield enters(s, 7, "b3")
    yield state(s, 5, 6, LOCAL_1, 1)
    yield enters(s, 6, "b3")


def consulting() -> World:
    """Orlova asks Ivanov, who has lifted; her patient waits."""
    world = talking()
    play(world, [asked(ev.PassAsked, "p", 10, call=CALL, how="attended", to="1002"), taken("p"), *consults(), *lifts()])
    return world


def owning(world: World, kind: str = "call", owner: str = "orlova") -> Request:
    """An open request of an operator's."""
    request = Request(
        key="018f0000-0000-7000-8000-000000000001", year=2026, number=7, kind=kind, status="in_progress", queue="front",  # type: ignore[arg-type]
        owner=owner, phone=PATIENT, created_at=at(0), since=at(0),
    )  # fmt: skip
    world.apply([Put(request)])
    return request


def call(world: World) -> Call:
    """The patient's call as it is now."""
    found = world.get(Call, CALL)
    assert found is not None
    return found


def orders(world: World) -> list[str]:
    """The orders under way."""
    return sorted(order.key for order in world.all(PhoneOrder))


def on_page(world: World, key: str) -> None:
    """The operator works with the page's phone today."""
    operator = world.get(Operator, key)
    assert operator is not None
    world.apply([Put(replace(operator, phone="web", interface=operator.web_interface, web_phone=True))])


__all__ = [
    "BOSS", "CALL", "LOCAL_1", "ME", "ORLOVA", "asked", "call", "consulting", "consults", "enters", "given", "gone",
    "late", "leaves", "lifts", "on_page", "orders", "originated", "owning", "perform", "refused", "said", "taken",
    "talking", "wants",
]
