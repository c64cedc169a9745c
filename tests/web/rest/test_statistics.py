"""Queue statistics over REST: who may ask, what is passed on, what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.rest.test_routes import api
from tests.web.scripted import ScriptedEngine, T

__all__ = ["api"]
PATH = "/queues/statistics?from=2026-11-21T00:00:00%2B05:00&to=2026-11-22T00:00:00%2B05:00"
ROW = {
    "key": "front", "offered": 5, "answered": 3, "in_level": 2, "service_level": 40, "abandoned": 1, "unanswered": 1,
    "refused": 0, "by_key": 0, "moved": 0, "lost": 0, "waiting": 0, "wait_s": 8.5, "longest_wait_s": 31.0,
    "abandoned_after_s": 12.0, "talk_s": 95.2, "average_talk_s": 31.7, "rang": None, "missed": None,
}  # fmt: skip


@pytest.fixture
def counted(engine: ScriptedEngine) -> ScriptedEngine:
    """An engine that has counted."""
    engine.answers["queues/statistics"] = {"from": T, "to": T, "by": "queue", "queue": None, "items": [ROW]}
    return engine


async def test_figures_are_passed_on(api: Any, counted: ScriptedEngine) -> None:
    answer, body = await api("GET", f"{PATH}&by=hour&queue=front")
    assert answer.status == 200 and body["items"] == [ROW]
    assert set(body) == {"from", "to", "by", "queue", "items"}
    what, query, _ = counted.asked[-1]
    assert what == "GET queues/statistics"
    assert query == {
        "from": "2026-11-20T19:00:00+00:00", "to": "2026-11-21T19:00:00+00:00", "by": "hour", "queue": "front"
    }


@pytest.mark.parametrize(("role", "status"), [
    ("supervisor", 200), ("administrator", 200), ("operator", 403), ("auditor", 403),
])  # fmt: skip
async def test_who_may_ask(api: Any, counted: ScriptedEngine, role: str, status: int) -> None:
    assert (await api("GET", PATH, role=role))[0].status == status


@pytest.mark.parametrize("path", [
    "/queues/statistics", "/queues/statistics?from=2026-11-21T00:00:00Z", f"{PATH}&by=patient", f"{PATH}&number=1",
    "/queues/statistics?from=2026-11-21T00:00:00&to=2026-11-22T00:00:00",
])  # fmt: skip
async def test_what_is_not_of_the_contract_is_a_problem(api: Any, counted: ScriptedEngine, path: str) -> None:
    answer, body = await api("GET", path)
    assert answer.status == 422 and body["key"] == "error.malformed"


async def test_an_interval_the_engine_refuses_is_a_problem(api: Any, engine: ScriptedEngine) -> None:
    engine.answers["queues/statistics"] = 400
    assert (await api("GET", PATH))[0].status == 400


async def test_it_is_in_the_contract(api: Any) -> None:
    _, contract = await api("GET", "/openapi.json")
    operation = contract["paths"]["/api/v1/queues/statistics"]["get"]
    assert operation["x-okno-roles"] == ["administrator", "supervisor"]
    assert [one["name"] for one in operation["parameters"]] == ["from", "to", "by", "queue", "Okno-Reason"]
    assert set(contract["components"]["schemas"]["Figures"]["properties"]) == set(ROW)
