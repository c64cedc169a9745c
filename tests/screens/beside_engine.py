"""A page in Chromium beside a real engine: the clinic's directory, who signs in, what fails the test."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest_asyncio
from playwright.async_api import Browser, Page

from okno.settings import Runtime, Settings
from tests.screens.conftest import chromium
from tests.web.house import PASSWORD, House

SHOTS = Path(os.environ["OKNO_SHOTS"]) if "OKNO_SHOTS" in os.environ else None
ALL_WEEK = {day: ["08:00-20:00"] for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": ["09:00-15:00"]}
CLINIC: dict[str, Any] = {
    "clinic": {"name": "Клиника «Пример»", "language": "ru"},
    "pbxes": [{"name": "main", "ami": {"port": 5999}}],
    "hours": {"day": {"week": ALL_WEEK}},
    "skills": {"english": {"ru": "Английский", "en": "English"}, "children": {"ru": "Дети", "en": "Children"}},
    "queues": [
        {"name": "front", "title": {"ru": "Регистратура", "en": "Front desk"}, "hours": "day"},
        {"name": "lab", "title": {"ru": "Лаборатория", "en": "Laboratory"}},
    ],
    "operators": [
        {"name": name, "title": {"ru": ru, "en": en}, "extension": extension, "queues": queues, "skills": skills}
        for name, ru, en, extension, queues, skills in (
            ("orlova", "Орлова Анна", "Orlova Anna", "1001", ["front"], {"english": 3}),
            ("klimov", "Климов Игорь", "Klimov Igor", "1002", ["front", "lab"], {"children": 4}),
            ("zaitseva", "Зайцева Нина", "Zaitseva Nina", "1003", ["lab"], {}),
        )
    ],
    "lines": [{"number": "+73430000001", "source": {"ru": "Сайт", "en": "Site"}, "queue": "front", "hours": "day"}],
    "outcomes": {"booked": {"ru": "Записан", "en": "Booked"}},
    "pause_reasons": {"lunch": {"ru": "Обед", "en": "Lunch"}},
    "prompts": {"welcome": {"label": {"ru": "Приветствие"}, "text": {"ru": "Здравствуйте"}}},
}


def with_directory(runtime: Runtime, sections: dict[str, Any]) -> Runtime:
    """The settings of a clinic with these sections, its page at the address it is served on."""
    settings = runtime.settings.model_dump(mode="json") | sections
    settings["web"] |= {"public_url": f"http://127.0.0.1:{runtime.settings.web.port}"}
    return Runtime(Settings.model_validate(settings), runtime.state)


class Desk:
    """A browser at one page; every error of the page fails the test."""

    PATH: ClassVar[str] = ""
    READY: ClassVar[str] = ""
    PATIENCE_MS: ClassVar[int] = 8_000

    def __init__(self, page: Page, house: House) -> None:
        self.page, self.house = page, house
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    async def enter(self, login: str) -> None:
        """Sign in and open the page."""
        await self.page.goto(f"{self.house.url}/login")
        await self.page.fill("input[name=login]", login)
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.click("button[type=submit]")
        await self.page.wait_for_url("**/supervisor")
        await self.page.goto(f"{self.house.url}{self.PATH}")
        await self.page.locator(self.READY).first.wait_for()

    async def shot(self, name: str) -> None:
        """Keep a screenshot, when asked to."""
        if SHOTS is not None:
            await asyncio.sleep(0.3)
            await self.page.screenshot(path=SHOTS / f"{name}.png")


class Editor(Desk):
    """A page where the directory is changed: changes are reviewed before they are saved."""

    async def review(self) -> None:
        """Check and show the changes."""
        await self.page.get_by_role("button", name="Проверить и показать изменения").click()
        await self.page.locator("dialog .admin-diff").wait_for()

    async def save(self, note: str = "") -> None:
        """Save in the open dialog."""
        await self.page.locator("dialog textarea").fill(note)
        await self.page.get_by_role("button", name="Сохранить", exact=True).click()
        await self.page.locator("dialog").wait_for(state="detached")

    async def diff(self) -> list[str]:
        """The lines of the shown differences."""
        lines = await self.page.locator(".admin-diff li").all_inner_texts()
        return [" ".join(line.split()) for line in lines]


Screen = TypeVar("Screen", bound=Desk)


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium in the loop of the engine's test."""
    async with chromium() as started:
        yield started


@asynccontextmanager
async def at(kind: type[Screen], browser: Browser, house: House, login: str, role: str) -> AsyncIterator[Screen]:
    """Somebody of this role at a page; on leaving, the page had no error but refusals on purpose (409, 422)."""
    await house.account(login, role)
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="ru")
    context.set_default_timeout(kind.PATIENCE_MS)
    made = kind(await context.new_page(), house)
    await made.enter(login)
    yield made
    await context.close()
    assert [error for error in made.errors if "Failed to load resource" not in error] == []
