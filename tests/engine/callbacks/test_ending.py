"""How a try ends, and what follows of it: the table of causes, the plan to its end, and restarts in the middle."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import events as ev
from engine.callbacks.ending import GRACE, outcome_of
from engine.effects import Publish
from engine.world import SPENT, Call, Callback, CallbackRule, Leg, Put, Request, World
from tests.engine.callbacks.desk import (
    KEY,
    PHONE,
    dial,
    fails,
    goes_out,
    last,
    lifts,
    promise,
    ready,
    replace,
    request,
    restarted,
    talks,
)
from tests.engine.clinic import PBX, at, dialled, gone, uid
from tests.engine.floor import accept, fire, play, queue, quiet, sweep

OUTBOUND = Call(key="c", pbx=PBX, direction="outbound", channel="1.1", started_at=at(0), ended_at=at(30))


@pytest.mark.parametrize(
    ("result", "cause", "status", "outcome"),
    [
        ("answered", 16, "ANSWER", "reached"), ("busy", 17, "BUSY", "busy"), ("busy", 0, "BUSY", "busy"),
        ("busy", 21, "BUSY", "rejected"), ("unanswered", 21, "", "rejected"), ("unanswered", 19, "NOANSWER", "no_answer"),
        ("unanswered", 0, "NOANSWER", "no_answer"), ("unanswered", 16, "", "no_answer"),
        ("failed", 20, "CHANUNAVAIL", "unreachable"), ("failed", 27, "CHANUNAVAIL", "unreachable"),
        ("failed", 3, "CHANUNAVAIL", "unreachable"), ("unanswered", 18, "", "unreachable"),
        ("failed", 0, "CONGESTION", "unreachable"), ("failed", 1, "CHANUNAVAIL", "wrong_number"),
        ("failed", 28, "CONGESTION", "wrong_number"), ("failed", 22, "", "wrong_number"),
        ("lost_by_pbx", 0, "", "unknown"), ("unanswered", 0, "CANCEL", "no_answer"),
    ],
)  # fmt: skip
def test_what_the_line_says_of_the_person(result: Any, cause: int, status: str, outcome: str) -> None:
    assert outcome_of(replace(OUTBOUND, result=result), cause, status) == outcome


@pytest.mark.parametrize(
    ("ended_by", "talk_s", "outcome"),
    [("operator", 4, "suspected"), ("operator", 19.9, "suspected"), ("operator", 20, "reached"), ("caller", 4, "reached")],
)
def test_an_operator_who_hangs_up_soon_may_have_met_a_machine(ended_by: Any, talk_s: float, outcome: str) -> None:
    leg = Leg(operator="orlova", channel="1.2", rang_at=at(0), talk_s=talk_s)
    met = replace(OUTBOUND, result="answered", ended_by=ended_by, legs=(leg,))
    assert outcome_of(met, 16, "ANSWER") == outcome and outcome not in SPENT


def test_who_hangs_up_at_once_has_called_it_off() -> None:
    short = replace(OUTBOUND, result="unanswered", ended_at=at(5))
    assert outcome_of(short, 0, "CANCEL") == "called_off" and "called_off" not in SPENT


def on_its_way(s: float = 22, **more: Any) -> tuple[World, str]:
    """The call to him has gone out."""
    world = ready(**more)
    quiet(world, KEY, 21)
    first, _ = dial(world, s)
    lifts(world, first, s + 1)
    goes_out(world, first, s + 3)
    return world, first


def test_a_failed_try_is_told_apart_and_the_next_is_planned() -> None:
    world, first = on_its_way()
    assert last(world).call is not None
    fails(world, first, 17, "BUSY")
    kept = promise(world)
    assert (kept.state, last(world).outcome, kept.attempt) == ("waiting", "busy", 1)
    assert kept.next_at == at(30) + timedelta(minutes=15)
    now = request(world, KEY)
    assert (now.status, now.owner, now.postponed_until) == ("postponed", None, kept.next_at)


def test_the_plan_ends_in_a_clear_end_and_is_told_outside() -> None:
    world, first = on_its_way()
    queue(world, "front", callbacks=CallbackRule(attempts_min=(0, 1), next_opening=False, quiet=(0, 0)))
    fails(world, first, 19, "NOANSWER")
    fire(world, f"postponed:{KEY}", 95)
    accept(world, KEY, 96)
    quiet(world, KEY, 97)
    second, _ = dial(world, 98, "again")
    lifts(world, second, 99)
    goes_out(world, second, 101, serial=30)
    said: list[Any] = []
    said += play(world, dialled(105, None, uid(30), "CHANUNAVAIL"), gone(105, 30, 20), gone(105, second))
    assert world.get(Request, KEY) is None and world.get(Callback, KEY) is None
    told = [one for one in said if isinstance(one, Publish) and one.kind == "callback.given_up"]
    assert [(one.key, one.payload) for one in told] == [(KEY, {"outcome": "unreachable"})]


def test_reached_is_the_end_of_it() -> None:
    world, first = on_its_way()
    talks(world, first)
    assert (promise(world).state, last(world).outcome, request(world, KEY).status) == ("reached", "reached", "wrap_up")
    fire(world, f"wrap_up:{KEY}", 200)
    assert world.get(Request, KEY) is None and world.get(Callback, KEY) is None


def test_her_own_phone_was_not_lifted_and_nothing_of_the_plan_is_used_up() -> None:
    world = ready()
    quiet(world, KEY, 21)
    first, _ = dial(world)
    play(world, ev.OriginateEnded(at=at(40), pbx=PBX, uniqueid=first, done=False))
    assert (promise(world).state, last(world).outcome, promise(world).attempt) == ("waiting", "operator_silent", 0)
    assert request(world, KEY).owner == "orlova"


def test_an_order_that_is_refused_rang_nobody() -> None:
    world = ready()
    quiet(world, KEY, 21)
    dial(world)
    play(world, ev.OrderEnded(at=at(23), command="dial", pbx=PBX, ok=False, why="pbx_refused"))
    assert (promise(world).state, last(world).outcome, promise(world).attempt) == ("waiting", "called_off", 0)


def test_a_restart_between_dialling_and_the_answer_dials_nobody_again() -> None:
    world = ready(by_itself=True)
    quiet(world, KEY, 21)
    assert promise(world).state == "dialling"
    again = restarted(world, 30)
    assert promise(again).state == "dialling" and last(again).outcome == "dialling"
    sweep(again, 40)
    assert last(again).outcome == "dialling"  # the journal may still tell
    sweep(again, 32 + GRACE.total_seconds())
    assert (promise(again).state, last(again).outcome, promise(again).attempt) == ("waiting", "unknown", 1)
    assert request(again, KEY).status == "postponed"
    fire(again, f"postponed:{KEY}", 1200)
    accept(again, KEY, 1201)
    assert [one for one in quiet(again, KEY, 1202) if type(one).__name__ == "OrderCall"] == []


def test_a_restart_while_the_phone_still_rings_finds_the_try_again() -> None:
    world = ready(by_itself=True)
    quiet(world, KEY, 21)
    again = restarted(world, 30)
    first = last(again).channel.partition("/")[2]
    lifts(again, first, 31)
    goes_out(again, first, 33)
    assert last(again).call is not None and len(promise(again).tries) == 1
    sweep(again, 90)
    assert last(again).outcome == "dialling"
    fails(again, first, 21, "BUSY", s=95)
    assert [one.outcome for one in promise(again).tries] == ["rejected"]


def test_the_journal_tells_what_nobody_saw() -> None:
    world = ready(by_itself=True)
    quiet(world, KEY, 21)
    again = restarted(world, 30)
    sweep(again, 60)
    assert last(again).outcome == "unknown"
    told = replace(
        OUTBOUND, key="01a1fc83-0000-7000-8000-0000000000cc", phone=PHONE, request=KEY, result="answered",
        started_at=at(24), ended_at=at(50),
    )
    play(again, ev.CallRepaired(at=at(70), call=told, was=None, kind="missing"))
    assert [one.outcome for one in promise(again).tries] == ["reached"]


def test_a_dead_engine_and_a_living_call_agree() -> None:
    world, _ = on_its_way(by_itself=False)
    call = last(world).call
    assert call is not None
    world.apply([Put(replace(promise(world), tries=(replace(last(world), call="01a1fc83-0000-7000-8000-0000000000dd"),)))])
    play(world, ev.Swept(at=at(26)))
    assert last(world).outcome == "dialling"
    play(world, ev.Swept(at=at(300)))
    assert last(world).outcome == "unknown"
