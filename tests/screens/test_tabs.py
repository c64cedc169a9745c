"""Two tabs of one person: one of them sounds, both show the same, what is chosen in one is seen in the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.screens import scenes
from tests.screens.conftest import Screen
from tests.screens.states import in_hand, missed, tell

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def second(screen: Screen) -> AsyncIterator[Screen]:
    """Another tab of the same browser."""
    await screen.open()
    other = Screen(await screen.page.context.new_page(), screen.server)
    await other.open()
    yield other
    assert other.serious() == []


async def heard(*screens: Screen) -> list[int]:
    """How often each tab sounded for a call."""
    return [int(await one.page.evaluate("okno.heard.call")) for one in screens]


async def test_one_tab_sounds_and_the_other_takes_over(screen: Screen, second: Screen) -> None:
    await tell(screen, scenes.arrive(screen.server.clinic))
    await tell(screen, scenes.ring(screen.server.clinic))
    await screen.until("okno.heard.call > 0")
    assert (await heard(screen, second))[1] == 0
    await screen.page.goto("about:blank")
    await second.until("okno.loud() && okno.heard.call > 0")


async def test_both_lists_agree(screen: Screen, second: Screen) -> None:
    key = missed(screen)
    for one in (screen, second):
        await one.page.locator("#tab-missed").click()
    await screen.page.locator(f"#row-{key}").click()
    await screen.page.locator("#centre").get_by_role("button", name="Взять").click()
    await screen.settled()
    await second.settled()
    assert await screen.page.evaluate("okno.worldNow()") == await second.page.evaluate("okno.worldNow()") == screen.server.clinic.tables


async def test_taste_is_shared_at_once(screen: Screen, second: Screen) -> None:
    await screen.page.evaluate("document.body.focus()")
    await screen.page.locator("[aria-label='Тихо']").click()
    await second.page.locator("[aria-label='Тихо'][aria-pressed=true]").wait_for()


async def test_quiet_mutes_an_offer_and_not_my_ringing_call(screen: Screen) -> None:
    page = await screen.open()
    await page.locator("[aria-label='Тихо']").click()
    await tell(screen, scenes.offer(screen.server.clinic, missed(screen)))
    await page.locator(".offer").wait_for()
    await tell(screen, scenes.arrive(screen.server.clinic))
    await tell(screen, scenes.ring(screen.server.clinic))
    await screen.until("okno.heard.call > 0")
    assert await page.evaluate("okno.heard.offer") == 0


async def test_the_title_and_the_icon_call_without_a_name(screen: Screen) -> None:
    page = await screen.open()
    await tell(screen, scenes.offer(screen.server.clinic, missed(screen)))
    await screen.until("document.title.includes('Вам предложение')")
    assert await page.evaluate("document.querySelector('link[rel=icon]').href.endsWith('favicon-alert.svg')")
    assert "999" not in await page.title()


async def test_a_draft_outlives_a_reload_and_is_not_readable_without_the_session(screen: Screen) -> None:
    page = await screen.open()
    key = await in_hand(screen)
    await page.locator("textarea").fill("half a note")
    await screen.until(f"localStorage.getItem('okno.draft.{key}') !== null")
    assert "half" not in await page.evaluate("JSON.stringify({...localStorage})")
    await page.reload()
    await screen.live()
    await page.locator("#tab-mine").click()
    await page.locator(f"#row-{key}").click()
    await screen.until("document.querySelector('textarea')?.value === 'half a note'")
    await page.get_by_text("Восстановлен черновик").wait_for()


async def test_what_is_being_closed_is_sent_when_the_page_is_left(screen: Screen) -> None:
    page = await screen.open()
    key = await in_hand(screen)
    await page.keyboard.press("Digit1")
    await page.keyboard.press("KeyN")
    await page.locator(".undo").wait_for()
    assert [one for one in screen.server.commands if one["name"] == "complete"] == []
    await page.goto("about:blank")
    for _ in range(100):
        if any(one["name"] == "complete" for one in screen.server.commands):
            break
        await asyncio.sleep(0.02)
    assert screen.server.commands[-1]["args"]["request"] == key
