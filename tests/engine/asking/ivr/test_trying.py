"""Flows walked for somebody at a screen, with what he gave so far."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.asking.ivr.trying import MOST_ORDERS, Pretended, Row, texts_of, tried
from engine.ivr.flow import read
from engine.ivr.orders import Caller

AT = datetime(2026, 11, 23, 11, tzinfo=UTC)
WORDS = {"okno/ru/hello": "Hello!", "okno/ru/choose": "Press one.", "okno/ru/again": "Again."}
MENU = {
    "kind": "menu", "prompts": ["choose"], "choices": [{"key": "1", "next": "wait"}], "wrong": "again", "tries": 2,
    "otherwise": "bye",
}  # fmt: skip
BYE = {"kind": "leave", "to": "hangup"}
WAIT = {"kind": "queue", "queue": "front"}


def walked(steps: dict[str, Any], given: list[str], phone: str = "", **pretended: Any) -> Row:
    """A flow of these steps walked from the first."""
    flow = read({"language": "ru", "start": next(iter(steps)), "steps": steps})
    caller = Caller(call="tried", phone=phone, dialled="", line="", language="ru", at=AT)
    return tried(
        flow, caller, given, Pretended(**pretended),
        open_now=lambda hours: hours == "day", words=lambda sound: WORDS.get(sound, ""),
    ).row()  # fmt: skip


def test_it_stops_where_a_key_is_waited_for_and_goes_on_with_it() -> None:
    steps = {"hello": {"kind": "play", "prompts": ["hello"], "next": "menu"}, "menu": MENU, "wait": WAIT, "bye": BYE}
    told = walked(steps, [])
    assert told["wants"] == {"what": "keys", "most": 1, "end_on": "", "wait_s": 5} and told["leave"] is None
    assert [line["what"] for line in told["lines"]] == ["step", "heard", "step", "heard"]
    assert told["lines"][1]["heard"] == [{"sound": "okno/ru/hello", "text": "Hello!"}] and told["step"] == "menu"
    told = walked(steps, ["1"])
    assert told["leave"] == {"to": "queue", "value": "front"} and told["wants"] is None


def test_a_wrong_key_is_told_and_silence_is_an_answer() -> None:
    steps = {"menu": MENU, "wait": WAIT, "bye": BYE}
    told = walked(steps, ["5"])
    assert told["lines"][2] == {"step": "menu", "what": "pressed", "keys": "5"}
    assert [one["text"] for one in told["lines"][3]["heard"]] == ["Again.", "Press one."]
    assert walked(steps, ["5", ""])["leave"] == {"to": "hangup", "value": ""}


@pytest.mark.parametrize(("given", "keys", "leads"), [("12345678", "12345678", "wait"), ("1234#", "1234", "wait"), ("12", "12", "bye")])
def test_several_digits_end_by_their_number_by_the_key_or_by_silence(given: str, keys: str, leads: str) -> None:
    steps = {
        "code": {
            "kind": "digits", "prompts": ["choose"], "fact": "code", "least": 3, "most": 8, "tries": 1, "next": "wait",
            "otherwise": "bye",
        },
        "wait": WAIT, "bye": BYE,
    }  # fmt: skip
    told = walked(steps, [given])
    assert {"step": "code", "what": "pressed", "keys": keys} in told["lines"]
    assert told["lines"][-1] == {"step": leads, "what": "step"}


def test_others_answer_what_is_pretended() -> None:
    steps = {
        "who": {"kind": "lookup", "blocked": "bye", "visit": "clock", "otherwise": "bye"},
        "clock": {"kind": "hours", "hours": "day", "open": "queue", "closed": "bye"},
        "queue": {"kind": "queue", "queue": "front", "announce": "both", "closed": "bye"}, "bye": BYE,
    }  # fmt: skip
    told = walked(steps, [], phone="+79990000001", patient=True, visit=True, waiting=3, wait_s=None)
    asked = {line["what"]: line["answer"] for line in told["lines"] if "answer" in line}
    assert asked == {
        "lookup": {"known": ["patient", "visit"]}, "isopen": True, "ahead": {"waiting": 3, "wait_s": None, "open": True}
    }  # fmt: skip
    assert told["leave"] == {"to": "queue", "value": "front"}
    assert walked(steps, [], phone="+79990000001", blocked=True)["leave"] == {"to": "hangup", "value": ""}


def test_a_visit_is_found_and_confirmed() -> None:
    steps = {
        "find": {"kind": "visit", "born": "1980-03-05", "found": "confirm", "none": "bye", "failed": "bye"},
        "confirm": {"kind": "decide", "what": "confirm", "done": "wait", "failed": "bye"}, "wait": WAIT, "bye": BYE,
    }  # fmt: skip
    assert walked(steps, [], phone="+79990000001", visit=True)["leave"] == {"to": "queue", "value": "front"}
    assert walked(steps, [], phone="+79990000001")["leave"] == {"to": "hangup", "value": ""}


def test_a_message_is_as_long_as_was_given() -> None:
    steps = {"message": {"kind": "voicemail", "prompts": ["choose"], "otherwise": "bye"}, "bye": BYE}
    assert walked(steps, [])["wants"]["what"] == "record"
    assert walked(steps, ["8"])["leave"] == {"to": "voicemail", "value": ""}
    assert walked(steps, ["0"])["leave"] == {"to": "hangup", "value": ""}


def test_a_promise_a_survey_and_an_address_are_answered() -> None:
    steps = {
        "ask": {"kind": "http", "name": "bonus", "ok": "rate", "failed": "bye"},
        "rate": {"kind": "survey", "questions": [{"name": "talk", "prompt": "choose"}], "next": "back"},
        "back": {"kind": "callback", "prompts": ["choose"], "elsewhere": None, "otherwise": "bye"}, "bye": BYE,
    }  # fmt: skip
    told = walked(steps, ["5", "1"], phone="+79990000001")
    assert [line["what"] for line in told["lines"] if "answer" in line] == ["call", "rate", "promise"]
    assert told["leave"]["to"] == "promised"
    assert walked(steps, [], http=False)["leave"] == {"to": "hangup", "value": ""}


def test_a_flow_that_goes_round_comes_to_an_end() -> None:
    steps = {"a": {"kind": "play", "prompts": ["hello"], "next": "b"}, "b": {"kind": "play", "prompts": ["hello"], "next": "a"}}
    told = walked(steps, [])
    assert told["leave"] is None or told["leave"]["to"] == "queue"
    assert len(told["lines"]) <= MOST_ORDERS


def test_words_of_prompts_that_are_none_are_empty() -> None:
    prompts = {"a": {"text": {"ru": "A"}}, "b": {"text": None}, "c": 5, "d": {"text": {"ru": 7}}}
    assert texts_of(prompts, "ru") == {"okno/ru/a": "A", "okno/ru/b": "", "okno/ru/c": "", "okno/ru/d": ""}
