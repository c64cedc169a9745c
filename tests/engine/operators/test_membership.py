"""Who is logged in stands in the queues: by the page, by the phone's codes, after every gap and every change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import AnswerCommand, ChangeMember, PauseMember
from engine.world import Operator, Timer
from engine.world.reading import penalty_in
from tests.engine.clinic import PBX, at
from tests.engine.operators.appqueue import (
    DESK,
    WEB,
    Shift,
    asks,
    flags,
    her,
    loaded,
    logged_in_clinic,
    memberships,
    only,
    pbx_of,
)
from tests.engine.playbook import Playbook, perform

OK = AnswerCommand(command="c", ok=True)


def change(what: Any, queue: str, interface: str = DESK, **more: Any) -> ChangeMember:
    """An order about a member."""
    return ChangeMember(pbx=PBX, interface=interface, queue=queue, change=what, **more)


def fire(world: Any, s: float, key: str = "pause:orlova") -> Any:
    """A timer of the room."""
    return ev.TimerFired(at=at(s), key=key)


def test_logging_in_and_off_by_the_page() -> None:
    world = logged_in_clinic()
    assert (
        Playbook(world)
        >> asks(1, "available")
        << change("add", "front", name="orlova")
        << change("add", "back", name="orlova")
        << OK
    )
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(10)
    assert memberships(shift.pbx) == {("front", DESK): 0, ("back", DESK): 0}
    shift.tell(asks(11, "offline"))
    shift.wait(10)
    assert memberships(shift.pbx) == {} and her(shift.world).presence == "offline"
    assert only(ev.OperatorLeft, shift.said) == [ev.OperatorLeft(at=at(11), operator="orlova")]
    assert only(PauseMember, shift.said) == []


def test_who_comes_in_on_a_break_comes_in_paused() -> None:
    shift = Shift()
    shift.tell(asks(1, "break", "lunch"))
    shift.wait(10)
    assert flags(shift.pbx) == {(True, "human:lunch")}
    assert only(PauseMember, shift.said) == []
    shift.tell(asks(12, "available"))
    shift.wait(10)
    assert flags(shift.pbx) == {(False, "")}


@pytest.mark.parametrize(
    ("first", "second", "flag"),
    [(("available", ""), ("break", "lunch"), (True, "human:lunch")), (("break", "lunch"), ("available", ""), (False, ""))],
)
def test_what_is_said_while_the_phone_is_on_its_way_into_the_queues_holds(first: Any, second: Any, flag: Any) -> None:
    shift = Shift()
    shift.tell(asks(1, *first), asks(1.05, *second))
    shift.wait(10)
    assert flags(shift.pbx) == {flag} and her(shift.world).presence == second[0]


def test_the_phones_codes_log_in_pause_and_log_off() -> None:
    shift = Shift()
    shift.wait(5)
    for code, presence, paused in (
        ("*41", "available", False), ("*45", "break", True), ("*46", "available", False), ("*42", "offline", None),
    ):  # fmt: skip
        shift.pbx.dials(code, shift.now)
        shift.wait(10)
        assert her(shift.world).presence == presence
        assert {one for one, _ in flags(shift.pbx)} == (set() if paused is None else {paused})
    assert only(ChangeMember, shift.said) == [] and only(PauseMember, shift.said) == []
    assert [one.operator for one in only(ev.OperatorLeft, shift.said)] == ["orlova"]


def test_codes_dialled_one_right_after_another_are_no_echoes() -> None:
    shift = Shift()
    for code, presence in (("*41", "available"), ("*45", "break"), ("*46", "available"), ("*42", "offline")):
        shift.pbx.dials(code, shift.now)
        shift.wait(1)
        assert her(shift.world).presence == presence


def test_a_code_that_knew_less_than_the_engine_is_completed() -> None:
    """The dialplan's penalties are those of its last configuration; one queue may be missing altogether."""
    shift = Shift()
    shift.pbx.does(change("add", "front", penalty=7), shift.now)
    shift.wait(20)
    assert memberships(shift.pbx) == {("front", DESK): 0, ("back", DESK): 0}
    shift.pbx.does(change("remove", "back"), shift.now)
    shift.wait(20)
    assert memberships(shift.pbx) == {("front", DESK): 0, ("back", DESK): 0}
    assert her(shift.world).presence == "available"


def test_a_queue_nobody_wants_him_in_is_left() -> None:
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(10)
    ivanov = "PJSIP/1002"
    shift.pbx.does(change("add", "back", interface=ivanov), shift.now)
    shift.wait(10)
    # He logged in by that, and stands where the directory wants him.
    assert her(shift.world, "ivanov").presence == "available"
    assert memberships(shift.pbx) == {("front", DESK): 0, ("back", DESK): 0, ("front", ivanov): 0}


def test_a_phone_that_is_not_todays_is_taken_out_again() -> None:
    shift = Shift()
    shift.tell(asks(1, "available", phone="web"))
    shift.wait(10)
    assert memberships(shift.pbx) == {("front", WEB): 0, ("back", WEB): 0}
    shift.pbx.dials("*41", shift.now, DESK)
    shift.wait(10)
    assert memberships(shift.pbx) == {("front", WEB): 0, ("back", WEB): 0}
    assert (her(shift.world).phone, her(shift.world).interface) == ("web", WEB)


def test_who_logs_in_by_a_phone_uses_it_today() -> None:
    shift = Shift()
    shift.wait(5)
    shift.pbx.dials("*41", shift.now, WEB)
    shift.wait(10)
    assert (her(shift.world).phone, her(shift.world).presence) == ("web", "available")
    shift.tell(asks(20, "available", phone="desk"))
    shift.wait(10)
    assert memberships(shift.pbx) == {("front", DESK): 0, ("back", DESK): 0}


@pytest.mark.parametrize(
    ("fields", "asked", "why"),
    [
        ({"web_phone": False}, {"phone": "web"}, "no_web_phone"),
        ({"voice": "incall"}, {"phone": "web"}, "call_live"),
        ({"voice": "ringing"}, {"phone": "web"}, "call_live"),
        ({}, {"target": "ivanov"}, "forbidden"),
        ({}, {"target": "nobody"}, "not_found"),
    ],
)
def test_what_is_refused(fields: dict[str, Any], asked: dict[str, Any], why: str) -> None:
    shift = Shift()
    shift.change(**fields)
    shift.tell(asks(1, "available", **asked))
    assert only(AnswerCommand, shift.said) == [AnswerCommand(command="c", ok=False, why=why)]
    assert her(shift.world).presence == "offline"


def test_where_members_are_fixed_only_the_desk_phone_rings() -> None:
    shift = Shift()
    perform(shift.world, replace(loaded(), pbxes=(replace(loaded().pbxes[0], members="always"),)))
    shift.tell(asks(1, "available", phone="web"))
    assert only(AnswerCommand, shift.said)[-1].why == "no_web_phone"


def test_r14_after_a_gap_members_and_pauses_are_what_they_should_be() -> None:
    shift = Shift()
    shift.tell(asks(1, "break", "lunch"))
    shift.wait(10)
    shift.cut()
    # Asterisk lost one membership and its pause, another came from nowhere.
    gap = shift.now
    one = shift.pbx.members.pop(("front", DESK))
    shift.pbx.members["front", WEB] = replace(one, interface=WEB, paused=False, reason="", penalty=9)
    shift.pbx.members["back", DESK] = replace(one, queue="back", penalty=5)
    shift.s += 60
    shift.link(gap_from=gap)
    shift.wait(20)
    assert memberships(shift.pbx) == {("front", DESK): 0, ("back", DESK): 0}
    assert flags(shift.pbx) == {(True, "human:lunch")}


@pytest.mark.parametrize(("code", "before", "after"), [("*41", "offline", "available"), ("*42", "available", "offline")])
def test_r14_what_he_did_by_his_phone_in_the_gap_holds(code: str, before: str, after: str) -> None:
    shift = Shift()
    shift.tell(asks(1, "offline"), asks(1.1, before))
    shift.wait(10)
    shift.cut()
    gap = shift.now
    shift.s += 60
    shift.pbx.dials(code, shift.now)
    shift.link(gap_from=gap)
    shift.wait(20)
    assert her(shift.world).presence == after
    assert bool(memberships(shift.pbx)) is (after == "available")


def test_r14_what_he_said_on_his_page_in_the_gap_holds() -> None:
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(10)
    shift.cut()
    gap = shift.now
    shift.s += 60
    shift.tell(asks(shift.s, "offline"))
    shift.link(gap_from=gap)
    shift.wait(20)
    assert her(shift.world).presence == "offline" and memberships(shift.pbx) == {}


def test_r14_a_pbx_that_restarted_and_forgot_gets_its_members_back() -> None:
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(10)
    shift.cut()
    shift.pbx.members.clear()
    shift.s += 60
    from tests.engine.plays import snapshot

    shift.tell(snapshot({}, shift.now, restarted=True, gap_from=at(11)))
    shift.linked = True
    shift.tell(ev.PbxLinkChanged(at=shift.now, pbx=PBX, state="live"))
    shift.wait(20)
    assert memberships(shift.pbx) == {("front", DESK): 0, ("back", DESK): 0}


def test_a_new_directory_moves_people_and_changes_penalties() -> None:
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(10)
    said = loaded()
    orlova, *others = said.operators
    front, back = said.queues
    now = replace(orlova, queues=("back",), home_queues=("back",), skills=(("english", 4),), home_skills=(("english", 4),))
    wants = replace(back, skills=(("english", 2),))
    shift.tell(replace(said, at=shift.now, operators=(now, *others), queues=(front, wants)))
    shift.wait(10)
    assert memberships(shift.pbx) == {("back", DESK): 1}
    # A queue that asks for more than anybody can: he stays, behind all who can.
    shift.tell(replace(
        said, at=shift.now, operators=(now, *others), queues=(front, replace(back, skills=(("german", 1),)))
    ))  # fmt: skip
    shift.wait(10)
    assert memberships(shift.pbx) == {("back", DESK): 20}


def test_a_new_extension_is_another_phone() -> None:
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(10)
    said = loaded()
    orlova, *others = said.operators
    now = replace(orlova, extension="1009", interface="PJSIP/1009")
    shift.tell(replace(said, at=shift.now, operators=(now, *others)))
    shift.wait(10)
    assert memberships(shift.pbx) == {("front", "PJSIP/1009"): 0, ("back", "PJSIP/1009"): 0}


def test_one_whom_the_directory_names_no_more_is_rung_no_more_and_finishes_his_call() -> None:
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(10)
    shift.change(call="c", voice="incall")
    said = loaded()
    shift.tell(replace(said, at=shift.now, operators=said.operators[1:]))
    shift.wait(10)
    assert memberships(shift.pbx) == {}
    gone = her(shift.world)
    assert (gone.active, gone.presence, gone.call) == (False, "offline", "c")
    assert [one.operator for one in only(ev.OperatorLeft, shift.said)] == ["orlova"]
    # He was off duty already: nothing is concluded.
    shift.tell(replace(said, at=shift.now, operators=said.operators[2:]))
    assert len(only(ev.OperatorLeft, shift.said)) == 1


def test_a_page_phone_that_is_taken_away() -> None:
    shift = Shift()
    shift.tell(asks(1, "available", phone="web"))
    shift.wait(10)
    said = loaded()
    orlova, *others = said.operators
    shift.tell(replace(said, at=shift.now, operators=(replace(orlova, web_phone=False), *others)))
    shift.wait(10)
    assert (her(shift.world).phone, memberships(shift.pbx)) == ("desk", {("front", DESK): 0, ("back", DESK): 0})


def test_a_queue_the_pbx_does_not_know_yet_is_tried_again_and_when_it_is_configured() -> None:
    world = logged_in_clinic()
    perform(world, asks(1, "available"))
    failed = ev.PauseFailed(at=at(2), pbx=PBX, interface=DESK, queue="front")
    perform(world, failed)
    timer = world.get(Timer, "pause:orlova")
    assert timer is not None and (timer.due - at(2)).total_seconds() == 15
    adds = (change("add", "front", name="orlova"), change("add", "back", name="orlova"))
    assert Playbook(world) >> fire(world, 17) << adds[0] << adds[1]
    configured = ev.PbxConfigured(at=at(20), pbx=PBX, version=4)
    assert Playbook(world) >> configured << adds[0] << adds[1] >> replace(configured, at=at(21))
    assert (pbx_of(world).directory, pbx_of(world).directory_reason) == (4, "")
    perform(world, ev.PbxLinkChanged(at=at(22), pbx=PBX, state="down"))
    assert Playbook(world) >> replace(configured, version=5, reason="no console") >> fire(world, 23)
    assert pbx_of(world).directory_reason == "no console"
    assert Playbook(world) >> replace(configured, pbx="unknown")


def test_penalties() -> None:
    assert penalty_in(2, {"a": 5, "b": 3}, {}) == 2
    assert penalty_in(2, {"a": 5, "b": 3}, {"a": 1, "b": 5}) == 4
    assert penalty_in(1, {"a": 4}, {"a": 1, "b": 1}) == 22


def test_a_web_phone_of_one_who_never_logged_in_is_nobodys_order() -> None:
    """A member of an operator the directory dropped: nobody logs in by it, and it is taken out."""
    shift = Shift()
    said = loaded()
    shift.tell(replace(said, at=at(1), operators=said.operators[1:]))
    shift.wait(5)
    shift.pbx.dials("*41", shift.now)
    shift.wait(10)
    assert memberships(shift.pbx) == {} and shift.world.get(Operator, "orlova") == her(shift.world)
    assert her(shift.world).presence == "offline"
