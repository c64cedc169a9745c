"""Scores by one key each."""

from __future__ import annotations

from engine.ivr.orders import Leave, Rate, Read
from tests.engine.ivr.stage import caller, heard, keys, play, sounds, step

FIELDS = {
    "questions": [{"name": "talk", "prompt": "talk"}, {"name": "clinic", "prompt": "clinic", "least": 0, "most": 9}],
    "wrong": "wrong", "thanks": ["thanks"],
}  # fmt: skip


def ask(*prompts: str) -> Read:
    """The order to ask a question."""
    return Read(sounds=sounds(*prompts), most=1, wait_s=5, end_on="")


def test_every_question_is_kept() -> None:
    assert play(step("survey", **FIELDS).walk(caller()), [keys("5"), None, keys("0"), None]) == ([
        ask("talk"), Rate(question="talk", score=5), ask("clinic"), Rate(question="clinic", score=0), heard("thanks")
    ], Leave(to="done"))  # fmt: skip


def test_a_wrong_key_is_asked_again() -> None:
    orders, after = play(step("survey", **FIELDS, next="x").walk(caller()), [keys("9"), keys("*")])
    assert (orders, after) == ([ask("talk"), ask("wrong", "talk")], "x")


def test_who_does_not_answer_is_left_alone() -> None:
    orders, after = play(step("survey", **FIELDS).walk(caller()), [keys("5"), None, keys(""), keys("")])
    assert (orders[2:], after) == ([ask("clinic"), ask("clinic")], Leave(to="done"))


def test_a_scale_without_keys_is_a_doubt() -> None:
    made = step("survey", questions=[{"name": "q", "prompt": "p", "least": 5, "most": 1}])
    assert [word for _, word, _ in made.doubts()] == ["never_fits"]
