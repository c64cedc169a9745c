"""REST over a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.web.house import House
from tests.web.scripted import CALL, NUMBER, REQUEST, ScriptedEngine, request_row
from web.accounts.tokens import Tokens


@pytest_asyncio.fixture
async def api(house: House) -> AsyncIterator[Any]:
    """`api(method, path, …)` as a service with a supervisor's token; role=… for another."""
    tokens: dict[str, str] = {}

    async with aiohttp.ClientSession(house.url) as client:

        async def ask(method: str, path: str, *, role: str = "supervisor", headers: dict[str, str] | None = None, **more: Any) -> Any:
            if role not in tokens:
                operator = "orlova" if role == "operator" else None
                made = Tokens(house.database).create(role, role=role, operator=operator, lifetime=timedelta(days=1))
                tokens[role] = (await made)[1]
            sent = {"Authorization": f"Bearer {tokens[role]}"} | (headers or {})
            async with client.request(method, f"/api/v1{path}", headers=sent, **more) as answer:
                return answer, await answer.json(content_type=None)

        yield ask


async def test_calls_are_listed_masked_with_a_cursor(api: Any, engine: ScriptedEngine) -> None:
    answer, body = await api("GET", "/calls?limit=500&from=2026-11-21T10:00:00%2B05:00", headers={"Okno-Reason": "report"})
    assert answer.status == 200 and body["cursor"] is None
    call = body["items"][0]
    assert call["number"] == "+7 999 •••-00-01" and call["dialled"] == "+73430000001" and call["request_id"] == REQUEST
    assert set(call) == {
        "id", "pbx", "direction", "number", "dialled", "source", "queue", "started_at", "answered_at", "ended_at", "result",
        "wait_s", "talk_s", "ended_by", "legs", "visits", "others", "request_id", "recordings",
    }  # fmt: skip
    what, query, headers = engine.asked[-1]
    assert (what, query) == ("GET calls", {"limit": "500", "from": "2026-11-21T05:00:00+00:00"})
    assert (headers["Okno-Actor"], headers["Okno-Role"], headers["Okno-Purpose"]) == ("token:supervisor", "supervisor", "report")
    assert NUMBER not in str(body)


async def test_one_call_one_request_and_what_is_not_there(api: Any) -> None:
    (leg,) = (await api("GET", f"/calls/{CALL}"))[1]["legs"]
    assert (leg["result"], leg["queue"], leg["talk_s"]) == ("ringing", "front", 0.0)
    answer, body = await api("GET", f"/requests/{REQUEST}")
    assert answer.status == 200 and body["history"][0]["what"] == "opened" and body["phone"] == "+7 999 •••-00-01"
    for path in (f"/calls/{REQUEST}", "/calls/1%20or%201=1", "/nothing"):
        answer, body = await api("GET", path)
        assert answer.status == 404 and answer.content_type == "application/problem+json" and body["status"] == 404


async def test_an_operator_s_token_sees_the_number_of_its_own_requests(api: Any) -> None:
    assert (await api("GET", f"/requests/{REQUEST}", role="operator"))[1]["phone"] == NUMBER
    listed = (await api("GET", "/requests", role="operator"))[1]["items"][0]
    assert listed["phone"] == "+7 999 •••-00-01"


async def test_that_somebody_was_confirmed_is_told_and_never_who(api: Any, engine: ScriptedEngine) -> None:
    engine.answers[f"requests/{REQUEST}"] = request_row(owner="orlova", patient="p-77", meant="p-78")
    for role in ("operator", "supervisor", "auditor"):
        body = (await api("GET", f"/requests/{REQUEST}", role=role))[1]
        assert body["identified"] is True and body["patient"] is None and "p-7" not in str(body)
    await engine.patch(["set", "requests", REQUEST, request_row(patient="p-77")])
    assert "p-77" not in str((await api("GET", "/live"))[1])


async def test_auditors_get_pseudonyms_and_no_contact(api: Any) -> None:
    body = (await api("GET", f"/requests/{REQUEST}", role="auditor"))[1]
    assert body["phone"].startswith("#") and body["contact"] is None
    assert (await api("GET", "/calls", role="administrator"))[0].status == 403


async def test_the_live_world_queues_and_operators(api: Any, engine: ScriptedEngine) -> None:
    body = (await api("GET", "/live"))[1]
    assert (body["epoch"], body["seq"]) == (engine.epoch, engine.seq) and body["tables"]["calls"][CALL]
    assert (await api("GET", "/queues"))[1]["items"][0]["waiting"] == 1
    assert (await api("GET", "/operators", role="administrator"))[1]["items"][0]["extension"] == "1001"


async def test_orders_are_carried_out_once_under_their_key(api: Any, engine: ScriptedEngine) -> None:
    key = {"Idempotency-Key": "k-1"}
    answer, body = await api("POST", f"/requests/{REQUEST}/take", role="operator", json={"version": 1}, headers=key)
    assert answer.status == 200 and body["owner"] == "orlova"
    await api("POST", f"/requests/{REQUEST}/take", role="operator", json={"version": 1}, headers=key)
    await api("POST", f"/requests/{REQUEST}/take", json={"operator": "klimov"}, headers=key)
    first, again, other = (asked for what, asked, _ in engine.asked if what == "POST commands")
    assert first["command"] == again["command"] != other["command"]
    assert first["args"] == {"request": REQUEST, "version": 1} and other["operator"] == "klimov"
    refused, _ = await api("POST", f"/requests/{REQUEST}/take", role="operator", json={"operator": "klimov"})
    assert refused.status == 403


async def test_offers_are_listed_and_answered(api: Any, engine: ScriptedEngine) -> None:
    offer = "0199c82c-0000-7000-8000-0000000000f1"
    engine.tables.setdefault("offers", {})
    await engine.patch(["set", "offers", offer, {
        "id": offer, "request": REQUEST, "operator": "orlova", "state": "pending", "weight": 50,
        "at": "2026-11-21T08:00:00.000Z", "expires_at": "2026-11-21T08:00:20.000Z", "accepted_at": None,
        "sticky": False, "by_hand": False, "confirmed": True,
    }])  # fmt: skip
    body: dict[str, Any] = {"items": []}
    while not body["items"]:
        body = (await api("GET", "/offers"))[1]
    assert (body["items"][0]["id"], body["items"][0]["state"]) == (offer, "pending")
    for word in ("accept", "refuse"):
        answer, body = await api("POST", f"/offers/{offer}/{word}", role="operator", json={})
        assert answer.status == 200 and body["id"] == REQUEST
        asked = engine.asked[-1][1]
        assert (asked["name"], asked["args"], asked["operator"]) == (word, {"offer": offer}, "orlova")
    engine.answers["commands"] = {"ok": False, "why": "offer_over", "by": "", "request": None}
    answer, body = await api("POST", f"/offers/{offer}/accept", json={"operator": "klimov"})
    assert (answer.status, body["why"]) == (409, "offer_over")
    assert (await api("POST", f"/offers/{offer}/accept", role="auditor", json={}))[0].status == 403


async def test_a_supervisor_prioritises(api: Any, engine: ScriptedEngine) -> None:
    answer, _ = await api("POST", f"/requests/{REQUEST}/prioritise", json={"priority": 9, "version": 1})
    assert answer.status == 200
    asked = engine.asked[-1][1]
    assert (asked["name"], asked["args"]) == ("prioritise", {"request": REQUEST, "version": 1, "priority": 9})
    assert (await api("POST", f"/requests/{REQUEST}/prioritise", role="operator", json={"priority": 9}))[0].status == 403
    assert (await api("POST", f"/requests/{REQUEST}/prioritise", json={"priority": 900}))[0].status == 422


async def test_refused_orders_say_why(api: Any, engine: ScriptedEngine) -> None:
    for why, status in (("taken", 409), ("not_found", 404), ("bad_outcome", 422), ("pbx_down", 503)):
        engine.answers["commands"] = {"ok": False, "why": why, "by": "Klimov", "request": None}
        answer, body = await api("POST", f"/requests/{REQUEST}/complete", json={"outcome": "booked"})
        assert (answer.status, body["why"], body["by"]) == (status, why, "Klimov")
    engine.answers["commands"] = 500
    answer, body = await api("POST", f"/requests/{REQUEST}/note", json={"note": "n"}, headers={"Idempotency-Key": "k-2"})
    assert answer.status == 503 and body["idempotency_key"] == "k-2"


async def test_a_request_is_made_for_a_number_in_any_spelling(api: Any, engine: ScriptedEngine) -> None:
    engine.answers["commands"] = {"ok": True, "why": "", "by": "", "request": request_row(kind="callback")}
    answer, body = await api("POST", "/requests", json={"queue": "front", "phone": "8 (999) 000-00-01"})
    assert answer.status == 201 and answer.headers["Location"] == f"/api/v1/requests/{REQUEST}" and body["kind"] == "callback"
    assert engine.asked[-1][1]["args"] == {"kind": "callback", "queue": "front", "phone": NUMBER, "note": ""}
    answer, body = await api("POST", "/requests", json={"queue": "front", "phone": "nobody"})
    assert answer.status == 422 and body["errors"][0]["field"] == "phone" and "nobody" not in str(body)


@pytest.mark.parametrize(("method", "path", "more", "status"), [
    ("GET", "/calls?limit=501", {}, 422), ("GET", "/calls?unknown=1", {}, 422), ("GET", "/calls?from=yesterday", {}, 422),
    ("GET", "/calls?cursor=%00", {}, 422), ("POST", f"/requests/{REQUEST}/note", {"data": b"{"}, 422),
    ("POST", f"/requests/{REQUEST}/note", {"json": {"note": "n", "extra": 1}}, 422),
    ("POST", f"/requests/{REQUEST}/note", {"data": b"x" * 70_000}, 413), ("DELETE", "/calls", {}, 405),
    ("POST", f"/requests/{REQUEST}/transfer", {"json": {}}, 422),
    ("POST", f"/requests/{REQUEST}/postpone", {"json": {"until": "2030-01-01T00:00:00"}}, 422),
])  # fmt: skip
async def test_malformed_requests_are_problems(api: Any, method: str, path: str, more: dict[str, Any], status: int) -> None:
    answer, body = await api(method, path, **more)
    assert (answer.status, body["status"]) == (status, status) and answer.content_type == "application/problem+json"


async def test_an_engine_that_is_away_is_told(api: Any, engine: ScriptedEngine) -> None:
    engine.answers["calls"] = 500
    answer, body = await api("GET", "/calls")
    assert answer.status == 503 and body["key"] == "error.engine_away"


async def test_tokens_end_and_are_stored_as_hashes(house: House) -> None:
    tokens = Tokens(house.database)
    _, token = await tokens.create("short", role="auditor", operator=None, lifetime=timedelta(seconds=1))
    assert await tokens.find(token) is not None
    assert token not in str(await house.database.fetch("select * from api_tokens"))
    await tokens.revoke("short")
    assert await tokens.find(token) is None
    assert await tokens.find("okno_" + "x" * 43) is None


async def test_openapi_names_every_route_and_its_roles(api: Any, house: House) -> None:
    document = (await api("GET", "/openapi.json"))[1]
    assert document["openapi"] == "3.1.0"
    served = {(method.lower(), path) for (method, path) in house.web.permissions
              if path.startswith("/api/v1/") and method != "HEAD" and not path.endswith("openapi.json")}  # fmt: skip
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert described == served
    take = document["paths"]["/api/v1/requests/{id}/take"]["post"]
    assert take["x-okno-roles"] == ["operator", "supervisor"]
    async with house.visitor() as stranger:
        assert (await stranger.get("/api/v1/openapi.json")).status == 401
    async with house.browser("orlova") as browser:
        assert (await browser.get("/api/v1/openapi.json")).status == 200
