"""A callback to his number or to another one that he says is right."""

from __future__ import annotations

from typing import Any

import pytest

from engine.ivr import saying
from engine.ivr.orders import Answer, Leave, Order, Promise, Read
from tests.engine.ivr.stage import PHONE, caller, heard, keys, play, sounds, step

FIELDS: dict[str, Any] = {
    "prompts": ["offer"], "queue": "front", "number": ["number"], "right": ["right"], "wrong": "wrong",
    "thanks": ["thanks"], "otherwise": "no", "failed": "failed",
}  # fmt: skip
OTHER = "+79990000105"
OFFER = Read(sounds=sounds("offer"), most=1, wait_s=5, end_on="")
NUMBER = Read(sounds=sounds("number"), most=15, wait_s=5)
RIGHT = Read(sounds=saying.phone("ru", OTHER) + sounds("right"), most=1, wait_s=5, end_on="")


def promise(phone: str) -> Promise:
    """The order to promise."""
    return Promise(phone=phone, queue="front")


@pytest.mark.parametrize(("phone", "answers", "orders", "after"), [
    (PHONE, [keys("1"), True], [OFFER, promise(PHONE), heard("thanks")], Leave(to="promised")),
    (PHONE, [keys("1"), False], [OFFER, promise(PHONE)], "failed"),
    (PHONE, [keys(""), keys("5")], [OFFER, OFFER], "no"),
    (PHONE, [keys("2"), keys("89990000105"), keys("1"), True],
     [OFFER, NUMBER, RIGHT, promise(OTHER), heard("thanks")], Leave(to="promised")),
    (PHONE, [keys("2"), keys("89990000105"), keys("2"), keys("89990000105"), keys("1"), True],
     [OFFER, NUMBER, RIGHT, NUMBER, RIGHT, promise(OTHER), heard("thanks")], Leave(to="promised")),
    # A number that is none, and one that nobody is called back at.
    (PHONE, [keys("2"), keys("12"), keys("88005550000")],
     [OFFER, NUMBER, Read(sounds=sounds("wrong", "number"), most=15, wait_s=5)], "no"),
    ("", [keys("89990000105"), keys("1"), True], [NUMBER, RIGHT, promise(OTHER), heard("thanks")],
     Leave(to="promised")),
    ("", [keys(""), keys("")], [NUMBER, Read(sounds=sounds("wrong", "number"), most=15, wait_s=5)], "no"),
])  # fmt: skip
def test_who_is_called_back(phone: str, answers: list[Answer], orders: list[Order], after: Any) -> None:
    assert play(step("callback", **FIELDS).walk(caller(phone=phone)), answers) == (orders, after)


def test_without_words_for_a_number_only_his_own_is_taken() -> None:
    bare = {**FIELDS, "number": [], "right": [], "elsewhere": None}
    assert play(step("callback", **bare).walk(caller(phone=""))) == ([], "no")
    assert play(step("callback", **bare).walk(caller()), [keys("2"), keys("2")]) == ([OFFER, OFFER], "no")


def test_the_flow_may_go_on() -> None:
    made = step("callback", **{**FIELDS, "failed": None}, next="more")
    assert not made.ends() and play(made.walk(caller()), [keys("1"), True])[1] == "more"
    assert play(made.walk(caller()), [keys("1"), False])[1] == "no"
