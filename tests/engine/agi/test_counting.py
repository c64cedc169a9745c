"""Callers by flow and step."""

from __future__ import annotations

from engine.agi.counting import Counts


def test_where_callers_are_and_how_they_left() -> None:
    counts = Counts()
    one, two = counts.came("main"), counts.came("main")
    for place in (one, two):
        counts.at(place, "menu")
    counts.at(one, "about")
    row = counts.rows()["flows"]["main"]
    assert (row["came"], row["inside"], row["exits"]) == (2, 2, {})
    assert row["steps"] == {"about": {"now": 1, "entered": 1}, "menu": {"now": 1, "entered": 2}}
    counts.left(one, "done")
    counts.left(two, "left")
    row = counts.rows()["flows"]["main"]
    assert (row["came"], row["inside"], row["exits"]) == (2, 0, {"done": 1, "left": 1})


def test_who_left_before_the_first_step_is_nowhere() -> None:
    counts = Counts()
    counts.left(counts.came("main"), "left")
    assert counts.rows()["flows"]["main"] == {"came": 1, "inside": 0, "exits": {"left": 1}, "steps": {}}
