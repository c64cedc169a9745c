"""What is due fires once, in order; the day begins at the clinic's midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.events import DayBegan, Swept, TimerFired
from engine.turns.timers import Timers
from engine.world import Drop, Put, Timer, World

ZONE = ZoneInfo("Asia/Yekaterinburg")
T = datetime(2026, 11, 21, 12, tzinfo=UTC)


def timer(key: str, seconds: float) -> Timer:
    """A timer due that many seconds after `T`."""
    return Timer(key=key, due=T + timedelta(seconds=seconds))


def test_in_order_and_once() -> None:
    timers = Timers(World([timer("b", 2), timer("a", 1), timer("late", 60)]), ZONE, T)
    assert timers.wait_s(T) == 1
    at = T + timedelta(seconds=5)
    assert timers.due(at) == [TimerFired(at=at, key="a"), TimerFired(at=at, key="b")]
    assert timers.due(at) == []
    assert timers.wait_s(at) == 55


def test_moved_and_cancelled_ones_do_not_fire() -> None:
    world = World([timer("moved", 1), timer("gone", 1)])
    timers = Timers(world, ZONE, T)
    changes = [Put(timer("moved", 10)), Drop(Timer, "gone")]
    world.apply(changes)
    timers.note(changes)
    assert timers.due(T + timedelta(seconds=5)) == []
    fired = timers.due(T + timedelta(seconds=11))
    assert [one.key for one in fired if isinstance(one, TimerFired)] == ["moved"]


def test_one_that_comes_back_when_its_turn_is_taken_back_fires_again() -> None:
    world = World([timer("a", 1)])
    timers = Timers(world, ZONE, T)
    at = T + timedelta(seconds=2)
    assert len(timers.due(at)) == 1
    undo = world.apply([Drop(Timer, "a")])
    world.apply(undo)
    timers.note(undo)
    assert timers.due(at) == [TimerFired(at=at, key="a")]


def test_the_day_begins_at_the_clinics_midnight() -> None:
    timers = Timers(World(), ZONE, T)
    midnight = datetime(2026, 11, 21, 19, tzinfo=UTC)  # 00:00 in Yekaterinburg
    assert timers.wait_s(T) == (midnight - T).total_seconds()
    assert timers.due(midnight - timedelta(seconds=1)) == []
    assert timers.due(midnight) == [DayBegan(at=midnight, day="2026-11-22")]
    assert timers.due(midnight + timedelta(hours=1)) == []
    assert timers.day(T).day == "2026-11-21"


def test_a_sweep_comes_every_few_seconds_and_missed_ones_are_one() -> None:
    timers = Timers(World([timer("a", 60)]), ZONE, T, timedelta(seconds=5))
    assert (timers.wait_s(T), timers.due(T + timedelta(seconds=4))) == (5, [])
    at = T + timedelta(seconds=17)
    assert timers.due(at) == [Swept(at=at)]
    assert (timers.due(at), timers.wait_s(at)) == ([], 5)


def test_a_clock_set_back_does_not_put_off_the_sweep() -> None:
    timers = Timers(World(), ZONE, T, timedelta(seconds=5))
    back = T - timedelta(hours=1)
    assert timers.wait_s(back) <= 5
    assert timers.due(back) == []
    assert timers.due(back + timedelta(seconds=5)) == [Swept(at=back + timedelta(seconds=5))]
