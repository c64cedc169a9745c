"""What a page asks before it promises a call, and the orders about it."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.web.house import House
from tests.web.scripted import REQUEST, ScriptedEngine

FOUND = {
    "callable": True, "clocks": ["19:30"], "own": False, "quiet": True, "next_at": "2026-11-22T04:00:00.000Z",
    "promised": "2026-000801", "phone": "+79990001873",
}  # fmt: skip


async def test_it_is_told_what_bounds_a_promise_and_no_number_back(house: House, engine: ScriptedEngine) -> None:
    engine.answers["callbacks/bounds"] = FOUND
    async with house.browser("orlova") as browser, house.page(browser) as page:
        ask = {"phone": "8 999 000-18-73", "queue": "front", "when": "2026-11-21T18:00:00+05:00"}
        assert await page.ask("callback_bounds", ask) == {"ok": True} | {k: v for k, v in FOUND.items() if k != "phone"}
        [(_, asked, _)] = [one for one in engine.asked if one[0] == "POST callbacks/bounds"]
        assert asked == {"phone": "8 999 000-18-73", "queue": "front", "when": "2026-11-21T18:00:00+05:00"}
        await page.ask("callback_bounds", {"request": REQUEST})
        assert engine.asked[-1][1] == {"request": REQUEST}


@pytest.mark.parametrize(("status", "why"), [(404, "not_found"), (400, "bad_phone")])
async def test_a_refusal_is_a_word(house: House, engine: ScriptedEngine, status: int, why: str) -> None:
    engine.answers["callbacks/bounds"] = status
    async with house.browser("orlova") as browser, house.page(browser) as page:
        assert await page.ask("callback_bounds", {"request": REQUEST}) == {"ok": False, "why": why}


async def test_garbage_and_those_who_may_not_ask_are_refused(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        for body in ({"phone": 1}, {"when": "2026-11-21T18:00:00"}, {"phone": "x" * 65}, {"request": "x"}, {"to": "x"}, 5):
            assert (await page.ask("callback_bounds", body))["why"] == "bad_request"
    for login, role in (("admin", "administrator"), ("ivanova", "auditor")):
        async with house.browser(login, role) as browser, house.page(browser) as page:
            assert (await page.ask("callback_bounds", {"request": REQUEST}))["why"] == "forbidden"
            for name in ("callback", "tried"):
                order = {"id": str(uuid4()), "name": name, "args": {"request": REQUEST}}
                assert (await page.ask("command", order))["why"] == "forbidden"
    assert not [one for one in engine.asked if one[0] in ("POST callbacks/bounds", "POST commands")]


async def test_orders_go_on_as_they_are(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        for name, args in (("callback", {"request": REQUEST, "note": "n"}), ("tried", {"request": REQUEST, "outcome": "machine"})):
            answer = await page.ask("command", {"id": str(uuid4()), "name": name, "args": args})
            assert answer["ok"]
            what, body, _ = engine.asked[-1]
            assert (what, body["name"], body["args"], body["operator"]) == ("POST commands", name, args, "orlova")


async def test_the_promise_of_a_request_is_seen_and_the_auditor_s_too(house: House, engine: ScriptedEngine) -> None:
    promise = {"state": "waiting", "origin": "form", "wanted_at": None, "next_at": None, "attempt": 0, "of": 4, "tries": []}
    await engine.patch(["set", "requests", REQUEST, {**engine.tables["requests"][REQUEST], "callback": promise}])
    for login, role in (("orlova", "operator"), ("ivanova", "auditor")):
        async with house.browser(login, role) as browser, house.page(browser) as page:
            async with asyncio.timeout(8):
                while "callback" not in (row := (await page.ask("sync", {}))["snapshot"]["requests"][REQUEST]):
                    await asyncio.sleep(0.05)
            assert row["callback"] == promise, role
