"""Flows by REST: kinds of steps, counts, mistakes, a walk; for administrators, and supervisors who only look."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.house import House, form_token
from tests.web.rest.test_routes import api
from tests.web.scripted import ScriptedEngine, T

__all__ = ["api"]

FLAW = {"step": "a", "field": "next", "word": "no_step", "message": "there is no step named 'b'", "more": {"name": "b"}, "level": "error"}
COUNTS = {"since": T, "flows": {"main": {"came": 3, "inside": 1, "exits": {"queue": 2}, "steps": {"a": {"now": 1, "entered": 3}}}}}
WALKED = {"lines": [{"step": "a", "what": "step"}], "wants": {"what": "keys", "most": 1}, "leave": None, "step": "a", "broken": 0}
DOCUMENT: dict[str, Any] = {"flows": {"main": {"start": "a", "steps": {}}}}


@pytest.fixture
def ivr(engine: ScriptedEngine) -> ScriptedEngine:
    """An engine with a flow."""
    engine.answers |= {
        "ivr/kinds": {"kinds": {"play": {"type": "object"}}, "addresses": ["bonus"]}, "ivr/counts": COUNTS,
        "ivr/check": {"flaws": {"main": [FLAW]}}, "ivr/try": WALKED,
    }  # fmt: skip
    return engine


async def test_an_administrator_looks_checks_and_walks(api: Any, ivr: ScriptedEngine) -> None:
    assert (await api("GET", "/ivr/kinds", role="administrator"))[1]["addresses"] == ["bonus"]
    assert (await api("GET", "/ivr/counts", role="administrator"))[1]["flows"]["main"]["steps"]["a"] == {"now": 1, "entered": 3}
    assert (await api("POST", "/ivr/check", role="administrator", json={"document": DOCUMENT}))[1]["flaws"]["main"] == [FLAW]
    body = {"document": DOCUMENT, "flow": "main", "given": ["1", "", "12#"], "at": "2026-11-23T11:00", "hidden": True}
    answer, walked = await api("POST", "/ivr/try", role="administrator", json=body)
    assert (answer.status, walked["step"], walked["wants"]["what"]) == (200, "a", "keys")
    [sent] = [sent for what, sent, _ in ivr.asked if what == "POST ivr/try"]
    assert sent["given"] == ["1", "", "12#"] and sent["hidden"] is True and sent["at"] == "2026-11-23T11:00:00"


@pytest.mark.parametrize("role", ["operator", "auditor", "supervisor"])
async def test_only_administrators_check_and_walk(api: Any, ivr: ScriptedEngine, role: str) -> None:
    assert (await api("POST", "/ivr/check", role=role, json={"document": DOCUMENT}))[0].status == 403
    assert (await api("POST", "/ivr/try", role=role, json={"document": DOCUMENT, "flow": "main"}))[0].status == 403
    for path in ("/ivr/kinds", "/ivr/counts"):
        assert (await api("GET", path, role=role))[0].status == (200 if role == "supervisor" else 403)
    assert not [what for what, _, _ in ivr.asked if what.startswith("POST ivr")]


@pytest.mark.parametrize("wrong", [
    {"given": ["one"]}, {"given": ["1" * 41]}, {"given": [""] * 201}, {"flow": ""}, {"waiting": -1}, {"at": "soon"}, {"who": "x"},
])  # fmt: skip
async def test_what_is_no_walk_is_refused(api: Any, ivr: ScriptedEngine, wrong: dict[str, Any]) -> None:
    body = {"document": DOCUMENT, "flow": "main"} | wrong
    answer, told = await api("POST", "/ivr/try", role="administrator", json=body)
    assert (answer.status, told["title"]) == (422, "the body is not as the contract says")


async def test_the_page_is_an_administrators(house: House, ivr: ScriptedEngine) -> None:
    async with house.browser("root", "administrator") as browser:
        assert (await browser.get("/ivr")).status == 200
        assert (await browser.get("/api/v1/ivr/counts")).status == 200
        word = await form_token(browser, "/ivr")
        assert (await browser.post("/api/v1/ivr/check", json={"document": DOCUMENT})).status == 403
        assert (await browser.post("/api/v1/ivr/check", json={"document": DOCUMENT}, headers={"Okno-Form": word})).status == 200
    async with house.browser("zimina", "supervisor") as browser:
        assert (await browser.get("/ivr")).status == 403
