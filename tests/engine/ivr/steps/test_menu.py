"""Keys, silence, wrong keys, the key that says the menu again."""

from __future__ import annotations

from typing import Any

import pytest

from engine.ivr.orders import Digits, Read
from engine.ivr.steps.menu import _REPEATS
from tests.engine.ivr.stage import caller, keys, play, sounds, step

MENU = {
    "prompts": ["choose"], "choices": [{"key": "1", "next": "one"}, {"key": "0", "next": "nought"}], "repeat": "*",
    "silent": "silent", "wrong": "wrong", "otherwise": "people",
}  # fmt: skip


def ask(*prompts: str) -> Read:
    """The order to play and wait for one key."""
    return Read(sounds=sounds(*prompts), most=1, wait_s=5, end_on="")


@pytest.mark.parametrize(("pressed", "said", "after"), [
    (["1"], [("choose",)], "one"),
    (["0"], [("choose",)], "nought"),
    (["", "1"], [("choose",), ("silent", "choose")], "one"),
    (["5", "1"], [("choose",), ("wrong", "choose")], "one"),
    (["*", "0"], [("choose",), ("choose",)], "nought"),
    (["", "#", ""], [("choose",), ("silent", "choose"), ("wrong", "choose")], "people"),
    (["", "*", "", "", ], [("choose",), ("silent", "choose"), ("choose",), ("silent", "choose")], "people"),
])  # fmt: skip
def test_what_he_presses(pressed: list[str], said: list[tuple[str, ...]], after: str) -> None:
    orders, way = play(step("menu", **MENU).walk(caller()), [keys(one) for one in pressed])
    assert (orders, way) == ([ask(*one) for one in said], after)


def test_a_key_that_is_stuck_does_not_keep_him() -> None:
    orders, way = play(step("menu", **MENU).walk(caller()), lambda order: Digits(keys="*", timed_out=False))
    assert (way, len(orders)) == ("people", _REPEATS + 3)


def test_without_words_for_mistakes_the_menu_alone_is_said_again() -> None:
    bare: dict[str, Any] = {**MENU, "silent": None, "wrong": None, "tries": 2}
    orders, way = play(step("menu", **bare).walk(caller()), [keys(""), keys("9")])
    assert (orders, way) == ([ask("choose"), ask("choose")], "people")


def test_a_key_pressed_before_that_is_no_choice_is_a_wrong_one() -> None:
    one = caller(facts={"_pressed": "8"})
    assert play(step("menu", **MENU).walk(one), [keys("1")]) == ([ask("wrong", "choose")], "one")
