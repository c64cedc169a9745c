"""Splitting joined calls and blocking numbers over a real server."""

from __future__ import annotations

from typing import Any

from tests.web.rest.test_routes import api
from tests.web.scripted import CALL, NUMBER, REQUEST, ScriptedEngine, request_row

__all__ = ["api"]

BLOCK = {
    "id": "01a1fc83-0000-7000-8000-0000000000bb", "phone": NUMBER, "reason": "a prank", "actor": "anna",
    "at": "2026-11-21T10:00:00Z", "until": None,
}  # fmt: skip


def ordered(engine: ScriptedEngine) -> list[tuple[str, dict[str, Any]]]:
    """What the engine was ordered."""
    return [(body["name"], body["args"]) for what, body, _ in engine.asked if what == "POST commands"]


async def test_a_joined_call_is_split_off_once_for_a_key(api: Any, engine: ScriptedEngine) -> None:
    engine.answers["commands"] = {"ok": True, "why": "", "by": "", "request": request_row(kind="missed_call", missed=1, joined=[])}
    for _ in range(2):
        answer, body = await api(
            "POST", f"/requests/{REQUEST}/split", json={"call": CALL, "version": 4}, headers={"Idempotency-Key": "s-1"}
        )
        assert answer.status == 200 and (body["missed"], body["joined"], body["phone"]) == (1, [], "+7 999 •••-00-01")
    first, again = [body["command"] for what, body, _ in engine.asked if what == "POST commands"]
    assert first == again and ordered(engine)[0] == ("split", {"request": REQUEST, "version": 4, "call": CALL})
    engine.answers["commands"] = {"ok": False, "why": "not_joined", "by": "", "request": None}
    answer, body = await api("POST", f"/requests/{REQUEST}/split", json={"call": CALL})
    assert answer.status == 409 and body["why"] == "not_joined"


async def test_numbers_are_blocked_listed_masked_and_let_go(api: Any, engine: ScriptedEngine) -> None:
    engine.answers["commands"] = {"ok": True, "why": "", "by": "", "request": None}
    engine.answers["blocked"] = {"items": [BLOCK]}
    answer, body = await api("POST", f"/requests/{REQUEST}/block", json={"reason": "a prank", "until": "2026-12-01T00:00:00Z"})
    assert answer.status == 200 and body == {"ok": True}
    assert (await api("POST", "/blocked", json={"phone": "8 999 000 00 01"}))[0].status == 201
    answer, body = await api("GET", "/blocked")
    assert answer.status == 200 and [one["phone"] for one in body["items"]] == ["+7 999 •••-00-01"] and NUMBER not in str(body)
    assert (await api("POST", f"/blocked/{BLOCK['id']}/unblock", json={}))[0].status == 200
    assert ordered(engine) == [
        ("block", {"request": REQUEST, "reason": "a prank", "until": "2026-12-01T00:00:00+00:00"}),
        ("block", {"phone": "8 999 000 00 01", "reason": "", "until": None}), ("unblock", {"block": BLOCK["id"]}),
    ]  # fmt: skip


async def test_who_may_what(api: Any, engine: ScriptedEngine) -> None:
    for role in ("operator", "auditor", "administrator"):
        assert (await api("GET", "/blocked", role=role))[0].status == 403
        assert (await api("POST", "/blocked", role=role, json={"phone": "8 999 000 00 01"}))[0].status == 403
        assert (await api("POST", f"/blocked/{BLOCK['id']}/unblock", role=role, json={}))[0].status == 403
    for role in ("auditor", "administrator"):
        assert (await api("POST", f"/requests/{REQUEST}/block", role=role, json={}))[0].status == 403
        assert (await api("POST", f"/requests/{REQUEST}/split", role=role, json={"call": CALL}))[0].status == 403
    body = {"call": CALL, "operator": "klimov"}
    assert (await api("POST", f"/requests/{REQUEST}/split", role="operator", json=body))[0].status == 403
    assert ordered(engine) == []


async def test_what_is_malformed_is_named_and_not_ordered(api: Any, engine: ScriptedEngine) -> None:
    for path, body in (
        (f"/requests/{REQUEST}/split", {}), (f"/requests/{REQUEST}/split", {"call": "x"}),
        (f"/requests/{REQUEST}/block", {"until": "tomorrow"}), (f"/requests/{REQUEST}/block", {"reason": "x" * 401}),
        ("/blocked", {}), ("/blocked", {"phone": "8 999 000 00 01", "actor": "me"}), (f"/blocked/{BLOCK['id']}/unblock", {"all": True}),
    ):  # fmt: skip
        answer, told = await api("POST", path, json=body)
        assert answer.status == 422 and told["errors"], (path, body)
    assert ordered(engine) == []
