"""What screens ask about people: masked, rated, permitted; hints told to every screen when they change."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.web.house import House
from tests.web.scripted import CALL, NUMBER, OTHER, REQUEST, ScriptedEngine, T, call_row, request_row

HINT = {"id": str(uuid4()), "version": 0, "title": "Цены", "text": "Сначала спросите."}
NOTE = {"at": T, "actor": "orlova", "what": "note", "call": None, "operator": None, "queue": None, "note": "перезвонить"}


async def test_what_is_found_is_masked_and_only_its_list_row_is_told(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        answer = await page.ask("search", {"text": " иванова "})
        assert [one["type"] for one in answer["items"]] == ["request", "contact", "call"]
        contact = answer["items"][1]["row"]
        assert contact == {"id": OTHER, "name": "Иванова М. П.", "phone": "+7 999 •••-00-01", "earlier_calls": 2,
                           "request": REQUEST, "call": None}  # fmt: skip
        assert NUMBER not in str(answer) and "SHCHUKOEDOV" not in str(answer)
        method, body, headers = engine.asked[-1]
        assert (method, body) == ("POST search", {"text": "иванова"})
        assert (headers["Okno-Actor"], headers["Okno-Purpose"]) == ("orlova", "search")
        for bad in ({}, {"text": " "}, {"text": "x" * 65}, {"text": "x", "limit": 500}):
            assert await page.ask("search", bad) == {"ok": False, "why": "bad_request"}


async def test_a_search_that_could_not_be_audited_shows_nothing(house: House, engine: ScriptedEngine) -> None:
    engine.answers["search"] = 503
    async with house.browser("orlova") as browser, house.page(browser) as page:
        assert await page.ask("search", {"text": "иванова"}) == {"ok": False, "why": "engine_down"}


async def test_who_wants_to_see_everybody_is_slowed_down_on_all_his_pages(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as one, house.page(browser) as other:
        answers = await asyncio.gather(*((one, other)[n % 2].ask("search", {"text": f"{n:04d}"}) for n in range(40)))
        refused = [answer for answer in answers if answer.get("why") == "too_fast"]
        assert 10 <= len(refused) <= 20 and len([1 for name, *_ in engine.asked if name == "POST search"]) == 40 - len(refused)
        assert (await one.ask("history", {"kind": "calls"}))["ok"]


async def test_what_was_before_comes_in_pages_with_the_rights_of_the_card(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        answer = await page.ask("timeline", {"request": REQUEST, "cursor": "abc", "limit": 5})
        assert answer["missing"] == ["chats"] and answer["cursor"] == "def"
        assert answer["items"][0]["call"]["phone"] == answer["items"][0]["request"]["phone"] == "+7 999 •••-00-01"
        assert answer["items"][0]["notes"] == [NOTE] and NUMBER not in str(answer)
        assert engine.asked[-1][1] == {"request": REQUEST, "cursor": "abc", "limit": 5, "actor": "orlova", "role": "operator",
                                       "operator": "orlova", "purpose": "timeline"}  # fmt: skip
        for bad in ({}, {"request": REQUEST, "call": CALL}, {"request": REQUEST, "limit": 51}, {"request": "x"}):
            assert await page.ask("timeline", bad) == {"ok": False, "why": "bad_request"}


async def test_hints_are_read_by_operators_and_written_by_supervisors(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        assert (await page.ask("hints"))["items"][0]["title"] == "Цены"
        assert (await page.ask("hints", {"after": 7}))["version"] == 7 and engine.asked[-1][1] == {"after": "7"}
        assert (await page.ask("hint_save", HINT))["why"] == "forbidden"
        assert (await page.ask("hint_remove", {"id": HINT["id"], "version": 1}))["why"] == "forbidden"
    async with house.browser("boss", "supervisor") as browser, house.page(browser) as page:
        assert (await page.ask("hint_save", HINT))["ok"]
        assert engine.asked[-1][:2] == ("POST hints", HINT | {"topic": "", "queues": [], "lines": []})
        assert engine.asked[-1][2]["Okno-Actor"] == "boss"
        assert (await page.ask("hint_remove", {"id": HINT["id"], "version": 1}))["ok"]
        for bad in ({**HINT, "title": ""}, {**HINT, "text": "x" * 4001}, {**HINT, "colour": "red"}, {**HINT, "version": -1}):
            assert await page.ask("hint_save", bad) == {"ok": False, "why": "bad_request"}


async def test_blocked_numbers_are_seen_masked_by_supervisors_alone(house: House, engine: ScriptedEngine) -> None:
    block = {"id": OTHER, "phone": NUMBER, "reason": "a prank", "actor": "orlova", "at": T, "until": None}
    engine.answers |= {"blocked": {"items": [block]}, "commands": {"ok": True, "why": "", "by": "", "request": None}}
    async with house.browser("orlova") as browser, house.page(browser) as page:
        assert (await page.ask("blocked"))["why"] == "forbidden"
        order = {"id": OTHER, "name": "unblock", "args": {"block": OTHER}}
        assert (await page.ask("command", order))["why"] == "forbidden"
        assert (await page.ask("command", {**order, "name": "block", "args": {"request": REQUEST}}))["ok"]
    async with house.browser("boss", "supervisor") as browser, house.page(browser) as page:
        answer = await page.ask("blocked", {})
        assert answer["items"] == [block | {"phone": "+7 999 •••-00-01"}] and NUMBER not in str(answer)
        assert engine.asked[-1][2]["Okno-Purpose"] == "supervision"
        assert await page.ask("blocked", {"all": True}) == {"ok": False, "why": "bad_request"}
        assert (await page.ask("command", order))["ok"]


@pytest.mark.parametrize("role", ["administrator", "auditor"])
async def test_nobody_else_asks(house: House, role: str) -> None:
    asks: dict[str, Any] = {"search": {"text": "0001"}, "timeline": {"request": REQUEST}, "hints": {}, "blocked": {},
                            "hint_save": HINT,
                            "hint_remove": {"id": HINT["id"], "version": 1}}  # fmt: skip
    async with house.browser("eye", role) as browser, house.page(browser) as page:
        for event, body in asks.items():
            assert (await page.ask(event, body))["why"] == "forbidden"


async def test_every_screen_is_told_that_the_hints_changed(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        page.client.on("hints", page._taker("hints"))
        await page.ask("sync", {})
        engine.hints = 8
        assert (await page.until("hints"))["version"] == 8
        engine.hints = 9
        assert (await page.until("hints", 2))["version"] == 9


def answers() -> dict[str, Any]:
    """What the scripted engine says about people when a test does not say otherwise."""
    contact = {"id": OTHER, "name": "Иванова М. П.", "phone": NUMBER, "earlier_calls": 2, "request": REQUEST, "call": None}
    entry = {"kind": "call", "id": CALL, "at": T, "call": call_row(), "request": request_row(), "made": True, "notes": [NOTE]}
    hint = HINT | {"version": 1, "topic": "", "queues": [], "lines": [], "removed": False, "actor": "boss", "at": T}
    return {
        "search": {"items": [{"type": "request", "row": request_row()}, {"type": "contact", "row": contact},
                             {"type": "call", "row": call_row()}]},
        "timeline": {"items": [entry], "cursor": "def", "missing": ["chats"]},
        "hints": {"version": 7, "items": [hint], "ok": True, "why": "", "hint": hint},
        "hints/remove": {"ok": True, "why": "", "hint": hint | {"removed": True}, "version": 8},
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _answers(engine: ScriptedEngine) -> None:
    engine.answers |= answers()
