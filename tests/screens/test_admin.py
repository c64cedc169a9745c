"""Administration in Chromium, beside a real engine: a change, its diff, a conflict, an undo, accounts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from okno.settings import Runtime, Settings
from tests.screens.axe import violations
from tests.screens.conftest import chromium
from tests.web.house import PASSWORD, House
from tests.web.test_with_engine import Engine, house, real

__all__ = ["house", "real"]

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
}


@pytest.fixture
def clinic(runtime: Runtime) -> Runtime:
    """A clinic with something in every section."""
    settings = runtime.settings.model_dump(mode="json") | CLINIC
    settings["web"] |= {"public_url": f"http://127.0.0.1:{runtime.settings.web.port}"}
    return Runtime(Settings.model_validate(settings), runtime.state)


class Desk:
    """An administrator's browser; every error of the page fails the test."""

    def __init__(self, page: Page, house: House) -> None:
        self.page, self.house = page, house
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    async def enter(self, login: str) -> None:
        """Sign in and open the administration."""
        await self.page.goto(f"{self.house.url}/login")
        await self.page.fill("input[name=login]", login)
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.click("button[type=submit]")
        await self.page.wait_for_url("**/supervisor")
        await self.page.goto(f"{self.house.url}/admin")
        await self.page.locator(".admin-table tbody tr").first.wait_for()

    async def place(self, name: str) -> None:
        """Open a section."""
        await self.page.locator(".admin-nav").get_by_role("button", name=name, exact=True).click()

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

    async def shot(self, name: str) -> None:
        """Keep a screenshot, when asked to."""
        if SHOTS is not None:
            await asyncio.sleep(0.3)
            await self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium in the loop of the engine's test."""
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture
async def desk(browser: Browser, house: House) -> AsyncIterator[Desk]:
    """An administrator at /admin."""
    await house.account("root", "administrator")
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="ru")
    context.set_default_timeout(8000)
    made = Desk(await context.new_page(), house)
    await made.enter("root")
    yield made
    await context.close()
    # A refusal on purpose (409, 422) is written to the console by the browser itself.
    assert [error for error in made.errors if "Failed to load resource" not in error] == []


async def test_a_change_is_shown_before_it_is_saved_and_can_be_undone(desk: Desk) -> None:
    page = desk.page
    await desk.shot("admin-operators")
    await page.get_by_role("button", name="Орлова Анна").click()
    await page.get_by_label("Штраф").fill("3")
    await page.get_by_label("Лаборатория").check()
    await desk.shot("admin-form")
    await desk.review()
    assert await desk.diff() == [
        "Оператор Орлова Анна Очереди было Регистратура → стало Регистратура, Лаборатория",
        "Оператор Орлова Анна Штраф (больше — позже) было 0 → стало 3",
    ]
    await desk.shot("admin-review")
    await desk.save("вторая смена")
    await page.get_by_text("Всё сохранено").wait_for()
    assert (await desk.house.web._engine.directory())["version"] == 2
    await desk.place("Версии")
    await page.get_by_text("вторая смена").wait_for()
    await page.get_by_role("button", name="2", exact=True).click()
    await page.locator(".admin-form .admin-diff li").nth(1).wait_for()
    await desk.shot("admin-versions")
    await page.get_by_role("button", name="1", exact=True).click()
    await page.get_by_role("button", name="Вернуть как в версии 1").click()
    await page.locator("dialog .admin-diff li").first.wait_for()
    await desk.shot("admin-undo")
    await page.get_by_role("button", name="Вернуть", exact=True).click()
    await page.locator("dialog").wait_for(state="detached")
    newest = await desk.house.web._engine.directory()
    first = await desk.house.web._engine.directory_version(1, against=3)
    assert (newest["version"], newest["head"]["source"], first["diff"]) == (3, "undo", [])


async def test_mistakes_stand_at_their_fields_and_nothing_is_saved(desk: Desk) -> None:
    page = desk.page
    await page.get_by_role("button", name="Добавить").click()
    await page.get_by_label("Имя в системе").fill("Нина")
    await page.get_by_label("по-русски").fill("Новая")
    await page.get_by_label("Внутренний номер").fill("1001")
    await page.locator(".admin-flaw", has_text="уже занято").wait_for()
    await page.locator(".admin-flaw", has_text="латинские строчные").wait_for()
    assert await page.get_by_label("Внутренний номер").get_attribute("aria-invalid") == "true"
    await desk.shot("admin-mistakes")
    await page.get_by_role("button", name="Проверить и показать изменения").click()
    await page.get_by_text("Сначала исправьте").wait_for()
    assert await page.locator("dialog").count() == 0
    await page.reload()
    await page.get_by_text("Есть несохранённые изменения").wait_for()
    await page.get_by_role("button", name="Отменить правки").click()
    await page.get_by_text("Всё сохранено").wait_for()
    assert (await desk.house.web._engine.directory())["version"] == 1


async def test_of_two_administrators_the_second_keeps_his_edits_and_sees_the_newest(desk: Desk) -> None:
    page = desk.page
    await page.get_by_role("button", name="Климов Игорь").click()
    await page.get_by_label("Штраф").fill("7")
    await desk.review()
    engine = desk.house.web._engine
    theirs = (await engine.directory())["document"]
    theirs["operators"][1]["capacity"] = 150
    theirs["operators"][0]["penalty"] = 2
    await engine.directory_change(actor="vera", role="administrator", base=1, document=theirs, note="", force=False)
    await page.get_by_role("button", name="Сохранить", exact=True).click()
    await page.locator("dialog").get_by_text("сохранена версия 2 (vera").wait_for()
    await desk.shot("admin-conflict")
    assert await desk.diff() == ["Оператор Климов Игорь Штраф (больше — позже) было 0 → стало 7"]
    await desk.save()
    operators = (await engine.directory())["document"]["operators"]
    assert [(one["penalty"], one["capacity"]) for one in operators[:2]] == [(2, 100), (7, 150)]


async def test_a_queue_with_people_in_it_goes_only_when_one_insists(desk: Desk) -> None:
    page, engine = desk.page, desk.house.web._engine
    await engine.command(
        "01900000-0000-7000-8000-000000000077", "open", actor="vera", role="supervisor", operator=None,
        args={"kind": "callback", "queue": "lab", "phone": "+79990000077"},
    )  # fmt: skip
    await desk.place("Операторы")
    for name in ("Климов Игорь", "Зайцева Нина"):
        await page.get_by_role("button", name=name).click()
        await page.get_by_label("Лаборатория").uncheck()
    await desk.place("Очереди")
    await page.get_by_role("button", name="Лаборатория").click()
    await page.get_by_role("button", name="Убрать").click()
    await desk.review()
    await page.locator("dialog").get_by_text("ждут: звонков 0, обращений 1").wait_for()
    await desk.shot("admin-busy")
    assert await page.get_by_role("button", name="Сохранить", exact=True).is_disabled()
    await page.get_by_label("Всё равно сохранить").check()
    await desk.save()
    assert [one["name"] for one in (await engine.directory())["document"]["queues"]] == ["front"]


async def test_what_each_pbx_uses_is_told(desk: Desk) -> None:
    page, engine = desk.page, desk.house.web._engine
    await page.get_by_text("АТС main применяет версию 1").wait_for()
    await engine.directory_applied("main", 1, "the console does not answer")
    await page.get_by_text("АТС main: версия 1 не применена").wait_for()
    await page.get_by_text("the console does not answer").wait_for()
    await desk.shot("admin-pbx-failed")
    await engine.directory_applied("main", 1, "")
    await page.get_by_text("АТС main: версия 1", exact=True).wait_for()


async def test_without_the_engine_it_says_so_and_keeps_the_edits(desk: Desk, real: Engine) -> None:
    page = desk.page
    await page.get_by_role("button", name="Орлова Анна").click()
    await page.get_by_label("Штраф").fill("4")
    real.kill()
    await page.get_by_role("button", name="Проверить и показать изменения").click()
    await page.get_by_text("Движок не отвечает").wait_for(timeout=20_000)
    await page.reload()
    await page.get_by_text("Справочник не загрузился").wait_for(timeout=20_000)
    await desk.shot("admin-engine-away")
    real.start()
    async with asyncio.timeout(40):
        while not desk.house.web.replica.linked:
            await asyncio.sleep(0.2)
    retry = page.get_by_role("button", name="Повторить")
    if await retry.count():
        await retry.click()
    await page.get_by_text("Есть несохранённые изменения").wait_for()


async def test_an_account_is_made_and_closed(desk: Desk) -> None:
    page = desk.page
    await desk.place("Учётные записи")
    await page.get_by_role("button", name="Новая запись").click()
    await page.get_by_label("Логин").fill("orlova")
    await page.locator(".admin-form select").nth(1).select_option("orlova")
    await desk.shot("admin-accounts")
    await page.get_by_role("button", name="Создать").click()
    secret = await page.locator(".admin-secret").inner_text()
    assert len(secret) >= 12
    await page.keyboard.press("Escape")
    row = page.locator("tr", has_text="Орлова Анна")
    await row.get_by_role("button", name="Закрыть").click()
    await page.locator("dialog").get_by_role("button", name="Закрыть", exact=True).last.click()
    await row.get_by_text("закрыта").wait_for()
    await page.locator("tr", has_text="root").get_by_role("button", name="Закрыть").click()
    await page.locator("dialog").get_by_role("button", name="Закрыть", exact=True).last.click()
    await page.get_by_text("Это последний администратор").wait_for()


async def test_every_section_is_accessible(desk: Desk) -> None:
    page = desk.page
    for lang, width, height in (("ru", 1366, 768), ("en", 1440, 900)):
        await page.set_viewport_size({"width": width, "height": height})
        word = await page.locator("meta[name=okno-csrf]").get_attribute("content")
        await page.request.post(f"{desk.house.url}/preferences", form={"csrf": word or "", "lang": lang, "theme": "light", "back": "/admin"})
        for place in ("operators", "queues", "lines", "hours", "holidays", "work", "alerts", "versions", "accounts"):
            await page.goto(f"{desk.house.url}/admin#{place}")
            await page.reload()
            await page.locator(".admin-list").wait_for()
            assert await page.locator(f"html[lang={lang}]").count() == 1
            opener = page.locator(".admin-table .row-opener").first
            if await opener.count():
                await opener.click()
                await page.locator(".admin-form").wait_for()
            assert await violations(page) == [], (place, lang)
            wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, (place, lang)
            if place in ("operators", "hours"):
                await desk.shot(f"admin-{place}-{lang}-{width}")
