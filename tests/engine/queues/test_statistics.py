"""What counts as what, in tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.queues.statistics import (
    Figures,
    Ring,
    Stay,
    exit_of,
    figures,
    hour_of,
    ring_sums,
    rings_of,
    stay_sums,
    stays_of,
)
from engine.world import Call, Leg, Visit
from engine.world.work import LegResult, VisitExit

T = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Yekaterinburg")


def at(seconds: float) -> datetime:
    """That long after T."""
    return T + timedelta(seconds=seconds)


def stay(exit: Any, wait_s: float = 10, **more: Any) -> Stay:
    """A stay in the front queue."""
    return Stay(**{"queue": "front", "joined_at": T, "exit": exit, "wait_s": wait_s} | more)


def one(*stays: Stay, level_s: float = 20) -> Figures:
    """Their figures under the one key they share."""
    (found,) = figures(stay_sums(stays, "queue", lambda queue: level_s, ZONE))
    return found


@pytest.mark.parametrize(("exit", "name"), [
    ("answered", "answered"), ("abandoned", "abandoned"), ("timeout", "unanswered"), ("empty", "unanswered"),
    ("withdrawn", "unanswered"), ("refused", "refused"), ("key", "by_key"), ("moved", "moved"), ("lost", "lost"),
    ("waiting", "waiting"),
])  # fmt: skip
def test_each_exit_counts_under_one_name(exit: str, name: str):
    found = one(stay(exit), stay(exit))
    names = ("answered", "abandoned", "unanswered", "refused", "by_key", "moved", "lost", "waiting")
    assert {each: getattr(found, each) for each in names} == {each: 2 * (each == name) for each in names}
    assert found.offered == 2


@pytest.mark.parametrize(("stays", "level"), [
    ([], None),
    ([stay("answered", 20.0)], 100),
    ([stay("answered", 20.1)], 0),
    ([stay("answered", 1), stay("abandoned", 1)], 50),
    ([stay("answered", 1), stay("timeout", 1), stay("refused", 0)], 33),
    ([stay("answered", 1), stay("key"), stay("moved"), stay("lost"), stay("waiting")], 100),
    ([stay("waiting")], None),
])  # fmt: skip
def test_the_service_level_is_of_those_who_wanted_an_answer_here_and_whose_wait_is_over(stays, level):
    found = [one(*stays)] if stays else figures([])
    assert [each.service_level for each in found] == ([level] if stays else [])


def test_waits_are_of_those_who_waited_them():
    found = one(stay("answered", 4, talk_s=60), stay("answered", 6), stay("abandoned", 30), stay("waiting", 100))
    assert (found.wait_s, found.abandoned_after_s, found.longest_wait_s) == (5, 30, 30)
    assert (found.talk_s, found.average_talk_s) == (60, 30)
    nobody = one(stay("timeout"))
    assert (nobody.wait_s, nobody.abandoned_after_s, nobody.average_talk_s) == (None, None, None)


@pytest.mark.parametrize(("visit", "exit"), [
    (("full", 0), "refused"), (("empty", 0), "refused"), (("empty", 3), "empty"), (("abandoned", 0), "abandoned"),
])  # fmt: skip
def test_who_was_never_let_in_was_refused(visit: tuple[VisitExit, float], exit: str):
    assert exit_of(Visit(queue="front", joined_at=T, left_at=at(visit[1]), exit=visit[0])) == exit


def ringing(queue: str, rang: float, result: LegResult, talk_s: float = 0) -> Leg:
    """A ring."""
    return Leg(operator="orlova", channel="x", queue=queue, rang_at=at(rang), result=result, talk_s=talk_s)


def test_a_call_that_overflows_was_offered_to_both_and_each_has_its_own_talk():
    call = Call(
        key="k", pbx="main", direction="inbound", channel="1.1", started_at=T, ended_at=at(90),
        visits=(
            Visit(queue="front", joined_at=at(1), left_at=at(21), exit="timeout"),
            Visit(queue="back", joined_at=at(22), left_at=at(30), exit="answered", operator="orlova"),
            Visit(queue="front", joined_at=at(60), left_at=None, exit="waiting"),
        ),
        legs=(
            ringing("front", 2, "no_answer"), ringing("back", 25, "answered", 20), ringing("", 55, "answered", 3),
            ringing("front", 61, "answered", 4),
        ),
    )  # fmt: skip
    stays = list(stays_of(call))
    assert [(each.queue, each.exit, each.wait_s, each.talk_s) for each in stays] == [
        ("front", "timeout", 20, 0), ("back", "answered", 8, 20), ("front", "waiting", 30, 4),
    ]  # fmt: skip
    assert [(each.queue, each.result, each.talk_s) for each in rings_of(call)] == [
        ("front", "no_answer", 0), ("back", "answered", 20), ("front", "answered", 4),
    ]  # fmt: skip
    (by_operator,) = figures(stay_sums(stays, "operator", lambda queue: 20, ZONE), ring_sums(rings_of(call)))
    assert (by_operator.key, by_operator.answered, by_operator.rang, by_operator.missed) == ("orlova", 1, 3, 1)
    assert (by_operator.wait_s, by_operator.talk_s) == (8, 24)


def test_an_operator_who_only_let_it_ring_has_figures_too():
    rings = [Ring(queue="front", operator="ivanov", rang_at=T, result=one) for one in ("busy", "refused", "cancelled")]
    (found,) = figures((), ring_sums(rings))
    assert (found.rang, found.missed, found.offered, found.service_level) == (3, 2, 0, None)


@pytest.mark.parametrize(("moment", "zone", "hour"), [
    (at(0), "Asia/Yekaterinburg", "2026-11-21T06:00:00Z"),
    (at(3599.999), "Asia/Yekaterinburg", "2026-11-21T06:00:00Z"),
    (at(0), "Asia/Kolkata", "2026-11-21T05:30:00Z"),
])  # fmt: skip
def test_hours_are_the_clinics(moment: datetime, zone: str, hour: str):
    assert hour_of(moment, ZoneInfo(zone)) == hour
    stays = [stay("answered", joined_at=moment)]
    assert [each.key for each in figures(stay_sums(stays, "hour", lambda queue: 20, ZoneInfo(zone)))] == [hour]
