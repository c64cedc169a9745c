"""Outbound lists in Chromium, beside a real engine: a file becomes a list, is paused, stopped, undone; keys, axe, themes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from okno.settings import Runtime
from tests.screens.axe import violations
from tests.screens.beside_engine import CLINIC, Desk, at, browser, with_directory
from tests.web.house import House
from tests.web.test_with_engine import house, real

__all__ = ["browser", "house", "real"]

FILE = (
    "Пациент;Телефон;Повод;Карта;Отказ\r\nТест Первая;8 (999) 000-00-11;осмотр;К-1;\r\nТест Второй;+7 999 000 00 12;;К-2;\r\n"
    "Тест Третий;+79990000013;прививка;К-3;да\r\nТест Четвёртый;нет;;К-4;\r\nТест Пятый;89990000011;;К-5;\r\n"
).encode("cp1251")


@pytest.fixture
def clinic(runtime: Runtime) -> Runtime:
    """A clinic with two queues."""
    return with_directory(runtime, CLINIC)


class Lists(Desk):
    """A supervisor's browser at /lists."""

    PATH, READY, PATIENCE_MS = "/lists", ".lists .page-title", 10_000

    async def choose_file(self, content: bytes = FILE, name: str = "people.csv") -> None:
        """Open the dialog and give it a file."""
        await self.page.locator(".page-head").get_by_role("button", name="Новый обзвон").click()
        await self.page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})

    async def made(self, title: str = "Осмотры", *, running: bool = False) -> None:
        """A list of the file, as the dialog makes it."""
        await self.choose_file()
        await self.page.locator(".lists-found").wait_for()
        await self.page.get_by_label("Название").fill(title)
        if not running:
            await self.page.get_by_label("Начать сразу").uncheck()
        await self.page.get_by_role("button", name="Создать обзвон").click()
        await self.page.locator(".lists-detail .admin-table tbody tr").first.wait_for()

    async def standings(self) -> list[str]:
        """How the people of the shown list stand."""
        return await self.page.locator(".lists-detail tbody .pill").all_inner_texts()

    async def told(self) -> list[dict[str, Any]]:
        """The lists as the engine has them."""
        who = {"actor": "boss", "role": "supervisor", "purpose": "test"}
        return list((await self.house.web._engine.lists("all", {}, **who))["items"])


@pytest_asyncio.fixture
async def desk(browser: Browser, house: House) -> AsyncIterator[Lists]:
    """A supervisor at /lists."""
    async with at(Lists, browser, house, "boss", "supervisor") as made:
        yield made


async def test_a_file_becomes_a_list_after_its_bad_rows_were_told(desk: Lists) -> None:
    page = desk.page
    await page.get_by_text("Обзвонов пока нет").wait_for()
    await desk.shot("lists-empty")
    await desk.choose_file()
    await page.locator(".lists-found").wait_for()
    found = " ".join((await page.locator(".lists-found").inner_text()).split())
    assert "Позвоним 2 людям" in found and "из 5 строк" in found
    faults = [" ".join(one.split()) for one in await page.locator(".lists-faults li").all_inner_texts()]
    assert sorted(faults) == ["1 номер уже есть выше", "1 по файлу звонить нельзя", "1 телефон не читается"]
    await page.get_by_text("Какие строки не подошли").click()
    rows = [" ".join(row.split()) for row in await page.locator(".lists-bad tbody tr").all_inner_texts()]
    assert rows == ["4 по файлу звонить нельзя", "5 телефон не читается", "6 номер уже есть выше (первый раз — строка 2)"]
    await desk.shot("lists-file")
    await page.get_by_role("button", name="Создать обзвон").click()
    await page.get_by_text("Назовите обзвон.").wait_for()
    await page.get_by_label("Название").fill("Осмотры")
    await page.get_by_label("Начать сразу").uncheck()
    await page.get_by_role("button", name="Создать обзвон").click()
    await page.locator(".lists-detail .admin-table tbody tr").nth(1).wait_for()
    assert await desk.standings() == ["ждёт", "ждёт"]
    numbers = await page.locator(".lists-detail .lists-number").all_inner_texts()
    assert numbers == ["+7 999 •••-00-11", "+7 999 •••-00-12"]
    (row,) = await desk.told()
    assert (row["title"], row["state"], row["counts"], row["queue"]) == ("Осмотры", "paused", {"waiting": 2}, "front")
    await desk.shot("lists-detail")


@pytest.mark.parametrize(("content", "words"), [
    (b"PK\x03\x04", "Это книга Excel"), (b"a;b\x00", "не текстовый"), (b"", "Файл пуст"), (b"name;city\na;b\n", "Телефоны не найдены"),
])  # fmt: skip
async def test_a_file_that_is_none_is_told_in_words(desk: Lists, content: bytes, words: str) -> None:
    await desk.choose_file(content)
    await desk.page.get_by_text(words).wait_for()


async def test_a_list_goes_on_is_paused_stopped_and_the_stop_is_undone(desk: Lists) -> None:
    page = desk.page
    await desk.made()
    for button, state in (("Продолжить", "running"), ("Пауза", "paused"), ("Остановить", "stopped"), ("Отменить остановку", "running")):
        await page.locator(".lists-detail").get_by_role("button", name=button, exact=True).click()
        async with asyncio.timeout(10):
            while (await desk.told())[0]["state"] != state:
                await asyncio.sleep(0.05)
    await page.get_by_label("В минуту").fill("3")
    await page.get_by_role("button", name="Изменить темп").click()
    await page.get_by_text("Темп изменён").wait_for()
    assert (await desk.told())[0]["per_minute"] == 3
    await page.locator("body").press("p")
    async with asyncio.timeout(10):
        while (await desk.told())[0]["state"] != "paused":
            await asyncio.sleep(0.05)
    await page.locator("body").press("Escape")
    await page.locator(".lists-detail").wait_for(state="detached")
    await page.locator("body").press("n")
    await page.locator("dialog input[type=file]").wait_for()


async def test_people_are_left_out_put_back_and_refuse_for_good(desk: Lists) -> None:
    page = desk.page
    await desk.made()
    first = page.locator(".lists-detail tbody tr").first
    await first.get_by_role("button", name="Пропустить").click()
    await first.get_by_text("пропущен").wait_for()
    await first.get_by_role("button", name="Вернуть").click()
    await first.get_by_text("ждёт").wait_for()
    await first.get_by_role("button", name="Больше не звонить").click()
    await first.get_by_text("отказался", exact=True).wait_for()
    await page.get_by_role("button", name="отказался 1").click()
    await page.locator(".lists-detail tbody tr").nth(1).wait_for(state="detached")
    await page.get_by_role("button", name="Отказались от обзвонов").click()
    assert await page.locator("dialog .lists-number").all_inner_texts() == ["+7 999 •••-00-11"]
    await page.get_by_label("Номер телефона").fill("12")
    await page.get_by_role("button", name="Больше не звонить").last.click()
    await page.get_by_text("Это не номер телефона.").wait_for()
    await page.get_by_label("Номер телефона").fill("8 999 000-00-14")
    await page.locator("dialog").get_by_role("button", name="Больше не звонить").click()
    await page.locator("dialog .lists-number").nth(1).wait_for()
    await page.locator("dialog").get_by_role("button", name="Вернуть").first.click()
    await page.locator("dialog .lists-number").nth(1).wait_for(state="detached")


async def test_the_results_are_a_file_whose_cells_are_no_formulas(desk: Lists) -> None:
    await desk.choose_file("Телефон;Имя\n+79990000011;=1+1\n".encode())
    await desk.page.locator(".lists-found").wait_for()
    await desk.page.get_by_label("Название").fill("Формулы")
    await desk.page.get_by_label("Начать сразу").uncheck()
    await desk.page.get_by_role("button", name="Создать обзвон").click()
    async with desk.page.expect_download() as waiting:
        await desk.page.get_by_role("button", name="Результаты").click()
    text = (await (await waiting.value).path()).read_text("utf-8-sig")
    head, row = text.splitlines()
    assert head.startswith('"Строка";"Ваш номер";"Телефон"')
    assert row.split(";")[:5] == ['"2"', '""', "\"'+7 999 •••-00-11\"", "\"'=1+1\"", '"ждёт"']


@pytest.mark.parametrize(("lang", "theme", "size"), [
    ("ru", "light", (1440, 900)), ("en", "dark", (1440, 900)), ("ru", "dark", (390, 800)),
])  # fmt: skip
async def test_nothing_is_out_of_reach_in_any_language_theme_and_size(desk: Lists, lang: str, theme: str, size: tuple[int, int]) -> None:
    page = desk.page
    await desk.made()
    word = await page.locator("meta[name=okno-csrf]").get_attribute("content")
    await page.request.post(f"{desk.house.url}/preferences", form={"csrf": word or "", "lang": lang, "theme": theme, "back": "/lists"})
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.reload()
    await page.locator(".lists-open").first.click()
    await page.locator(".lists-detail .admin-table tbody tr").first.wait_for()
    assert await page.locator(f"html[lang={lang}]").count() == 1
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await desk.shot(f"lists-{theme}-{size[0]}")
    await page.locator(".page-head .btn-primary").click()
    await page.locator("dialog").wait_for()
    await desk.shot(f"lists-new-{theme}-{size[0]}")
    assert await violations(page) == []
