"""What a supervisor says to an operator: over the page, one key reads it, a reload brings back what is not read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.screens.conftest import Place, Screen
from tests.screens.shift import NOTICE, ShiftServer, ago, gateway, opened
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(place: Place) -> AsyncIterator[Screen]:
    """An operator's page."""
    server = ShiftServer()
    server.role = "operator"
    async with opened(place, server, 1366, 768) as made:
        yield made


async def test_it_comes_over_the_page_and_takes_no_focus(desk: Screen) -> None:
    page = await desk.open("/desk")
    place = await page.locator(".desk-left").bounding_box()
    await page.locator(".list").focus()
    await gateway(desk).notice()
    await page.locator(".notice").wait_for()
    assert await page.locator(".desk-left").bounding_box() == place
    assert await page.evaluate("document.activeElement.classList.contains('list')")
    assert "Сообщение: Планёрка в 15:00" in await page.locator("[aria-live=polite]").inner_text()
    assert await page.evaluate("okno.heard.word") == 1
    await nothing_wrong(desk, "a message")


async def test_one_key_reads_it_and_the_server_is_told_once(desk: Screen) -> None:
    page, server = await desk.open("/desk"), gateway(desk)
    await server.notice()
    await page.locator(".notice").wait_for()
    await page.keyboard.press("Alt+KeyO")
    await page.locator(".notice").wait_for(state="detached")
    assert [(one["name"], one["args"]) for one in server.commands] == [("seen", {"notice": NOTICE})]


async def test_a_reload_and_another_tab(desk: Screen) -> None:
    page, server = await desk.open("/desk"), gateway(desk)
    await server.notice()
    await page.locator(".notice").wait_for()
    await desk.open("/desk")
    await page.locator(".notice").wait_for()
    other = await page.context.new_page()
    await other.goto(f"{server.url}/desk")
    await other.locator(".notice").wait_for()
    await page.locator(".notice").get_by_role("button").click()
    await other.locator(".notice").wait_for(state="detached")


async def test_a_line_that_was_lost_misses_nothing(desk: Screen) -> None:
    page, server = await desk.open("/desk"), gateway(desk)
    await server.down()
    server.notices = [{"id": NOTICE, "author": "zimina", "at": ago(1), "text": "Пока вас не было", "seen": False}]
    await server.up()
    await page.get_by_text("Пока вас не было").wait_for(timeout=12000)


@pytest.mark.parametrize(("text", "shown"), [
    ("@listen", "zimina слушает ваш разговор"), ("@unpaused", "Супервизор снял вас с паузы (zimina)"), ("@nonsense", "Супервизор изменил ваши настройки"),
    (" @listen", "@listen"), ("<b>жирно</b>", "<b>жирно</b>"),
])  # fmt: skip
async def test_our_words_and_theirs(desk: Screen, text: str, shown: str) -> None:
    page = await desk.open("/desk")
    await gateway(desk).notice(text)
    assert shown in await page.locator(".notice-text").inner_text()


async def test_many_show_the_oldest_and_count_the_rest(desk: Screen) -> None:
    page, server = await desk.open("/desk"), gateway(desk)
    for number in range(5):
        await server.notice(f"Сообщение {number}", id=f"0190000{number}-0000-7000-8000-0000000000aa", at=ago(60 - number))
    await page.get_by_text("ещё 2 сообщения").wait_for()
    assert [text[-1] for text in await page.locator(".notice-text").all_inner_texts()] == ["0", "1", "2"]


async def test_one_that_cannot_be_told_stays(desk: Screen) -> None:
    page, server = await desk.open("/desk"), gateway(desk)
    await server.notice()
    server.refuse = "not_yours"
    await page.locator(".notice").get_by_role("button").click()
    await asyncio.sleep(0.3)
    assert await page.locator(".notice").is_visible()
