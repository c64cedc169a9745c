"""Presence: what an operator says, and the pauses it makes."""

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import AnswerCommand, PauseMember
from engine.world import Operator, Put, Request, Rules, World
from tests.engine.clinic import PBX, at, clinic, settings
from tests.engine.playbook import Playbook, perform

OK = AnswerCommand(command="c", ok=True)


def says(s: float, presence: str, reason: str = "", operator: str | None = "orlova") -> Any:
    return ev.PresenceAsked(
        at=at(s), command="c", actor="a", role="operator", operator=operator, presence=presence, reason=reason
    )


def flag(paused: bool, reason: str) -> PauseMember:
    return PauseMember(pbx=PBX, interface="PJSIP/1001", paused=paused, reason=reason)


def orlova(world: World) -> Operator:
    found = world.get(Operator, "orlova")
    assert found is not None
    return found


def test_a_day_of_an_operator():
    world = clinic()
    assert (
        Playbook(world)
        >> says(0, "available")
        << OK
        >> says(10, "break", "lunch")
        << flag(True, "human:lunch")
        << OK
        >> says(20, "break", "training")
        << OK
        >> says(30, "available")
        << flag(False, "human:training")
        << OK
        >> says(31, "available")
        << OK
        >> says(40, "offline")
        << ev.OperatorLeft(at=at(40), operator="orlova")
        << flag(True, "human:offline")
        << OK
    )
    assert (orlova(world).presence, orlova(world).presence_since) == ("offline", at(40))


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (says(0, "break"), "bad_reason"), (says(0, "break", "smoking"), "bad_reason"),
        (says(0, "not_responding"), "bad_presence"), (says(0, "available", operator=None), "not_found"),
        (says(0, "available", operator="nobody"), "not_found"),
    ],
)
def test_refusals(asked: Any, why: str):
    assert Playbook(clinic()) >> asked << AnswerCommand(command="c", ok=False, why=why)


@pytest.mark.parametrize("reason", ["tea, cake", "tea;cake", "tea|cake", "обед", "a" * 51, "tea\n"])
def test_where_the_directory_has_no_reasons_asterisk_still_gets_none_it_cannot_keep(reason: str):
    world = clinic()
    world.apply([Put(Rules())])
    assert Playbook(world) >> says(0, "break", reason) << AnswerCommand(command="c", ok=False, why="bad_reason")
    assert Playbook(world) >> says(0, "break", "tea") << flag(True, "human:tea") << OK


def test_one_who_left_the_clinic():
    world = clinic()
    loaded = settings()
    perform(world, ev.ConfigurationLoaded(at=at(1), operators=(), queues=loaded.queues, lines=(), pbxes=loaded.pbxes))
    assert Playbook(world) >> says(2, "available") << AnswerCommand(command="c", ok=False, why="not_found")


def test_a_break_in_wrap_up_outlives_it():
    world = clinic()
    wrapping = replace(orlova(world), pauses=frozenset({"eng:acw"}), wrap_up="r", device="NOT_INUSE")
    world.apply([Put(wrapping)])
    assert (
        Playbook(world)
        >> says(1, "break", "lunch")
        << flag(True, "human:lunch")  # else the watchdog would end his break with the wrap-up (R12, R13)
        << OK
        >> ev.OperatorFreed(at=at(2), operator="orlova")
        >> says(3, "available")
        << flag(False, "human:lunch")
        << OK
    )
    assert (orlova(world).voice, orlova(world).wrap_up) == ("idle", None)
    assert Playbook(world) >> ev.OperatorFreed(at=at(2), operator="nobody")


def test_a_pbx_out_of_reach_gets_no_orders():
    world = clinic(live=False)
    assert Playbook(world) >> says(1, "break", "lunch") << OK
    assert orlova(world).pauses == frozenset({"human:lunch"})


def test_a_newer_wrap_up_outlives_the_end_of_an_older():
    world = clinic()
    request = Request(
        key="r", year=2026, number=1, kind="call", status="wrap_up", owner="orlova", created_at=at(0), since=at(0)
    )
    world.apply([Put(request), Put(replace(orlova(world), wrap_up="r", pauses=frozenset({"eng:acw"})))])
    assert Playbook(world) >> ev.OperatorFreed(at=at(2), operator="orlova")
    assert orlova(world).wrap_up == "r"
