"""The list at its size: what it costs is counted, not timed; filters, farewells, words of the directory as it is now."""

from __future__ import annotations

import pytest

from tests.screens.conftest import Screen
from tests.screens.states import farewells, missed, tell
from tests.screens.synthetic import Clinic

pytestmark = pytest.mark.asyncio(loop_scope="module")

WINDOW = 40  # rows drawn at most: what fits, and a few beyond


async def work(screen: Screen) -> dict[str, int]:
    """Whole sorts and rows drawn so far."""
    return dict(await screen.page.evaluate("({ ...okno.work })"))


async def test_two_thousand_rows_cost_what_is_seen(screen: Screen) -> None:
    screen.server.clinic = Clinic(requests=2000)
    page = await screen.open()
    await page.locator("#tab-all").click()
    await page.locator(".row").first.wait_for()
    assert await page.locator(".row").count() <= WINDOW

    before = await work(screen)
    await page.mouse.move(150, 500)
    for _ in range(20):
        await page.mouse.wheel(0, 500)
    await screen.until("document.querySelector('.list').scrollTop >= 9000")
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    after = await work(screen)
    assert after["sorts"] == before["sorts"], "scrolling sorts nothing"
    assert after["rows"] - before["rows"] <= 20 * WINDOW

    clinic = screen.server.clinic
    shown = await page.evaluate("document.querySelectorAll('.row')[10].id.slice(4)")
    before = await work(screen)
    await tell(screen, [clinic.put("requests", shown, priority=0, version=9)])
    after = await work(screen)
    assert after["sorts"] - before["sorts"] == 1, "one patch, one sort"
    assert after["rows"] - before["rows"] <= 2, "one change, one row"

    before = await work(screen)
    await page.locator("#filter-text").press_sequentially("2026-0009")
    await screen.until("document.querySelector('.row').getAttribute('aria-setsize') === '100'")
    after = await work(screen)
    assert after["sorts"] == before["sorts"], "a filter sorts nothing"
    assert after["rows"] - before["rows"] <= 10 * WINDOW


async def test_filters_find_on_either_layout_and_are_taken_away(screen: Screen) -> None:
    page = await screen.open()
    await page.locator("#tab-all").click()
    whole = await page.locator(".row").first.get_attribute("aria-setsize")
    await page.keyboard.press("KeyF")
    await page.keyboard.type("htubcnhfnehf")
    queued = sum(row["queue"] == "registry" for row in screen.server.clinic.tables["requests"].values())
    await screen.until(f"document.querySelector('.row').getAttribute('aria-setsize') === '{queued}'")
    await page.keyboard.press("Escape")
    await screen.until(f"document.querySelector('.row').getAttribute('aria-setsize') === '{whole}'")
    await page.get_by_label("Очередь").select_option("lab")
    await page.get_by_text("По этому отбору ничего нет").wait_for()
    await page.locator(".list-empty").get_by_role("button").click()
    await screen.until(f"document.querySelector('.row').getAttribute('aria-setsize') === '{whole}'")


async def test_who_took_it_is_said_for_three_seconds(screen: Screen) -> None:
    page = await screen.open()
    await page.locator("#tab-missed").click()
    key = missed(screen)
    clinic = screen.server.clinic
    await tell(screen, [clinic.put("requests", key, owner="klimov", status="in_progress")])
    await page.locator(f"#row-{key}").get_by_text("Взял(а) Климов Д.").wait_for()
    await page.locator(f"#row-{key}").get_by_text("В работе").wait_for()


async def test_what_was_closed_elsewhere_is_struck_and_leaves(screen: Screen) -> None:
    page = await screen.open()
    await farewells(screen)
    await page.locator("[data-farewell]").wait_for(state="detached", timeout=6000)


async def test_words_of_the_directory_change_while_the_page_is_open(screen: Screen) -> None:
    page = await screen.open()
    clinic = screen.server.clinic
    rules = clinic.tables["rules"]["rules"]
    reasons = [*rules["pause_reasons"], {"id": "smoke", "title": {"ru": "проветрить", "en": "air"}}]
    await tell(screen, [clinic.put("rules", "rules", pause_reasons=reasons, version=2),
                        clinic.put("queues", "registry", title={"ru": "Главная", "en": "Main"})])
    await page.keyboard.press("KeyP")
    await page.get_by_role("menuitemradio", name="проветрить").wait_for()
    assert "Главная" in await page.locator(".list").inner_text()
