"""Whose turn has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine import events as ev
from engine.callbacks.lists.pacing import paced
from engine.world import Call, CallbackRule, CallList, NoLists, Put, Queue, Request, Target
from tests.engine.callbacks.lists.given import LIST, PEOPLE, begun, command, made, people, play, states, sweep, target
from tests.engine.clinic import PBX, T, at, clinic
from tests.engine.floor import change, come, do, floor, opened
from tests.engine.floor import queue as floor_queue


def wanted(said: list[object]) -> list[ev.CallbackWanted]:
    return [one for one in said if isinstance(one, ev.CallbackWanted)]


def test_no_more_are_given_than_operators_are_free() -> None:
    world = begun(floor("orlova", "ivanov"))
    asked = wanted(sweep(world, 5))
    assert [one.phone for one in asked] == list(PEOPLE[:2])
    assert {(one.origin, one.queue, one.source) for one in asked} == {("list", "front", "list:Recall")}
    assert states(world) == ["asked", "asked", "waiting"]


def test_nobody_is_asked_while_nobody_is_free() -> None:
    world = begun(floor("orlova"))
    change(world, "orlova", voice="incall")
    assert not wanted(sweep(world, 5))
    change(world, "orlova", voice="idle", pauses=frozenset({"human:lunch"}))
    assert not wanted(sweep(world, 10))
    change(world, "orlova", pauses=frozenset(), presence="break")
    assert not wanted(sweep(world, 15))
    assert states(world) == ["waiting"] * 3


def test_an_operator_for_whom_a_caller_waits_is_not_free_for_a_list() -> None:
    world = begun(floor("orlova", "ivanov"))
    world.apply([Put(Call(
        key="01a1fc83-ff2b-7423-98eb-001c22def031", pbx=PBX, direction="inbound", channel="9.9", queue="front",
        phase="queued", started_at=T, phone="+79990000099",
    ))])  # fmt: skip
    assert len(wanted(sweep(world, 5))) == 1


def test_other_work_that_waits_in_the_queue_is_not_overtaken() -> None:
    world = begun(floor("orlova"))
    change(world, "orlova", presence="break")
    opened(world, 77, 1)
    change(world, "orlova", presence="available", skills=(("ent", 1),), queues=("front",))
    floor_queue(world, "front", skills=(("dent", 5),), skill_relax_s=0)  # it waits for somebody else
    assert not wanted(sweep(world, 5))


@pytest.mark.parametrize(("seconds", "left"), [(0, 10), (6, 1), (30, 5), (60, 10), (600, 10)])
def test_the_pace_is_made_up_for_a_minute_at_most(seconds: int, left: int) -> None:
    first = None if seconds == 0 else T
    assert paced(made(per_minute=10, paced_at=first), T + timedelta(seconds=seconds)) == left


def test_a_pace_is_kept_whoever_is_free() -> None:
    world = begun(floor(), made(per_minute=1))
    assert len(wanted(sweep(world, 5))) == 1
    assert not wanted(sweep(world, 10))
    for name in ("orlova", "ivanov"):
        come(world, name, 60)
    assert len(wanted(sweep(world, 66))) == 1


@pytest.mark.parametrize(("zone", "called"), [("Europe/Moscow", True), ("Asia/Kamchatka", False), ("Europe/Moscow Asia/Kamchatka", False)])
def test_it_must_be_a_good_hour_wherever_he_may_be(zone: str, called: bool) -> None:
    world = begun(floor("orlova"), made(), *people(zone=zone))
    assert bool(wanted(sweep(world, 5))) == called


def test_a_list_has_its_days_and_its_quiet_hours() -> None:
    assert not wanted(sweep(begun(floor("orlova"), made(days="12356")), 5))
    world = begun(floor("orlova"), made(opens=0, closes=1440), *people(zone="Pacific/Auckland"))  # 21:53 there
    floor_queue(world, "front", callbacks=CallbackRule(quiet=(21 * 60, 9 * 60)))
    assert not wanted(sweep(world, 5))


def test_a_list_begins_and_ends_at_its_time() -> None:
    world = begun(floor("orlova"), made(starts_at=at(60), ends_at=at(120)))
    assert not wanted(sweep(world, 5))
    come(world, "orlova", 60)
    assert wanted(sweep(world, 65))
    sweep(world, 125)
    assert states(world)[1:] == ["not_tried", "not_tried"]


def test_who_is_on_the_line_or_has_a_matter_of_his_own_waits() -> None:
    world = begun(floor())
    world.apply([Put(Call(
        key="01a1fc83-ff2b-7423-98eb-001c22def031", pbx=PBX, direction="inbound", channel="9.9", phase="talking",
        started_at=T, phone=PEOPLE[0],
    ))])  # fmt: skip
    world.apply([Put(Request(
        key="01a1fc83-ff2b-7423-98eb-001c22def032", year=2025, number=1, kind="missed_call", status="postponed",
        queue="front", phone=PEOPLE[1], created_at=T, since=T,
    ))])  # fmt: skip
    sweep(world, 5)
    assert states(world) == ["waiting", "waiting", "asked"]


def test_who_wants_no_lists_meanwhile_is_not_called() -> None:
    world = begun(floor())
    world.apply([Put(NoLists(key="01a1fc83-ff2b-7423-98eb-001c22def033", phone=PEOPLE[0], actor="boss", at=T))])
    sweep(world, 5)
    assert states(world)[0] == "refused"


def test_who_waits_for_his_next_try_takes_no_place() -> None:
    world = begun(floor("orlova"), made(at_once=1))
    sweep(world, 5)
    play(world, ev.TryPlanned(at=at(6), request=target(world).request or "", until=at(3000)))
    come(world, "orlova", 6)
    assert [one.phone for one in wanted(sweep(world, 10))] == [PEOPLE[1]]


def test_a_paused_list_asks_nobody_and_a_stopped_one_may_go_on_for_an_hour() -> None:
    world = begun(floor("orlova"))
    play(world, command(ev.ListSteered, 1, list=LIST, what="pause"))
    assert not wanted(sweep(world, 5))
    play(world, command(ev.ListSteered, 6, list=LIST, what="stop"))
    assert not wanted(sweep(world, 10))
    play(world, command(ev.ListSteered, 11, list=LIST, what="resume"))
    assert wanted(sweep(world, 15))
    do(world, ev.TakeAsked, 15, request=target(world).request)
    play(world, command(ev.ListSteered, 16, list=LIST, what="stop"))
    sweep(world, 3000)
    assert world.get(CallList, LIST) is not None
    sweep(world, 4000)
    assert world.get(CallList, LIST) is not None, "somebody is still being called"
    world.apply([Put(replace(one, state="reached")) for one in world.all(Target) if one.state == "asked"])
    sweep(world, 4005)
    assert world.get(CallList, LIST) is None


def test_a_list_is_done_with_its_last_person_and_closed_an_hour_later() -> None:
    world = begun(floor("orlova"))
    world.apply([Put(replace(one, state="reached")) for one in world.all(Target)])
    sweep(world, 5)
    done = world.get(CallList, LIST)
    assert done is not None
    assert (done.state, done.ended_at) == ("done", at(5))
    sweep(world, 3600)
    assert world.get(CallList, LIST) is not None
    said = sweep(world, 3606)
    assert world.get(CallList, LIST) is None
    assert not list(world.all(Target))
    assert not wanted(said)


def test_a_person_put_back_into_a_list_that_is_done_is_called() -> None:
    world = begun(floor("orlova"))
    world.apply([Put(replace(one, state="unknown")) for one in world.all(Target)])
    sweep(world, 5)
    play(world, command(ev.TargetSteered, 10, target=target(world).key, what="back"))
    sweep(world, 15)
    come(world, "orlova", 20)
    assert [one.phone for one in wanted(sweep(world, 20))] == [PEOPLE[0]]
    assert states(world) == ["asked", "unknown", "unknown"]


def test_a_promise_that_was_not_made_is_noticed() -> None:
    world = begun(floor("orlova"))
    sweep(world, 5)
    asked = target(world)
    for one in list(world.all(Request)):
        world.apply([Put(replace(one, owner="orlova", status="in_progress"))])
    world.apply([Put(replace(asked, request="01a1fc83-ff2b-7423-98eb-001c22def044"))])
    sweep(world, 60)
    assert (target(world).state, target(world).outcome) == ("not_tried", "no_request")


def test_a_list_of_a_queue_that_is_gone_gives_to_nobody() -> None:
    world = begun(floor("orlova"))
    queue = world.get(Queue, "front")
    assert queue is not None
    world.apply([Put(replace(queue, active=False))])
    change(world, "orlova", queues=())
    assert not wanted(sweep(world, 5))


def test_a_quiet_clinic_has_no_lists() -> None:
    assert not sweep(clinic(), 5)
