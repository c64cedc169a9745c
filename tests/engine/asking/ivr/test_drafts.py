"""A draft of the directory may be wrong in any way; its flows are looked through all the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.asking.ivr.drafts import flaws_of, is_open, named

ZONE = ZoneInfo("Asia/Yekaterinburg")
MONDAY = datetime(2026, 11, 23, 11, tzinfo=ZONE)
DAY = {"hours": {"day": {"week": {"mon": ["08:00-20:00"]}}}}


@pytest.mark.parametrize("section", [None, [], "x", 5])
def test_a_section_that_is_none_is_empty(section: Any) -> None:
    assert named({"flows": section}, "flows") == {} and flaws_of({"flows": section}, ()) == {}


def test_each_flow_has_its_flaws_and_none_hides_anothers() -> None:
    flows = {
        "good": {"start": "wait", "steps": {"wait": {"kind": "queue"}}},
        "torn": {"start": "a", "steps": {"a": {"kind": "play", "prompts": ["none"], "next": "gone"}}},
        "none": 5,
    }
    flaws = flaws_of({"flows": flows, "prompts": {}}, ())
    assert flaws["good"] == []
    assert {(one["step"], one["word"], one["level"]) for one in flaws["torn"]} == {
        ("a", "no_step", "error"), ("a", "no_prompt", "error"),
    }  # fmt: skip
    assert [one["word"] for one in flaws["none"]] == ["broken"]


def test_an_address_of_the_settings_is_known() -> None:
    steps = {"a": {"kind": "http", "name": "bonus", "ok": "b", "failed": "b"}, "b": {"kind": "queue"}}
    document = {"flows": {"main": {"start": "a", "steps": steps}}}
    assert [one["word"] for one in flaws_of(document, ())["main"]] == ["no_http"]
    assert flaws_of(document, ("bonus",))["main"] == []


@pytest.mark.parametrize(("document", "name", "opened"), [
    (DAY, "day", True),
    (DAY, "", True),
    ({"hours": {"day": {"week": {"tue": ["08:00-20:00"]}}}}, "day", False),
    ({"hours": {"day": {"week": {"mon": ["soon"]}}}}, "day", True),
    ({}, "day", True),
    (DAY | {"holidays": 5}, "day", True),
    (DAY | {"holidays": [{"day": "2026-11-23", "title": {"ru": "x"}, "spans": []}]}, "day", False),
    (DAY | {"holidays": [{"day": "2026-11-23", "title": {"ru": "x"}, "spans": ["10:00-12:00"]}]}, "day", True),
    (DAY | {"holidays": [5, {"day": "2026-11-24", "title": {"ru": "x"}, "spans": []}]}, "day", True),
])  # fmt: skip
def test_hours_of_a_draft(document: dict[str, Any], name: str, opened: bool) -> None:
    assert is_open(document, name, MONDAY) is opened
