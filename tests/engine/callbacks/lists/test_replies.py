"""What people do elsewhere, and how the work with them ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.world import Call, Contact, NoLists, Put, Request, World
from tests.engine.callbacks.lists.given import PEOPLE, begun, play, states, sweep, target
from tests.engine.clinic import T, abandons, answers, at, clinic, ends, gone, joins, left, patient, rings
from tests.engine.floor import do, floor
from tests.engine.requests.chats.talks import POINT, wrote


def rings_us(world: World, number: str, s: float = 10) -> list[Any]:
    return play(world, patient(s, number=number), joins(s + 1), *rings(s + 2), *answers(s + 6), *ends(s + 66, 1, 2))


def test_who_called_and_was_talked_with_is_not_called() -> None:
    world = begun(clinic())
    rings_us(world, PEOPLE[0])
    assert states(world) == ["replied", "waiting", "waiting"]
    assert target(world).outcome == "called"


def test_by_any_of_his_numbers() -> None:
    world = begun(clinic())
    call = Call(
        key="01a1fc83-ff2b-7423-98eb-001c22def031", pbx="main", direction="inbound", channel="9.9", phone="+79990000099",
        contact="c", result="answered", phase="ended", started_at=T,
    )  # fmt: skip
    world.apply([Put(Contact(key="c", phone="+79990000099", phones=(PEOPLE[1],))), Put(call)])
    play(world, ev.CallEnded(at=at(20), call=call.key))
    assert states(world) == ["waiting", "replied", "waiting"]


def test_who_rang_in_vain_still_is_to_be_called() -> None:
    world = begun(clinic())
    play(world, patient(10, number=PEOPLE[0]), joins(11), abandons(20), left(20), gone(20, 1))
    assert states(world) == ["waiting"] * 3


@pytest.mark.parametrize("kind", ["chat", "form", "email", "voicemail"])
def test_who_wrote_is_not_called(kind: str) -> None:
    world = begun(clinic())
    do(world, ev.OpenAsked, 5, id="01a1fc83-ff2b-7423-98eb-001c22def0d1", kind=kind, queue="front", phone=PEOPLE[2], note="")
    assert states(world) == ["waiting", "waiting", "replied"]
    assert target(world, 3).outcome == kind


def test_who_wrote_in_a_messenger_is_not_called_once_his_number_is_known() -> None:
    world = begun(clinic())
    play(world, wrote(1, 5), ev.ContactFound(at=at(6), phone=POINT, contact="c"))
    assert states(world) == ["waiting"] * 3
    play(world, ev.ContactFound(at=at(7), phone=POINT, contact="c", phones=(PEOPLE[1],)))
    assert states(world) == ["waiting", "replied", "waiting"]
    assert target(world, 2).outcome == "chat"


@pytest.mark.parametrize(("outcome", "state"), [
    ("booked", "reached"), ("not_reached", "not_reached"), ("wrong_number", "not_reached"), ("do_not_call", "refused"),
])  # fmt: skip
def test_how_the_work_was_closed_is_how_he_stands(outcome: str, state: str) -> None:
    world = begun(floor("orlova"))
    sweep(world, 5)
    request = world.get(Request, target(world).request)
    assert request is not None
    world.apply([Put(replace(request, status="done", outcome=outcome))])
    play(world, ev.RequestClosed(at=at(60), request=request.key))
    assert (target(world).state, target(world).outcome) == (state, outcome)
    assert bool(list(world.all(NoLists))) == (outcome == "do_not_call")


def test_the_work_with_him_is_done_by_an_operator_from_the_list_to_its_end() -> None:
    world = begun(floor("orlova"))
    sweep(world, 5)
    request = target(world).request
    assert request is not None
    do(world, ev.TakeAsked, 8, request=request)
    found = world.get(Request, request)
    assert found is not None
    assert (found.kind, found.source, found.owner, found.phone) == ("callback", "list:Recall", "orlova", PEOPLE[0])
    do(world, ev.CompleteAsked, 90, request=request, outcome="booked", role="supervisor")
    assert (target(world).state, target(world).outcome) == ("reached", "booked")


def test_a_request_that_is_withdrawn_leaves_the_list() -> None:
    world = begun(floor("orlova"))
    sweep(world, 5)
    request = world.get(Request, target(world).request)
    assert request is not None
    world.apply([Put(replace(request, status="cancelled"))])
    play(world, ev.RequestClosed(at=at(60), request=request.key))
    assert target(world).state == "withdrawn"
