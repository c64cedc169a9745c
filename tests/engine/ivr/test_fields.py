"""Every name a step gives is found, wherever in its fields it stands."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from engine.ivr.fields import names
from tests.engine.ivr.stage import step


def test_names_with_their_places() -> None:
    menu = step(
        "menu", prompts=["hello", "choose"], silent="again", otherwise="people",
        choices=[{"key": "1", "next": "one"}, {"key": "2", "next": "two"}],
    )  # fmt: skip
    assert [(one.path, one.ref.what, one.ref.chosen, one.name) for one in names(menu)] == [
        ("prompts[0]", "prompt", False, "hello"),
        ("prompts[1]", "prompt", False, "choose"),
        ("choices[0].next", "step", True, "one"),
        ("choices[1].next", "step", True, "two"),
        ("silent", "prompt", False, "again"),
        ("otherwise", "step", False, "people"),
    ]


@pytest.mark.parametrize(("kind", "fields", "found"), [
    ("queue", {"queue": "front", "closed": "night"}, [("queue", "queue", "front"), ("closed", "step", "night")]),
    ("queue", {}, []),
    ("hours", {"hours": "day", "open": "a", "closed": "b"},
     [("hours", "hours", "day"), ("open", "step", "a"), ("closed", "step", "b")]),
    ("transfer", {"extension": "1001"}, [("extension", "extension", "1001")]),
    ("http", {"name": "shop", "fields": {"a": "$b"}, "ok": "a", "failed": "b"},
     [("name", "http", "shop"), ("ok", "step", "a"), ("failed", "step", "b")]),
    ("survey", {"questions": [{"name": "talk", "prompt": "rate"}]}, [("questions[0].prompt", "prompt", "rate")]),
    ("set", {"facts": {"a": "b"}, "next": "c"}, [("next", "step", "c")]),
    ("branch", {"value": "$a", "cases": [{"equals": "", "next": "x"}], "otherwise": "y"},
     [("cases[0].next", "step", "x"), ("otherwise", "step", "y")]),
])  # fmt: skip
def test_what_kinds_name(kind: str, fields: dict[str, Any], found: list[tuple[str, str, str]]) -> None:
    assert [(one.path, one.ref.what, one.name) for one in names(step(kind, **fields))] == found


@pytest.mark.parametrize(("kind", "fields"), [
    ("transfer", {"extension": "*1"}),
    ("transfer", {"extension": "1001", "also": 1}),
    ("menu", {"prompts": [], "choices": [{"key": "1", "next": "a"}], "otherwise": "b"}),
    ("menu", {"prompts": ["a"], "choices": [{"key": "12", "next": "a"}], "otherwise": "b"}),
    ("set", {"facts": {"Upper": "x"}, "next": "a"}),
    ("set", {"facts": {"_own": "x"}, "next": "a"}),
    ("play", {"prompts": ["../etc/passwd"], "next": "a"}),
])  # fmt: skip
def test_what_no_field_may_hold(kind: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        step(kind, **fields)
