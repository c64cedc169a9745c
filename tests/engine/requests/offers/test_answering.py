"""Yes, no, and too late."""

import pytest

from engine import events as ev
from engine.world import Timer
from tests.engine.clinic import Ended, at, simplest
from tests.engine.floor import accept, asked, change, do, fire, floor, of, offer, opened, play, refuse, request, sweep


def test_yes_makes_him_the_owner():
    world = floor("orlova")
    key = opened(world)
    assert accept(world, key).ok
    found = request(world, key)
    assert (found.status, found.owner, found.first_response_at, found.excluded) == ("in_progress", "orlova", at(12), "")
    assert of(world, "orlova").last_accepted_at == at(12)


def test_answers_to_what_is_over_or_anothers():
    world = floor("orlova", "ivanov")
    key = opened(world)
    first = offer(world, key)
    assert first is not None
    other = ({"orlova", "ivanov"} - {first.operator}).pop()
    for kind in (ev.AcceptAsked, ev.RefuseAsked):
        no = do(world, kind, 12, by=other, offer=first.key)
        assert (no.ok, no.why, no.by, no.request) == (False, "not_yours", first.operator, key)
    assert do(world, ev.AcceptAsked, 12, by=None, offer=first.key).why == "no_operator"
    assert do(world, ev.RefuseAsked, 12, by=None, offer=first.key).why == "not_yours"
    refuse(world, key)
    for kind in (ev.AcceptAsked, ev.RefuseAsked):
        assert do(world, kind, 13, by=first.operator, offer=first.key).why == "offer_over"
    accept(world, key, 14)
    second = offer(world, key)
    assert second is not None
    assert do(world, ev.RefuseAsked, 15, by=second.operator, offer=second.key).why == "offer_over"


def test_a_yes_that_comes_before_its_timer_but_too_late_is_too_late():
    world = floor("orlova")
    key = opened(world)
    late = accept(world, key, 30)
    assert (late.ok, late.why) == (False, "offer_over")
    assert request(world, key).attempts == 1


def test_a_yes_after_a_call_came_between_goes_back_without_blame():
    world = floor("orlova")
    key = opened(world)
    change(world, "orlova", voice="incall")
    assert accept(world, key).why == "no_capacity"
    found = request(world, key)
    assert (found.status, found.attempts, found.excluded, offer(world, key)) == ("queued", 0, "", None)


@pytest.mark.parametrize("role", ["operator", "supervisor"])
def test_the_wrap_up_is_prolonged_by_half_a_minute_each_time(role: str):
    ended = Ended(floor("orlova")).play(simplest())
    world, key = ended.world, ended.request().key
    for more in (1, 2):
        assert do(world, ev.ProlongAsked, 70 + more, request=key, role=role).ok
        timer = world.get(Timer, f"wrap_up:{key}")
        assert timer is not None
        assert timer.due == at(96 + 30 * more)
    assert do(world, ev.ProlongAsked, 80, by="ivanov", request=key).why == "not_yours"
    assert do(world, ev.ProlongAsked, 80, request="none").why == "not_found"


def test_what_is_not_in_wrap_up_is_not_prolonged():
    world = floor("orlova")
    key = opened(world)
    accept(world, key)
    assert do(world, ev.ProlongAsked, 20, request=key).why == "not_wrapping"


def test_two_in_a_row_let_pass_and_he_is_asked_no_more():
    world = floor("orlova")
    keys = [opened(world, number, kind="chat") for number in (1, 2)]
    play(world, *(ev.TimerFired(at=at(30), key=timer.key) for timer in sorted(world.all(Timer), key=lambda one: one.key)))
    assert of(world, "orlova").presence == "not_responding"
    assert [request(world, key).attempts for key in keys] == [1, 1]


def test_a_dead_engine_makes_nobody_not_responding():
    world = floor("orlova")
    keys = [opened(world, number, kind="chat") for number in range(1, 4)]
    sweep(world, 90)
    assert (of(world, "orlova").presence, of(world, "orlova").missed) == ("available", 0)
    assert [asked(world, key) for key in keys] == ["orlova"] * 3
    for key in keys[:2]:
        fire(world, f"offer:{offer(world, key).key}", 110.5)  # type: ignore[union-attr]
    assert of(world, "orlova").presence == "not_responding"
