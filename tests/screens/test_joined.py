"""Joined calls on the card, split off again; numbers blocked at the desk, listed and let go by supervisors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Locator

from tests.screens import scenes
from tests.screens.conftest import Place, Screen
from tests.screens.promises import at, promise, request
from tests.screens.shift import ShiftServer, opened
from tests.screens.synthetic import Clinic, Row, masked
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")
JOINED = "p00001"


def with_joined(clinic: Clinic) -> None:
    """A missed call in my hands that two more joined."""
    calls = [f"m{number}" for number in range(3)]
    for number, key in enumerate(calls):
        began = datetime.now(UTC) - timedelta(minutes=50 - 15 * number)
        row = clinic.call_row(key, 7, "registry", "ended", began, request=JOINED)
        clinic.tables["calls"][key] = row | {"phone": masked(7), "result": "abandoned", "ended_at": at(-60)}
    clinic.tables["requests"][JOINED] = request(
        1, promise(origin="missed_call"), kind="missed_call", owner=scenes.ME, status="in_progress", calls=calls, missed=3, joined=calls[1:],
    )  # fmt: skip


class JoinedServer(ShiftServer):
    """The gateway of a shift that splits joins and blocks numbers."""

    def __init__(self, role: str = "operator", lang: str = "ru", theme: str = "light") -> None:
        super().__init__()
        with_joined(self.clinic)
        self.role, self.lang, self.theme = role, lang, theme  # type: ignore[assignment]
        self.blocked: list[Row] = []
        self.fails = False

    def _more(self, app: web.Application) -> None:
        super()._more(app)
        self.sio.on("blocked", self._on_blocked)

    async def _on_blocked(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"ok": False, "why": "engine_down"} if self.fails else {"ok": True, "items": list(self.blocked)}

    async def _on_command(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        name, args = body["name"], body["args"]
        if self.refuse or name not in ("split", "block", "unblock"):
            return await super()._on_command(sid, body)
        self.commands.append(body)
        if name == "split":
            row = self.clinic.tables["requests"][args["request"]]
            left = {field: [one for one in row[field] if one != args["call"]] for field in ("calls", "joined")}
            again = {**row, "id": "p00002", "number": "2026-000802", "owner": None, "status": "queued", "calls": [args["call"]], "joined": [], "missed": 1}
            self.change([self.clinic.put("requests", args["request"], missed=row["missed"] - 1, version=row["version"] + 1, **left), ["set", "requests", "p00002", again]])
        elif name == "block":
            self.blocked.insert(0, {"id": f"b{len(self.blocked)}", "phone": masked(7), "reason": args["reason"], "actor": scenes.ME, "at": at(0), "until": args.get("until")})
        else:
            self.blocked = [one for one in self.blocked if one["id"] != args["block"]]
        return {"ok": True, "why": "", "by": "", "request": None}


def server(screen: Screen) -> JoinedServer:
    """The page's gateway."""
    assert isinstance(screen.server, JoinedServer)
    return screen.server


async def joined_of(screen: Screen, tab: str = "mine") -> Locator:
    """The card of the joined request; returns its part about joins."""
    page = await screen.open("/desk")
    await page.locator(f"#tab-{tab}").click()
    await page.locator(f"#row-{JOINED}").click()
    part = page.locator(".joined")
    await part.wait_for()
    return part


async def ordered(screen: Screen, count: int = 1) -> list[tuple[str, dict[str, Any]]]:
    """What was ordered, once so many orders came."""
    async with asyncio.timeout(8):
        while len(screen.server.commands) < count:
            await asyncio.sleep(0.02)
    return [(one["name"], one["args"]) for one in screen.server.commands]


@pytest_asyncio.fixture(loop_scope="module")
async def desk(place: Place) -> AsyncIterator[Screen]:
    """An operator's page."""
    async with opened(place, JoinedServer(), 1440, 900) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def boss(place: Place) -> AsyncIterator[Screen]:
    """A supervisor's page."""
    async with opened(place, JoinedServer("supervisor"), 1440, 1100) as made:
        yield made


async def test_joined_calls_stand_on_the_card_and_one_is_split_off(desk: Screen) -> None:
    joined = await joined_of(desk)
    assert "3 пропущенных" in await desk.page.locator(f"#row-{JOINED}").inner_text()
    assert "Объединено: 3 звонка" in await joined.inner_text()
    await joined.locator("time").nth(1).wait_for()
    assert await joined.locator("li").count() == 2
    await nothing_wrong(desk, "joined calls")
    await joined.get_by_role("button", name="Разъединить").first.click()
    assert (await ordered(desk))[0] == ("split", {"request": JOINED, "call": "m1", "version": 3})
    await joined.get_by_text("Объединено: 2 звонка").wait_for()
    await joined.get_by_role("button", name="Разъединить").click()
    await joined.wait_for(state="detached")


async def test_a_split_that_is_refused_is_said_and_nothing_changes(desk: Screen) -> None:
    joined = await joined_of(desk)
    server(desk).refuse = "not_joined"
    await joined.get_by_role("button", name="Разъединить").first.click()
    await desk.page.get_by_text("Этот звонок уже отделён").first.wait_for()
    assert await joined.locator("li").count() == 2


async def test_what_is_not_mine_is_seen_and_not_split(desk: Screen) -> None:
    server(desk).clinic.commit([desk.server.clinic.put("requests", JOINED, owner=None, status="queued")])
    joined = await joined_of(desk, "missed")
    assert await joined.locator("li").count() == 2 and await joined.get_by_role("button").count() == 0


async def test_a_number_is_blocked_from_the_card_by_keyboard(desk: Screen) -> None:
    await joined_of(desk)
    page = desk.page
    button = page.get_by_role("button", name="В чёрный список…")
    await button.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="В чёрный список")
    await dialog.wait_for()
    await nothing_wrong(desk, "blocking a number", "dialog")
    await dialog.get_by_role("button", name="На неделю").click()
    await dialog.get_by_label("Почему").fill("Хулиган")
    await dialog.get_by_role("button", name="Заблокировать").click()
    await dialog.wait_for(state="detached")
    name, args = (await ordered(desk))[0]
    assert (name, args["request"], args["reason"]) == ("block", JOINED, "Хулиган")
    assert args["until"] > at(6 * 86400)


async def test_a_supervisor_splits_from_the_list_of_requests(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    await page.locator("#requests").get_by_role("button", name="Все открытые").click()
    await page.locator("#requests").get_by_role("button", name="Действия с заявкой №2026-000801").click()
    await page.get_by_role("menuitem", name="Разъединить…").click()
    dialog = page.get_by_role("dialog")
    await dialog.locator("time").nth(1).wait_for()
    await nothing_wrong(boss, "splitting as a supervisor", "dialog")
    await dialog.get_by_role("button", name="Разъединить").first.click()
    assert (await ordered(boss))[0][0] == "split"
    await dialog.get_by_text("Объединено: 2 звонка").wait_for()
    await dialog.get_by_role("button", name="Разъединить").click()
    await dialog.wait_for(state="detached")


async def test_supervisors_see_block_and_let_go(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    section = page.locator("#blocked")
    await section.get_by_text("Никто не заблокирован").wait_for()
    await section.get_by_role("button", name="Добавить номер…").click()
    dialog = page.get_by_role("dialog", name="В чёрный список")
    assert await dialog.get_by_role("button", name="Заблокировать").is_disabled()
    await dialog.get_by_label("Номер").fill("8 999 000-00-07")
    await dialog.get_by_role("button", name="Заблокировать").click()
    assert (await ordered(boss))[0] == ("block", {"phone": "8 999 000-00-07", "reason": ""})
    row = section.locator("tbody tr")
    await row.wait_for()
    assert masked(7) in await row.inner_text() and "Навсегда" in await row.inner_text()
    await nothing_wrong(boss, "blocked numbers")
    await row.get_by_role("button", name="Снять").click()
    assert (await ordered(boss, 2))[1] == ("unblock", {"block": "b0"})
    await section.get_by_text("Никто не заблокирован").wait_for()


async def test_a_list_that_does_not_come_says_so_and_is_asked_for_again(boss: Screen) -> None:
    server(boss).fails = True
    page = await boss.open("/supervisor")
    section = page.locator("#blocked")
    await section.get_by_text("Не удалось получить список").wait_for()
    server(boss).fails = False
    await section.get_by_role("button", name="Повторить").click()
    await section.get_by_text("Никто не заблокирован").wait_for()


async def test_the_desk_in_english_and_in_the_dark(place: Place) -> None:
    async with opened(place, JoinedServer(lang="en", theme="dark"), 1440, 900) as made:
        joined = await joined_of(made)
        assert "3 calls joined" in await joined.inner_text()
        assert await joined.get_by_role("button", name="Split off").count() == 2
        await nothing_wrong(made, "joined calls in English")


async def test_the_shift_in_english_and_in_the_dark(place: Place) -> None:
    async with opened(place, JoinedServer("supervisor", "en", "dark"), 1440, 1100) as made:
        page = await made.open("/supervisor")
        assert await page.locator("#blocked h2").inner_text() == "Blocked numbers"
        await nothing_wrong(made, "blocked numbers in English")
