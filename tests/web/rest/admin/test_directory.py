"""The directory by REST: for a token, for a page's session with its form token, for nobody else."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tests.web.house import House, form_token
from tests.web.rest.test_routes import api
from tests.web.scripted import Refusal, ScriptedEngine, T

__all__ = ["api"]

HEAD = {"version": 7, "at": T, "actor": "admin", "source": "page", "restored": None, "note": "n"}
DIFF = [{
    "path": "operators[orlova].penalty", "words": "operator orlova: penalty changed", "section": "operators",
    "name": "orlova", "field": "penalty", "what": "changed", "was": 0, "now": 3,
}]  # fmt: skip
DOCUMENT: dict[str, Any] = {"operators": [], "queues": []}
CHANGE = {"base": 7, "document": DOCUMENT, "note": "why"}


@pytest.fixture
def directory(engine: ScriptedEngine) -> ScriptedEngine:
    """An engine with a directory."""
    engine.answers |= {
        "directory": {"version": 7, "epoch": "3", "head": HEAD, "document": DOCUMENT, "diff": DIFF, "warnings": []},
        "directory/versions": {"items": [HEAD]},
        "directory/7": {**HEAD, "document": DOCUMENT, "against": 6, "diff": DIFF},
        "directory/check": {"version": 7, "errors": [], "warnings": [], "busy": [], "diff": DIFF},
        "directory/undo": {"version": 8, "diff": DIFF, "warnings": []},
    }
    return engine


async def test_a_token_sees_changes_and_goes_back(api: Any, directory: ScriptedEngine) -> None:
    answer, body = await api("GET", "/directory", role="administrator")
    assert (answer.status, body["version"], body["head"]["actor"]) == (200, 7, "admin")
    assert (await api("GET", "/directory/versions?limit=5"))[1]["items"][0]["note"] == "n"
    assert (await api("GET", "/directory/version?version=7", role="administrator"))[1]["diff"] == DIFF
    assert (await api("POST", "/directory/check", role="administrator", json={"document": DOCUMENT}))[1]["diff"] == DIFF
    assert (await api("PUT", "/directory", role="administrator", json=CHANGE))[1]["diff"] == DIFF
    undone = await api("POST", "/directory/undo", role="administrator", json={"base": 7, "version": 6})
    assert undone[1]["version"] == 8
    asked = {what: sent for what, sent, _ in directory.asked if what.startswith("POST")}
    assert asked["POST directory"] == {
        "actor": "token:administrator", "role": "administrator", "base": 7, "document": DOCUMENT, "note": "why", "force": False
    }


@pytest.mark.parametrize("role", ["operator", "auditor", "supervisor"])
async def test_only_administrators_change_it(api: Any, directory: ScriptedEngine, role: str) -> None:
    assert (await api("PUT", "/directory", role=role, json=CHANGE))[0].status == 403
    assert (await api("POST", "/directory/undo", role=role, json={"base": 7, "version": 6}))[0].status == 403
    assert (await api("GET", "/directory", role=role))[0].status == (200 if role == "supervisor" else 403)
    assert not [what for what, _, _ in directory.asked if what.startswith("POST directory")]


async def test_a_page_asks_by_its_session_and_changes_by_its_form_token(house: House, directory: ScriptedEngine) -> None:
    async with house.browser("root", "administrator") as browser:
        assert (await browser.get("/api/v1/directory")).status == 200
        assert (await browser.get("/api/v1/calls")).status == 401
        word = await form_token(browser, "/admin")
        assert (await browser.put("/api/v1/directory", json=CHANGE)).status == 403
        assert (await browser.put("/api/v1/directory", json=CHANGE, headers={"Okno-Form": "x" * 64})).status == 403
        foreign = {"Okno-Form": word, "Sec-Fetch-Site": "cross-site"}
        assert (await browser.put("/api/v1/directory", json=CHANGE, headers=foreign)).status == 403
        assert (await browser.put("/api/v1/directory", json=CHANGE, headers={"Okno-Form": word})).status == 200
    async with house.visitor() as stranger:
        assert (await stranger.get("/api/v1/directory")).status == 401
    changes = [sent for what, sent, _ in directory.asked if what == "POST directory"]
    assert [sent["actor"] for sent in changes] == ["root"]


@pytest.mark.parametrize(("problem", "member"), [
    ({"status": 409, "key": "error.directory_stale", "newest": {"version": 9, "document": DOCUMENT}}, "newest"),
    ({"status": 422, "key": "error.directory_flawed", "errors": [{"path": "queues[0].ring_s", "message": "m"}]}, "errors"),
    ({"status": 409, "key": "error.directory_busy", "busy": [{"path": "p", "word": "w", "message": "m"}]}, "busy"),
])  # fmt: skip
async def test_a_refusal_says_what_the_page_must_show(
    api: Any, engine: ScriptedEngine, problem: dict[str, Any], member: str
) -> None:
    engine.answers["directory"] = Refusal(problem)
    answer, body = await api("PUT", "/directory", role="administrator", json=CHANGE)
    assert (answer.status, body["key"], body[member]) == (problem["status"], problem["key"], problem[member])


async def test_a_thousand_operators_fit_and_twice_that_does_not(api: Any, directory: ScriptedEngine) -> None:
    one = {"name": "n" * 30, "title": {"ru": "x" * 40, "en": "x" * 40}, "extension": "1001", "queues": ["main"] * 5}
    big = {"base": 7, "document": {"operators": [one] * 1000}}
    assert (await api("PUT", "/directory", role="administrator", json=big))[0].status == 200
    huge = io.BytesIO(json.dumps({"base": 7, "document": {"note": "x" * 1_200_000}}).encode())
    assert (await api("PUT", "/directory", role="administrator", data=huge))[0].status == 413


async def test_an_engine_that_falls_silent_leaves_the_outcome_unknown(api: Any, engine: ScriptedEngine) -> None:
    engine.answers["directory"] = 500
    answer, body = await api("PUT", "/directory", role="administrator", json=CHANGE)
    assert (answer.status, body["key"]) == (503, "error.outcome_unknown")
