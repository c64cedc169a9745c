"""A mended call in the figures of its queues: as if the tally had seen it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import events as ev
from engine.world import Queue, QueueDay
from tests.engine.calls.repairs.test_repairing import FACTS, PLAYS
from tests.engine.clinic import at
from tests.engine.mending import Live, told_by
from tests.engine.requests.test_repairs import abandoned, answered, told

LATER = at(3_600)


def today(live: Live) -> dict[str, QueueDay]:
    """The figures of each queue."""
    return {queue.key: queue.today for queue in live.world.all(Queue)}


@pytest.mark.parametrize("facts", FACTS, ids=range(len(PLAYS)))
def test_made_of_the_journal_the_day_is_the_same(facts: list[ev.Event]) -> None:
    live, mended = Live().play(facts), Live()
    mended.tell(told_by(facts), LATER)
    assert today(mended) == today(live)


@pytest.mark.parametrize("facts", FACTS, ids=range(len(PLAYS)))
def test_whatever_was_seen_of_it_the_day_is_the_same(facts: list[ev.Event]) -> None:
    true = today(Live().play(facts))
    for seen in range(len(facts)):
        live = Live().play(facts[:seen])
        live.tell(told_by(facts), LATER)
        assert today(live) == true, f"after {seen} facts"


def test_an_answered_call_that_was_none_is_taken_out() -> None:
    live = Live().play(answered())
    assert today(live)["front"].answered == 1
    live.tell([replace(told(abandoned()), key=told(answered()).key)], LATER)
    assert today(live)["front"] == QueueDay(offered=1, abandoned=1)


def test_yesterdays_calls_are_not_todays() -> None:
    live = Live()
    live.play([ev.CallsLookedUp(at=LATER, told=(told(abandoned()),), kept=(), midnight=at(60))])
    assert today(live)["front"] == QueueDay()
