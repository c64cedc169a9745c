"""Photographs of the patient's part for docs/screens: `python -m tests.screens.mis_shots [name …]`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, async_playwright

from tests.screens import scenes
from tests.screens.conftest import ARGUMENTS, CHROMIUM, Screen
from tests.screens.mis import MisServer
from tests.screens.shots import FOLDER

Shot = Callable[[Screen, MisServer], Awaitable[None]]


async def talking(screen: Screen, server: MisServer, *, identified: bool = False) -> Page:
    """A call is answered; whom it is about is known or not."""
    server.mis.patient = "p1"
    page = await screen.open()
    for step in (scenes.arrive, scenes.ring, scenes.answer):
        server.change(step(server.clinic))
    server.change([server.clinic.put("requests", scenes.REQUEST, identified=identified)])
    await screen.settled()
    return page


async def who(screen: Screen, server: MisServer) -> None:
    """Who it may be, one of them being confirmed."""
    page = await talking(screen, server)
    await page.locator(".person-pick").nth(1).click()
    await page.locator(".identify .chips button").first.click()


async def card(screen: Screen, server: MisServer) -> None:
    """The card."""
    page = await talking(screen, server, identified=True)
    await page.locator(".visit").first.wait_for()


async def slots(screen: Screen, server: MisServer) -> None:
    """A time is kept."""
    page = await talking(screen, server, identified=True)
    await page.locator(".patient-tools button").first.wait_for()
    await page.keyboard.press("KeyB")
    await page.locator(".booking .choice .chips button").first.click()
    await page.locator("[data-slot=d2-2-10-0]").click()
    await page.locator(".slots-foot").wait_for()


async def unknown(screen: Screen, server: MisServer) -> None:
    """Whether it was booked is not known."""
    await slots(screen, server)
    server.mis.ends["book"] = lambda row, body: row | {"status": "unknown", "error": "unknown"}
    await screen.page.keyboard.press("Control+Enter")
    await screen.page.locator(".deal[data-status=unknown]").wait_for()


async def emergency(screen: Screen, server: MisServer) -> None:
    """A word of an emergency stands in the note."""
    page = await talking(screen, server, identified=True)
    await page.locator(".visit").first.wait_for()
    await page.locator(".desk-note textarea").fill("жалуется на боль в груди")
    await page.locator(".emergency").wait_for()


SHOTS: dict[str, Shot] = {"who": who, "card": card, "slots": slots, "unknown": unknown, "emergency": emergency}


async def shoot(names: tuple[str, ...]) -> None:
    """Write `patient-<name>-<theme>-<language>.png` for each."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name in names:
            for theme, lang in (("light", "ru"), ("dark", "en"), ("dark", "ru"), ("light", "en")):
                server = MisServer()
                server.theme, server.lang = theme, lang
                await server.up()
                context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
                screen = Screen(await context.new_page(), server)
                await SHOTS[name](screen, server)
                await asyncio.sleep(0.3)
                await screen.page.screenshot(path=FOLDER / f"patient-{name}-{theme}-{lang}.png")
                await context.close()
                await server.down()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(shoot(tuple(sys.argv[1:]) or tuple(SHOTS)))
