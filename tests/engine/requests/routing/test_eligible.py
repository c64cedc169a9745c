"""Who may be asked, and in which order: tables."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.requests.routing.eligible import candidates, held, may, skilled
from engine.world import Operator, Queue, Request
from tests.engine.clinic import at, clinic, patient, play
from tests.engine.floor import PEOPLE, accept, change, floor, of, opened, queue, request, unplug


@pytest.mark.parametrize(
    "fields", [{"presence": "break"}, {"presence": "offline"}, {"presence": "not_responding"}, {"page": "none"},
               {"page": "lost"}, {"active": False}, {"queues": ("back",)}],
)  # fmt: skip
def test_who_is_not_meant(fields: dict[str, Any]):
    world = floor("ivanov")
    change(world, "ivanov", **fields)
    assert not may(world, request(world, opened(world)), of(world, "ivanov"), at(10))


def test_nobodys_queue_is_everybodys():
    world = floor()
    key = opened(world, queue="front")
    queue(world, "front", active=False)
    assert all(may(world, request(world, key), of(world, name), at(10)) for name in PEOPLE)


@pytest.mark.parametrize(
    ("waited", "level", "fits"),
    [(0, 4, True), (0, 3, False), (29, 3, False), (30, 3, True), (59, 2, False), (60, 2, True), (119, 0, False), (120, 0, True)],
)
def test_skills_are_wanted_one_level_less_each_half_minute(waited: int, level: int, fits: bool):
    world = floor("ivanov")
    queue(world, "front", skills=(("english", 4),), skill_relax_s=30)
    change(world, "ivanov", skills=(("english", level),) if level else ())
    wanted = world.get(Queue, "front")
    assert wanted is not None
    assert skilled(wanted, request(world, opened(world)), of(world, "ivanov"), at(10 + waited)) is fits


def test_skills_that_are_never_relaxed_and_who_knows_the_person():
    world = clinic()
    queue(world, "front", skills=(("english", 1),), skill_relax_s=0)
    change(world, "ivanov", presence="available", page="here", voice="idle")
    key = opened(world)
    assert not may(world, request(world, key), of(world, "ivanov"), at(100_000))
    key = opened(world, 2, preferred="ivanov")
    assert may(world, request(world, key), of(world, "ivanov"), at(10))


@given(st.integers(0, 5), st.integers(1, 5), st.integers(0, 600), st.integers(0, 600))
def test_waiting_never_narrows_the_choice(level: int, wanted: int, first: int, later: int):
    world = clinic()
    queue(world, "front", skills=(("english", wanted),), skill_relax_s=30)
    change(world, "ivanov", skills=(("english", level),))
    made, operator, known = request(world, opened(world)), world.get(Operator, "ivanov"), world.get(Queue, "front")
    assert operator is not None and known is not None
    soon, late = sorted((first, later))
    if skilled(known, made, operator, at(10 + soon)):
        assert skilled(known, made, operator, at(10 + late))


@pytest.mark.parametrize("voice", ["unknown", "ringing", "incall", "wrap_up"])
def test_nobody_dials_from_a_phone_that_is_not_known_to_be_free(voice: str):
    world = floor("ivanov")
    change(world, "ivanov", voice=voice)
    made = request(world, opened(world, kind="callback"))
    assert candidates(world, made, [of(world, "ivanov")], at(10)) == []


def test_nobody_dials_from_a_phone_that_stands_in_no_queue():
    world = floor("ivanov")
    unplug(world, "ivanov")
    made = request(world, opened(world, kind="callback"))
    assert candidates(world, made, [of(world, "ivanov")], at(10)) == []
    written = request(world, opened(world, 2, kind="chat"))
    assert [one.key for one in candidates(world, written, [of(world, "ivanov")], at(10))] == ["ivanov"]


def waiting() -> Request:
    """A chat that nobody is there for."""
    world = clinic()
    return request(world, opened(world, kind="chat"))


def test_the_order_of_those_who_can():
    world = floor("orlova", "ivanov")
    made = waiting()

    def first(preferred: str = "") -> str:
        people = [of(world, "orlova"), of(world, "ivanov")]
        return candidates(world, replace(made, preferred=preferred), people, at(10))[0].key

    assert first() == "ivanov"  # nothing else tells them apart but the name
    change(world, "ivanov", last_accepted_at=at(5))
    assert first() == "orlova"
    change(world, "orlova", last_accepted_at=at(6))
    assert first() == "ivanov"
    change(world, "ivanov", capacity=200)
    accept(world, opened(world, 2, kind="chat"), 12)
    change(world, "ivanov", last_accepted_at=at(50))
    change(world, "orlova", last_accepted_at=at(50))
    assert first() == "orlova"  # who has least for his capacity
    assert first(preferred="ivanov") == "ivanov"


def test_who_refused_is_left_out_unless_he_is_the_only_one():
    world = floor("orlova", "ivanov")
    made = request(world, opened(world, kind="chat", excluded="ivanov", excluded_until=at(60)))
    both = [of(world, "orlova"), of(world, "ivanov")]
    assert [one.key for one in candidates(world, made, both, at(59))] == ["orlova"]
    assert [one.key for one in candidates(world, made, both[1:], at(59))] == ["ivanov"]
    assert len(candidates(world, made, both, at(60))) == 2
    change(world, "orlova", voice="incall")  # he will be free again: nobody nags who said no
    assert candidates(world, made, [of(world, "orlova"), of(world, "ivanov")], at(59)) == []


def test_whose_number_is_on_the_line_is_held():
    world = floor("ivanov")
    key = opened(world, 7, kind="callback")
    assert not held(world, request(world, key))
    play(world, [patient(11, number="+79990000007")])
    assert held(world, request(world, key))
