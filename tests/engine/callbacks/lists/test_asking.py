"""What supervisors say of lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.world import Blocked, CallList, NoLists, Put, Request, Rules, Target, World
from tests.engine.callbacks.lists.given import (
    LIST,
    PEOPLE,
    answer,
    begun,
    command,
    made,
    people,
    play,
    states,
    sweep,
    target,
)
from tests.engine.clinic import PBX, T, at, clinic
from tests.engine.floor import do, floor

WORKS = ("01a1fc83-ff2b-7423-98eb-001c22def0a1", "01a1fc83-ff2b-7423-98eb-001c22def0a2")


def confirming(world: World) -> World:
    """The MIS wants two visits confirmed, in Moscow."""
    rules = world.get(Rules, "rules")
    assert rules is not None
    world.apply([Put(replace(rules, timezone="Europe/Moscow"))])
    for place, key in enumerate(WORKS):
        play(world, ev.WorkTold(
            at=T, key=key, reason="confirm", phone=PEOPLE[place], patient=f"p{place}", queue="front", priority=0,
            due_at=at(7200),
        ))  # fmt: skip
    return world


def test_a_list_is_made_once() -> None:
    world = clinic()
    first = command(ev.ListAsked, 0, made=made(), targets=people())
    assert answer(world, first).ok
    assert answer(world, first).ok
    assert states(world) == ["waiting"] * 3


@pytest.mark.parametrize(("more", "why"), [
    ({"queue": "nowhere"}, "no_queue"), ({"mode": "ivr", "pbx": "nowhere", "queue": ""}, "no_trunk"),
])  # fmt: skip
def test_a_list_nobody_could_work_through_is_refused(more: dict[str, Any], why: str) -> None:
    world = clinic()
    refused = answer(world, command(ev.ListAsked, 0, made=made(**more), targets=people()))
    assert (refused.ok, refused.why) == (False, why)
    assert not list(world.all(CallList))


def test_a_list_of_nobody_is_refused() -> None:
    assert answer(clinic(), command(ev.ListAsked, 0, made=made(), targets=())).why == "list_empty"
    assert answer(clinic(), command(ev.ListAsked, 0, made=made(source="mis"), targets=())).why == "list_empty"


def test_who_refused_and_who_is_blocked_is_in_no_list_from_the_start() -> None:
    world = clinic()
    play(world, command(ev.NoListsAsked, 0, phone=PEOPLE[0]))
    world.apply([Put(Blocked(key="b", phone=PEOPLE[1], reason="", actor="boss", at=T))])
    begun(world)
    assert states(world) == ["refused", "blocked", "waiting"]


def test_a_refusal_can_be_taken_back() -> None:
    world = clinic()
    play(world, command(ev.NoListsAsked, 0, phone=PEOPLE[0]), command(ev.NoListsAsked, 1, phone=PEOPLE[0], undo=True))
    assert not list(world.all(NoLists))


def test_a_refusal_takes_him_out_of_every_list() -> None:
    world = begun(clinic())
    assert answer(world, command(ev.TargetSteered, 1, target=target(world).key, what="refuse")).ok
    assert states(world) == ["refused", "waiting", "waiting"]
    assert answer(world, command(ev.TargetSteered, 2, target=target(world).key, what="back")).why == "target_refused"


def test_a_person_is_skipped_and_put_back() -> None:
    world = begun(clinic())
    key = target(world).key
    assert answer(world, command(ev.TargetSteered, 1, target=key, what="skip")).ok
    assert answer(world, command(ev.TargetSteered, 2, target=key, what="skip")).why == "target_begun"
    assert states(world)[0] == "skipped"
    assert answer(world, command(ev.TargetSteered, 3, target=key, what="back")).ok
    assert states(world)[0] == "waiting"


def test_whom_somebody_is_calling_is_left_alone() -> None:
    world = begun(floor("orlova"))
    sweep(world, 5)
    for what in ("skip", "back"):
        assert answer(world, command(ev.TargetSteered, 6, target=target(world).key, what=what)).why == "target_begun"


def test_the_pace_is_changed_on_the_way() -> None:
    world = begun(clinic())
    play(world, command(ev.ListSteered, 1, list=LIST, what="pace", at_once=9, per_minute=2))
    one = world.get(CallList, LIST)
    assert one is not None
    assert (one.at_once, one.per_minute, one.state, one.said_by) == (9, 2, "running", "boss")


def test_a_stopped_list_leaves_no_work_nobody_has_begun() -> None:
    world = begun(floor("orlova", "ivanov"))
    sweep(world, 5)
    first, second = (target(world, place).request for place in (1, 2))
    do(world, ev.TakeAsked, 8, request=first)
    play(world, command(ev.ListSteered, 10, list=LIST, what="stop"))
    assert states(world) == ["asked", "waiting", "waiting"]
    assert world.get(Request, first) is not None
    assert world.get(Request, second) is None
    play(world, command(ev.ListSteered, 12, list=LIST, what="resume"))
    sweep(world, 15)
    assert states(world) == ["asked", "asked", "waiting"]
    assert target(world, 2).request not in (None, second)


def test_who_refuses_while_his_work_waits_is_not_called() -> None:
    world = begun(floor("orlova"))
    sweep(world, 5)
    request = target(world).request
    assert answer(world, command(ev.TargetSteered, 6, target=target(world).key, what="refuse")).ok
    assert target(world).state == "refused"
    assert world.get(Request, request) is None


def test_what_is_left_when_the_list_ends_is_called_off() -> None:
    world = begun(floor("orlova"), made(ends_at=at(40)))
    sweep(world, 5)
    request = target(world).request
    sweep(world, 45)
    assert states(world) == ["not_tried", "not_tried", "not_tried"]
    assert world.get(Request, request) is None


def test_a_list_that_is_over_is_not_steered() -> None:
    world = clinic()
    assert answer(world, command(ev.ListSteered, 1, list=LIST, what="stop")).why == "list_over"
    assert answer(world, command(ev.TargetSteered, 1, target=LIST, what="skip")).why == "list_over"


def requests(world: World) -> list[str]:
    return [one.status for one in sorted(world.all(Request), key=lambda one: one.key)]


def test_a_list_from_the_mis_takes_over_the_calls_that_wait_and_makes_none() -> None:
    world = confirming(clinic())
    begun(world, made(source="mis", ends_at=at(3600)))
    assert [target(world, place).request for place in (1, 2)] == list(WORKS)
    assert requests(world) == ["postponed", "postponed"]
    again = answer(world, command(ev.ListAsked, 2, made=made(source="mis", key=WORKS[0], ends_at=at(3600))))
    assert again.why == "list_empty", "nobody is in two lists"


def test_its_people_are_given_back_as_their_turn_comes_and_all_of_them_when_it_is_stopped() -> None:
    world = confirming(floor("orlova"))
    for one in world.all(Request):
        assert one.source == "mis:confirm"
    begun(world, made(source="mis", ends_at=at(3600), at_once=1))
    play(world, command(ev.ListSteered, 5, list=LIST, what="stop"))
    assert "postponed" not in requests(world)
    play(world, command(ev.ListSteered, 6, list=LIST, what="resume"))
    assert "postponed" in requests(world)
    sweep(world, 10)
    assert len(list(world.all(Request))) == 2


def test_what_the_mis_withdraws_leaves_the_list() -> None:
    world = confirming(clinic())
    begun(world, made(source="mis", ends_at=at(3600)))
    play(world, ev.WorkEnded(at=at(5), key=WORKS[0], why="confirmed"))
    assert states(world) == ["withdrawn", "waiting"]


def test_what_the_mis_withdraws_while_he_is_rung_is_not_rung_again() -> None:
    world = confirming(clinic())
    begun(world, made(source="mis", ends_at=at(9000), mode="ivr", flow="confirm", pbx=PBX, queue="", at_once=1))
    sweep(world, 5)
    play(world, ev.WorkEnded(at=at(6), key=WORKS[0], why="confirmed"))
    assert states(world)[0] == "dialling"
    world.apply([Put(replace(target(world), state="waiting", next_at=at(10), command="", channel=""))])  # he was busy
    sweep(world, 15)
    assert states(world)[0] == "withdrawn"


def test_the_flow_rings_for_the_mis_and_who_did_not_listen_is_the_operators_again() -> None:
    world = confirming(clinic())
    begun(world, made(source="mis", ends_at=at(3600), mode="ivr", flow="confirm", pbx=PBX, queue="", at_once=1))
    sweep(world, 5)
    first = target(world)
    assert (first.state, first.request) == ("dialling", WORKS[0])
    play(
        world, ev.ChannelCreated(
            at=at(6), pbx=PBX, uniqueid=first.channel, linkedid=first.channel, name="PJSIP/trunk-00000077", state=0,
            context="okno-inbound", number=first.phone[1:],
        ), ev.DialBegan(
            at=at(6), pbx=PBX, uniqueid="", dest=first.channel, dest_name="PJSIP/trunk-00000077",
            dest_linkedid=first.channel, dial_string=f"{first.phone[1:]}@trunk",
        ), ev.ChannelStateChanged(at=at(8), pbx=PBX, uniqueid=first.channel, linkedid=first.channel, name="", state=6),
        ev.ChannelHungUp(at=at(9), pbx=PBX, uniqueid=first.channel, linkedid=first.channel, cause=16),
    )  # fmt: skip
    assert states(world)[0] == "heard"
    request = world.get(Request, WORKS[0])
    assert request is not None
    assert request.status == "queued"
    assert len([one for one in world.all(Target) if one.request == WORKS[0]]) == 1
