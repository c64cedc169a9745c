"""A tracker beside the live one."""

from __future__ import annotations

from engine.journal.tracker import JournalTracker
from engine.world import Request
from tests.engine.clinic import T, gone, patient, wants
from tests.engine.journal.paper import entities


def test_it_returns_calls_as_they_end_and_holds_nothing_of_them() -> None:
    request = Request(key="r", year=2026, number=1, kind="call", status="new", created_at=T, since=T)
    tracker = JournalTracker([*entities(), request])
    assert tracker.take(patient(0)) == []
    assert tracker.open == 1
    assert tracker.take(wants(3, 1)) == []
    (call,) = tracker.take(gone(4, 1))
    assert (call.result, call.phase, call.request) == ("abandoned", "ended", None)
    assert tracker.open == 0
    assert tracker.take(gone(5, 1)) == []


def test_settings_may_change_while_calls_go_on() -> None:
    tracker = JournalTracker([])
    tracker.refresh(entities())
    tracker.take(patient(0))
    tracker.refresh(entities()[:1])
    assert tracker.open == 1
    assert len(tracker.take(gone(4, 1))) == 1
