"""What steps have in common."""

from __future__ import annotations

import pytest

from engine.ivr.orders import Digits, Play, Read
from engine.ivr.talking import WrongAnswer, ask, hear, language, pressed, sounds, value_of
from tests.engine.ivr.stage import AT, PHONE, caller


def test_an_order_is_answered_by_what_it_says() -> None:
    asking = ask(Read(sounds=(), most=1, wait_s=1), Digits)
    assert isinstance(next(asking), Read)
    with pytest.raises(WrongAnswer, match="Read was answered by str"):
        asking.send("1")


def test_the_language_is_what_a_step_has_set() -> None:
    one = caller()
    assert (language(one), sounds(one, ["a", None, "b"])) == ("ru", ("okno/ru/a", "okno/ru/b"))
    one.facts["language"] = "en"
    assert (language(one), sounds(one, ["a"])) == ("en", ("okno/en/a",))
    one.facts["language"] = "fr"
    assert language(one) == "ru"


def test_a_key_that_ends_a_prompt_is_kept_for_the_next_step_once() -> None:
    one = caller()
    hearing = hear(one, ("x",), skip=True)
    assert next(hearing) == Play(sounds=("x",), stop_on="0123456789*#")
    with pytest.raises(StopIteration):
        hearing.send("5")
    assert (pressed(one), pressed(one)) == ("5", "")


def test_nothing_to_play_is_no_order() -> None:
    assert list(hear(caller(), ())) == []


def test_what_a_text_means() -> None:
    one = caller(facts={"born": "1980-03-05", "phone": "other"})
    assert [value_of(one, text) for text in ("plain", "$born", "$line", "$nobody", "$now", "$language")] == [
        "plain", "1980-03-05", "+73430000007", "", AT.isoformat(), "ru"
    ]  # fmt: skip
    assert (value_of(caller(), "$phone"), value_of(one, "$phone")) == (PHONE, "other")
