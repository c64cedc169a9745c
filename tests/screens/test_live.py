"""The live protocol in a real browser: cuts, holes, another engine, an outage. In the end both worlds are one."""

import asyncio

import pytest
from playwright.async_api import Browser

from tests.screens import scenes
from tests.screens.conftest import Screen, placed
from tests.screens.dev_server import DevServer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def world_is_the_servers(screen: Screen) -> None:
    """The browser's tables are the server's, row by row."""
    await screen.settled()
    assert await screen.page.evaluate("okno.worldNow()") == screen.server.clinic.tables


async def busy(screen: Screen, patches: int = 25) -> None:
    """So many ordinary patches, some of them in one coalesced message."""
    for _ in range(patches):
        screen.server.change(screen.server.clinic.random_ops())
        await asyncio.sleep(0.01)


async def test_eight_cuts_under_load_bring_only_what_was_missed(screen: Screen) -> None:
    await screen.open()
    for _ in range(8):
        await busy(screen)
        await screen.page.evaluate("okno.socket.io.engine.close()")
        await busy(screen, 5)
        await screen.live()
    await world_is_the_servers(screen)
    counts = await screen.page.evaluate("okno.counts")
    assert counts["snapshots"] == 1
    assert counts["replays"] >= 8


async def test_patches_that_arrive_during_a_sync_wait_for_it(screen: Screen) -> None:
    screen.server.sync_delay = 0.4
    await screen.page.goto(f"{screen.server.url}/desk")
    while not screen.server.syncs:
        await asyncio.sleep(0.01)
    await busy(screen, 15)
    await screen.live()
    await world_is_the_servers(screen)
    assert len(screen.server.syncs) == 1


async def test_a_hole_in_the_numbers_asks_for_what_is_missing(screen: Screen) -> None:
    await screen.open()
    clinic = screen.server.clinic
    clinic.commit(clinic.random_ops())  # a patch that no browser is told of
    await busy(screen, 3)
    await world_is_the_servers(screen)
    assert (await screen.page.evaluate("okno.counts"))["replays"] == 1


async def test_another_engine_costs_one_snapshot_and_no_reload(screen: Screen) -> None:
    page = await screen.open()
    await page.evaluate("window.sameDocument = true")
    await screen.server.link(engine=False)
    await screen.server.restart_engine()
    await busy(screen, 3)
    await screen.server.link(engine=True)
    await world_is_the_servers(screen)
    assert (await page.evaluate("okno.counts"))["snapshots"] == 2
    assert await page.evaluate("window.sameDocument")


async def test_an_outage_is_said_kept_typing_and_mended_by_itself(screen: Screen) -> None:
    page = await screen.open()
    clinic = screen.server.clinic
    screen.server.change([*scenes.arrive(clinic)])
    screen.server.change([*scenes.answer(clinic)])
    await screen.settled()
    note = page.locator("textarea")
    await note.fill("asks for Tuesday")
    await screen.server.down()
    await page.locator(".strip").wait_for()
    assert await page.locator(".head-link-word").inner_text() == "Нет связи"
    assert await page.locator(".head-state").is_disabled()
    assert await note.input_value() == "asks for Tuesday"
    await screen.server.up()
    await screen.live()
    await page.locator(".strip").wait_for(state="detached")
    assert await note.input_value() == "asks for Tuesday"
    await world_is_the_servers(screen)


async def test_what_is_old_is_dimmed_and_dated(browser: Browser, clinic: DevServer) -> None:
    async with placed(browser) as alone, alone.screen(clinic) as screen:  # the clock is the whole context's
        await old_is_dated(screen)


async def old_is_dated(screen: Screen) -> None:
    """An outage of half a minute, on a clock of the test's own."""
    page = await screen.open()
    await page.clock.install()
    await screen.server.down()
    await page.locator(".strip").wait_for()
    await page.clock.run_for(32_000)
    await page.locator("body[data-stale]").wait_for()
    assert "Данные на" in await page.locator(".strip").inner_text()
    await screen.server.up()
    await page.clock.resume()
    await screen.live()
    await page.locator("body:not([data-stale])").wait_for()


async def test_an_ended_session_leads_to_the_log_in(screen: Screen) -> None:
    page = await screen.open()
    await screen.server.sio.emit("bye", {"reason": "expired"})
    await page.locator(".strip a[href='/login']").wait_for()
    assert "Сеанс закончился" in await page.locator(".strip").inner_text()


async def test_a_database_that_is_away_is_said(screen: Screen) -> None:
    page = await screen.open()
    clinic = screen.server.clinic
    patch = {"epoch": clinic.epoch, "from": clinic.seq, "to": clinic.seq + 1, "ops": [], "unsaved": True}
    clinic.commit([])
    await screen.server.sio.emit("patch", patch)
    await page.get_by_text("ещё не сохранены").wait_for()
