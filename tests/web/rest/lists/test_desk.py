"""Outbound lists over REST: what is passed on to the engine, what is answered, who may ask."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import pytest

from tests.web.rest.test_routes import api
from tests.web.scripted import ScriptedEngine, T

__all__ = ["api"]
LIST = str(uuid4())
ROW = {
    "id": LIST, "title": "Recall", "source": "csv", "mode": "operator", "queue": "front", "flow": "", "opens": 540,
    "closes": 1200, "days": "1234567", "starts_at": None, "ends_at": None, "at_once": 5, "per_minute": 10, "attempts": 3,
    "again_min": 60, "state": "running", "author": "zimina", "at": T, "said_by": "", "said_at": None, "ended_at": None,
    "open": True, "counts": {"waiting": 2},
}  # fmt: skip
FILE = base64.b64encode(b"name;phone\nTest A;8 999 000-00-11\nTest B;+79990000012\n;12\n").decode()
COLUMNS = {"phone": 1, "name": 0}


@pytest.fixture
def listed(engine: ScriptedEngine) -> ScriptedEngine:
    """An engine with a list."""
    engine.answers |= {
        "lists/all": {"items": [ROW], "to_confirm": 4}, "lists/one": {"list": ROW},
        "lists/check": {"refused": [0], "blocked": [], "elsewhere": []}, "lists/make": {"ok": True, "why": ""},
        "lists/steer": {"ok": True, "why": ""}, "lists/person": {"ok": True, "why": ""},
        "lists/refuse": {"ok": True, "why": ""}, "lists/lift": {"ok": True, "why": ""},
        "lists/people": {"items": [{
            "id": LIST, "place": 2, "number": "+7 999 •••-00-11", "name": "Test A", "state": "reached", "outcome": "booked",
        }]},
        "lists/refusals": {"items": [{"id": LIST, "number": "+7 999 •••-00-11", "actor": "zimina", "at": T}]},
    }  # fmt: skip
    return engine


async def ask(api: Any, method: str, path: str, body: Any = None, role: str = "supervisor", **headers: str) -> Any:
    return await api(method, path, role=role, json=body, headers=headers)


async def test_lists_are_shown(api: Any, listed: ScriptedEngine) -> None:
    answer, body = await ask(api, "GET", "/lists")
    assert (answer.status, body["to_confirm"], body["items"][0]["counts"]) == (200, 4, {"waiting": 2})


async def test_a_file_is_read_before_anything_is_made(api: Any, listed: ScriptedEngine) -> None:
    answer, body = await ask(api, "POST", "/lists/read", {"file": FILE})
    assert (answer.status, body["phone"], body["rows"], body["titled"]) == (200, 1, 3, True)
    assert [one["title"] for one in body["columns"]] == ["name", "phone"]
    assert body["good"] == 0
    _, body = await ask(api, "POST", "/lists/read", {"file": FILE, "columns": COLUMNS})
    assert (body["good"], body["unwanted"], body["counts"]) == (2, 1, {"bad_phone": 1})
    assert body["faults"] == [{"row": 4, "word": "bad_phone", "of": 0}]
    assert not any(what == "POST lists/make" for what, _, _ in listed.asked)


async def test_a_list_is_made_of_a_file(api: Any, listed: ScriptedEngine) -> None:
    wish = {"title": "Recall", "queue": "front", "file": FILE, "columns": COLUMNS, "opens": "10:30", "closes": "24:00"}
    answer, body = await ask(api, "POST", "/lists", wish, **{"Idempotency-Key": "one"})
    assert (answer.status, body["id"]) == (201, LIST)
    made = next(sent for what, sent, _ in listed.asked if what == "POST lists/make")
    assert (made["source"], made["opens"], made["closes"]) == ("csv", 630, 1440)
    assert [(one["place"], one["phone"], one["name"]) for one in made["people"]] == [
        (2, "+79990000011", "Test A"), (3, "+79990000012", "Test B"),
    ]  # fmt: skip
    await ask(api, "POST", "/lists", wish, **{"Idempotency-Key": "one"})
    assert len({sent["id"] for what, sent, _ in listed.asked if what == "POST lists/make"}) == 1


async def test_a_list_is_made_of_numbers_and_of_the_mis(api: Any, listed: ScriptedEngine) -> None:
    people = [{"phone": "8 999 000-00-11"}, {"phone": "+79990000011"}, {"phone": "+79990000013", "note": "x"}]
    assert (await ask(api, "POST", "/lists", {"title": "R", "queue": "front", "people": people}))[0].status == 201
    assert (await ask(api, "POST", "/lists", {"title": "R", "mode": "ivr", "flow": "confirm", "mis": True}))[0].status == 201
    first, second = (sent for what, sent, _ in listed.asked if what == "POST lists/make")
    assert (first["source"], [one["phone"] for one in first["people"]]) == ("rest", ["+79990000011", "+79990000013"])
    assert (second["source"], second["people"], second["flow"]) == ("mis", [], "confirm")


@pytest.mark.parametrize("wish", [
    {"title": "R"}, {"title": "R", "mis": True, "people": []}, {"title": "R", "file": FILE},
    {"title": "", "mis": True}, {"title": "R", "mis": True, "opens": "25:00"},
    {"title": "R", "people": [{"phone": "12"}]}, {"title": "R", "file": FILE, "columns": {"phone": 7}},
    {"title": "R", "file": FILE, "columns": {"phone": 0}}, {"title": "R", "file": "%%%", "columns": COLUMNS},
])  # fmt: skip
async def test_what_is_no_list_is_a_problem_without_an_echo(api: Any, listed: ScriptedEngine, wish: dict[str, Any]) -> None:
    answer, body = await ask(api, "POST", "/lists", wish)
    assert (answer.status, body["key"]) == (422, "error.malformed")
    assert "Test" not in str(body)


async def test_a_file_that_is_no_table_is_told_by_a_word(api: Any, listed: ScriptedEngine) -> None:
    answer, body = await ask(api, "POST", "/lists/read", {"file": base64.b64encode(b"PK\x03\x04").decode()})
    assert (answer.status, body["word"]) == (422, "spreadsheet")


async def test_a_list_and_its_people_are_steered(api: Any, listed: ScriptedEngine) -> None:
    assert (await ask(api, "POST", f"/lists/{LIST}/steer", {"what": "pause"}))[0].status == 200
    assert (await ask(api, "POST", f"/list-people/{LIST}/steer", {"what": "skip"}))[0].status == 200
    _, body = await ask(api, "GET", f"/lists/{LIST}/people?after=1&state=reached")
    assert body["items"][0]["number"] == "+7 999 •••-00-11"
    sent = {what: query for what, query, _ in listed.asked}
    assert (sent["POST lists/steer"]["list"], sent["POST lists/steer"]["what"]) == (LIST, "pause")
    assert sent["POST lists/people"] == {"list": LIST, "after": 1, "limit": 50, "state": "reached", "export": False}
    assert (await ask(api, "GET", f"/lists/{LIST}/people?limit=501"))[0].status == 422
    assert (await ask(api, "GET", f"/lists/{LIST}/people?limit=500&export=true"))[0].status == 200
    assert listed.asked[-1][1]["export"] is True


async def test_refusals_are_noted_shown_and_taken_back(api: Any, listed: ScriptedEngine) -> None:
    assert (await ask(api, "POST", "/no-lists", {"phone": "8 999 000 00 11"}))[0].status == 200
    assert (await ask(api, "POST", "/no-lists", {"phone": "12"}))[0].status == 422
    assert (await ask(api, "GET", "/no-lists"))[1]["items"][0]["actor"] == "zimina"
    assert (await ask(api, "POST", f"/no-lists/{LIST}/lift", {}))[0].status == 200
    assert next(sent for what, sent, _ in listed.asked if what == "POST lists/refuse")["phone"] == "+79990000011"


async def test_what_the_engine_refuses_is_told_why(api: Any, listed: ScriptedEngine) -> None:
    listed.answers["lists/steer"] = {"ok": False, "why": "list_over"}
    answer, body = await ask(api, "POST", f"/lists/{LIST}/steer", {"what": "stop"})
    assert (answer.status, body["key"]) == (409, "refused.list_over")
    listed.answers["lists/one"] = {"list": None}
    assert (await ask(api, "GET", f"/lists/{LIST}"))[0].status == 404


@pytest.mark.parametrize("role", ["operator", "administrator", "auditor"])
async def test_lists_are_supervisors(api: Any, listed: ScriptedEngine, role: str) -> None:
    for method, path in (("GET", "/lists"), ("GET", f"/lists/{LIST}/people"), ("GET", "/no-lists")):
        assert (await ask(api, method, path, role=role))[0].status == 403
