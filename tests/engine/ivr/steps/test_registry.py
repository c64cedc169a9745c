"""The registry of kinds: one file each, a schema a form can be made of, a contract all keep."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ivr import steps
from engine.ivr.fields import names
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
    Order,
    Play,
    Promise,
    Rate,
    Read,
    Record,
    Recorded,
    Visit,
)  # fmt: skip
from engine.ivr.steps import Step, kinds, schemas
from okno.resources import folder
from tests.engine.ivr.stage import AT, caller, play, step

# One of every kind, with every field that changes its way.
EXAMPLES: dict[str, dict[str, Any]] = {
    "play": {"prompts": ["a"], "skip": True, "next": "x"},
    "say": {"before": ["a"], "what": "moment", "value": "$visit_at", "after": ["b"], "next": "x", "otherwise": "y"},
    "menu": {"prompts": ["a"], "choices": [{"key": "1", "next": "x"}], "repeat": "*", "silent": "b", "wrong": "c",
             "otherwise": "y"},
    "digits": {"prompts": ["a"], "fact": "born", "expect": "birth", "silent": "b", "wrong": "c", "next": "x",
               "otherwise": "y"},
    "hours": {"open": "x", "closed": "y"},
    "branch": {"value": "$phone", "cases": [{"next": "x"}], "otherwise": "y"},
    "set": {"facts": {"language": "en", "born": "1980-03-05"}, "next": "x"},
    "lookup": {"blocked": "x", "promised": "y", "visit": "z", "patient": "v", "otherwise": "w"},
    "visit": {"found": "x", "none": "y", "failed": "z"},
    "decide": {"what": "cancel", "done": "x", "failed": "y"},
    "queue": {"queue": "front", "announce": "both", "closed": "x", "long": "y"},
    "callback": {"prompts": ["a"], "number": ["b"], "right": ["c"], "wrong": "d", "thanks": ["e"], "otherwise": "x",
                 "failed": "y"},
    "voicemail": {"prompts": ["a"], "thanks": ["b"], "otherwise": "x"},
    "survey": {"questions": [{"name": "q", "prompt": "a"}, {"name": "r", "prompt": "b"}], "wrong": "c", "thanks": ["d"]},
    "transfer": {"extension": "1001"},
    "http": {"name": "shop", "fields": {"who": "$phone"}, "ok": "x", "failed": "y"},
    "leave": {"prompts": ["a"]},
}  # fmt: skip


def test_every_file_is_a_kind_and_has_an_example() -> None:
    assert set(kinds()) == set(EXAMPLES)
    assert len(list(pkgutil.iter_modules(steps.__path__))) == len(EXAMPLES)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_schema_is_a_form_with_keys_of_words(kind: str) -> None:
    schema = schemas()[kind]
    assert schema["title"] == f"ivr.kind.{kind}" and schema["properties"]["kind"]["const"] == kind
    for field, described in schema["properties"].items():
        assert described["title"] == f"ivr.field.{field}"
    for part in schema.get("$defs", {}).values():
        assert part["title"].startswith("ivr.part.")
    assert "description" not in schema


def test_what_a_field_names_stands_in_its_schema() -> None:
    properties = schemas()["menu"]["properties"]
    assert (properties["prompts"]["items"]["okno"], properties["otherwise"]["okno"]) == ("prompt", "step")
    assert schemas()["menu"]["$defs"]["Choice"]["properties"]["next"]["okno"] == "step"
    assert schemas()["queue"]["properties"]["closed"]["anyOf"][0]["okno"] == "step"
    assert schemas()["say"]["properties"]["value"]["okno"] == "value"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_word_of_a_form_is_known_to_the_page(language: str) -> None:
    words = json.loads((folder("web") / "i18n" / f"{language}.json").read_text("utf-8"))
    wanted = {title for schema in schemas().values() for title in titles(schema) if not title.startswith("ivr.part.")}
    assert wanted - set(words) == set()


def titles(schema: dict[str, Any]) -> Iterator[str]:
    """The keys of words of a form and of its parts: of kinds, fields, and the values one chooses among."""
    yield schema["title"]
    for described in schema.get("properties", {}).values():
        yield described["title"]
        yield from (f"ivr.value.{value}" for value in described.get("enum", ()) if value)
    for part in schema.get("$defs", {}).values():
        yield from titles(part)


def one(order: Order, luck: st.DataObject) -> Answer:
    """Any answer an order may have."""
    yes = luck.draw(st.booleans())
    match order:
        case Play():
            return luck.draw(st.sampled_from(["", *order.stop_on]))
        case Read():
            keys = luck.draw(st.text("0123456789*", max_size=order.most))
            return Digits(keys=keys, timed_out=len(keys) < order.most)
        case Record():
            return Recorded(name="x" if yes else "", seconds=luck.draw(st.floats(0, 100)))
        case LookUp():
            return luck.draw(st.builds(Known))
        case Visit():
            return luck.draw(st.sampled_from([Found(), Found(answered=False), Found(visit="v", starts_at=AT)]))
        case Ahead():
            return luck.draw(st.builds(Line, waiting=st.integers(0, 300), wait_s=st.none() | st.floats(0, 9999)))
        case Call():
            facts = luck.draw(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=90)), max_size=3))
            return HttpAnswer(ok=yes, facts=tuple(facts))
        case Rate():
            return None
        case IsOpen() | Decide() | Promise():
            return yes
    raise AssertionError(order)


@pytest.mark.parametrize("kind", EXAMPLES)
@settings(max_examples=30)
@given(luck=st.data())
def test_any_answers_lead_to_one_of_its_ways(kind: str, luck: st.DataObject) -> None:
    """The contract of a kind: it ends, in a step it names or in a way out it says it has; it repeats no order of its own."""
    made: Step = step(kind, **EXAMPLES[kind])
    facts = luck.draw(st.sampled_from([
        {}, {"born": "1980-03-05", "visit": "v", "visit_at": AT.isoformat()}, {"born": "never", "_pressed": "1"},
        {"language": "en", "visit_at": "soon", "_pressed": "*"},
    ]))  # fmt: skip
    who = caller(facts=dict(facts), phone=luck.draw(st.sampled_from(["", "+79990000001"])))
    orders, after = play(made.walk(who), lambda order: one(order, luck))
    if isinstance(after, Leave):
        assert made.ends()
    else:
        assert after in {named.name for named in names(made) if named.ref.what == "step"}
    assert len(orders) < 50
    assert not list(made.doubts())
