"""A flow rings the people of a list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.ami.orders import actions
from engine.effects import OrderCall
from engine.world import Call, CallList, NoLists, Pbx, Put, Target, World
from tests.engine.callbacks.lists.given import LIST, PEOPLE, begun, made, play, states, sweep, target
from tests.engine.clinic import PBX, at, clinic

IVR = {"mode": "ivr", "queue": "", "flow": "confirm", "pbx": PBX, "at_once": 2, "attempts": 2, "again_min": 30}


def ringing(**more: Any) -> tuple[World, list[OrderCall]]:
    world = begun(clinic(), made(**(IVR | more)))
    return world, orders(sweep(world, 5))


def orders(said: list[Any]) -> list[OrderCall]:
    return [one for one in said if isinstance(one, OrderCall)]


def there(order: OrderCall, s: float) -> list[Any]:
    """His channel is there and rings."""
    first = order.channel_id
    return [
        ev.OrderEnded(at=at(s), command=order.command, pbx=PBX, ok=True),
        ev.ChannelCreated(
            at=at(s), pbx=PBX, uniqueid=first, linkedid=first, name=f"PJSIP/trunk-{first[-8:]}", state=0,
            context="okno-inbound", number=dict(order.variables)["CALLERID(num)"],
        ),
        ev.DialBegan(
            at=at(s), pbx=PBX, uniqueid="", dest=first, dest_name=f"PJSIP/trunk-{first[-8:]}", dest_linkedid=first,
            dial_string=order.channel.removeprefix("PJSIP/"),
        ),
    ]  # fmt: skip


def lifts(order: OrderCall, s: float) -> list[Any]:
    first = order.channel_id
    return [
        ev.ChannelStateChanged(at=at(s), pbx=PBX, uniqueid=first, linkedid=first, name="", state=6),
        ev.DialEnded(at=at(s), pbx=PBX, uniqueid="", dest=first, status="ANSWER"),
    ]


def over(order: OrderCall, s: float, cause: int = 16, status: str = "") -> list[Any]:
    first, ended = order.channel_id, []
    if status:
        ended = [ev.DialEnded(at=at(s), pbx=PBX, uniqueid="", dest=first, status=status)]
    return [*ended, ev.ChannelHungUp(at=at(s), pbx=PBX, uniqueid=first, linkedid=first, cause=cause)]


def test_no_more_ring_at_once_than_there_are_lines_for() -> None:
    world, given = ringing()
    assert [dict(one.variables)["CALLERID(num)"] for one in given] == [phone[1:] for phone in PEOPLE[:2]]
    assert states(world) == ["dialling", "dialling", "waiting"]
    assert not orders(sweep(world, 10))


def test_the_order_is_one_the_pbx_takes() -> None:
    _, given = ringing(shown="+73430000001")
    (action,) = actions(given[0])
    assert action.name == "Originate"
    assert action.headers["Channel"] == f"PJSIP/{PEOPLE[0][1:]}@trunk"
    assert (action.headers["Context"], action.headers["Exten"]) == ("okno-out-confirm", "s")
    assert action.headers["Variable"] == [f"CALLERID(num)={PEOPLE[0][1:]}", "CONNECTEDLINE(num,i)=73430000001"]
    assert "CallerID" not in action.headers


def test_that_he_is_dialled_is_written_in_the_turn_that_orders_it() -> None:
    world, given = ringing()
    first = target(world)
    assert (first.state, first.attempt, first.command, first.channel) == ("dialling", 1, given[0].command, given[0].channel_id)


def test_who_got_what_he_wanted_is_reached() -> None:
    world, given = ringing()
    play(world, *there(given[0], 6), *lifts(given[0], 10))
    assert target(world).call is not None
    play(world, ev.SelfServed(at=at(20), pbx=PBX, uniqueid=given[0].channel_id), *over(given[0], 21))
    assert (target(world).state, target(world).outcome) == ("reached", "self_service")


def test_who_lifted_and_left_is_not_rung_again() -> None:
    world, given = ringing()
    play(world, *there(given[0], 6), *lifts(given[0], 10), *over(given[0], 12))
    assert (target(world).state, target(world).outcome) == ("heard", "hung_up")


@pytest.mark.parametrize(("cause", "status", "outcome"), [
    (17, "BUSY", "busy"), (19, "NOANSWER", "no_answer"), (20, "CHANUNAVAIL", "unreachable"), (21, "CONGESTION", "rejected"),
])  # fmt: skip
def test_in_vain_he_is_rung_again_later_and_then_given_up(cause: int, status: str, outcome: str) -> None:
    world, given = ringing(at_once=1)
    play(world, *there(given[0], 6), *over(given[0], 30, cause, status))
    first = target(world)
    assert (first.state, first.outcome, first.attempt, first.next_at) == ("waiting", outcome, 1, at(30 + 1800))
    world.apply([Put(replace(one, state="skipped")) for one in world.all(Target) if one.place > 1])
    assert not orders(sweep(world, 100))
    (again,) = orders(sweep(world, 1835))
    assert again.channel_id != given[0].channel_id
    play(world, *there(again, 1836), *over(again, 1860, cause, status))
    assert (target(world).state, target(world).outcome) == ("not_reached", outcome)


def test_a_number_that_does_not_exist_is_not_rung_again() -> None:
    world, given = ringing(at_once=1)
    play(world, *there(given[0], 6), *over(given[0], 8, 1, "CHANUNAVAIL"))
    assert (target(world).state, target(world).outcome) == ("not_reached", "wrong_number")


def repaired(order: OrderCall, result: str, s: float = 90) -> ev.CallRepaired:
    """The journal tells how a ring ended that nobody saw."""
    call = Call(
        key="01a1fc83-ff2b-7423-98eb-001c22def071", pbx=PBX, direction="outbound", channel=order.channel_id,
        phone=PEOPLE[0], started_at=at(6), ended_at=at(30), result=result, phase="ended",
    )  # fmt: skip
    return ev.CallRepaired(at=at(s), call=call, was=None, kind="missing")


@pytest.mark.parametrize(("result", "state"), [
    ("self_service", "reached"), ("busy", "waiting"), ("failed", "waiting"), ("unanswered", "unknown"),
    ("lost_by_pbx", "unknown"),
])  # fmt: skip
@pytest.mark.parametrize("late", [False, True])
def test_the_journal_tells_what_became_of_a_ring_nobody_saw(result: str, state: str, late: bool) -> None:
    world, given = ringing(at_once=1)
    if late:
        world.apply([Put(replace(target(world), state="unknown", outcome="unknown"))])
    play(world, repaired(given[0], result))
    assert target(world).state == state
    before = target(world)
    play(world, repaired(given[0], result, 95))
    assert target(world) == before or state == "unknown", "once"


def test_an_order_that_was_not_given_rang_nobody() -> None:
    world, given = ringing(at_once=1)
    play(world, ev.OrderEnded(at=at(6), command=given[0].command, pbx=PBX, ok=False, why="pbx_down"))
    assert (target(world).state, target(world).attempt, target(world).outcome) == ("waiting", 0, "not_given")
    (again,) = orders(sweep(world, 10))
    assert dict(again.variables)["CALLERID(num)"] == PEOPLE[1][1:], "he is not the first any more for a minute"


def test_nobody_is_rung_while_the_pbx_is_away() -> None:
    world = begun(clinic(live=False), made(**IVR))
    assert not orders(sweep(world, 5))


def test_a_ring_of_which_nothing_was_seen_all_the_time_was_in_vain() -> None:
    world, given = ringing(at_once=1)
    play(world, ev.OrderEnded(at=at(6), command=given[0].command, pbx=PBX, ok=True))
    assert target(world).state == "dialling"
    pbx = world.get(Pbx, PBX)
    assert pbx is not None
    world.apply([Put(replace(pbx, live_from=at(0)))])
    sweep(world, 60)
    assert (target(world).state, target(world).outcome) == ("waiting", "unreachable")


def test_of_a_ring_during_a_gap_nobody_knows_and_nothing_dials_again() -> None:
    """The engine was killed between «dial» and «answered»: what it wrote is all it knows."""
    world, _ = ringing(at_once=1)
    pbx = world.get(Pbx, PBX)
    assert pbx is not None
    world.apply([Put(replace(pbx, live_from=at(20)))])  # another engine, later
    for s in (25, 60, 4000, 9000):
        assert PEOPLE[0][1:] not in [dict(one.variables)["CALLERID(num)"] for one in orders(sweep(world, s))]
    assert (target(world).state, target(world).outcome) == ("unknown", "unknown")


def test_a_call_that_outlives_the_engine_is_found_again() -> None:
    world, given = ringing(at_once=1)
    play(world, *there(given[0], 6), *lifts(given[0], 10))
    pbx = world.get(Pbx, PBX)
    assert pbx is not None
    world.apply([Put(replace(pbx, live_from=at(20)))])
    sweep(world, 500)
    assert target(world).state == "dialling"
    play(world, ev.SelfServed(at=at(510), pbx=PBX, uniqueid=given[0].channel_id), *over(given[0], 511))
    assert target(world).state == "reached"


def test_what_he_says_by_key_is_kept_and_a_refusal_is_for_good() -> None:
    world, given = ringing()
    play(world, *there(given[0], 6), *lifts(given[0], 10))
    call = target(world).call
    assert call is not None
    play(world, ev.SurveyAnswered(at=at(12), call=call, question="coming", score=1))
    play(world, ev.SurveyAnswered(at=at(14), call=call, question="do_not_call", score=9))
    assert target(world).answer == "coming=1 do_not_call=9"
    assert [one.phone for one in world.all(NoLists)] == [PEOPLE[0]]


def test_a_list_that_was_stopped_finishes_whom_it_rings() -> None:
    world, given = ringing(at_once=1)
    stopped = world.get(CallList, LIST)
    assert stopped is not None
    world.apply([Put(replace(stopped, state="stopped", said_at=at(6)))])
    play(world, *there(given[0], 6), *lifts(given[0], 10), *over(given[0], 12))
    assert states(world) == ["heard", "waiting", "waiting"]
    assert not orders(sweep(world, 15))
