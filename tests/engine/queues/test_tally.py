"""The day's figures."""

from engine import events as ev
from engine.world import Queue, QueueDay, World
from tests.engine.calls import test_ending as plays
from tests.engine.clinic import Ended, answers, at, clinic, ends, enters, joins, leaves, patient, play, rings, simplest
from tests.engine.plays import shifted


def today(world: World, key: str = "front") -> QueueDay:
    queue = world.get(Queue, key)
    assert queue is not None
    return queue.today


def test_answered_in_time_and_late():
    world = clinic()
    play(world, simplest())
    late = [patient(0), joins(1), *rings(20), *answers(26), *ends(66, 1, 2)]
    play(world, [shifted(fact, 1) for fact in late])
    assert today(world) == QueueDay(offered=2, answered=2, in_level=1, wait_s=30)


def test_abandoned_unanswered_refused():
    world = clinic()
    for number, one in enumerate((
        plays.he_leaves_in_the_queue, plays.the_queue_times_out, plays.the_queue_is_full, plays.the_clinic_is_closed,
        plays.a_direct_call_is_answered, plays.a_colleague_answers, plays.an_outbound_call_is_answered,
    )):
        play(world, [shifted(fact, number) for fact in one()])
    assert today(world) == QueueDay(offered=3, abandoned=1, unanswered=2)


def test_the_next_queue_takes_over():
    world = clinic()
    play(world, plays.he_leaves_the_second_queue())
    assert today(world) == QueueDay(offered=1, unanswered=1)
    assert today(world, "back") == QueueDay(offered=1, abandoned=1)


def test_an_answered_call_counts_once():
    ended = Ended(clinic()).play([*plays.waits(), *rings(2), *answers(6), leaves(9, 2), enters(10, 2)])
    ended.play([leaves(12, 1), leaves(12, 2), joins(13, queue="back"), *ends(20, 1, 2)])
    assert today(ended.world) == QueueDay(offered=1, answered=1, in_level=1, wait_s=5)
    assert today(ended.world, "back") == QueueDay()


def test_a_colleague_in_the_queue_is_no_patient():
    world = clinic()
    play(world, [plays.new(0, 1, plays.ORLOVA, exten="600"), joins(1), plays.wants(5, 1), plays.gone(5, 1)])
    assert today(world) == QueueDay()


def test_midnight():
    world = clinic()
    play(world, simplest())
    play(world, [ev.DayBegan(at=at(3600), day="2025-10-10"), ev.DayBegan(at=at(3600), day="2025-10-10")])
    assert today(world) == QueueDay(day="2025-10-10")
