"""Where a fact leads."""

from __future__ import annotations

import pytest

from tests.engine.ivr.stage import caller, play, step

CASES = [{"equals": "vip", "next": "one"}, {"equals": "", "next": "two"}, {"equals": "vip", "next": "three"}]


@pytest.mark.parametrize(("facts", "after"), [({"who": "vip"}, "one"), ({}, "two"), ({"who": "x"}, "other")])
def test_the_first_case_that_equals(facts: dict[str, str], after: str) -> None:
    made = step("branch", value="$who", cases=CASES, otherwise="other")
    assert play(made.walk(caller(facts=facts))) == ([], after)


def test_a_hidden_number() -> None:
    made = step("branch", value="$phone", cases=[{"next": "hidden"}], otherwise="shown")
    assert [play(made.walk(caller(phone=phone)))[1] for phone in ("", "+79990000001")] == ["hidden", "shown"]
