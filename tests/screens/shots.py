"""Photographs of the desk for docs/screens, in both themes and both languages: `python -m tests.screens.shots [state …]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import async_playwright

from tests.screens.conftest import ARGUMENTS, CHROMIUM, Screen
from tests.screens.dev_server import DevServer
from tests.screens.states import STATES

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
KEPT = ("offered", "callback", "ringing", "talking", "after-call", "palette", "offline")


async def shoot(names: tuple[str, ...]) -> None:
    """Write `desk-<state>-<theme>-<language>.png` for each."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name in names:
            for theme in ("light", "dark"):
                for lang in ("ru", "en"):
                    server = DevServer()
                    server.theme, server.lang = theme, lang
                    await server.up()
                    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
                    screen = Screen(await context.new_page(), server)
                    await screen.open()
                    await STATES[name](screen)
                    await asyncio.sleep(0.3)
                    await screen.page.screenshot(path=FOLDER / f"desk-{name}-{theme}-{lang}.png")
                    await context.close()
                    await server.down()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(shoot(tuple(sys.argv[1:]) or KEPT))
