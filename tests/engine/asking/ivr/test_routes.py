"""Flows asked about on a running engine, through its client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from okno.service import ServiceRefused
from tests.engine.conftest import Child, StartEngine

STEPS: dict[str, Any] = {
    "hello": {"kind": "play", "prompts": ["hello"], "next": "clock"},
    "clock": {"kind": "hours", "open": "number", "closed": "bye"},
    "number": {"kind": "branch", "value": "$phone", "cases": [{"equals": "", "next": "bye"}], "otherwise": "wait"},
    "wait": {"kind": "queue"}, "bye": {"kind": "leave", "to": "hangup"},
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "flows": {"main": {"language": "ru", "start": "hello", "steps": STEPS}},
    "prompts": {"hello": {"label": {"en": "Hello"}, "text": {"ru": "Hello!"}}},
    "hours": {"day": {"week": {"mon": ["08:00-20:00"]}}},
    "lines": [{"number": "+73430000001", "hours": "day"}],
}


@pytest_asyncio.fixture
async def engine(start_engine: StartEngine) -> AsyncIterator[Child]:
    """A running engine."""
    child = await start_engine()
    await child.ready()
    yield child


async def test_kinds_counts_and_mistakes_are_told(engine: Child) -> None:
    kinds = await engine.client.ivr_kinds()
    assert {"menu", "play", "queue"} <= set(kinds["kinds"]) and kinds["addresses"] == []
    assert kinds["kinds"]["play"]["properties"]["next"]["okno"] == "step"
    assert (await engine.client.ivr_counts())["flows"] == {}
    assert (await engine.client.ivr_check(DOCUMENT))["flaws"] == {"main": []}
    torn = DOCUMENT | {"prompts": {}}
    [flaw] = (await engine.client.ivr_check(torn))["flaws"]["main"]
    assert (flaw["step"], flaw["field"], flaw["word"], flaw["level"]) == ("hello", "prompts[0]", "no_prompt", "error")


@pytest.mark.parametrize(("wish", "leave"), [
    ({"at": "2026-11-23T11:00", "line": "+73430000001"}, "queue"),
    ({"at": "2026-11-23T07:59", "line": "+73430000001"}, "hangup"),
    ({"at": "2026-11-23T06:00+00:00", "line": "+73430000001"}, "queue"),
    ({"at": "2026-11-23T03:00"}, "queue"),
    ({"hidden": True}, "hangup"),
])  # fmt: skip
async def test_a_draft_is_walked_by_the_clinics_clock(engine: Child, wish: dict[str, Any], leave: str) -> None:
    walked = await engine.client.ivr_try({"document": DOCUMENT, "flow": "main", **wish})
    assert walked["leave"]["to"] == leave and walked["broken"] == 0
    assert walked["lines"][1]["heard"] == [{"sound": "okno/ru/hello", "text": "Hello!"}]


async def test_a_flow_that_cannot_be_read_is_not_walked(engine: Child) -> None:
    walked = await engine.client.ivr_try({"document": {"flows": {"main": {"start": "a", "steps": {"a": {}}}}}, "flow": "main"})
    assert walked["broken"] == 1 and walked["lines"] == []
    assert (await engine.client.ivr_try({"document": {}, "flow": "main"}))["broken"] == 1
    with pytest.raises(ServiceRefused):
        await engine.client.ivr_try({"document": DOCUMENT, "flow": "main", "given": ["x"]})
