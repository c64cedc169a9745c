"""The mix of a day: everything happens, numbers are synthetic, the same luck gives the same day."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest

from demo import patients
from okno.resources import folder
from okno.settings import Settings, load_settings


@pytest.fixture(scope="module")
def clinic() -> Settings:
    """The demo clinic."""
    return load_settings(folder("demo") / "okno.demo.yaml")


def test_a_thousand_calls_have_everything_and_only_synthetic_numbers(clinic: Settings) -> None:
    dice = Random(7)
    day = [patients.next_call(clinic, dice) for _ in range(1000)]
    extensions = {operator.extension for operator in clinic.operators}
    kinds: Counter[str] = Counter()
    for placed in day:
        call = placed.call
        menu = placed.doing.press_s if placed.doing else 0
        assert call.hold_s is not None and 0 < call.hold_s - menu <= 5 + clinic.demo.talk_s[1]
        if placed.from_phone:
            assert call.number in extensions
            assert call.called in extensions - {call.number} or re.fullmatch(r"8999000\d{4}", call.called)
            kinds["internal" if call.called in extensions else "outbound"] += 1
        else:
            assert re.fullmatch(r"\+7999000\d{4}", call.number)
            kinds["early" if call.hold_s < 1 else "impatient" if call.hold_s < 4 else "talk"] += 1
            kinds["closed"] += call.called == "73430000006"
            kinds["menu"] += call.called == "73430000007"
            kinds[f"key {placed.doing.press}" if placed.doing else "no key"] += 1
            assert placed.doing is None or call.called in ("73430000006", "73430000007")
    assert all(kinds[kind] for kind in ("internal", "outbound", "early", "impatient", "talk", "closed", "menu"))
    assert all(kinds[kind] for kind in ("key 0", "key 1", "key 3")) and kinds["menu"] > kinds["closed"]
    assert kinds["talk"] > 700


def test_the_same_luck_gives_the_same_day(clinic: Settings) -> None:
    days = [[patients.next_call(clinic, dice) for _ in range(20)] for dice in (Random(1), Random(1), Random(2))]
    assert days[0] == days[1] != days[2]


def test_pauses_keep_to_the_rate(clinic: Settings) -> None:
    dice = Random(3)
    mean = sum(patients.pause_s(clinic, dice) for _ in range(3000)) / 3000
    assert 60 / clinic.demo.calls_per_minute * 0.9 < mean < 60 / clinic.demo.calls_per_minute * 1.1


def test_a_rate_of_nought_places_nothing_soon(clinic: Settings) -> None:
    quiet = clinic.model_copy(update={"demo": clinic.demo.model_copy(update={"calls_per_minute": 0.0})})
    assert patients.pause_s(quiet, Random(1)) == 60
