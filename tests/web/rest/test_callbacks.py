"""`POST /callbacks` over a real server."""

from __future__ import annotations

from typing import Any

from tests.web.rest.test_routes import api
from tests.web.scripted import REQUEST, ScriptedEngine, request_row

__all__ = ["api"]


def ordered(engine: ScriptedEngine) -> list[dict[str, Any]]:
    """What the engine was ordered."""
    return [body for what, body, _ in engine.asked if what == "POST commands"]


async def test_a_call_is_promised_once_for_a_key(api: Any, engine: ScriptedEngine) -> None:
    tries = [{"at": "2026-11-21T10:00:00Z", "operator": "orlova", "outcome": "busy", "call": None, "command": "x"}]
    promise = {"state": "waiting", "origin": "rest", "wanted_at": None, "next_at": None, "attempt": 1, "of": 4, "tries": tries}
    engine.answers["commands"] = {"ok": True, "why": "", "by": "", "request": request_row(kind="callback", callback=promise)}
    body = {"phone": "8 (999) 000-18-73", "queue": "front", "when": "2026-11-21T18:00:00+05:00", "note": "a tooth"}
    for _ in range(2):
        answer, made = await api("POST", "/callbacks", json=body, headers={"Idempotency-Key": "crm-1"})
        assert answer.status == 202 and made["callback"]["tries"][0]["outcome"] == "busy"
        assert made["phone"] == "+7 999 •••-00-01" and "command" not in made["callback"]["tries"][0]
    await api("POST", "/callbacks", json=body, headers={"Idempotency-Key": "crm-2"})
    first, again, other = ordered(engine)
    assert first["command"] == again["command"] != other["command"]
    assert (first["name"], first["args"]) == ("callback", {
        "phone": "+79990001873", "queue": "front", "when": "2026-11-21T18:00:00+05:00", "note": "a tooth", "source": "rest",
    })  # fmt: skip


async def test_for_the_person_of_a_request(api: Any, engine: ScriptedEngine) -> None:
    answer, _ = await api("POST", "/callbacks", json={"request": REQUEST})
    assert answer.status == 202
    assert ordered(engine)[0]["args"] == {"request": REQUEST, "queue": "", "note": "", "source": "rest"}


async def test_what_is_malformed_is_named_and_not_ordered(api: Any, engine: ScriptedEngine) -> None:
    for body in (
        {}, {"phone": "103"}, {"phone": "8 800 555 35 35"}, {"phone": "+79990001873", "request": REQUEST}, {"request": "x"},
        {"phone": "+79990001873", "when": "2026-11-21T18:00:00"}, {"phone": "+79990001873", "source": "form"},
        {"phone": "+79990001873", "note": "x" * 4001},
    ):  # fmt: skip
        answer, told = await api("POST", "/callbacks", json=body)
        assert answer.status == 422 and told["errors"], body
    assert (await api("POST", "/callbacks", role="auditor", json={"request": REQUEST}))[0].status == 403
    assert ordered(engine) == []


async def test_a_refusal_and_a_silent_engine_are_told(api: Any, engine: ScriptedEngine) -> None:
    engine.answers["commands"] = {"ok": False, "why": "blocked", "by": "", "request": None}
    answer, body = await api("POST", "/callbacks", json={"phone": "+79990001873"})
    assert answer.status == 409 and "blocked" in str(body)


async def test_the_contract_describes_it(api: Any) -> None:
    _, contract = await api("GET", "/openapi.json")
    route = contract["paths"]["/callbacks"]["post"] if "/callbacks" in contract["paths"] else contract["paths"]["/api/v1/callbacks"]["post"]
    assert "202" in route["responses"] and "Idempotency-Key" in str(route)
