"""The journal tells of calls that joined, or should have: as a live one's, only later."""

from __future__ import annotations

from engine import events as ev
from engine.world import Request
from tests.engine.clinic import PATIENT
from tests.engine.floor import do, opened, request
from tests.engine.mending import Live
from tests.engine.requests.test_repairs import LATER, abandoned, answered, told, whats


def promised(live: Live) -> str:
    """He is to be called back anyway."""
    return opened(live.world, 7, -100, kind="callback", phone=PATIENT)


def test_a_joined_call_that_was_answered_after_all_settles_what_it_joined() -> None:
    live = Live()
    key = promised(live)
    live.play(abandoned())
    joined = request(live.world, key)
    assert (joined.missed, len(joined.joined)) == (1, 1)
    live.tell([told(answered())], LATER)
    assert live.world.get(Request, key) is None
    assert (live.requests[key].outcome, live.requests[key].missed) == ("reached_by_call", 0)
    assert "repaired" in whats(live) and "reached" in whats(live)


def test_what_somebody_has_in_hand_is_only_told() -> None:
    live = Live()
    key = promised(live)
    live.play(abandoned())
    assert do(live.world, ev.TakeAsked, 60, request=key).ok
    live.tell([told(answered())], LATER)
    assert live.requests[key].missed == 0 and "repaired" in whats(live)


def test_a_call_nobody_saw_joins_what_waits_for_its_person() -> None:
    live = Live()
    key = promised(live)
    live.tell([told(abandoned())], LATER)
    joined = request(live.world, key)
    assert (joined.missed, len(joined.calls), len(joined.joined)) == (1, 1, 1)
    assert [one.key for one in live.world.all(Request)] == [key]
    assert live.call().request == key


def test_a_call_believed_answered_that_was_missed_joins_as_well() -> None:
    live = Live()
    live.play(answered())
    key = opened(live.world, 7, 30, kind="callback", phone=PATIENT)
    live.tell([told(abandoned())], LATER)
    assert [(one.key, one.missed) for one in live.world.all(Request)] == [(key, 1)]
    assert live.call().request == key
