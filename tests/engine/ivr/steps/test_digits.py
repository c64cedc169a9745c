"""Digits, birth dates and phones, keyed in."""

from __future__ import annotations

from datetime import date

import pytest

from engine.ivr.orders import Read
from engine.ivr.steps.digits import birth
from tests.engine.ivr.stage import caller, keys, play, sounds, step

FIELDS = {"prompts": ["ask"], "fact": "typed", "silent": "silent", "wrong": "wrong", "next": "x", "otherwise": "y"}


@pytest.mark.parametrize(("more", "pressed", "fact"), [
    ({}, "0123", "0123"),
    ({"least": 4}, "123", None),
    ({"most": 3}, "1234", None),
    ({}, "12*", None),
    ({"expect": "birth"}, "05031980", "1980-03-05"),
    ({"expect": "birth"}, "29022000", "2000-02-29"),
    ({"expect": "birth"}, "29022001", None),
    ({"expect": "birth"}, "31042001", None),
    ({"expect": "birth"}, "22112026", None),
    ({"expect": "birth"}, "01011850", None),
    ({"expect": "birth"}, "050380", None),
    ({"expect": "phone"}, "89990000105", "+79990000105"),
    ({"expect": "phone"}, "9990000105", "+79990000105"),
    ({"expect": "phone"}, "2000105", "+73432000105"),
    ({"expect": "phone"}, "123", None),
])  # fmt: skip
def test_what_he_keys_in(more: dict[str, object], pressed: str, fact: str | None) -> None:
    one = caller()
    _, after = play(step("digits", **FIELDS, tries=1, **more).walk(one), [keys(pressed)])
    assert (after, one.facts.get("typed")) == (("x", fact) if fact else ("y", None))


def test_it_is_asked_again_with_the_reason() -> None:
    orders, after = play(step("digits", **FIELDS, most=4).walk(caller()), [keys(""), keys("12345"), keys("1")])
    assert [order.sounds for order in orders] == [sounds("ask"), sounds("silent", "ask"), sounds("wrong", "ask")]  # type: ignore[union-attr]
    assert after == "x"


def test_a_birth_date_is_eight_digits() -> None:
    orders, _ = play(step("digits", **FIELDS, expect="birth", end_on="").walk(caller()), [keys("05031980")])
    assert orders == [Read(sounds=sounds("ask"), most=8, wait_s=5, end_on="")]


@pytest.mark.parametrize(("first", "most", "pressed", "asked", "fact"), [
    ("1", 3, ["23"], [Read(sounds=(), most=2, wait_s=5)], "123"),
    ("1", 1, [], [], "1"),
    ("#", 3, ["7"], [Read(sounds=sounds("silent", "ask"), most=3, wait_s=5)], "7"),
])  # fmt: skip
def test_a_key_pressed_before_is_the_first_digit(
    first: str, most: int, pressed: list[str], asked: list[Read], fact: str
) -> None:
    one = caller(facts={"_pressed": first})
    orders, _ = play(step("digits", **FIELDS, most=most).walk(one), [keys(text) for text in pressed])
    assert (orders, one.facts["typed"]) == (asked, fact)


def test_nobody_is_born_tomorrow_or_lives_for_ever() -> None:
    today = date(2026, 11, 21)
    assert birth("21112026", today) == "2026-11-21"
    assert [birth(text, today) for text in ("22112026", "01011895", "00000000", "1", "0101189a")] == [""] * 5


def test_digits_that_never_fit_are_a_doubt() -> None:
    made = step("digits", **FIELDS, expect="birth", least=9, most=7)
    assert [place for place, _, _ in made.doubts()] == ["least", "most"]
