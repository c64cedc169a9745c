"""Photographs of promised calls for docs/screens: `python -m tests.screens.promise_shots`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, async_playwright

from tests.screens.conftest import ARGUMENTS, CHROMIUM, Screen
from tests.screens.promises import FREE, PromiseServer, at, mine
from tests.screens.shots import FOLDER

Then = Callable[[Page, PromiseServer], Awaitable[None]]


async def card(page: Page, server: PromiseServer) -> None:
    """A promise in hand, tried once."""
    server.change(mine(server.clinic, 2))
    await page.locator("#tab-mine").click()
    await page.locator("#row-p00002").click()
    await page.locator(".promised").wait_for()
    await page.locator(".moment").first.wait_for()


async def dialog(page: Page, server: PromiseServer) -> None:
    """A number of another zone, in its quiet hours."""
    server.bounds = {**FREE, "own": False, "clocks": ["22:40"], "quiet": True, "next_at": at(40000), "promised": "2026-000802"}
    await page.keyboard.press("Shift+KeyC")
    await page.locator("dialog input[type=tel]").fill("8 999 000-18-73")
    await page.locator(".promise-said").first.wait_for()


async def board(page: Page, server: PromiseServer) -> None:
    """All promises."""
    await page.locator("#promises tbody tr").first.wait_for()
    await page.locator("#promises").scroll_into_view_if_needed()


SHOTS: dict[str, tuple[str, Then]] = {
    "promise-card": ("operator", card), "promise-dialog": ("operator", dialog), "promise-board": ("supervisor", board)
}


async def main() -> None:
    """Write `<shot>-<theme>-<language>.png` for each."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, (role, then) in SHOTS.items():
            for theme in ("light", "dark"):
                for lang in ("ru", "en"):
                    server = PromiseServer(role)
                    server.theme, server.lang = theme, lang
                    await server.up()
                    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
                    screen = Screen(await context.new_page(), server)
                    await screen.open("/supervisor" if role == "supervisor" else "/desk")
                    await then(screen.page, server)
                    await asyncio.sleep(0.4)
                    await screen.page.screenshot(path=FOLDER / f"{name}-{theme}-{lang}.png")
                    await context.close()
                    await server.down()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
