"""A visit is found by the number and the birth date together, and neither can be guessed for long."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.ivr.orders import Found, Visit
from tests.engine.ivr.stage import PHONE, caller, play, step

WAYS = {"found": "f", "none": "n", "failed": "x"}
AT = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Asia/Yekaterinburg"))


def test_found() -> None:
    one = caller(facts={"born": "1980-03-05"})
    assert play(step("visit", **WAYS).walk(one), [Found(visit="7", starts_at=AT)]) == (
        [Visit(phone=PHONE, born="1980-03-05")], "f"
    )  # fmt: skip
    assert (one.facts["visit"], one.facts["visit_at"]) == ("7", "2026-11-23T09:30+05:00")


@pytest.mark.parametrize(("found", "after"), [(Found(), "n"), (Found(answered=False), "x")])
def test_not_found(found: Found, after: str) -> None:
    one = caller(facts={"born": "1980-03-05"})
    assert play(step("visit", **WAYS).walk(one), [found])[1] == after
    assert "visit" not in one.facts


@pytest.mark.parametrize(("phone", "born"), [("", "1980-03-05"), (PHONE, ""), (PHONE, "05031980x")])
def test_without_both_nothing_is_asked(phone: str, born: str) -> None:
    assert play(step("visit", **WAYS).walk(caller(phone=phone, facts={"born": born}))) == ([], "n")


def test_a_birth_date_is_not_guessed() -> None:
    one = caller()
    asked = 0
    for year in range(1980, 1990):
        one.facts["born"] = f"{year}-03-05"
        orders, after = play(step("visit", **WAYS).walk(one), lambda order: Found())
        asked += len(orders)
        assert after == "n"
    assert asked == 3
