"""What a supervisor makes of an operator's day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import AnswerCommand
from engine.world import Put, Rules
from tests.engine.clinic import at
from tests.engine.operators.appqueue import DESK, Shift, asks, flags, her, loaded, memberships, only, queue
from tests.engine.playbook import perform

BOSS = {"actor": "boss", "role": "supervisor", "operator": None}


def queues(s: float, wanted: tuple[str, ...] | None, target: str = "orlova", **more: Any) -> ev.QueuesAsked:
    """Other queues for her."""
    return ev.QueuesAsked(at=at(s), command="c", target=target, queues=wanted, **(BOSS | more))


def skills(s: float, wanted: Any, target: str = "orlova", **more: Any) -> ev.SkillsAsked:
    """Other skills for her."""
    return ev.SkillsAsked(at=at(s), command="c", target=target, skills=wanted, **(BOSS | more))


def steered(s: float, presence: str, reason: str = "") -> ev.PresenceAsked:
    """A supervisor says it for her."""
    return asks(s, presence, reason, target="orlova", **BOSS)


def answers(shift: Shift) -> list[tuple[bool, str, str]]:
    """Every answer: done, why not, by whom."""
    return [(one.ok, one.why, one.by) for one in only(AnswerCommand, shift.said)]


def on_duty() -> Shift:
    """She is logged in; the clinic knows two skills."""
    shift = Shift()
    rules = shift.world.get(Rules, "rules")
    assert rules is not None
    shift.world.apply([Put(replace(rules, skills=("english", "german")))])
    shift.tell(asks(1, "available"))
    shift.wait(9)
    shift.said.clear()
    return shift


def test_other_queues_until_she_logs_off() -> None:
    shift = on_duty()
    shift.tell(queues(20, ("back",)))
    shift.wait(10)
    assert memberships(shift.pbx) == {("back", DESK): 0}
    assert (her(shift.world).moved, her(shift.world).steered_by) == (True, "boss")
    shift.tell(queues(30, ()))
    shift.wait(10)
    # In no queue at all, and still on duty: that was our doing, not hers.
    assert memberships(shift.pbx) == {} and her(shift.world).presence == "available"
    shift.tell(asks(40, "offline"), asks(50, "available"))
    shift.wait(10)
    assert memberships(shift.pbx) == {("front", DESK): 0, ("back", DESK): 0}
    assert (her(shift.world).moved, her(shift.world).steered_by) == (False, "")
    assert answers(shift) == [(True, "", "boss"), (True, "", "boss"), (True, "", ""), (True, "", "")]


def test_other_skills_move_her_forward_or_back() -> None:
    shift = on_duty()
    shift.world.apply([queue(shift.world, "front", skills=(("english", 3),))])
    shift.tell(skills(20, (("english", 4),)))
    shift.wait(10)
    assert memberships(shift.pbx) == {("front", DESK): 1, ("back", DESK): 0}
    shift.tell(skills(30, None))
    shift.wait(10)
    assert memberships(shift.pbx)["front", DESK] == 20 and not her(shift.world).moved


@pytest.mark.parametrize("how", ["midnight", "code", "directory"])
def test_what_she_was_given_ends_at_midnight_and_when_she_logs_off_by_her_phone(how: str) -> None:
    shift = on_duty()
    shift.tell(queues(20, ("back",)))
    shift.wait(10)
    if how == "midnight":
        shift.tell(ev.DayBegan(at=shift.now, day="2025-10-10"))
        shift.wait(10)
        assert memberships(shift.pbx) == {("front", DESK): 0, ("back", DESK): 0}
    elif how == "code":
        shift.pbx.dials("*42", shift.now)
        shift.wait(10)
        assert her(shift.world).presence == "offline"
    else:
        shift.tell(queues(shift.s, None))
    assert (her(shift.world).moved, her(shift.world).queues) == (False, ("front", "back"))


def test_a_queue_that_is_removed_is_nobodys_any_more() -> None:
    shift = on_duty()
    shift.tell(queues(20, ("back", "front")))
    said = loaded()
    fewer = tuple(replace(one, queues=("front",), home_queues=("front",)) for one in said.operators)
    shift.tell(replace(said, at=shift.now, operators=fewer, queues=said.queues[:1]))
    shift.wait(10)
    assert her(shift.world).queues == ("front",)
    assert set(memberships(shift.pbx)) == {("front", DESK)}


def test_two_supervisors_the_last_word_holds_and_both_are_named() -> None:
    shift = on_duty()
    shift.tell(queues(20, ("back",)), queues(20, ("front",), actor="second"))
    shift.wait(10)
    assert memberships(shift.pbx) == {("front", DESK): 0}
    assert answers(shift) == [(True, "", "boss"), (True, "", "second")]
    assert her(shift.world).steered_by == "second"


def test_a_supervisor_pauses_brings_back_and_logs_off() -> None:
    shift = on_duty()
    for presence, reason, paused in (("break", "lunch", True), ("available", "", False), ("offline", "", None)):
        shift.tell(steered(shift.s, presence, reason))
        assert (her(shift.world).presence, her(shift.world).steered_by) == (presence, "boss")
        shift.wait(10)
        assert {one for one, _ in flags(shift.pbx)} == (set() if paused is None else {paused})
    shift.tell(asks(shift.s, "available"))
    assert her(shift.world).steered_by == ""
    assert answers(shift) == [(True, "", "boss")] * 3 + [(True, "", "")]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (queues(20, ("nowhere",)), "no_such_queue"), (queues(20, (), "nobody"), "not_found"),
        (queues(20, (), role="operator"), "forbidden"), (queues(20, (), "nobody", role="operator"), "forbidden"),
        (skills(20, (("flying", 3),)), "no_such_skill"), (skills(20, None, "nobody"), "not_found"),
        (skills(20, None, role="administrator"), "forbidden"),
    ],
)
def test_what_is_refused(asked: Any, why: str) -> None:
    shift = on_duty()
    shift.tell(asked)
    assert answers(shift) == [(False, why, "")]
    assert not her(shift.world).moved and shift.orders == []


def test_where_members_are_fixed_the_queues_are_too_but_not_the_skills() -> None:
    shift = on_duty()
    perform(shift.world, replace(loaded(), pbxes=(replace(loaded().pbxes[0], members="always"),)))
    rules = shift.world.get(Rules, "rules")
    assert rules is not None
    shift.world.apply([Put(replace(rules, skills=("english",)))])
    shift.orders.clear()
    shift.tell(queues(20, ("back",)), skills(21, (("english", 5),)))
    assert answers(shift) == [(False, "fixed_members", ""), (True, "", "boss")]
    assert shift.orders == []
