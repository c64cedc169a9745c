"""Photographs of the shift and the wall for docs/screens: `python -m tests.screens.shift_shots`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Browser, Page, async_playwright

from tests.screens.conftest import ARGUMENTS, CHROMIUM, Screen
from tests.screens.shift import ShiftServer, ago, alert
from tests.screens.shots import FOLDER

Prepare = Callable[[ShiftServer], None]
Then = Callable[[Page, ShiftServer], Awaitable[None]]
BOTH = [(theme, lang) for theme in ("light", "dark") for lang in ("ru", "en")]


def calm(server: ShiftServer) -> None:
    """Nobody waits."""
    server.clinic.tables["requests"].clear()
    server.clinic.tables["calls"].clear()
    server.clinic._refresh = list  # type: ignore[method-assign]
    for queue in server.clinic.tables["queues"].values():
        queue |= {"waiting": 0, "longest_since": None, "service_level_now": 92, "overdue": 0, "digital_waiting": 0}


def alarm(server: ShiftServer) -> None:
    """Somebody should act."""
    calm(server)
    for queue in server.clinic.tables["queues"].values():
        queue |= {"service_level_now": 77, "free": 0, "digital_waiting": 3}
    server.clinic.tables["queues"]["registry"] |= {"waiting": 7, "longest_since": ago(95), "overdue": 2}


def told(server: ShiftServer) -> None:
    """An alert stands."""
    server.clinic.commit([alert()])


def unseen(server: ShiftServer) -> None:
    """No PBX is seen."""
    server.clinic.tables["pbxes"]["main"] |= {"link": "down", "since": ago(400)}


def unseen_wall(server: ShiftServer) -> None:
    """The same on the wall."""
    calm(server)
    unseen(server)


def closed(server: ShiftServer) -> None:
    """Before the opening."""
    calm(server)
    for queue in server.clinic.tables["queues"].values():
        queue["opens_at"] = "2026-11-22T03:00:00.000Z"


async def nothing(page: Page, server: ShiftServer) -> None:
    """As it opens."""


async def charts(page: Page, server: ShiftServer) -> None:
    """With its charts drawn."""
    await page.locator(".chart-box canvas").nth(1).wait_for()


async def day(page: Page, server: ShiftServer) -> None:
    """Scrolled to the day by the hour."""
    await charts(page, server)
    await page.locator(".hours").scroll_into_view_if_needed()


async def queues(page: Page, server: ShiftServer) -> None:
    """An operator's queues."""
    await page.locator("#people tbody tr").nth(4).locator("button").click()
    await page.get_by_role("menuitem", name="Очереди").click()
    await page.get_by_role("dialog").wait_for()


async def message(page: Page, server: ShiftServer) -> None:
    """A message to the operator."""
    await server.notice()
    await page.locator(".notice").wait_for()


Shot = tuple[str, str, Prepare, Then, list[tuple[str, str]]]
SHOTS: list[Shot] = [
    ("supervisor-shift", "supervisor", told, charts, BOTH), ("supervisor-blind", "supervisor", unseen, charts, [("light", "ru")]),
    ("supervisor-queues", "supervisor", told, queues, [("dark", "ru")]), ("supervisor-day", "supervisor", told, day, [("light", "ru")]),
    ("wallboard-alarm", "wallboard", alarm, nothing, BOTH), ("wallboard-calm", "wallboard", calm, nothing, [("dark", "ru")]),
    ("wallboard-no-data", "wallboard", unseen_wall, nothing, [("dark", "ru")]), ("wallboard-closed", "wallboard", closed, nothing, [("dark", "ru")]),
    ("desk-message", "operator", told, message, [("light", "ru")]),
]  # fmt: skip


async def shoot(browser: Browser, shot: Shot) -> None:
    """Write `<name>-<theme>-<language>.png` for each look."""
    name, role, prepare, then, looks = shot
    size = (1920, 1080) if role == "wallboard" else (1440, 900)
    for theme, lang in looks:
        server = ShiftServer()
        server.role, server.theme, server.lang = role, theme, lang
        prepare(server)
        await server.up()
        context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
        screen = Screen(await context.new_page(), server)
        page = await screen.open("/desk" if role == "operator" else f"/{role}")
        await then(page, server)
        await asyncio.sleep(1.5)
        await page.screenshot(path=FOLDER / f"{name}-{theme}-{lang}.png")
        assert screen.serious() == []
        await context.close()
        await server.down()


async def main() -> None:
    """Take them all."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for shot in SHOTS:
            await shoot(browser, shot)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
