"""Callers on the line and promises in one queue: whose turn it is, the share, and who is kept for whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import PauseMember
from engine.requests.routing.turns import place
from engine.world import Callback, CallbackRule, Put, Request, World
from tests.engine.callbacks.desk import KEY, promise, promised
from tests.engine.clinic import abandons, at, ends, gone, joins, patient, rings, wants
from tests.engine.clinic import answers as lifted
from tests.engine.floor import asked, change, fire, floor, of, offer, opened, play, queue, refuse, request
from tests.engine.plays import shifted

OTHER = "+79990000055"


def waits(world: World, s: float, number: int, phone: str = "") -> None:
    """A caller joins the queue."""
    phone = phone or f"+7999000{7000 + number:04d}"
    play(world, *[shifted(one, number) for one in (patient(s, number=phone), joins(s + 1))])


def leaves(world: World, s: float, number: int) -> None:
    """He hangs up."""
    play(world, *[shifted(one, number) for one in (wants(s, 1), abandons(s), gone(s, 1))])


def busy(world: World, *names: str) -> None:
    """Their phones are in use."""
    for name in names:
        change(world, name, voice="incall")


def free(world: World, s: float, *names: str) -> None:
    """Their phones are free, and the router knows."""
    for name in names:
        change(world, name, voice="idle")
    play(world, ev.RoutingDue(at=at(s)))


def keys(world: World, count: int) -> list[str]:
    """Promises to so many people, a second apart."""
    made = [f"01a1fc83-0000-7000-8000-00000000{number:04d}" for number in range(1, count + 1)]
    for number, key in enumerate(made):
        promised(world, number, key, f"+7999000{number:04d}")
    return made


def test_while_nobody_waits_on_the_line_the_first_is_asked_for_first() -> None:
    world = floor("orlova", "ivanov")
    made = keys(world, 3)
    assert [bool(asked(world, key)) for key in made] == [True, True, False]


def test_who_came_earlier_on_the_line_has_the_only_free_operator() -> None:
    world = floor("orlova")
    busy(world, "orlova")
    waits(world, 10, 1)
    promised(world, 20)
    free(world, 30, "orlova")
    assert asked(world, KEY) == ""
    leaves(world, 40, 1)
    assert asked(world, KEY) == "orlova"


def test_with_more_free_than_callers_before_it_its_turn_has_come() -> None:
    world = floor("orlova", "ivanov")
    busy(world, "orlova", "ivanov")
    waits(world, 10, 1)
    promised(world, 20)
    free(world, 30, "orlova", "ivanov")
    assert asked(world, KEY) != ""


def test_who_came_later_on_the_line_does_not_get_ahead_and_her_phone_is_kept_quiet() -> None:
    world = floor("orlova")
    busy(world, "orlova")
    promised(world, 10)
    waits(world, 20, 1)
    change(world, "orlova", voice="idle")
    said = play(world, ev.RoutingDue(at=at(30)))
    found = offer(world, KEY)
    assert found is not None and found.state == "pending"
    assert f"eng:cb:{found.key}" in of(world, "orlova").pauses
    assert [one.paused for one in said if isinstance(one, PauseMember)] == [True]
    # She refuses: her phone may ring again, and does so before she is asked for the same.
    refuse(world, KEY, 35)
    assert not of(world, "orlova").pauses and asked(world, KEY) == ""
    leaves(world, 40, 1)
    assert asked(world, KEY) == "orlova"


def test_a_kept_place_is_that_of_the_queue_he_left() -> None:
    world = floor("orlova")
    busy(world, "orlova")
    waits(world, 15, 1)
    promised(world, 30)
    world.apply([Put(replace(promise(world), place_at=at(10)))])
    free(world, 40, "orlova")
    assert asked(world, KEY) == "orlova"


def test_whoever_finishes_is_asked_before_a_queue_rings_her() -> None:
    world = floor("orlova")
    play(world, patient(0, number=OTHER), joins(1), *rings(2), *lifted(6))
    busy(world, "orlova")
    promised(world, 20)
    waits(world, 30, 2)
    play(world, *ends(60, 1, 2))
    (talk,) = [one for one in world.all(Request) if one.status == "wrap_up"]
    change(world, "orlova", voice="wrap_up")
    assert "eng:acw" in of(world, "orlova").pauses and asked(world, KEY) == ""
    said = fire(world, f"wrap_up:{talk.key}", 90)
    found = offer(world, KEY)
    assert found is not None and found.operator == "orlova"
    # The flag in Asterisk never went down: no queue could ring her in between.
    assert [one for one in said if isinstance(one, PauseMember) and not one.paused] == []
    assert of(world, "orlova").pauses == frozenset({f"eng:cb:{found.key}"})


def test_whoever_finishes_takes_the_next_caller_when_that_is_whose_turn_it_is() -> None:
    world = floor("orlova")
    play(world, patient(0, number=OTHER), joins(1), *rings(2), *lifted(6))
    waits(world, 20, 2)
    promised(world, 30)
    play(world, *ends(60, 1, 2))
    (talk,) = [one for one in world.all(Request) if one.status == "wrap_up"]
    change(world, "orlova", voice="wrap_up")
    said = fire(world, f"wrap_up:{talk.key}", 90)
    assert asked(world, KEY) == "" and not of(world, "orlova").pauses
    assert [one.paused for one in said if isinstance(one, PauseMember)] == [False]


@pytest.mark.parametrize(("share", "calling"), [(50, 1), (100, 2), (1, 1), (0, 0)])
def test_while_callers_wait_only_a_share_of_those_on_duty_calls_back(share: int, calling: int) -> None:
    world = floor("orlova", "ivanov")
    queue(world, "front", callbacks=CallbackRule(share=share, quiet=(0, 0)))
    busy(world, "orlova", "ivanov")
    made = keys(world, 4)
    waits(world, 20, 9)
    free(world, 30, "orlova", "ivanov")
    assert sum(bool(asked(world, key)) for key in made) == calling
    leaves(world, 40, 9)  # nobody waits any more: everybody may
    assert sum(bool(asked(world, key)) for key in made) == 2


@pytest.mark.parametrize(
    ("fields", "since"),
    [
        ({}, at(5)), ({"place_at": at(3)}, at(3)), ({"place_at": at(3), "attempt": 1, "next_at": at(60)}, at(60)),
        ({"wanted_at": at(40), "next_at": at(40)}, at(40)), ({"attempt": 1, "next_at": at(1)}, at(5)),
    ],
)
def test_since_when_a_promise_stands(fields: dict[str, Any], since: Any) -> None:
    kept = Callback(key=KEY, origin="queue", asked_at=at(5), **fields)
    told = Request(
        key=KEY, year=2026, number=1, kind="callback", status="queued", queued_at=at(5), created_at=at(5), since=at(5),
    )  # fmt: skip
    assert place(told, kept) == since and place(told, None) == at(5)


def test_other_work_waits_for_no_turn() -> None:
    world = floor("orlova")
    waits(world, 10, 1)
    change(world, "orlova", voice="idle")
    key = opened(world, 1, 20, kind="form")
    assert request(world, key).owner is None and asked(world, key) == "orlova"
