"""Photographs of the chat pane for docs/screens: `python -m tests.screens.chat_shots`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from tests.screens import scenes
from tests.screens.chats import ChatServer, account
from tests.screens.conftest import ARGUMENTS, CHROMIUM, Screen
from tests.screens.synthetic import stamp

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
WORDS: list[tuple[str, str, dict[str, Any]]] = [
    ("in", "Здравствуйте! Можно записаться к терапевту на завтра?", {}),
    ("out", "Здравствуйте, Анна! Утром или вечером удобнее?", {"author": "orlova", "state": "read"}),
    ("in", "Лучше утром, до работы", {}),
    ("note", "Просит без очереди: была у нас в октябре", {"author": "klimov"}),
    ("out", "Есть 8:30 и 9:00. Записать на 8:30?", {"author": "orlova", "state": "delivered"}),
    ("in", "Да, спасибо! А натощак?", {}),
]


async def busy(screen: Screen) -> None:
    """A call and three conversations."""
    server = screen.server
    assert isinstance(server, ChatServer)
    talks = [server.chat.talk(channel, name, phone=phone) for channel, name, phone in (
        ("max", "Анна Петрова", "+79990000018"), ("vk", "Борис Ким", ""), ("widget", "Гость сайта", ""),
    )]  # fmt: skip
    for number, (side, text, more) in enumerate(WORDS):
        talks[0].put(text, side, ago=400 - 60 * number, **more)
    talks[1].put("Сколько стоит УЗИ?", ago=120)
    talks[2].put("Вы работаете в субботу?", ago=40)
    for one in talks:
        server.give(one)
    await screen.settled()
    await screen.page.locator("#tab-mine").click()
    await screen.page.locator(f"#row-{talks[0].head['request']}").click()
    await screen.page.locator(".bubble").first.wait_for()
    for step in (scenes.arrive, scenes.ring, scenes.answer):
        server.change(step(server.clinic))
        await screen.settled()
    await screen.page.locator(".call-bar[data-part=talking]").wait_for()


async def window(screen: Screen) -> None:
    """The reply window is closed: a template only."""
    server = screen.server
    assert isinstance(server, ChatServer)
    one = server.chat.talk("whatsapp", "Ольга", window_until=stamp(datetime.now(UTC) - timedelta(minutes=5)))
    one.head["abilities"] |= {"templates": True}
    one.put("Пришлите, пожалуйста, памятку", ago=90000)
    server.give(one)
    await screen.settled()
    await screen.page.locator("#tab-mine").click()
    await screen.page.locator(f"#row-{one.head['request']}").click()
    await screen.page.locator(".composer-lock").get_by_role("button").click()
    await screen.page.locator(".template-text").wait_for()


async def lamps(screen: Screen) -> None:
    """The supervisor's lamps and a conversation."""
    server = screen.server
    assert isinstance(server, ChatServer)
    server.chat.accounts = [account("max:main"), account("vk:main", "amber", "behind", waiting=3), account("mail:main", "red", "token", undelivered=2), account("sms:main")]
    await screen.page.reload()
    await screen.live()
    await screen.page.locator(".lamp").nth(3).wait_for()
    await screen.page.locator("#accounts").scroll_into_view_if_needed()


async def main() -> None:
    """Write `chat-<what>-<theme>-<language>.png`."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, state, role, width in (("desk", busy, "operator", 1440), ("desk-narrow", busy, "operator", 390), ("template", window, "operator", 1440), ("lamps", lamps, "supervisor", 1440)):
            for theme, lang in (("light", "ru"), ("dark", "en")) if name == "desk" else (("light", "ru"),):
                server = ChatServer()
                server.theme, server.lang, server.role = theme, lang, role
                await server.up()
                context = await browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
                screen = Screen(await context.new_page(), server)
                await screen.open("/supervisor" if role == "supervisor" else "/desk")
                if width < 900:
                    await screen.page.locator(".desk-views button").first.click()
                await state(screen)
                if width < 900:
                    await screen.page.locator(".desk-views button").last.click()
                await asyncio.sleep(0.4)
                await screen.page.screenshot(path=FOLDER / f"chat-{name}-{theme}-{lang}.png")
                await context.close()
                await server.down()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
