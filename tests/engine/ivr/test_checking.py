"""Every kind of mistake in a flow is found, at its place, and a good flow has none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ivr.checking import There, check, check_all
from engine.ivr.flow import read
from engine.ivr.orders import (
    Ahead,
    Answer,
    Call,
    Decide,
    Digits,
    Found,
    HttpAnswer,
    IsOpen,
    Known,
    Leave,
    Line,
    LookUp,
    Play,
    Promise,
    Read,
    Record,
    Recorded,
    Visit,
)  # fmt: skip
from engine.ivr.walking import MOST_STEPS, At, walk
from okno.resources import folder
from okno.settings import load_settings
from okno.settings.directory import Directory
from tests.engine.ivr.stage import AT, caller

THERE = There(
    prompts={"hello": frozenset({"ru", "en"}), "menu": frozenset({"ru"}), "mute": frozenset()},
    queues=frozenset({"front"}), hours=frozenset({"day"}), extensions=frozenset({"1001"}), addresses=frozenset({"shop"}),
)  # fmt: skip
QUEUE = {"kind": "queue", "queue": "front"}
BYE = {"kind": "leave"}


def hello(to: str, prompt: str = "hello") -> dict[str, Any]:
    """Play and go on."""
    return {"kind": "play", "prompts": [prompt], "next": to}


def menu(*to: str, otherwise: str = "end", **more: Any) -> dict[str, Any]:
    """A choice by the keys from 1."""
    choices = [{"key": str(number), "next": name} for number, name in enumerate(to, 1)]
    return {"kind": "menu", "prompts": ["menu"], "choices": choices, "otherwise": otherwise, **more}


def found(start: str = "a", language: str = "ru", **steps: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The flaws of a flow of these steps: where, and which."""
    flaws = check({"start": start, "language": language, "steps": steps}, THERE)
    assert all(flaw.message and flaw.row()["level"] in ("error", "warning") for flaw in flaws)
    return [(flaw.step, flaw.field, flaw.word) for flaw in flaws]


def test_a_good_flow() -> None:
    assert found(a=hello("b"), b=menu("a", "end"), end=QUEUE) == []


@pytest.mark.parametrize(("steps", "flaws"), [
    ({"a": hello("b")}, [("a", "next", "no_step")]),
    ({"a": QUEUE, "b": BYE}, [("b", "", "unreachable")]),
    ({"a": QUEUE, "b": hello("c"), "c": BYE}, [("b", "", "unreachable"), ("c", "", "unreachable")]),
    # He may choose as often as he likes and can never leave.
    ({"a": menu("b", otherwise="b"), "b": menu("a", otherwise="b")},
     [("a", "", "dead_end"), ("b", "", "dead_end"), ("b", "", "loop")]),
    ({"a": menu("end", otherwise="a"), "end": BYE}, [("a", "", "loop")]),
    ({"a": hello("b"), "b": menu("end", otherwise="a"), "end": BYE}, [("a", "", "loop")]),
    ({"a": hello("b", "nothing"), "b": BYE}, [("a", "prompts[0]", "no_prompt")]),
    ({"a": hello("b", "mute"), "b": BYE}, [("a", "prompts[0]", "no_words")]),
    ({"a": {"kind": "set", "facts": {"language": "en"}, "next": "b"}, "b": menu("end"), "end": BYE},
     [("b", "prompts[0]", "no_words")]),
    ({"a": {"kind": "queue", "queue": "back"}}, [("a", "queue", "no_queue")]),
    ({"a": {"kind": "hours", "hours": "night", "open": "b", "closed": "b"}, "b": BYE}, [("a", "hours", "no_hours")]),
    ({"a": {"kind": "transfer", "extension": "1002"}}, [("a", "extension", "no_extension")]),
    ({"a": {"kind": "http", "name": "bank", "ok": "b", "failed": "b"}, "b": BYE}, [("a", "name", "no_http")]),
    ({"a": {"kind": "http", "name": "shop", "ok": "b", "failed": "c"}, "c": QUEUE,
      "b": {"kind": "say", "what": "number", "value": "$told", "next": "c"}}, []),
    ({"a": {"kind": "say", "what": "date", "value": "$when", "next": "b"}, "b": BYE}, [("a", "value", "no_fact")]),
    ({"a": {"kind": "say", "what": "date", "value": "soon", "next": "b"}, "b": BYE}, [("a", "value", "unsayable")]),
    ({"a": {"kind": "visit", "found": "b", "none": "c", "failed": "c"}, "c": BYE,
      "b": {"kind": "say", "what": "moment", "value": "$visit_at", "next": "c"}}, [("a", "born", "no_fact")]),
    ({"a": menu("end", repeat="1"), "end": BYE}, [("a", "repeat", "key_twice")]),
    ({"a": {**menu("end"), "choices": [{"key": "1", "next": "end"}, {"key": "1", "next": "c"}]}, "end": BYE, "c": QUEUE},
     [("a", "choices[1].key", "key_twice")]),
    ({"a": {"kind": "callback", "prompts": ["hello"], "here": "2", "otherwise": "b", "number": ["hello"],
            "right": ["hello"]}, "b": BYE}, [("a", "elsewhere", "key_twice")]),
    ({"a": {"kind": "callback", "prompts": ["hello"], "otherwise": "b"}, "b": BYE}, [("a", "number", "no_question")]),
    ({"a": {"kind": "digits", "prompts": ["hello"], "fact": "x", "least": 5, "most": 3, "next": "b", "otherwise": "b"},
      "b": BYE}, [("a", "least", "never_fits")]),
    ({"a": {"kind": "survey", "questions": [{"name": "q", "prompt": "hello"}, {"name": "q", "prompt": "hello"}]}},
     [("a", "questions[1].name", "name_twice")]),
    ({"a": {"kind": "dance"}}, [("a", "kind", "broken")]),
])  # fmt: skip
def test_mistakes(steps: dict[str, Any], flaws: list[tuple[str, str, str]]) -> None:
    assert sorted(found(**steps)) == sorted(flaws)


def test_a_start_that_is_not_there() -> None:
    assert found("b", a=QUEUE) == [("", "start", "no_start")]


def test_the_language_of_a_flow_is_that_of_its_words() -> None:
    assert found(language="en", a=menu("end"), end=BYE) == [("a", "prompts[0]", "no_words")]


def test_only_what_loses_a_caller_refuses() -> None:
    flaws = check({"start": "a", "steps": {"a": QUEUE, "b": hello("c")}}, THERE)
    assert [(flaw.word, flaw.refuses, flaw.key) for flaw in flaws] == [
        ("no_step", True, "steps.b.next"), ("unreachable", False, "steps.b")
    ]  # fmt: skip


def test_names_are_read_from_a_directory_and_from_any_draft() -> None:
    directory = Directory.model_validate({
        "queues": [{"name": "front", "title": {"en": "Front"}}],
        "hours": {"day": {}},
        "operators": [{"name": "anna", "title": {"en": "Anna"}, "extension": "1001"}],
        "prompts": {"hello": {"label": {"en": "Hello"}, "file": "0" * 64},
                    "menu": {"label": {"en": "Menu"}, "text": {"ru": "Меню", "en": " "}},
                    "mute": {"label": {"en": "Mute"}}},
        "flows": {"good": {"start": "a", "steps": {"a": QUEUE}}, "bad": {"start": "a", "steps": {"a": hello("b")}}},
    })  # fmt: skip
    assert There.of(directory, {"shop": 1}) == THERE
    assert [(name, flaw.word) for name, flaw in check_all(directory)] == [("bad", "no_step")]
    draft: dict[str, Any] = {"queues": [{"name": "x"}, 5, {}], "operators": None, "prompts": {"a": 5}, "hours": []}
    assert There.drafted(draft) == There({"a": frozenset()}, frozenset({"x"}), frozenset(), frozenset())


def test_the_demo_clinic_s_flows_have_no_flaw() -> None:
    clinic = load_settings(folder("demo") / "okno.demo.yaml")
    assert set(clinic.flows) == {"main", "closed", "rating"} and check_all(clinic.directory) == []


NAMES = ("a", "b", "c", "d")
TO = st.sampled_from(NAMES)
STEPS = st.one_of(
    st.builds(hello, TO),
    st.builds(lambda one, two, other: menu(one, two, otherwise=other), TO, TO, TO),
    st.builds(lambda one, two: {"kind": "hours", "open": one, "closed": two}, TO, TO),
    st.builds(lambda one, two: {"kind": "visit", "born": "1980-03-05", "found": one, "none": two, "failed": two}, TO, TO),
    st.builds(lambda one, two: {"kind": "decide", "what": "confirm", "done": one, "failed": two}, TO, TO),
    st.builds(lambda one: {"kind": "voicemail", "prompts": ["hello"], "otherwise": one}, TO),
    st.just(QUEUE),
    st.just(BYE),
)


def answered(order: Any, luck: st.DataObject, keys: str) -> Answer:
    """Answer an order by chance; keys are among `keys`, none at all when that is empty."""
    yes = luck.draw(st.booleans())
    match order:
        case Play():
            return ""
        case Read():
            key = luck.draw(st.sampled_from(keys)) if keys else ""
            return Digits(keys=key, timed_out=not key)
        case Record():
            return Recorded(name="x", seconds=5) if yes else Recorded(name="", seconds=0)
        case LookUp():
            return Known(answered=yes)
        case Visit():
            return Found(visit="v", starts_at=AT) if yes else Found(answered=False)
        case Ahead():
            return Line(waiting=1, wait_s=None)
        case IsOpen() | Decide() | Promise():
            return yes
        case Call():
            return HttpAnswer(ok=yes)
    return None


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, STEPS)), st.data())
def test_who_is_silent_in_a_flow_without_flaws_comes_to_an_end(steps: dict[str, Any], luck: st.DataObject) -> None:
    """No key, any luck: he visits no step twice, whatever is answered, and never falls out at the limit."""
    raw = {"start": "a", "steps": steps}
    if any(flaw.refuses for flaw in check(raw, THERE)):
        return
    walking, answer, visited = walk(read(raw), caller()), None, list[str]()
    try:
        while True:
            order = walking.send(answer)
            if isinstance(order, At):
                visited.append(order.step)
            answer = None if isinstance(order, At) else answered(order, luck, "")
    except StopIteration as end:
        assert isinstance(end.value, Leave)
    assert len(visited) == len(set(visited)) < MOST_STEPS
