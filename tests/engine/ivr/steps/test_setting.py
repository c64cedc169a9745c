"""Facts for the steps that follow."""

from __future__ import annotations

from engine.ivr.talking import language
from tests.engine.ivr.stage import caller, play, step


def test_facts_are_set_as_they_were_before_the_step() -> None:
    one = caller(facts={"a": "1", "b": "2"})
    assert play(step("set", facts={"a": "$b", "b": "$a", "c": "3"}, next="x").walk(one)) == ([], "x")
    assert one.facts == {"a": "2", "b": "1", "c": "3"}


def test_another_language() -> None:
    one = caller()
    play(step("set", facts={"language": "en"}, next="x").walk(one))
    assert language(one) == "en"
