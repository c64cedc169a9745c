"""What the demo's phones do, taken together."""

from __future__ import annotations

import pytest

from demo import phones, sipp
from demo.scenarios import Call, Rule
from demo.scenarios import phones as scenario
from okno.resources import folder
from okno.settings import load_settings
from tests.pbx.bench import bench_settings


def shares(rules: tuple[Rule, ...]) -> dict[str, float]:
    """How often each outcome happens."""
    left, found = 1.0, dict[str, float]()
    for rule in rules:
        share = left if rule.chance is None else left * rule.chance
        found[rule.behaviour.outcome] = found.get(rule.behaviour.outcome, 0) + share
        left -= share
    return {outcome: round(share, 2) for outcome, share in found.items()}


def test_operators_mostly_lift_sometimes_not() -> None:
    assert shares(phones.OPERATORS) == {"silent": 0.07, "busy": 0.04, "refuse": 0.03, "answer": 0.86}


def test_both_sides_are_scenarios_sipp_can_read() -> None:
    assert all("<scenario" in scenario(rules) for rules in (phones.OPERATORS, phones.OUTSIDE))


def test_operators_log_in_by_their_code_where_that_is_how_it_is_done() -> None:
    clinic = load_settings(folder("demo") / "okno.demo.yaml")
    calls = phones.log_ins(clinic)
    assert calls[0] == Call("1001", "*41", None)
    assert {call.number for call in calls} == {one.extension for one in clinic.operators if one.queues}
    assert phones.log_ins(bench_settings()) == []


def test_who_stands_in_no_queue_lifts_when_he_asked_to_be_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic, started = load_settings(folder("demo") / "okno.demo.yaml"), list[tuple[Rule, ...]]()
    monkeypatch.setattr(sipp, "phones", lambda _address, rules: started.append(rules))
    phones.start(clinic)
    first = started[0][0]
    assert (first.called, first.behaviour.outcome) == ("1099", "answer")
    assert started[0][1:] == phones.OPERATORS
