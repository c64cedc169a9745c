"""Values between prompts, or on without a word."""

from __future__ import annotations

import pytest

from engine.ivr.orders import Play
from tests.engine.ivr.stage import caller, play, said, sounds, step


def test_a_fact_between_prompts() -> None:
    made = step("say", before=["your_visit"], what="moment", value="$visit_at", after=["wait"], next="x")
    one = caller(facts={"visit_at": "2026-11-22T09:30+05:00"})
    phrase = said("tomorrow", "date-22", "month-11", "at", "9", "hour-many", "30", "minute-many")
    assert play(made.walk(one)) == ([Play(sounds=sounds("your_visit") + phrase + sounds("wait"))], "x")


def test_how_it_is_said() -> None:
    made = step("say", what="count", value="2", noun="minute", case="gen", next="x")
    assert play(made.walk(caller())) == ([Play(sounds=said("2-gen", "minute-many"))], "x")
    year = step("say", what="date", value="2000-05-03", year=True, next="x")
    assert play(year.walk(caller()))[0] == [Play(sounds=said("date-3", "month-5", "2000-th-gen", "of-year"))]


@pytest.mark.parametrize(("otherwise", "after"), [(None, "x"), ("y", "y")])
def test_what_cannot_be_said_is_not(otherwise: str | None, after: str) -> None:
    made = step("say", before=["hello"], what="date", value="$nobody", next="x", otherwise=otherwise)
    assert play(made.walk(caller())) == ([], after)


def test_a_text_nobody_can_say_is_a_doubt() -> None:
    assert [word for _, word, _ in step("say", what="phone", value="112", next="x").doubts()] == ["unsayable"]
    assert list(step("say", what="phone", value="+79990000001", next="x").doubts()) == []
