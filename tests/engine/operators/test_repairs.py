"""A mended call in the figures of those who talked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import events as ev
from engine.world import Operator
from tests.engine.calls.repairs.test_repairing import FACTS, PLAYS
from tests.engine.clinic import at
from tests.engine.mending import Live, told_by
from tests.engine.requests.test_repairs import answered, told

LATER = at(3_600)


def figures(live: Live) -> dict[str, tuple[int, float]]:
    """What each operator did today."""
    return {one.key: (one.handled_today, round(one.talk_today_s, 3)) for one in live.world.all(Operator)}


@pytest.mark.parametrize("facts", FACTS, ids=range(len(PLAYS)))
def test_made_of_the_journal_the_day_is_the_same(facts: list[ev.Event]) -> None:
    live, mended = Live().play(facts), Live()
    mended.tell(told_by(facts), LATER)
    assert figures(mended) == figures(live)


def test_only_the_difference_counts() -> None:
    live = Live().play(answered())
    assert figures(live)["orlova"] == (1, 20.0)
    call = told(answered())
    other = replace(call.legs[0], operator="ivanov", talk_s=5.0, left_at=at(9))
    live.tell([replace(call, legs=(other,))], LATER)
    assert (figures(live)["orlova"], figures(live)["ivanov"]) == ((0, 0.0), (1, 5.0))


def test_yesterdays_calls_are_not_todays() -> None:
    live = Live()
    call = told(answered())
    live.play([ev.CallsLookedUp(at=LATER, told=(call,), kept=(), midnight=at(10))])
    assert figures(live)["orlova"] == (0, 20.0)  # met before midnight, left after it
    live = Live()
    live.play([ev.CallsLookedUp(at=LATER, told=(call,), kept=(), midnight=at(60))])
    assert figures(live)["orlova"] == (0, 0.0)


def test_who_was_believed_to_talk_is_free_again() -> None:
    live = Live().play(answered()[:-5])
    before = live.world.get(Operator, "orlova")
    assert before is not None and before.call is not None and before.voice == "incall"
    live.tell([told(answered())], LATER)
    now = live.world.get(Operator, "orlova")
    assert now is not None and (now.call, now.voice, now.handled_today) == (None, "idle", 1)
