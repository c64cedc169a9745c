"""Administration in Chromium, beside a real engine: a change, its diff, a conflict, an undo, accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from okno.settings import Runtime
from tests.screens.axe import violations
from tests.screens.beside_engine import CLINIC, Editor, at, browser, with_directory
from tests.web.house import House
from tests.web.test_with_engine import Engine, house, real

__all__ = ["browser", "house", "real"]


@pytest.fixture
def clinic(runtime: Runtime) -> Runtime:
    """A clinic with something in every section."""
    return with_directory(runtime, CLINIC)


class Admin(Editor):
    """An administrator's browser."""

    PATH, READY = "/admin", ".admin-table tbody tr"

    async def place(self, name: str) -> None:
        """Open a section."""
        await self.page.locator(".admin-nav").get_by_role("button", name=name, exact=True).click()


@pytest_asyncio.fixture
async def desk(browser: Browser, house: House) -> AsyncIterator[Admin]:
    """An administrator at /admin."""
    async with at(Admin, browser, house, "root", "administrator") as made:
        yield made


async def test_a_change_is_shown_before_it_is_saved_and_can_be_undone(desk: Admin) -> None:
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


async def test_mistakes_stand_at_their_fields_and_nothing_is_saved(desk: Admin) -> None:
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


async def test_of_two_administrators_the_second_keeps_his_edits_and_sees_the_newest(desk: Admin) -> None:
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


async def test_a_queue_with_people_in_it_goes_only_when_one_insists(desk: Admin) -> None:
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


async def test_what_each_pbx_uses_is_told(desk: Admin) -> None:
    page, engine = desk.page, desk.house.web._engine
    await page.get_by_text("АТС main применяет версию 1").wait_for()
    await engine.directory_applied("main", 1, "the console does not answer")
    await page.get_by_text("АТС main: версия 1 не применена").wait_for()
    await page.get_by_text("the console does not answer").wait_for()
    await desk.shot("admin-pbx-failed")
    await engine.directory_applied("main", 1, "")
    await page.get_by_text("АТС main: версия 1", exact=True).wait_for()


async def test_without_the_engine_it_says_so_and_keeps_the_edits(desk: Admin, real: Engine) -> None:
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


async def test_what_another_page_edits_stays_and_callbacks_are_set(desk: Admin) -> None:
    page, engine = desk.page, desk.house.web._engine
    before = (await engine.directory())["document"]
    await desk.place("Очереди")
    await page.get_by_role("button", name="Регистратура").click()
    await page.get_by_label("Предлагать ждущим").check()
    await page.get_by_label("Попытки через").fill("0, 20")
    await page.get_by_label("Не звонить с").fill("20:30")
    await page.get_by_label("Перезванивают, когда").fill("30")
    await page.get_by_label("Попытки через").blur()
    await desk.shot("admin-callbacks")
    await desk.review()
    [line] = await desk.diff()
    assert "Попытки через, мин после предыдущей: 0, 20" in line and "Не звонить с (часы пациента): 20:30" in line
    await desk.save()
    now = (await engine.directory())["document"]
    assert now["prompts"] == before["prompts"]
    callbacks = before["queues"][0]["callbacks"] | {"offer": True, "attempts_min": [0, 20], "quiet_from": "20:30", "share": 30}
    assert now["queues"][0]["callbacks"] == callbacks


async def test_an_account_is_made_and_closed(desk: Admin) -> None:
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


async def test_every_section_is_accessible(desk: Admin) -> None:
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


async def test_rules_and_answers_of_conversations_are_written_here(desk: Admin) -> None:
    page = desk.page
    await desk.place("Правила чатов")
    await page.get_by_role("button", name="Добавить", exact=True).click()
    form = page.locator(".admin-form")
    await form.get_by_label("Очередь").select_option("front")
    await form.locator("fieldset", has=page.locator("legend", has_text="Приветствие")).locator("textarea").first.fill("Здравствуйте! Сейчас ответим.")
    await form.get_by_role("button", name="Добавить слова").click()
    await form.get_by_label("Слова через запятую").fill("боль в груди, Задыхаюсь*")
    await form.get_by_label("Тревога").check()
    await form.get_by_label("Приоритет").fill("50")
    assert await violations(page) == []
    await desk.shot("admin-chats")
    await desk.place("Готовые ответы")
    await page.get_by_role("button", name="Добавить", exact=True).click()
    await form.locator("fieldset", has=page.locator("legend", has_text="Название")).locator("input").first.fill("Натощак")
    await form.get_by_label("Имя в системе").fill("fasting")
    await form.get_by_label("Коротко").fill("анализы")
    await form.locator("fieldset", has=page.locator("legend", has_text="Текст")).locator("textarea").first.fill("{patient}, приходите натощак.")
    assert await violations(page) == []
    await desk.shot("admin-answers")
    await desk.review()
    assert len(await desk.diff()) == 2
    await desk.save("правила чатов")
    await page.get_by_text("Всё сохранено").wait_for()
    document = (await desk.house.web._engine.directory())["document"]
    assert document["chats"]["front"]["keywords"] == [{"words": ["боль в груди", "задыхаюсь*"], "priority": 50, "emergency": True}]
    assert document["chats"]["front"]["greeting"] == {"ru": "Здравствуйте! Сейчас ответим."} and document["chats"]["front"]["closed"] == {}
    assert document["answers"] == {"fasting": {"title": {"ru": "Натощак"}, "text": {"ru": "{patient}, приходите натощак."}, "short": "анализы", "queues": []}}
    await page.reload()
    await desk.place("Правила чатов")
    await page.get_by_role("button", name="Регистратура").click()
    assert await form.get_by_label("Очередь").is_disabled()
