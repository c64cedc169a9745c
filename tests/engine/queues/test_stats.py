"""The figures of a queue's row."""

from typing import Any

from engine import events as ev
from engine.queues.stats import FIGURES, figures
from engine.world import Queue, World
from tests.engine.calls import test_ending as plays
from tests.engine.clinic import PBX, at, clinic, play, simplest
from tests.engine.plays import shifted


def front(world: World) -> dict[str, Any]:
    queue = world.get(Queue, "front")
    assert queue is not None
    return figures(world, queue)


def test_an_empty_queue():
    row = front(clinic())
    assert row == {
        "waiting": 0, "longest_since": None, "oldest": [], "free": 0, "talking": 0, "wrap_up": 0, "offered": 0,
        "answered": 0, "in_level": 0, "abandoned": 0, "unanswered": 0, "service_level": None, "service_level_s": 20,
        "target": 80, "average_wait_s": 0.0, "missed_open": 0, "missed_again": 0,
        "overdue": 0, "digital_waiting": 0, "waiting_by_kind": {}, "digital_since": None, "callbacks_open": 0,
        "chats_open": 0, "chats_unheard": 0,
        "service_level_now": None, "wait_now_s": None, "now_full_at": at(1800), "opens_at": None, "available": 0, "on_break": 0,
        "not_responding": 0, "logged_in": 0,
    }
    assert row.keys() == FIGURES.keys()


def test_a_busy_queue():
    world = clinic()
    play(world, [ev.DeviceChanged(at=at(0), pbx=PBX, device="PJSIP/1002", state="NOT_INUSE")])
    play(world, simplest())
    play(world, [shifted(fact, 1) for fact in plays.he_leaves_in_the_queue()])
    for number in range(2, 9):
        play(world, [shifted(fact, number) for fact in plays.waits()])
    row = front(world)
    assert (row["waiting"], row["longest_since"], len(row["oldest"])) == (7, at(1), 5)
    assert (row["free"], row["talking"], row["wrap_up"]) == (1, 0, 1)
    assert (row["offered"], row["answered"], row["abandoned"], row["missed_open"]) == (9, 1, 1, 1)
    assert (row["service_level"], row["average_wait_s"]) == (50, 5.0)
