"""The last half hour of a queue, what of it is late, and its opening."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine import events as ev
from engine.queues.moment import is_overdue, opens_at
from engine.queues.stats import figures
from engine.world import Put, Queue, QueueNow, Request, World
from tests.engine.calls import test_ending as plays
from tests.engine.clinic import T, at, clinic, play, simplest
from tests.engine.playbook import perform
from tests.engine.plays import shifted

ZONE = ZoneInfo("Asia/Yekaterinburg")


def front(world: World) -> dict[str, Any]:
    queue = world.get(Queue, "front")
    assert queue is not None
    return figures(world, queue)


def digital(key: str, **more: Any) -> Request:
    """A missed call that waits at the front desk."""
    return Request(**{
        "key": key, "year": 2026, "number": 1, "kind": "missed_call", "status": "queued", "queue": "front", "created_at": T, "since": T,
        "due_at": at(60), **more,
    })  # fmt: skip


def test_what_ended_in_the_last_half_hour_and_nothing_older():
    world = clinic()
    play(world, simplest())
    play(world, [shifted(fact, 1) for fact in plays.he_leaves_in_the_queue()])
    row = front(world)
    assert (row["service_level_now"], row["wait_now_s"], row["service_level"]) == (50, 5.0, 50)
    perform(world, ev.Swept(at=at(1700)))
    assert front(world)["service_level_now"] == 50
    perform(world, ev.Swept(at=at(2000)))
    row = front(world)
    assert (row["service_level_now"], row["wait_now_s"], row["service_level"]) == (None, None, 50)


def test_a_moved_caller_was_not_answered_here_in_time():
    world = clinic()
    play(world, plays.he_leaves_the_second_queue())
    now = world.get(QueueNow, "front")
    assert now is not None and sum(one.lost for one in now.minutes) == 1
    assert front(world)["service_level_now"] == 0


def test_requests_past_their_deadline_are_counted_by_the_sweep_alone():
    world = clinic()
    world.apply([
        Put(digital("a")), Put(digital("b", due_at=at(600))), Put(digital("c", status="in_progress")), Put(digital("d", kind="call")),
        Put(digital("e", kind="chat", status="offered", due_at=None)), Put(digital("f", kind="callback", status="postponed")),
    ])  # fmt: skip
    perform(world, ev.Swept(at=at(5)))
    assert front(world)["overdue"] == 0
    perform(world, ev.Swept(at=at(65)))
    row = front(world)
    assert (row["overdue"], row["digital_waiting"], row["waiting_by_kind"]) == (1, 3, {"chat": 1, "missed_call": 2})
    assert (row["callbacks_open"], row["missed_open"], row["digital_since"]) == (1, 3, T)
    assert perform(world, ev.Swept(at=at(70)))[0].changes == (), "nothing new is no change"


def test_late_is_who_waits_past_his_time():
    assert is_overdue(digital("a"), at(60))
    assert not is_overdue(digital("a"), at(59))
    assert not is_overdue(digital("a", status="postponed"), at(99))


def queue(**more: Any) -> Queue:
    return Queue(key="q", title_ru="q", title_en="q", **more)


@pytest.mark.parametrize(("hour", "minute", "opens"), [
    (7, 59, (21, 8, 0)), (8, 0, None), (19, 59, None), (20, 0, (23, 9, 0)),
])  # fmt: skip
def test_when_somebody_answers_again(hour: int, minute: int, opens: tuple[int, int, int] | None):
    """Open on Saturday from 8 to 20, closed on Sunday by a holiday that Sunday's hours do not change, on Monday from 9."""
    asked = queue(week=((5, 480, 1200), (6, 480, 1200), (0, 480, 1200)), holidays=(("2026-11-22", ()), ("2026-11-23", ((540, 600),))))
    moment = datetime(2026, 11, 21, hour, minute, tzinfo=ZONE)
    assert opens_at(asked, moment.astimezone(UTC), ZONE) == (datetime(2026, 11, *opens, tzinfo=ZONE) if opens else None)


def test_always_open_and_never_open_have_no_opening():
    assert opens_at(queue(), T, ZONE) is None
    assert opens_at(queue(week=()), T, ZONE) is None
    assert opens_at(queue(week=((0, 0, 1440),)), T + timedelta(days=1), ZONE) is not None


def test_an_operator_who_came_is_counted():
    world = clinic()
    perform(world, ev.PresenceAsked(at=at(1), command="c", actor="o", role="operator", operator="orlova", presence="available"))
    row = front(world)
    assert (row["available"], row["logged_in"], row["on_break"]) == (1, 1, 0)
    play(world, [replace(ev.PresenceAsked(
        at=at(2), command="d", actor="o", role="operator", operator="orlova", presence="break", reason="lunch",
    ))])  # fmt: skip
    row = front(world)
    assert (row["available"], row["logged_in"], row["on_break"]) == (0, 1, 1)
