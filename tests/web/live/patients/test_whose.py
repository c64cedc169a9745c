"""Only the request's owner asks, or a supervisor; of nobody else's request, of no closed one, by no other role."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from mis.client import plain
from tests.web.house import House, Page
from tests.web.live.patients.desk import TWO, about, identify
from tests.web.live.patients.small import MOTHER, TOMORROW, Small, slot
from tests.web.scripted import CALL, OTHER, REQUEST, ScriptedEngine, call_row, request_row
from web.live.patients.whose import Whose


def asks(mis: Small) -> dict[str, dict[str, Any]]:
    """Every question about a request, well formed."""
    key, time, visit = str(uuid4()), plain(slot(0)), plain(mis.of_mother)
    window = {"since": TOMORROW.isoformat(), "until": "2031-01-01T00:00:00Z"}
    draft = {"key": key, "family": "Новая", "given": "Яна"}
    return {name: about(**body) for name, body in {
        "patients": {}, "patient_search": {"name": "Лунина"}, "identify": {"patient": MOTHER, "verified": TWO},
        "disown": {}, "patient": {}, "patient_new": {"draft": draft}, "hold": {"key": key, "slot": time},
        "slots": {"query": {"since": TOMORROW.isoformat(), "until": slot(40).end.isoformat()}},
        "slot_release": {"key": key}, "book": {"key": key, "slot": time}, "booking": {"key": key}, "bookings": {},
        "move": {"key": key, "visit": visit, "slot": time}, "visit_cancel": {"key": key, "visit": visit},
        "visit_confirm": {"key": key, "visit": visit}, "wish": {"wish": window | {"key": key}}, "wishes": {},
        "give_up": {"key": key},
    }.items()}  # fmt: skip


async def test_every_question_of_another_s_request_is_refused(house: House, engine: ScriptedEngine, mis: Small) -> None:
    await engine.patch(["set", "requests", REQUEST, request_row(owner="orlova", patient=MOTHER, version=2)])
    asked = len(mis.asked)
    async with house.browser("klimov") as browser, house.page(browser) as page:
        for event, body in asks(mis).items():
            assert await page.ask(event, body) == {"ok": False, "why": "not_yours"}, event
            assert await page.ask(event, body | {"request": OTHER}) == {"ok": False, "why": "no_request"}, event
            assert await page.ask(event, {**body, "role": "supervisor"}) == {"ok": False, "why": "bad_request"}, event
    assert {"find_patients", "card", "book", "cancel"}.isdisjoint(mis.asked[asked:])


@pytest.mark.parametrize("comes", ["ring", "offer"])
async def test_who_it_may_be_is_told_at_the_ring_and_nothing_else(
    house: House, engine: ScriptedEngine, mis: Small, comes: str
) -> None:
    row = request_row(owner=None, status="queued", version=2)
    await engine.patch(["set", "requests", REQUEST, row])
    async with house.browser("klimov") as browser, house.page(browser) as page:
        assert (await page.ask("patients", about()))["why"] == "not_yours"
        if comes == "ring":
            call = engine.tables["calls"][row["calls"][0]]
            await engine.patch(["set", "calls", call["id"], call | {"ringing": ["klimov"]}])
        else:
            offer = {"id": str(uuid4()), "request": REQUEST, "operator": "klimov", "state": "pending", "weight": 50}
            await engine.patch(["set", "offers", offer["id"], offer])
        async with asyncio.timeout(5):
            while not (answer := await page.ask("patients", about()))["ok"]:
                await asyncio.sleep(0.02)
        assert {one["id"] for one in answer["lookup"]["people"]} >= {MOTHER}
        for event, body in asks(mis).items():
            if event != "patients":
                assert (await page.ask(event, body))["why"] == "not_yours", event


async def test_the_matrix_is_of_every_event_that_is_about_a_request(house: House, mis: Small) -> None:
    own = {name for kind, name in house.web.permissions if kind == "SOCKET"}
    assert set(asks(mis)) <= own
    needed = {name: house.web.permissions["SOCKET", name] for name in asks(mis)}
    assert {name for name, what in needed.items() if what == "card.read"} == {
        "patients", "patient_search", "patient", "slots", "booking", "bookings", "wishes",
    }  # fmt: skip
    assert set(needed.values()) == {"card.read", "requests.work"}
    for event in ("mis_status", "mis_directory"):
        assert house.web.permissions["SOCKET", event] == "card.read"


@pytest.mark.parametrize("role", ["administrator", "auditor"])
async def test_who_has_no_patients_asks_nothing(house: House, role: str, mis: Small) -> None:
    async with house.browser("eye", role) as browser, house.page(browser) as page:
        for event, body in {**asks(mis), "mis_status": {}, "mis_directory": {"kind": "doctors"}}.items():
            assert (await page.ask(event, body))["why"] == "forbidden", event


async def test_a_supervisor_may_and_his_name_stands_in_the_order(
    house: House, engine: ScriptedEngine, mis: Small
) -> None:
    async with house.browser("zimina", "supervisor") as browser, house.page(browser) as page:
        await identify(page, engine, MOTHER)
        assert (await page.ask("patient", about()))["card"]["id"] == MOTHER
    sent = next(body for what, body, _ in engine.asked if what == "POST commands")
    assert (sent["actor"], sent["role"]) == ("zimina", "supervisor")


async def test_whom_it_rings_is_told_candidates_before_the_ring_is_written(
    page: Page, engine: ScriptedEngine, mis: Small
) -> None:
    await engine.patch(
        ["set", "calls", CALL, call_row(ringing=[])], ["set", "requests", REQUEST, request_row(version=3)]
    )
    assert (await told(page, "patients", "not_yours"))["ok"] is False
    await engine.ring()
    assert (await told(page, "patients", "", some=True))["ok"] is True


async def test_what_was_given_away_or_closed_is_no_longer_his(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    await identify(page, engine, MOTHER)
    row = engine.tables["requests"][REQUEST]
    await engine.patch(["set", "requests", REQUEST, row | {"owner": "klimov", "version": 9}])
    assert (await told(page, "patient", "not_yours"))["ok"] is False
    await engine.patch(["del", "requests", REQUEST])
    assert (await told(page, "patient", "no_request"))["ok"] is False


async def test_what_was_held_for_is_the_live_call_or_else_the_request(house: House) -> None:
    house.web.replica.tables = {"calls": {"over": {"ended_at": "2031-01-01T00:00:00Z"}, "live": {"ended_at": None}}}
    judge = Whose(house.web.replica)
    assert judge.waits({"id": "request", "calls": ["live", "over", "gone"]}) == "live"
    assert judge.waits({"id": "request", "calls": ["over"]}) == judge.waits({"id": "request", "calls": []}) == "request"


async def test_a_request_nobody_has_told_of_yet_is_not_called_gone(
    house: House, page: Page, engine: ScriptedEngine, mis: Small
) -> None:
    house.web.replica.tables, house.web.replica.epoch = {}, ""
    assert await page.ask("booking", about(key=str(uuid4()))) == {"ok": False, "why": "engine_down"}


async def test_a_patient_the_mis_means_is_nobody_until_confirmed(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    row = request_row(owner="orlova", version=5, meant="stranger", phone="")
    await engine.patch(["set", "requests", REQUEST, row])
    answer = await told(page, "patients", "")
    assert answer["lookup"]["people"] == [] and answer["meant"] is None
    assert await page.ask("patient", about()) == {"ok": False, "why": "not_identified"}
    await identify(page, engine, "stranger")
    assert (await page.ask("patient", about()))["card"]["id"] == "stranger"


async def told(page: Page, event: str, why: str, *, some: bool = False) -> dict[str, Any]:
    """Ask until the live feed has brought what the test changed; `some`: until people are told."""
    async with asyncio.timeout(5):
        while True:
            answer: dict[str, Any] = await page.ask(event, about())
            people = (answer.get("lookup") or {}).get("people")
            if answer.get("why", "") == why and bool(people) is some:
                return answer
            await asyncio.sleep(0.05)
