"""Figures by the hour for whoever leads the shift; messages for their reader's own screens alone."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.web.house import House
from tests.web.scripted import OTHER, ScriptedEngine, T


async def test_a_supervisor_gets_figures_by_the_hour(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("zimina", "supervisor") as browser, house.page(browser) as page:
        answer = await page.ask("statistics", {"since": T, "until": "2026-11-21T12:00:00Z", "by": "hour", "queue": "front"})
        assert answer["ok"] and answer["items"][0]["service_level"] == 67
        asked = [params for path, params, _ in engine.asked if path == "GET queues/statistics"]
        assert asked == [{"from": T, "to": "2026-11-21T12:00:00+00:00", "by": "hour", "queue": "front"}]
        assert (await page.ask("statistics", {"since": "yesterday"}))["why"] == "bad_request"


async def test_an_operator_does_not(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        answer = await page.ask("statistics", {"since": T, "until": T})
        assert answer == {"ok": False, "why": "forbidden"}
        assert not [one for one in engine.asked if "statistics" in one[0]]


async def test_a_message_reaches_its_operators_screens_only(house: House, engine: ScriptedEngine) -> None:
    async with (
        house.browser("orlova") as one, house.page(one) as hers, house.page(one) as her_other,
        house.browser("klimov") as two, house.page(two) as his, house.browser("zimina", "supervisor") as three,
        house.page(three) as boss,
    ):  # fmt: skip
        for page in (hers, her_other, his, boss):
            await page.ask("sync", {})
        await engine.notice("orlova")
        for page in (hers, her_other):
            assert await page.until("notice") == {"id": OTHER, "seen": False, "author": "zimina", "at": T, "text": "Планёрка"}
        await engine.notice("orlova", seen=True)
        assert (await hers.until("notice", 2))["seen"] is True
        await asyncio.sleep(0.1)
        assert not [name for page in (his, boss) for name, _ in page.came if name == "notice"]


async def test_what_is_not_read_yet_is_asked_for_after_a_reload_and_is_ones_own(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        answer = await page.ask("notices", {})
        assert [one["text"] for one in answer["items"]] == ["Планёрка"]
        asked = [params for path, params, _ in engine.asked if path == "GET notices"]
        assert asked == [{"operator": "orlova"}], "of nobody else can be asked"
        assert (await page.ask("notices", {"operator": "klimov"}))["why"] == "bad_request"
    async with house.browser("zimina", "supervisor") as browser, house.page(browser) as page:
        assert await page.ask("notices", {}) == {"ok": True, "items": []}


async def test_a_message_is_in_no_log(house: House, engine: ScriptedEngine, caplog: pytest.LogCaptureFixture) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await page.ask("sync", {})
        await engine.notice("orlova", text="Перезвоните маме")
        await page.until("notice")
        await page.ask("notices")
    assert "Перезвоните" not in caplog.text


async def test_whoever_gets_messages_may_say_that_he_read_them(house: House, engine: ScriptedEngine) -> None:
    for login, role, may in (("orlova", "operator", True), ("zimina", "supervisor", True), ("audit", "auditor", False)):
        async with house.browser(login, role) as browser, house.page(browser) as page:
            answer = await page.ask("command", {"id": str(uuid4()), "name": "seen", "args": {"notice": OTHER}})
            assert (answer["why"] != "forbidden") is may
    assert [body["actor"] for asked, body, _ in engine.asked if asked == "POST commands"] == ["orlova", "zimina"]
