"""Promised calls on the screens: asked for in a dialog, tried, told of, seen by operators and supervisors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator

from tests.screens import scenes
from tests.screens.conftest import Place, Screen
from tests.screens.promises import FREE, PromiseServer, at, clinic, mine, promise, request, tried
from tests.screens.shift import opened
from tests.screens.synthetic import Clinic
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(place: Place) -> AsyncIterator[Screen]:
    """An operator's page."""
    async with opened(place, PromiseServer(), 1440, 900) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def boss(place: Place) -> AsyncIterator[Screen]:
    """A supervisor's page."""
    async with opened(place, PromiseServer("supervisor"), 1440, 1100) as made:
        yield made


def server(screen: Screen) -> PromiseServer:
    """The page's gateway."""
    assert isinstance(screen.server, PromiseServer)
    return screen.server


async def take(screen: Screen, number: int, **more: Any) -> Locator:
    """A promise is mine and open; returns its part of the card."""
    screen.server.change(mine(screen.server.clinic, number, **more))
    await screen.settled()
    await screen.page.locator("#tab-mine").click()
    await screen.page.locator(f"#row-p{number:05d}").click()
    part = screen.page.locator(".promised")
    await part.wait_for()
    return part


async def ordered(screen: Screen) -> tuple[str, dict[str, Any]]:
    """The last order, once there is one."""
    async with asyncio.timeout(8):
        while not screen.server.commands:
            await asyncio.sleep(0.02)
    return screen.server.commands[-1]["name"], screen.server.commands[-1]["args"]


async def asked(screen: Screen, count: int) -> list[dict[str, Any]]:
    """What was asked of the engine, once so many questions came."""
    async with asyncio.timeout(8):
        while len(found := [body for name, body in server(screen).asked if name == "callback_bounds"]) < count:
            await asyncio.sleep(0.02)
    return found


async def test_the_card_shows_the_tries_and_the_next_one(desk: Screen) -> None:
    await desk.open()
    part = await take(desk, 3)
    text = await part.inner_text()
    assert "Не дозвонился до нас" in text and "3 из 4" in text
    assert text.index("Занято") < text.index("Не отвечает")
    assert await part.locator(".try").count() == 2
    await nothing_wrong(desk, "a promise")
    other = {**desk.server.clinic.tables["requests"]["p00003"]["callback"], "state": "dialling", "tries": [tried("busy", 9), tried("dialling", 1)]}
    desk.server.change([desk.server.clinic.put("requests", "p00003", callback=other)])
    await part.get_by_text("Звоним").first.wait_for()
    assert await part.locator(".promise-tell").count() == 0  # of one that goes on nobody can tell anything


@pytest.mark.parametrize(("button", "outcome", "word"), [("Автоответчик", "machine", "Позвоним ещё раз"), ("Не тот номер", "wrong_number", "Заявка закрыта"), ("Дозвонился", "reached", "дозвонились")])
async def test_what_only_a_person_can_tell(desk: Screen, button: str, outcome: str, word: str) -> None:
    await desk.open()
    part = await take(desk, 2)
    await part.get_by_role("button", name=button, exact=True).click()
    name, args = await ordered(desk)
    assert (name, args) == ("tried", {"request": "p00002", "outcome": outcome, "version": 3})
    await desk.page.locator(".toast", has_text=word).wait_for()


@pytest.mark.parametrize(("button", "outcome"), [("Да", "machine"), ("Нет", "reached")])
async def test_a_talk_that_ended_at_once_is_asked_about(desk: Screen, button: str, outcome: str) -> None:
    await desk.open()
    part = await take(desk, 2)
    known = desk.server.clinic.tables["requests"]["p00002"]["callback"]
    met = {**known, "state": "reached", "tries": [tried("suspected", 1)]}
    desk.server.change([desk.server.clinic.put("requests", "p00002", callback=met)])
    asked = part.get_by_role("group", name="Это был автоответчик?")
    await asked.wait_for()
    await nothing_wrong(desk, "a suspected machine")
    await asked.get_by_role("button", name=button, exact=True).click()
    name, args = await ordered(desk)
    assert (name, args["outcome"]) == ("tried", outcome)


async def test_an_unknown_try_is_said_and_not_repeated_by_itself(desk: Screen) -> None:
    await desk.open()
    part = await take(desk, 5)
    assert "Сам номер больше не набирается" in await part.inner_text()
    assert desk.server.commands == []
    await nothing_wrong(desk, "an unknown try")


async def test_a_refusal_is_said_and_nothing_changes(desk: Screen) -> None:
    await desk.open()
    part = await take(desk, 2)
    desk.server.refuse = "stale"
    await part.get_by_role("button", name="Автоответчик", exact=True).click()
    await desk.page.locator(".toast", has_text="Заявка изменилась").wait_for()
    assert await part.is_visible()


async def test_another_time_of_a_promise_is_asked_with_his_clock(desk: Screen) -> None:
    server(desk).bounds = {**FREE, "own": False, "clocks": ["19:30"], "quiet": True, "next_at": at(50000), "promised": ""}
    page = await desk.open()
    part = await take(desk, 2)
    await part.get_by_role("button", name="Другое время").click()
    dialog = page.get_by_role("dialog")
    assert desk.server.clinic.tables["requests"]["p00002"]["phone"] in await dialog.inner_text()
    await dialog.get_by_text("У пациента сейчас 19:30").wait_for()
    await dialog.get_by_text("У пациента тихие часы").wait_for()
    await dialog.get_by_role("button", name="Ко времени").click()
    await dialog.locator("input[type=date]").fill("2027-01-15")
    await dialog.locator("input[type=time]").fill("10:15")
    await dialog.get_by_text("У пациента в это время").wait_for()
    await dialog.locator("textarea").fill("a tooth")
    await nothing_wrong(desk, "another time", "dialog")
    await dialog.get_by_role("button", name="Обещать звонок").click()
    name, args = await ordered(desk)
    assert name == "callback" and args["request"] == "p00002" and "phone" not in args
    assert datetime.fromisoformat(args["when"]) == datetime(2027, 1, 15, 5, 15, tzinfo=UTC)  # Yekaterinburg
    assert (args["queue"], args["note"], args["version"]) == ("registry", "a tooth", 3)
    await dialog.wait_for(state="detached")
    assert await page.locator(".promised").count() == 0  # it has left my hands


async def test_a_number_is_typed_and_asked_about_once(desk: Screen) -> None:
    page = await desk.open()
    await page.keyboard.press("Shift+KeyC")
    dialog = page.get_by_role("dialog")
    phone = dialog.locator("input[type=tel]")
    assert await phone.evaluate("(one) => one === document.activeElement")
    send = dialog.get_by_role("button", name="Обещать звонок")
    assert await send.is_disabled()
    await phone.press_sequentially("8 999 000-18-73", delay=5)
    [question] = await asked(desk, 1)
    assert question == {"phone": "8 999 000-18-73", "queue": "registry"}
    await send.click()
    name, args = await ordered(desk)
    assert (name, args) == ("callback", {"phone": "8 999 000-18-73", "queue": "registry", "note": ""})
    await page.locator(".toast", has_text="Обещан звонок").wait_for()


async def test_a_promise_there_is_already_and_a_number_nobody_calls_are_said_before(desk: Screen) -> None:
    page = await desk.open()
    server(desk).bounds = {**FREE, "promised": "2026-000801"}
    await page.keyboard.press("Shift+KeyC")
    dialog = page.get_by_role("dialog")
    await dialog.locator("input[type=tel]").fill("8 999 000-18-73")
    await dialog.get_by_text("Звонок уже обещан, заявка 2026-000801").wait_for()
    server(desk).bounds = {**FREE, "callable": False, "clocks": []}
    await dialog.locator("input[type=tel]").fill("8 800 555 35 35")
    await dialog.get_by_text("По этому номеру перезвонить нельзя").wait_for()
    assert await dialog.get_by_role("button", name="Обещать звонок").is_disabled()
    await dialog.locator("input[type=tel]").press("Enter")
    await nothing_wrong(desk, "not callable", "dialog")
    assert desk.server.commands == []


async def test_a_time_gone_by_is_not_promised(desk: Screen) -> None:
    page = await desk.open()
    await page.keyboard.press("Shift+KeyC")
    dialog = page.get_by_role("dialog")
    await dialog.locator("input[type=tel]").fill("8 999 000-18-73")
    await dialog.get_by_role("button", name="Ко времени").click()
    await dialog.locator("input[type=date]").fill("2020-01-15")
    await dialog.get_by_text("Неподходящее время").wait_for()
    assert await dialog.get_by_role("button", name="Обещать звонок").is_disabled()
    await page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")


async def test_who_is_on_the_line_can_be_promised_a_call(desk: Screen) -> None:
    page = await desk.open()
    for step in (scenes.arrive, scenes.ring, scenes.answer):
        desk.server.change(step(desk.server.clinic))
    await page.locator(".call-bar[data-part=talking]").wait_for()
    await page.locator(".actions").get_by_role("button", name="Перезвонить").click()
    await page.get_by_role("dialog").get_by_role("button", name="Обещать звонок").click()
    name, args = await ordered(desk)
    assert (name, args["request"]) == ("callback", scenes.REQUEST)
    assert await page.locator(".call-bar").is_visible()


async def test_the_list_counts_who_is_due_and_shows_the_planned_after_them(desk: Screen) -> None:
    page = await desk.open()
    rows = desk.server.clinic.tables["requests"].values()
    due = [row for row in rows if row["kind"] == "callback" and row["status"] == "queued" and row["queue"] in desk.server.clinic.tables["operators"][scenes.ME]["queues"]]
    tab = page.locator("#tab-callbacks")
    assert await tab.locator(".tab-count").inner_text() == str(len(due))
    await tab.click()
    shown = await page.evaluate("[...document.querySelectorAll('.row')].sort((a, b) => a.ariaPosInSet - b.ariaPosInSet).map((row) => row.id.slice(4))")
    assert shown[-2:] == ["p00003", "p00004"] and len(shown) == len(due) + 2
    assert "попытка 3" in await page.locator("#row-p00003").inner_text()


async def test_the_supervisor_sees_the_due_the_planned_and_the_given_up(boss: Screen) -> None:
    gone = [request(40, promise(state="given_up"), status="done", outcome="not_reached", closed_at=at(-500)),
            request(41, promise(), status="done", outcome="booked", closed_at=at(-400)),
            request(42, promise(), status="done", outcome="wrong_number", closed_at=at(-300), kind="missed_call")]
    server(boss).gone = gone
    page = await boss.open("/supervisor")
    board = page.locator("#promises")
    assert await board.locator("tbody tr").count() == 3
    assert "Форма на сайте" in await board.inner_text() and "Неизвестно" in await board.inner_text()
    await nothing_wrong(boss, "promises due", "#promises")
    await board.get_by_role("button", name="Назначены").click()
    assert await board.locator("tbody tr").count() == 2
    await board.get_by_role("button", name="Не дозвонились").click()
    await board.get_by_text("Не тот номер").wait_for()
    assert await board.locator("tbody tr").count() == 2
    await nothing_wrong(boss, "given up", "#promises")
    server(boss).history_fails = True
    await board.get_by_role("button", name="Не дозвонились").click()
    await board.get_by_text("Список не загрузился").wait_for()
    server(boss).history_fails, server(boss).gone = False, []
    await board.get_by_role("button", name="Повторить").click()
    await board.get_by_text("До всех дозвонились").wait_for()
    for width in (1440, 1366):
        await page.set_viewport_size({"width": width, "height": 768})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


async def test_the_supervisor_promises_and_plans_anew(boss: Screen) -> None:
    page = await boss.open("/supervisor")
    board = page.locator("#promises")
    first = board.locator("tbody tr").filter(has_text="Неизвестно")
    await first.get_by_role("button").click()
    await page.get_by_role("menuitem", name="Другое время").click()
    await page.get_by_role("dialog").get_by_role("button", name="Обещать звонок").click()
    name, args = await ordered(boss)
    assert (name, args["request"]) == ("callback", "p00005")
    await board.get_by_role("button", name="Перезвонить").click()
    await page.get_by_role("dialog").locator("input[type=tel]").wait_for()


async def test_nobody_to_call(boss: Screen) -> None:
    server(boss).clinic = Clinic(requests=0)
    server(boss).clinic.tables["requests"].clear()
    server(boss).clinic.tables["calls"].clear()
    page = await boss.open("/supervisor")
    board = page.locator("#promises")
    await board.get_by_text("Сейчас звонить некому").wait_for()
    await board.get_by_role("button", name="Назначены").click()
    await board.get_by_text("Назначенных звонков нет").wait_for()
    await nothing_wrong(boss, "no promises", "#promises")


async def test_it_fits_a_narrow_page_in_both_languages(desk: Screen) -> None:
    for lang in ("ru", "en"):
        desk.server.lang = lang
        clinic(desk.server.clinic)
        await desk.open()
        await desk.page.set_viewport_size({"width": 390, "height": 800})
        await desk.page.keyboard.press("Shift+KeyC")
        dialog = desk.page.get_by_role("dialog")
        await dialog.locator("input[type=tel]").fill("8 999 000-18-73")
        assert await dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth"), lang
        await nothing_wrong(desk, f"narrow, {lang}", "dialog")
        await desk.page.keyboard.press("Escape")
        await desk.page.set_viewport_size({"width": 1440, "height": 900})
