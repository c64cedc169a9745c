"""Those who can no longer be asked."""

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.requests.offers.leaving import away
from engine.world import Pbx, Put
from tests.engine.clinic import PBX, at, patient, rings
from tests.engine.clinic import play as play_facts
from tests.engine.floor import accept, asked, change, do, floor, of, offer, opened, play, request, sweep


@pytest.mark.parametrize("event", [ev.PageLost, ev.OperatorLeft])
def test_what_he_was_asked_and_had_is_to_be_had_again(event: type):
    world = floor("orlova")
    had, was_asked = opened(world, 1, kind="chat"), opened(world, 2, kind="chat")
    accept(world, had)
    change(world, "orlova", page="lost")
    play(world, event(at=at(80), operator="orlova"))
    for key in (had, was_asked):
        found = request(world, key)
        assert (found.status, found.owner, found.queued_at, found.attempts, offer(world, key)) == ("queued", None, at(10), 0, None)


@pytest.mark.parametrize(("fields", "gone"), [
    ({}, False), ({"presence": "break"}, False), ({"presence": "not_responding"}, False), ({"page": "none"}, False),
    ({"presence": "offline"}, True), ({"page": "lost"}, True),
])  # fmt: skip
def test_who_has_left(fields: dict[str, Any], gone: bool):
    world = floor("orlova")
    change(world, "orlova", **fields)
    assert away(of(world, "orlova")) is gone


def test_a_break_hands_the_question_on_at_once():
    world = floor("orlova", "ivanov")
    key = opened(world)
    first = asked(world, key)
    do(world, ev.PresenceAsked, 12, by=first, presence="break", reason="lunch")
    assert asked(world, key) == ({"orlova", "ivanov"} - {first}).pop()


def test_a_supervisor_sends_him_on_a_break():
    world = floor("orlova")
    key = opened(world)
    do(world, ev.PresenceAsked, 12, by="boss", role="supervisor", presence="break", reason="lunch", target="orlova")
    assert offer(world, key) is None


def test_what_he_accepted_outlasts_his_break():
    world = floor("orlova")
    key = opened(world)
    accept(world, key)
    do(world, ev.PresenceAsked, 13, presence="break", reason="lunch")
    sweep(world, 15)
    assert request(world, key).owner == "orlova"


def test_the_ring_of_a_queue_takes_the_question_back():
    world = floor("orlova")
    key = opened(world, kind="chat")
    play_facts(world, [patient(11, number="+79990000077"), *rings(12)])
    assert offer(world, key) is None
    assert of(world, "orlova").voice == "ringing"
    assert request(world, key).attempts == 0


def test_the_patient_himself_calls():
    world = floor("ivanov")
    key = opened(world, 5, kind="callback")
    assert asked(world, key) == "ivanov"
    play_facts(world, [patient(11, number="+79990000005")])
    assert offer(world, key) is None
    sweep(world, 12)
    assert offer(world, key) is None


@pytest.mark.parametrize("fields", [{"active": False}, {"presence": "break"}, {"page": "lost"}, {"voice": "incall"}])
def test_the_sweep_takes_back_what_no_event_told_of(fields: dict[str, Any]):
    world = floor("orlova")
    key = opened(world)
    change(world, "orlova", **fields)
    sweep(world, 15)
    assert offer(world, key) is None
    assert request(world, key).status == "queued"


def test_a_supervisor_takes_him_out_of_a_queue():
    world = floor("orlova", "ivanov")
    world.apply([Put(replace(world.get(Pbx, PBX), members="logged_in"))])  # type: ignore[type-var]
    change(world, "ivanov", last_accepted_at=at(1))
    front, back = opened(world, 1, kind="chat"), opened(world, 2, kind="chat", queue="back")
    assert (asked(world, front), asked(world, back)) == ("orlova", "orlova")
    no = do(world, ev.QueuesAsked, 12, by="ivanov", target="orlova", queues=("back",))
    assert (no.ok, asked(world, front)) == (False, "orlova")
    assert do(world, ev.QueuesAsked, 13, by="boss", role="supervisor", target="orlova", queues=("back",)).ok
    assert (asked(world, front), asked(world, back)) == ("ivanov", "orlova")
    assert request(world, front).attempts == 0


def test_the_sweep_asks_nobody_about_a_queue_he_serves_no_more():
    world = floor("orlova")
    key = opened(world)
    change(world, "orlova", queues=("back",))
    sweep(world, 15)
    assert (offer(world, key), request(world, key).status) == (None, "queued")


def test_an_offer_of_a_clock_that_was_set_back_is_made_anew():
    world = floor("orlova")
    key = opened(world, s=3600)
    before = offer(world, key)
    sweep(world, 20)
    after = offer(world, key)
    assert before is not None and after is not None
    assert (after.at, after.expires_at) == (at(20), at(40)) and before.at == at(3600)
