"""Booking, moving, cancelling: every state of the slots reached; «записан» stands only where the MIS was read back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page

from mis.client import SlotsAnswer, plain
from tests.screens import scenes
from tests.screens.conftest import Place, Screen
from tests.screens.mis import GUSHCHINA, KIM, MisServer, Row, known, own, slot, stamp
from tests.screens.test_patient import nothing_wrong, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(place: Place) -> AsyncIterator[MisServer]:
    """The gateway with its synthetic clinic and a scripted MIS."""
    async with place.serve(MisServer()) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def desk(place: Place, clinic: MisServer) -> AsyncIterator[Screen]:
    """A page beside it."""
    async with place.screen(clinic) as made:
        yield made


async def choosing(desk: Screen, clinic: MisServer) -> Page:
    """The booking panel of a confirmed patient, with the therapists' week."""
    page = await opened(desk, known(clinic))
    await page.locator(".patient-tools button").first.wait_for()
    await page.keyboard.press("KeyB")
    await page.locator(".booking").get_by_role("button", name="Терапевт").click()
    await page.locator(".slot").first.wait_for()
    return page


async def held(desk: Screen, clinic: MisServer) -> Page:
    """A time of Kim's is kept for the patient."""
    page = await choosing(desk, clinic)
    await page.locator("[data-slot=d2-1-10-0]").click()
    await page.locator(".slots-foot").get_by_text("держим").wait_for()
    return page


def with_status(status: str, **more: object) -> object:
    """An end of an order."""
    return lambda row, body: row | {"status": status, **more}


async def test_by_keys_alone_a_time_is_kept_and_booked(desk: Screen, clinic: MisServer) -> None:
    page = await choosing(desk, clinic)
    await nothing_wrong(desk, "slots")
    await page.locator("[data-slot=d1-1-9-0]").focus()
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate("document.activeElement.dataset.slot") == "d1-2-9-0"
    await page.keyboard.press("ArrowDown")
    assert await page.evaluate("document.activeElement.dataset.slot") == "d1-2-11-0"
    await page.keyboard.press("ArrowDown")
    assert await page.evaluate("document.activeElement.dataset.slot") == "d2-2-10-0"
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Enter")
    await page.locator(".slots-foot").wait_for()
    await nothing_wrong(desk, "held")
    await page.keyboard.press("Control+Enter")
    await page.locator(".deal-said", has_text="Записан: ").wait_for()
    (hold,), (book,) = clinic.mis.bodies("hold"), clinic.mis.bodies("book")
    assert hold["key"] == book["key"] and hold["slot"]["id"] == book["slot"]["id"] == "d1-1-11-0"
    assert await page.locator(".outcome [aria-pressed=true]").text_content() == "1Записан"
    assert len(clinic.mis.bodies("patient")) > 1
    await nothing_wrong(desk, "booked")


async def test_before_anybody_is_confirmed_times_are_only_looked_at(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, own(clinic))
    await page.get_by_role("button", name="Свободное время").click()
    await page.get_by_text("Выберите специальность").wait_for()
    await nothing_wrong(desk, "choose")
    await page.locator(".booking").get_by_role("button", name="Терапевт").click()
    await page.locator("[data-slot=d2-1-10-0]").click()
    await page.locator(".toast", has_text="подтвердите пациента").wait_for()
    assert clinic.mis.bodies("hold") == []


async def test_anothers_hold_is_dashed_and_cannot_be_taken(desk: Screen, clinic: MisServer) -> None:
    page = await choosing(desk, clinic)
    other = page.locator("[data-slot=d1-2-9-30]")
    assert await other.get_attribute("data-state") == "held" and await other.is_disabled()


async def test_a_kept_time_is_let_go_and_another_taken_instead(desk: Screen, clinic: MisServer) -> None:
    page = await held(desk, clinic)
    await page.locator("[data-slot=d2-2-10-0]").click()
    await desk.until("document.querySelector('.slots-foot')?.innerText.includes('держим') && document.querySelector('[data-slot=\"d2-2-10-0\"]').dataset.state === 'mine'")
    first, second = clinic.mis.bodies("hold")
    assert [body["key"] for body in clinic.mis.bodies("slot_release")] == [first["key"]] and first["key"] != second["key"]
    await page.get_by_role("button", name="Отпустить").click()
    await page.locator(".slots-foot").wait_for(state="detached")
    assert clinic.mis.bodies("slot_release")[-1]["key"] == second["key"]


async def test_a_lost_time_is_struck_and_others_are_offered(desk: Screen, clinic: MisServer) -> None:
    other = plain(slot(KIM, 2, 10))
    page = await held(desk, clinic)
    clinic.mis.ends["book"] = with_status("refused", error="conflict", alternatives=[other])  # type: ignore[assignment]
    await page.get_by_role("button", name="Записать", exact=False).last.click()
    await page.get_by_text("Время только что занял другой").wait_for()
    assert "Записан:" not in await page.locator(".desk-centre").inner_text()
    await nothing_wrong(desk, "lost")
    del clinic.mis.ends["book"]
    await page.locator(".deal .chips button").click()
    await page.locator(".slots-foot").get_by_text("держим").wait_for()
    assert clinic.mis.bodies("hold")[-1]["slot"]["id"] == other["id"]


async def test_a_hold_refused_says_who_was_faster(desk: Screen, clinic: MisServer) -> None:
    page = await choosing(desk, clinic)
    clinic.mis.ends["hold"] = with_status("refused", error="held")  # type: ignore[assignment]
    await page.locator("[data-slot=d2-1-10-0]").click()
    await page.get_by_text("Его держит другой оператор").wait_for()
    await nothing_wrong(desk, "hold refused")


async def test_an_unknown_outcome_is_said_looked_for_and_never_sent_twice(desk: Screen, clinic: MisServer) -> None:
    page = await held(desk, clinic)
    clinic.mis.ends["book"] = with_status("unknown", error="unknown")  # type: ignore[assignment]
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("Неизвестно, записан ли").wait_for()
    assert "Записан:" not in await page.locator(".desk-centre").inner_text()
    await nothing_wrong(desk, "unknown")
    key = clinic.mis.bodies("book")[0]["key"]
    clinic.mis.deals[key] |= {"status": "booked", "error": ""}
    await page.locator(".deal-said", has_text="Записан: ").wait_for()
    assert len(clinic.mis.bodies("book")) == 1


async def test_a_server_that_does_not_answer_a_write_is_an_unknown_outcome(desk: Screen, clinic: MisServer) -> None:
    page = await held(desk, clinic)
    clinic.mis.fails = {"book": "mis_down", "booking": "mis_down"}
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("Неизвестно, записан ли").wait_for()
    clinic.mis.fails = {"booking": "not_found"}
    await page.get_by_text("До МИС не дошло").wait_for()


async def test_a_dead_mis_keeps_the_wish_and_says_not_booked(desk: Screen, clinic: MisServer) -> None:
    page = await held(desk, clinic)
    until = stamp(datetime.now(UTC) + timedelta(minutes=4))
    clinic.mis.ends["book"] = with_status("pending", error="unavailable", expires_at=until)  # type: ignore[assignment]
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("Не записан: ").wait_for()
    await page.get_by_text("не говорите «записаны»").wait_for()
    await nothing_wrong(desk, "pending")
    await page.get_by_role("button", name="Не записывать").click()
    await page.locator(".deal[data-status=pending]").wait_for(state="detached")
    assert clinic.mis.bodies("slot_release")[-1]["key"] == clinic.mis.bodies("book")[0]["key"]


async def test_a_mis_that_takes_wishes_only_is_never_said_to_have_booked(desk: Screen, clinic: MisServer) -> None:
    page = await held(desk, clinic)
    clinic.mis.ends["book"] = with_status("requested")  # type: ignore[assignment]
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("Ещё не записан: заявка в клинике").wait_for()
    assert "Записан:" not in await page.locator(".desk-centre").inner_text()
    await nothing_wrong(desk, "requested")


async def test_a_refusal_goes_into_the_note_and_may_be_tried_again(desk: Screen, clinic: MisServer) -> None:
    page = await held(desk, clinic)
    clinic.mis.ends["book"] = with_status("refused", error="invalid")  # type: ignore[assignment]
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("МИС не принимает эти данные").wait_for()
    await page.get_by_role("button", name="В заметку").click()
    assert "Не записан: Ким" in await page.locator(".desk-note textarea").input_value()
    await nothing_wrong(desk, "refused")
    del clinic.mis.ends["book"]
    await page.get_by_role("button", name="Повторить").click()
    await page.locator(".slots-foot").get_by_text("держим").wait_for()


async def test_no_time_this_week_tells_the_next_and_the_waiting_list(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.slots = ()
    clinic.mis.answer = SlotsAnswer(as_of=datetime.now(UTC), next_free=slot(GUSHCHINA, 12, 9))
    page = await opened(desk, known(clinic))
    await page.get_by_role("button", name="Записать", exact=False).first.click()
    await page.locator(".booking").get_by_role("button", name="Терапевт").click()
    await page.get_by_text("свободного времени нет").wait_for()
    await nothing_wrong(desk, "none")
    await page.locator(".slots-none").get_by_role("button", name="В лист ожидания").click()
    await page.get_by_label("Срочно").check()
    await nothing_wrong(desk, "wish")
    await page.get_by_role("button", name="Поставить").click()
    await page.locator(".wishes .wish").wait_for()
    assert clinic.mis.bodies("wish")[0]["wish"]["specialty"] == "s1" and clinic.mis.bodies("wish")[0]["wish"]["urgent"]
    await nothing_wrong(desk, "wishes")
    await page.get_by_role("button", name="Снять").click()
    await page.locator(".wishes").wait_for(state="detached")
    await page.get_by_role("button", name="Ближайшее:").click()
    async with asyncio.timeout(8):
        while datetime.fromisoformat(clinic.mis.bodies("slots")[-1]["query"]["since"]) < datetime.now(UTC) + timedelta(days=10):
            await asyncio.sleep(0.05)


async def test_old_times_and_times_that_do_not_come_say_so(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.answer = replace(clinic.mis.answer, as_of=datetime.now(UTC) - timedelta(seconds=75), complete=False)
    page = await choosing(desk, clinic)
    await page.get_by_text("Устарело").wait_for()
    await page.get_by_text("не всё время").wait_for()
    await nothing_wrong(desk, "old")
    clinic.mis.fails = {"slots": "mis_down"}
    await page.get_by_role("button", name="Обновить время").click()
    await page.get_by_text("Показано то, что было раньше").wait_for()
    await page.get_by_role("button", name="Неделя позже").click()
    await page.get_by_text("Свободное время не пришло").wait_for()
    await nothing_wrong(desk, "times down")


async def test_times_come_by_themselves_once_the_mis_is_back(desk: Screen, clinic: MisServer) -> None:
    page = await choosing(desk, clinic)
    await clinic.link(engine=True, chat=True, mis=False)
    clinic.mis.fails = {"slots": "mis_down", "mis_status": "mis_down"}
    await page.get_by_role("button", name="Неделя позже").click()
    await page.get_by_text("Свободное время не пришло").wait_for()
    clinic.mis.fails = {}
    await clinic.link(engine=True, chat=True, mis=True)
    await page.get_by_text("Свободное время не пришло").wait_for(state="detached")


async def test_while_times_come_their_place_is_kept(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.delay["slots"] = 0.8
    page = await opened(desk, known(clinic))
    await page.get_by_role("button", name="Записать", exact=False).first.click()
    await page.locator(".booking").get_by_role("button", name="Терапевт").click()
    await page.locator(".slots-waiting").wait_for()
    await page.locator(".slot").first.wait_for()


async def test_without_directories_there_is_no_blind_search(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.directories_fail = True
    page = await opened(desk, known(clinic))
    await page.get_by_role("button", name="Записать", exact=False).first.click()
    await page.get_by_text("Справочники МИС не пришли").wait_for()
    await nothing_wrong(desk, "no directories")


async def test_a_visit_is_moved_and_the_old_one_stands_until_then(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, known(clinic))
    await page.locator(".visit").first.get_by_role("button", name="Перенести").click()
    await page.locator("[data-slot=d2-2-12-0]").click()
    await page.locator(".slots-foot").wait_for()
    await nothing_wrong(desk, "move")
    clinic.mis.ends["move"] = with_status("refused", error="conflict")  # type: ignore[assignment]
    await page.keyboard.press("Control+Enter")
    await page.locator(".deal-said", has_text="Не перенесён, остаётся: ").wait_for()
    del clinic.mis.ends["move"]
    await page.locator("[data-slot=d2-2-13-0]").click()
    await page.keyboard.press("Control+Enter")
    await page.locator(".deal-said", has_text="Перенесён: ").wait_for()
    assert clinic.mis.bodies("hold") == []
    first, second = clinic.mis.bodies("move")
    assert first["visit"]["id"] == second["visit"]["id"] == "a1" and first["key"] != second["key"]
    assert await page.locator(".outcome [aria-pressed=true]").text_content() == "2Перенос"


async def test_a_visit_is_cancelled_for_a_reason(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, known(clinic))
    await page.locator(".visit").first.get_by_role("button", name="Отменить").click()
    dialog = page.locator("dialog[open]")
    await dialog.get_by_text("Изменились планы").wait_for()
    assert await dialog.get_by_role("button", name="Отменить приём").is_disabled()
    await dialog.get_by_label("Изменились планы").check()
    await nothing_wrong(desk, "cancel")
    await dialog.get_by_role("button", name="Отменить приём").click()
    await page.locator(".deal", has_text="Отменён: Ким").wait_for()
    (asked,) = clinic.mis.bodies("visit_cancel")
    assert asked["reason"] == "plans" and asked["visit"]["id"] == "a1"
    await nothing_wrong(desk, "cancelled")


async def test_a_visit_is_confirmed(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, known(clinic))
    await page.locator(".visit").first.get_by_role("button", name="Придёт").click()
    await page.locator(".deal", has_text="Придёт: Ким").wait_for()
    assert clinic.mis.bodies("visit_confirm")[0]["visit"]["id"] == "a1"


async def test_what_was_open_before_a_reload_is_followed_again(desk: Screen, clinic: MisServer) -> None:
    page = await held(desk, clinic)
    clinic.mis.ends["book"] = with_status("unknown", error="unknown")  # type: ignore[assignment]
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("Неизвестно, записан ли").wait_for()
    await page.reload()
    await desk.live()
    await page.locator("#tab-mine").click()
    await page.locator(".row").first.click()
    await page.get_by_text("Неизвестно, записан ли").wait_for()
    clinic.mis.deals = {key: row | {"status": "booked"} for key, row in clinic.mis.deals.items()}
    await page.locator(".deal-said", has_text="Записан: ").wait_for()


async def test_a_time_kept_before_a_reload_is_still_kept(desk: Screen, clinic: MisServer) -> None:
    page = await held(desk, clinic)
    await page.reload()
    await desk.live()
    await page.locator("#tab-mine").click()
    await page.locator(".row").first.click()
    await page.locator(".patient-tools button").first.wait_for()
    await page.keyboard.press("KeyB")
    await page.locator(".slots-foot").get_by_text("держим").wait_for()
    assert len(clinic.mis.bodies("hold")) == 1


async def test_what_was_kept_for_one_is_not_booked_for_another(desk: Screen, clinic: MisServer) -> None:
    page = await held(desk, clinic)
    await page.get_by_role("button", name="Не тот пациент").click()
    await page.locator(".booking").wait_for(state="detached")
    await page.get_by_text("Кто это может быть").first.wait_for()
    assert [body["key"] for body in clinic.mis.bodies("slot_release")] == [clinic.mis.bodies("hold")[0]["key"]]


async def test_the_panel_fits_a_small_window_beside_a_call(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.patient = "p1"
    page = await desk.open()
    for step in (scenes.arrive, scenes.ring, scenes.answer):
        clinic.change(step(clinic.clinic))
    clinic.change([clinic.clinic.put("requests", scenes.REQUEST, identified=True)])
    await desk.settled()
    await page.set_viewport_size({"width": 1366, "height": 768})
    await page.locator(".patient-tools button").first.wait_for()
    await page.keyboard.press("KeyB")
    await page.locator(".booking").get_by_role("button", name="Терапевт").click()
    await page.locator(".slot").first.wait_for()
    await nothing_wrong(desk, "booking at 1366")
    await page.keyboard.press("Escape")
    await page.locator(".booking").wait_for(state="detached")
    row: Row = clinic.clinic.tables["requests"][scenes.REQUEST]
    assert row["owner"] == scenes.ME
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.locator(".desk-views [data-name=now]").click()
    await nothing_wrong(desk, "narrow")
