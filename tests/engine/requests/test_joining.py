"""Calls made for a request that was there before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.calls.orders.giving import originated
from engine.world import Append, Call, Operator, Put, Request, World
from tests.engine.clinic import IVANOV, PBX, at, dialled, enters, gone, leaves, new, state, uid, wants
from tests.engine.floor import asked, change, come, do, floor, offer, opened, play, quiet, request, sweep
from tests.engine.playbook import perform

PHONE = "+79990000001"


def dialling(world: World, key: str, s: float = 20, command: str = "dial") -> tuple[str, list[Any]]:
    """Orlova calls for the request and her phone lifts: the id of its channel, and what the commands were answered."""
    event = ev.DialAsked(at=at(s), command=command, actor="orlova.a", role="operator", operator="orlova", to=PHONE, request=key)
    first = originated(event)
    answers = play(
        world, event, ev.OrderEnded(at=at(s), command=command, pbx=PBX, ok=True),
        ev.ChannelCreated(at=at(s), pbx=PBX, uniqueid=first, linkedid=first, name="PJSIP/1001-00000009", state=0, context="x"),
        ev.DeviceChanged(at=at(s), pbx=PBX, device="PJSIP/1001", state="RINGING"),
        ev.DeviceChanged(at=at(s + 1), pbx=PBX, device="PJSIP/1001", state="INUSE"),
        ev.OriginateEnded(at=at(s + 1), pbx=PBX, uniqueid=first, done=True),
        new(s + 2, 20, "PJSIP/trunk-00000014", root=20, state=0, context="okno-inbound", number=PHONE[1:]),
        ev.DialBegan(
            at=at(s + 2), pbx=PBX, uniqueid=first, dest=uid(20), dest_name="PJSIP/trunk-00000014", dest_linkedid=first,
            dial_string=f"{PHONE[1:]}@trunk",
        ),
    )  # fmt: skip
    return first, answers


def answered(first: str, s: float = 24) -> list[Any]:
    """The patient lifts."""
    return [
        state(s, 20, 6, "PJSIP/trunk-00000014"),
        ev.DialEnded(at=at(s), pbx=PBX, uniqueid=first, dest=uid(20), status="ANSWER"), enters(s, 20, "b9"),
        ev.BridgeEntered(at=at(s), pbx=PBX, bridge="b9", bridge_type="basic", uniqueid=first, linkedid=first),
    ]  # fmt: skip


def over(first: str, s: float) -> list[Any]:
    """The patient hangs up."""
    return [wants(s, 20), leaves(s, 20, "b9"), ev.BridgeLeft(at=at(s), pbx=PBX, bridge="b9", uniqueid=first), gone(s, 20), gone(s, first)]


def taken(kind: str = "callback") -> tuple[World, str]:
    """Orlova has a callback, and her phone is quiet for it."""
    world = floor("orlova")
    key = opened(world, kind=kind)
    if offer(world, key) is None or request(world, key).owner is None:
        do(world, ev.TakeAsked, 12, request=key)
    assert request(world, key).owner == "orlova"
    quiet(world, key, 14)
    return world, key


def lines(world: World, *events: Any) -> list[str]:
    """What the history of requests gets of these events."""
    return [
        one.entry.what for event in events for outcome in perform(world, event) for one in outcome.changes
        if isinstance(one, Append)
    ]


def test_a_callback_reached_its_person_and_is_his_who_called_to_finish() -> None:
    world, key = taken()
    first, _ = dialling(world, key)
    (call,) = world.all(Call)
    assert call.request == key and request(world, key).calls == (call.key,)
    play(world, *answered(first))
    assert (request(world, key).status, request(world, key).owner) == ("in_progress", "orlova")
    play(world, *over(first, 60))
    done = request(world, key)
    assert (done.status, done.outcome, done.kind) == ("wrap_up", "reached_by_call", "callback")
    kept = offer(world, key)
    assert kept is not None and kept.state == "wrapping"


@pytest.mark.parametrize(("cause", "said"), [(17, "busy"), (19, "no_answer"), (1, "wrong_number"), (21, "rejected")])
def test_a_try_that_reached_nobody_is_put_aside_until_the_next(cause: int, said: str) -> None:
    world, key = taken()
    first, _ = dialling(world, key)
    assert f"try_{said}" in lines(world, dialled(30, None, uid(20), "BUSY"), gone(30, 20, cause), gone(30, first))
    still = request(world, key)
    assert (still.status, still.owner, still.kind) == ("postponed", None, "callback")
    assert still.postponed_until == at(30 + 15 * 60) and asked(world, key) == ""


def test_without_the_order_it_is_known_by_its_number_and_its_owner() -> None:
    """The engine died between the order and the call."""
    world, key = taken()
    play(
        world, new(20, 9, "PJSIP/1001-00000009", exten=PHONE[1:], context="okno-phones"),
        new(22, 20, "PJSIP/trunk-00000014", root=20, state=0, context="okno-inbound", number=PHONE[1:]),
        ev.DialBegan(
            at=at(22), pbx=PBX, uniqueid=uid(9), dest=uid(20), dest_name="PJSIP/trunk-00000014", dest_linkedid=uid(9),
            dial_string=f"{PHONE[1:]}@trunk",
        ),
    )  # fmt: skip
    (call,) = world.all(Call)
    assert call.request == key


def test_whoever_the_patient_is_passed_on_to_has_the_request() -> None:
    world, key = taken()
    come = world.get(Operator, "ivanov")
    assert come is not None
    first, _ = dialling(world, key)
    play(
        world, *answered(first), new(40, 30, IVANOV, root=20), ev.DialBegan(
            at=at(40), pbx=PBX, uniqueid=uid(20), dest=uid(30), dest_name=IVANOV, dest_linkedid=uid(20),
        ),
        leaves(40, 20, "b9"), ev.BridgeLeft(at=at(40), pbx=PBX, bridge="b9", uniqueid=first), gone(40, first),
        state(41, 30, 6, IVANOV), enters(41, 30, "b10"), enters(41, 20, "b10"),
    )  # fmt: skip
    assert request(world, key).owner == "ivanov"
    held = offer(world, key)
    assert held is not None and held.operator == "ivanov"


def test_nobody_is_asked_about_him_while_a_colleague_calls_him_for_another_request():
    world, _ = taken()
    change(world, "ivanov", presence="offline")
    come(world, "ivanov")
    other = opened(world, 2, kind="chat", preferred="ivanov")
    world.apply([Put(replace(request(world, other), phone=PHONE))])
    assert asked(world, other) == "ivanov"
    dialling(world, next(one.key for one in world.all(Request) if one.key != other))
    assert (offer(world, other), request(world, other).status) == (None, "queued")


def test_the_sweep_sees_that_the_person_asked_about_is_on_the_line():
    world = floor("ivanov")
    key = opened(world, kind="chat")
    world.apply([Put(Call(key="c", pbx=PBX, direction="inbound", channel="1.1", started_at=at(9), phone=PHONE))])
    assert asked(world, key) == "ivanov"
    sweep(world, 15)
    assert offer(world, key) is None
