"""The supervisor's screen: every state it can be in, and what is ordered from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator

from tests.screens.conftest import Place, Screen
from tests.screens.shift import ShiftServer, ago, alert, crowd, digital, gateway, opened
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def boss(place: Place) -> AsyncIterator[Screen]:
    """The supervisor's page, 1440 by 900."""
    server = ShiftServer()
    async with opened(place, server, 1440, 900) as made:
        yield made


def row(screen: Screen, who: str) -> Locator:
    """An operator's row."""
    return screen.page.locator("#people tbody tr").filter(has_text=who)


async def act(screen: Screen, who: str, what: str) -> None:
    """Choose an action of an operator's menu, by keyboard."""
    button = row(screen, who).get_by_role("button", name="Действия")
    await button.focus()
    await screen.page.keyboard.press("Enter")
    item = screen.page.get_by_role("menuitem", name=what)
    await item.focus()
    await screen.page.keyboard.press("Enter")


async def ordered(screen: Screen, count: int = 1) -> list[tuple[str, dict[str, Any]]]:
    """What was ordered, once so many orders came."""
    async with asyncio.timeout(8):
        while len(screen.server.commands) < count:
            await asyncio.sleep(0.02)
    return [(one["name"], one["args"]) for one in screen.server.commands]


async def test_a_shift_in_both_themes_at_both_widths(boss: Screen) -> None:
    gateway(boss).clinic.commit([alert()])
    page = await boss.open("/supervisor")
    await page.locator(".chart-box canvas").first.wait_for()
    await page.locator(".row-opener").first.click()
    await nothing_wrong(boss, "a shift")
    for width in (1440, 1366):
        await page.set_viewport_size({"width": width, "height": 768})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate("[...document.querySelectorAll('.table-scroll')].every((one) => one.scrollWidth <= one.clientWidth + 1)"), width
    await page.get_by_role("button", name="Таблица").click()
    await nothing_wrong(boss, "the day as a table")
    assert await page.locator(".hours tbody tr").count() >= 1


async def test_who_stands_in_no_queue_is_not_counted_as_free(boss: Screen) -> None:
    page, clinic = await boss.open("/supervisor"), gateway(boss).clinic
    value = page.locator(".figure").nth(4).locator(".figure-value")
    before = int(await value.inner_text())
    ready = next(key for key, one in clinic.tables["operators"].items() if one["presence"] == "available" and one["voice"] == "idle" and not one["wrap_up"])
    gateway(boss).change([clinic.put("operators", ready, queues=[])])
    await boss.settled()
    assert int(await value.inner_text()) == before - 1


async def test_a_long_name_pushes_nothing_off_and_a_menu_stays_on_the_screen(boss: Screen) -> None:
    clinic = gateway(boss).clinic
    last = sorted(clinic.tables["operators"])[-1]
    long = {"ru": "Долгополова-Синеокая Александра (старшая смены)", "en": "Alexandra (shift supervisor)"}
    clinic.commit([clinic.put("operators", last, title=long)])
    page = await boss.open("/supervisor")
    for width in (1440, 1366, 1280):
        await page.set_viewport_size({"width": width, "height": 768})
        assert await page.evaluate("[...document.querySelectorAll('#people .table-scroll')].every((one) => one.scrollWidth <= one.clientWidth + 1)"), width
    button = page.locator("#people tbody tr button").last
    await button.evaluate("(one) => scrollBy(0, one.getBoundingClientRect().bottom - innerHeight + 20)")
    await button.focus()
    await page.keyboard.press("Enter")
    box = await page.locator(".menu-panel").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 768
    assert box["x"] + box["width"] <= 1280


async def test_figures_have_targets_and_no_data_is_a_dash(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    figures = page.locator(".figure")
    assert "74 %" in await figures.nth(1).inner_text() and "цель 80 %" in await figures.nth(1).inner_text()
    assert await figures.nth(3).get_attribute("data-act") == ""
    await page.get_by_role("button", name="Лаборатория", exact=True).first.click()
    for place in (1, 2, 5):
        assert await figures.nth(place).locator(".figure-value").inner_text() == "—"
    assert await figures.nth(1).get_attribute("data-act") is None


async def test_half_a_window_says_since_when(boss: Screen) -> None:
    for queue in gateway(boss).clinic.tables["queues"].values():
        queue["now_full_at"] = ago(-1500)
    page = await boss.open("/supervisor")
    assert "Сервис с " in await page.locator(".figure").nth(1).inner_text()


async def test_nobody_has_come_yet(boss: Screen) -> None:
    for one in gateway(boss).clinic.tables["operators"].values():
        one |= {"presence": "offline", "voice": "idle", "reachable": False, "call": None, "wrap_up": None}
    page = await boss.open("/supervisor")
    assert "смена не начата" in await page.locator(".page-head").inner_text()
    assert await page.locator(".figure").nth(4).locator(".figure-value").inner_text() == "—"
    await nothing_wrong(boss, "the shift has not begun")


async def test_without_telephony_it_is_said_large_and_nothing_pretends_to_be_fresh(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    server = gateway(boss)
    server.change([server.clinic.put("pbxes", "main", link="down", since="2026-11-21T05:41:07.000Z")])
    await page.locator(".blind").wait_for()
    assert "Картина на 10:41:07, телефония не видна" in await page.locator(".blind").inner_text()
    assert await page.locator(".figure[data-blind]").count() == 5, "calls' figures are greyed, those of requests are not"
    await nothing_wrong(boss, "telephony is not seen")
    server.change([server.clinic.put("pbxes", "main", link="live")])
    await page.locator(".blind").wait_for(state="detached")


async def test_without_the_engine_nothing_can_be_ordered(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    await gateway(boss).link(engine=False)
    await page.locator(".strip").wait_for()
    assert await row(boss, "Климов").get_by_role("button", name="Действия").is_disabled()
    await nothing_wrong(boss, "the engine is away")


async def test_many_operators_stand_in_groups(boss: Screen) -> None:
    crowd(gateway(boss).clinic)
    page = await boss.open("/supervisor")
    groups = page.locator("#people .table-group")
    assert await groups.count() >= 6
    assert await page.locator("#people tbody tr").count() < 60, "whom nobody need look at is closed"
    talks = groups.filter(has_text="Разговор").get_by_role("button")
    assert await talks.get_attribute("aria-expanded") == "false"
    before = await page.locator("#people tbody tr").count()
    await talks.click()
    assert await page.locator("#people tbody tr").count() > before
    await nothing_wrong(boss, "more than fifty operators")
    await page.get_by_label("Найти оператора").fill("2005")
    assert await page.locator("#people tbody tr").count() == 1
    await page.get_by_label("Найти оператора").fill("никого")
    assert "Никого не нашлось" in await page.locator("#people").inner_text()


async def test_a_filter_that_finds_nothing_can_be_reset(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    await page.get_by_label("Найти заявку").fill("xyz")
    assert "По этому отбору ничего нет" in await page.locator("#requests").inner_text()
    await nothing_wrong(boss, "nothing fits")
    await page.get_by_role("button", name="Сбросить отбор").click()
    assert await page.locator("#requests tbody tr").count() > 0
    await page.get_by_role("button", name="Все открытые").click()
    assert await page.locator("#requests tbody tr").count() == len(gateway(boss).clinic.tables["requests"])


async def test_pause_bring_back_and_log_off(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    await act(boss, "Орлова", "Пауза: обед")
    assert (await ordered(boss))[-1] == ("steer_presence", {"target": "orlova", "presence": "break", "reason": "lunch"})
    await row(boss, "Орлова").get_by_text("Пауза: обед").wait_for()
    await act(boss, "Орлова", "Вернуть на линию")
    assert (await ordered(boss, 2))[-1][1]["presence"] == "available"
    await act(boss, "Климов", "Завершить смену")
    dialog = page.get_by_role("dialog")
    assert "разговор не прервётся" in await dialog.inner_text()
    await nothing_wrong(boss, "a question")
    await page.keyboard.press("Escape")
    assert len(await ordered(boss, 2)) == 2, "Escape orders nothing"
    await act(boss, "Климов", "Завершить смену")
    await dialog.get_by_role("button", name="Завершить смену").click()
    assert (await ordered(boss, 3))[-1] == ("steer_presence", {"target": "klimov", "presence": "offline", "reason": ""})


async def test_queues_of_an_operator_and_two_supervisors_at_once(boss: Screen) -> None:
    page, server = await boss.open("/supervisor"), gateway(boss)
    await act(boss, "Юсупова", "Очереди")
    dialog = page.get_by_role("dialog")
    assert "В справочнике: Регистратура, Стоматология" in await dialog.inner_text()
    await nothing_wrong(boss, "queues of an operator")
    await dialog.get_by_label("Лаборатория").check()
    server.change([server.clinic.put("operators", "yusupova", queues=["children"], moved=True)])
    await dialog.get_by_text("это изменил кто-то другой").wait_for()
    assert await dialog.get_by_label("Лаборатория").is_checked(), "what I chose is not taken from under my hand"
    await dialog.get_by_role("button", name="Показать, как стало").click()
    assert await dialog.get_by_label("Педиатрия").is_checked() and not await dialog.get_by_label("Лаборатория").is_checked()
    await dialog.get_by_label("Лаборатория").check()
    await dialog.get_by_role("button", name="Сохранить").click()
    assert (await ordered(boss))[-1] == ("steer_queues", {"target": "yusupova", "queues": ["children", "lab"]})
    await act(boss, "Юсупова", "Очереди")
    await dialog.get_by_role("button", name="Как в справочнике").click()
    assert (await ordered(boss, 2))[-1] == ("steer_queues", {"target": "yusupova", "queues": None})


async def test_skills_of_an_operator(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    await act(boss, "Орлова", "Навыки")
    dialog = page.get_by_role("dialog")
    assert "Детский приём 3" in await dialog.inner_text()
    await dialog.get_by_label("МРТ").select_option("5")
    await nothing_wrong(boss, "skills of an operator")
    await dialog.get_by_role("button", name="Сохранить").click()
    assert (await ordered(boss))[-1] == ("steer_skills", {"target": "orlova", "skills": {"children": 3, "mri": 5}})


async def test_a_refusal_is_said_and_the_screen_shows_what_is(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    gateway(boss).refuse = "fixed_members"
    await act(boss, "Орлова", "Пауза: отдых")
    await page.get_by_text("Очереди этой АТС заданы в её настройках").wait_for()
    assert "На линии" in await row(boss, "Орлова").inner_text()


async def test_listening_wants_a_phone_and_a_talk(boss: Screen) -> None:
    page, server = await boss.open("/supervisor"), gateway(boss)
    await row(boss, "Климов").get_by_role("button", name="Действия").click()
    assert await page.get_by_role("menuitem", name="Слушать").is_disabled()
    assert "нет телефона" in await page.get_by_role("menu").inner_text()
    await nothing_wrong(boss, "an operator's menu")
    server.phone_of = "gromov"
    await boss.open("/supervisor")
    await row(boss, "Орлова").get_by_role("button", name="Действия").click()
    assert "не разговаривает" in await page.get_by_role("menu").inner_text()
    await page.keyboard.press("Escape")
    await act(boss, "Климов", "Слушать")
    assert (await ordered(boss))[-1] == ("spy", {"target": "klimov", "how": "listen"})
    await act(boss, "Климов", "Подключиться к разговору")
    assert "услышат и оператор, и пациент" in await page.get_by_role("dialog").inner_text()
    await page.get_by_role("dialog").get_by_role("button", name="Подключиться").click()
    assert (await ordered(boss, 2))[-1][1]["how"] == "barge"


async def test_a_request_is_given_and_raised(boss: Screen) -> None:
    page, server = await boss.open("/supervisor"), gateway(boss)
    await page.get_by_label("Найти заявку").fill("Перезвон")
    menu = page.locator("#requests tbody tr").first.get_by_role("button", name="Действия с заявкой")
    await menu.click()
    await page.get_by_role("menuitem", name="Выше").click()
    assert (await ordered(boss))[-1] == ("prioritise", {"request": "d1", "version": 1, "priority": 10})
    await menu.click()
    await page.get_by_role("menuitem", name="Передать").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("combobox").fill("орл")
    await nothing_wrong(boss, "whom to give it")
    await page.keyboard.press("Enter")
    name, args = (await ordered(boss, 2))[-1]
    assert (name, args["to_operator"], args["version"]) == ("transfer", "orlova", 2)
    server.change([["set", "requests", "d9", digital(server.clinic, 9, "callback")]])
    await boss.settled()
    await menu.click()
    await page.get_by_role("menuitem", name="Передать").click()
    server.change([["del", "requests", "d9"]])
    await dialog.get_by_text("уже закрыта").wait_for()


async def test_a_message_to_one_a_queue_and_all(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    await act(boss, "Орлова", "Написать сообщение")
    dialog = page.get_by_role("dialog")
    await nothing_wrong(boss, "a message")
    assert await dialog.get_by_role("button", name="Отправить").is_disabled()
    await page.keyboard.type("Зайдите ко мне")
    await page.keyboard.press("Control+Enter")
    assert (await ordered(boss))[-1] == ("message", {"text": "Зайдите ко мне", "to_operator": "orlova"})
    await page.locator(".row-opener").first.click()
    await page.get_by_role("button", name="Сообщение операторам очереди").click()
    await page.keyboard.type("Очередь растёт")
    await page.keyboard.press("Control+Enter")
    assert (await ordered(boss, 2))[-1][1]["to_queue"] == "registry"
    await dialog.wait_for(state="detached")
    await page.locator("body").press("KeyS")
    gateway(boss).refuse = "nobody_there"
    await page.keyboard.type("Всем")
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("на смене никого", exact=False).last.wait_for()
    assert await dialog.get_by_role("textbox").input_value() == "Всем", "what was written is not lost"


async def test_rows_keep_their_places_under_the_hand(boss: Screen) -> None:
    page, server = await boss.open("/supervisor"), gateway(boss)
    names = page.locator("#people tbody th .strong")
    before = await names.all_inner_texts()
    await row(boss, "Орлова").hover()
    server.change([server.clinic.put("operators", "orlova", presence="not_responding"), server.clinic.put("operators", "belov", presence="available", voice="incall")])
    await row(boss, "Орлова").get_by_text("Не отвечает").wait_for()
    assert await names.all_inner_texts() == before
    await page.mouse.move(5, 5)
    await boss.until("document.querySelector('#people tbody th .strong').textContent === 'Орлова А.'")


async def test_an_alert_moves_nothing_is_said_and_sounds_if_wanted(boss: Screen) -> None:
    page, server = await boss.open("/supervisor"), gateway(boss)
    place = await page.locator(".figures").bounding_box()
    assert "Тревог нет" in await page.locator(".alerts").inner_text()
    server.change([alert()])
    await page.locator(".alert").wait_for()
    assert await page.locator(".figures").bounding_box() == place
    assert "порог 01:00" in await page.locator(".alert").inner_text()
    await boss.until("okno.heard.overdue === 1")
    assert "Долго ждут, Регистратура" in await page.locator("[aria-live=polite]").inner_text()
    await page.get_by_role("button", name="Звук тревоги").click()
    server.change([alert("dental")])
    await boss.until("document.querySelectorAll('.alert').length === 2")
    assert await page.evaluate("okno.heard.overdue") == 1
    server.change([["del", "alerts", "long/registry"], ["del", "alerts", "long/dental"], alert("lab", raised_at=None)])
    await page.get_by_text("Тревог нет").wait_for()


async def test_the_day_by_the_hour_asks_for_what_is_shown(boss: Screen) -> None:
    page, server = await boss.open("/supervisor"), gateway(boss)
    await page.locator(".chart-box canvas").first.wait_for()
    await page.get_by_role("button", name="Вчера").click()
    await page.get_by_role("button", name="Педиатрия", exact=True).first.click()
    await boss.until("document.querySelectorAll('.chart-box canvas').length === 2")
    async with asyncio.timeout(8):
        while server.asked[-1][1]["queue"] != "children":
            await asyncio.sleep(0.02)
    assert server.asked[-1][1]["by"] == "hour" and server.asked[-1][1]["until"] < server.asked[0][1]["until"]
    server.statistics_fail = True
    await page.get_by_role("button", name="Сегодня").click()
    await page.get_by_text("Не обновилось").wait_for()
    assert await page.locator(".chart-box canvas").count() == 2, "the last picture stays"


async def test_charts_follow_the_theme(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    await page.locator(".chart-box canvas").first.wait_for()
    pixels = "document.querySelector('.chart-box canvas').toDataURL().length > 0 && document.querySelector('.chart-box canvas').toDataURL()"
    light = await page.evaluate(pixels)
    await page.get_by_role("button", name="Тема").click()
    await page.get_by_role("menuitemradio", name="Тёмная").click()
    await boss.until(f"({pixels}) !== {light!r}")


async def test_wallboards_are_made_shown_once_and_revoked(boss: Screen) -> None:
    page, server = await boss.open("/supervisor"), gateway(boss)
    await page.get_by_role("button", name="Табло").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("Табло ещё нет").wait_for()
    await dialog.get_by_label("Название, например «Зал»").fill("Зал")
    await page.keyboard.press("Enter")
    await dialog.get_by_text("/wallboard#wall_").wait_for()
    await nothing_wrong(boss, "wallboards")
    await dialog.get_by_label("Объявление на табло «Зал»").fill("Планёрка в 15:00")
    await dialog.get_by_role("button", name="Показать").click()
    await page.get_by_text("Объявление показано").wait_for()
    assert server.boards[0]["announcement"] == "Планёрка в 15:00"
    assert await dialog.get_by_text("wall_").count() == 0, "its address is shown once"
    await dialog.get_by_role("button", name="Отключить").click()
    await dialog.get_by_role("button", name="Точно отключить?").click()
    await dialog.get_by_text("Табло ещё нет").wait_for()


async def test_in_english_at_200_percent(boss: Screen) -> None:
    gateway(boss).lang = "en"
    await boss.page.set_viewport_size({"width": 720, "height": 450})
    page = await boss.open("/supervisor")
    await page.locator(".chart-box canvas").first.wait_for()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await nothing_wrong(boss, "in English, 200 %")
