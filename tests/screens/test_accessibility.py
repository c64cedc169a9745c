"""axe-core (WCAG 2.2 AA) finds nothing on any screen, in any state, in either theme, at either size."""

from __future__ import annotations

import json

import pytest

from tests.screens import scenes
from tests.screens.axe import violations
from tests.screens.conftest import Screen
from tests.screens.synthetic import Clinic

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def nothing_wrong(screen: Screen, state: str, *parts: str) -> None:
    """Run axe in the page as it is, or in a part of it, in both themes; every icon drawn is in the sprite."""
    told = await violations(screen.page, *parts)
    assert told == [], f"{state}: {json.dumps(told, ensure_ascii=False, indent=1)}"
    empty = await screen.page.evaluate("[...document.querySelectorAll('svg.icon')].filter((one) => one.getClientRects().length && !one.getBBox().width).length")
    assert empty == 0, f"{state}: {empty} icons are empty"


async def test_the_desk(screen: Screen) -> None:
    server = screen.server
    page = await screen.open()
    await nothing_wrong(screen, "idle")
    server.change(scenes.arrive(server.clinic))
    for step in (scenes.ring, scenes.answer, scenes.hang_up):
        server.change(step(server.clinic))
        await screen.settled()
        await page.locator(".moment").first.wait_for()
        await nothing_wrong(screen, step.__name__)
    await page.set_viewport_size({"width": 1366, "height": 768})
    await page.keyboard.press("KeyP")
    await nothing_wrong(screen, "presence menu")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Shift+Slash")
    await nothing_wrong(screen, "keys")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+KeyK")
    await page.keyboard.type("2026-0000")
    await page.locator(".search-item").first.wait_for()
    await nothing_wrong(screen, "search")
    await page.keyboard.press("Escape")
    await page.locator("#tab-missed").click()
    await page.locator(".row").first.click()
    await page.locator("#side-people").click()
    await nothing_wrong(screen, "a request and the colleagues")
    for name in ("list", "now", "side"):
        await page.set_viewport_size({"width": 390, "height": 800})
        await page.locator(f".desk-views [data-name={name}]").click()
        await nothing_wrong(screen, f"narrow, {name}")
    await server.down()
    await page.locator(".strip").wait_for()
    await page.evaluate("document.body.dataset.stale = ''")
    await nothing_wrong(screen, "offline and old")


async def test_the_other_pages(screen: Screen) -> None:
    server = screen.server
    await screen.open("/login")
    await nothing_wrong(screen, "log-in")
    page = await screen.open("/history")
    await page.locator(".row-opener").first.click()
    await nothing_wrong(screen, "history of calls")
    await page.get_by_role("button", name="Заявки").click()
    await page.locator("td.strong").first.wait_for()
    await nothing_wrong(screen, "history of requests")
    server.role = "supervisor"
    await screen.open("/supervisor")
    await page.locator(".row-opener").first.click()
    await nothing_wrong(screen, "shift")


async def test_empty_lists(screen: Screen) -> None:
    screen.server.clinic = Clinic(requests=0)
    screen.server.clinic.tables["requests"].clear()
    screen.server.clinic.tables["calls"].clear()
    page = await screen.open()
    for name in ("mine", "queue", "missed", "all"):
        await page.locator(f"#tab-{name}").click()
        assert await page.locator(".list-empty").is_visible()
        await nothing_wrong(screen, f"nothing in {name}")


async def test_the_zoomed_page_is_whole(screen: Screen) -> None:
    await screen.page.set_viewport_size({"width": 720, "height": 450})  # 1440 by 900 at 200 %
    await screen.open()
    await nothing_wrong(screen, "200 %")
    assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
