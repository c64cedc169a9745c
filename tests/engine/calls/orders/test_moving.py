"""Ending one's part, tones, and passing a patient on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import AnswerCommand
from engine.world import Append, Consultation, Pbx, Put
from tests.engine.calls.orders.talking import (
    BOSS,
    CALL,
    asked,
    call,
    consulting,
    consults,
    given,
    gone,
    late,
    leaves,
    orders,
    perform,
    refused,
    said,
    taken,
    talking,
    wants,
)
from tests.engine.clinic import ORLOVA, PBX, TRUNK, at, clinic, dials, enters, new, patient, play, rings, uid
from tests.engine.plays import snapshot, truth

HANG_UP = asked(ev.HangUpAsked, call=CALL)
BLIND = asked(ev.PassAsked, "p", 10, call=CALL, how="blind", to="1002")
ASKED = asked(ev.PassAsked, "p", 10, call=CALL, how="attended", to="1002")


def test_an_operator_ends_his_own_part() -> None:
    world = talking()
    assert given(world, HANG_UP).channel == ORLOVA
    assert said(world, taken()) == []
    assert said(world, wants(11, 2), leaves(11, 2), leaves(11, 1), gone(11, 2)) == [AnswerCommand(command="c1", ok=True)]
    assert orders(world) == []


def test_two_clicks_end_it_once_and_both_are_answered() -> None:
    world = talking()
    given(world, HANG_UP)
    assert said(world, asked(ev.HangUpAsked, "c2", call=CALL)) == []
    assert [one.command for one in said(world, gone(11, 2))] == ["c1", "c2"]


def test_a_phone_that_only_rings_is_refused_the_call() -> None:
    world = clinic()
    play(world, [patient(0), *rings(2)])
    assert given(world, HANG_UP).channel == ORLOVA


def test_the_page_and_the_desk_phone_are_both_his() -> None:
    world = clinic()
    page = "PJSIP/web-1001-00000002"
    play(world, [patient(0), new(2, 2, page, root=1), dials(2, 1, 2, page)])
    assert given(world, HANG_UP).channel == page


def test_a_supervisor_ends_the_part_of_whoever_talks_but_asks_nobody_for_him() -> None:
    world = talking()
    assert refused(world, asked(ev.TonesAsked, call=CALL, digits="1", **BOSS)) == "not_yours"
    assert refused(world, asked(ev.PassAsked, call=CALL, how="attended", to="1002", **BOSS)) == "not_yours"
    assert given(world, asked(ev.HangUpAsked, call=CALL, **BOSS)).channel == ORLOVA


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (asked(ev.HangUpAsked, call="nothing"), "call_over"),
        (asked(ev.HangUpAsked, call=CALL, operator="ivanov"), "not_yours"),
        (asked(ev.HangUpAsked, call=CALL, operator=None), "no_operator"),
        (asked(ev.PassAsked, call=CALL, how="blind"), "bad_target"),
        (asked(ev.PassAsked, call=CALL, how="blind", to="1002", to_queue="back"), "bad_target"),
        (asked(ev.PassAsked, call=CALL, how="blind", to="1001"), "bad_target"),
        (asked(ev.PassAsked, call=CALL, how="blind", to="1999"), "bad_target"),
        (asked(ev.PassAsked, call=CALL, how="blind", to="+12"), "bad_target"),
        (asked(ev.PassAsked, call=CALL, how="blind", to_queue="nowhere"), "bad_target"),
        (asked(ev.ConsultAsked, call=CALL, action="complete"), "not_consulting"),
    ],
)  # fmt: skip
def test_why_nothing_is_done(event: Any, why: str) -> None:
    world = talking()
    assert refused(world, event) == why and orders(world) == []


@pytest.mark.parametrize("kind", [HANG_UP, BLIND, ASKED, asked(ev.TonesAsked, call=CALL, digits="1")])
def test_nothing_is_ordered_of_a_pbx_we_do_not_hear(kind: Any) -> None:
    world = talking()
    play(world, [ev.PbxLinkChanged(at=at(9), pbx=PBX, state="snapshot")])
    assert refused(world, kind) == "pbx_not_live"


def test_a_number_outside_needs_a_trunk() -> None:
    world = talking()
    outside = asked(ev.PassAsked, call=CALL, how="blind", to="+79990000002")
    pbx = world.get(Pbx, PBX)
    assert pbx is not None
    world.apply([Put(replace(pbx, trunks=()))])
    assert refused(world, outside) == "bad_target"
    world.apply([Put(pbx)])
    assert given(world, outside).exten == "79990000002"


def test_tones_go_to_the_other_side_and_are_answered_when_they_were_sent() -> None:
    world = talking()
    effect = given(world, asked(ev.TonesAsked, call=CALL, digits="12#"))
    assert (effect.channel, effect.digits, effect.received) == (TRUNK, "12#", False)
    assert said(world, taken()) == [AnswerCommand(command="c1", ok=True)]
    given(world, asked(ev.TonesAsked, "c2", call=CALL, digits="1"))
    assert [one.why for one in said(world, taken("c2", ok=None), late("c2"))] == ["unknown"]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"how": "blind", "to": "1002"}, ("blind_transfer", "okno-pass", "1002")),
        ({"how": "attended", "to": "1002"}, ("attended_transfer", "okno-ask", "1002#")),
        ({"how": "blind", "to_queue": "back"}, ("blind_transfer", "okno-pass-back", "1")),
        ({"how": "attended", "to_queue": "back"}, ("attended_transfer", "okno-pass-back", "1#")),
        ({"how": "attended", "to": "+79990000002"}, ("attended_transfer", "okno-ask", "79990000002#")),
    ],
)  # fmt: skip
def test_where_a_patient_is_passed_on_to(more: dict[str, str], where: tuple[str, str, str]) -> None:
    effect = given(talking(), asked(ev.PassAsked, call=CALL, **more))
    assert (effect.action, effect.context, effect.exten) == where and effect.channel == ORLOVA


def test_a_blind_transfer_is_done_when_the_pbx_says_so_and_its_window_ends_with_the_phone() -> None:
    world = talking()
    given(world, BLIND)
    assert refused(world, asked(ev.HangUpAsked, call=CALL)) == "transferring"
    assert said(world, taken("p")) == [AnswerCommand(command="p", ok=True)]
    assert refused(world, asked(ev.HangUpAsked, "c3", call=CALL, **BOSS)) == "transferring"
    lines = [
        one.entry.what for event in (leaves(11, 2), leaves(11, 1), gone(11, 2)) for outcome in perform(world, event)
        for one in outcome.changes if isinstance(one, Append)
    ]
    assert "passed" in lines and orders(world) == []


def test_a_transfer_the_pbx_refused_ends_its_window() -> None:
    world = talking()
    given(world, BLIND)
    (answer,) = said(world, taken("p", ok=False, why="pbx_refused"))
    assert (answer.ok, answer.why) == (False, "pbx_refused")
    assert given(world, HANG_UP).action == "hang_up"


def test_a_patient_who_hangs_up_meanwhile_ends_it_too() -> None:
    world = talking()
    given(world, ASKED)
    assert [one.why for one in said(world, wants(11, 1), leaves(11, 1), gone(11, 1))] == ["call_over"]
    assert orders(world) == [] and not list(world.all(Consultation))


def test_a_window_ends_with_its_time_and_the_outcome_is_unknown() -> None:
    world = talking()
    given(world, ASKED)
    assert said(world, taken("p", ok=None, why="unknown")) == []
    assert call(world).consult == "asking" and refused(world, HANG_UP) == "transferring"
    assert [one.why for one in said(world, late("p"))] == ["unknown"]
    assert call(world).consult == "" and given(world, HANG_UP).action == "hang_up"


def test_a_consultation_begins_when_the_operator_is_in_another_bridge() -> None:
    world = talking()
    given(world, ASKED)
    assert call(world).consult == "asking"
    assert said(world, taken("p"), *consults()) == [AnswerCommand(command="p", ok=True)]
    assert call(world).consult == "away" and orders(world) == []
    assert refused(world, asked(ev.PassAsked, call=CALL, how="blind", to="1003")) == "consulting"
    assert refused(world, asked(ev.TonesAsked, call=CALL, digits="1")) == "consulting"


def test_a_colleague_who_hangs_up_brings_the_operator_back() -> None:
    world = consulting()
    play(world, [wants(13, 7), leaves(13, 7, "b3"), gone(13, 7), leaves(13, 2, "b2"), enters(13, 2, "b1")])
    assert call(world).consult == "" and not list(world.all(Consultation))


@pytest.mark.parametrize("there", [True, False])
def test_after_a_gap_orders_are_looked_up(there: bool) -> None:
    world = talking()
    given(world, HANG_UP)
    facts = [patient(0), *rings(2), enters(4, 2), enters(4, 1)]
    alive = truth(facts)
    if not there:
        alive.pop(uid(2))
    answers = said(world, snapshot(alive, at(12)))
    assert answers == ([] if there else [AnswerCommand(command="c1", ok=True)])
