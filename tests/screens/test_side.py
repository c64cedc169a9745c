"""The right pane and what hangs on it: history in all its states, hints, names, links, search; axe in both themes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.screens import scenes
from tests.screens.conftest import Place, Screen
from tests.screens.people import HINTS, PeopleServer
from tests.screens.synthetic import Clinic
from tests.screens.test_accessibility import nothing_wrong as accessible

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTACT = {"type": "contact", "row": {"id": "k7", "name": "Иванова М. П.", "phone": "+7 999 •••-18-73", "earlier_calls": 3,
                                      "request": "r1", "call": None}}  # fmt: skip
SHOTS = os.environ.get("OKNO_SHOTS", "")


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(place: Place) -> AsyncIterator[PeopleServer]:
    """The gateway with its synthetic clinic and its people."""
    async with place.serve(PeopleServer()) as server:
        yield server


async def shot(screen: Screen, name: str) -> None:
    """Keep a picture, when a folder for them is named."""
    if SHOTS:
        await screen.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


async def nothing_wrong(screen: Screen, state: str) -> None:
    """Run axe over what is open: a dialog, else the right pane. The rest of the desk has tests of its own."""
    await accessible(screen, state, "dialog[open]", ".desk-right")


async def talking(screen: Screen) -> Any:
    """My phone rang and I answered."""
    page = await screen.open()
    for step in (scenes.arrive, scenes.ring, scenes.answer):
        screen.server.change(step(screen.server.clinic))
    await screen.settled()
    await page.locator(".moment").first.wait_for()
    return page


def own(clinic: Clinic) -> str:
    """A missed call that is mine now."""
    key = next(key for key, row in clinic.tables["requests"].items() if row["kind"] == "missed_call")
    clinic.tables["requests"][key] |= {"owner": "orlova", "status": "in_progress"}
    return key


async def opened(screen: Screen) -> tuple[Any, str]:
    """The desk with a request of mine open."""
    key = own(screen.server.clinic)
    page = await screen.open()
    await page.locator("#tab-mine").click()
    await page.locator(f"#row-{key}").click()
    return page, key


async def test_the_history_of_a_call_has_notes_and_no_number(screen: Screen) -> None:
    page = await talking(screen)
    pane = page.locator(".desk-right")
    assert "Не дождался ответа" in await pane.inner_text()
    await nothing_wrong(screen, "history")
    await shot(screen, "history")
    assert screen.server.folk.asked[-1][0] in ("timeline", "all")


async def test_older_ones_come_on_demand_and_none_twice(screen: Screen) -> None:
    screen.server.folk.pages = 3
    page = await talking(screen)
    older = page.get_by_role("button", name="Показать более ранние")
    before = await page.locator(".moment").count()
    await older.click()
    await screen.until(f"document.querySelectorAll('.moment').length === {2 * before}")
    await older.click()
    await older.wait_for(state="detached")
    assert await page.locator(".moment").count() == 3 * before


async def test_what_is_partly_unavailable_says_so_and_a_failure_can_be_tried_again(screen: Screen) -> None:
    screen.server.folk.missing = ["chats"]
    page = await talking(screen)
    assert "не ответили чаты" in await page.locator(".side-partly").inner_text()
    await nothing_wrong(screen, "partly")
    await shot(screen, "history-partly")
    screen.server.folk.missing, screen.server.folk.fails = [], {"timeline": "engine_down"}
    missed = next(key for key, row in screen.server.clinic.tables["requests"].items() if row["kind"] == "missed_call")
    await page.locator("#tab-missed").click()
    await page.locator(f"#row-{missed}").click()
    retry = page.locator(".side-panel").get_by_role("button", name="Повторить")
    await retry.wait_for()
    await nothing_wrong(screen, "failed")
    screen.server.folk.fails = {}
    await retry.click()
    await page.get_by_text("Просила позвонить после шести").wait_for()


async def test_a_first_contact_is_said_to_be_one(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    card = scenes.card
    monkeypatch.setattr(scenes, "card", lambda *whose: (one := card(*whose)) | {"calls": one["calls"][:1], "requests": one["requests"][:1]})
    page = await talking(screen)
    await page.get_by_text("Первое обращение", exact=True).last.wait_for()
    await nothing_wrong(screen, "first")
    await shot(screen, "history-first")


async def test_nothing_in_hand_and_loading(screen: Screen) -> None:
    page = await screen.open()
    assert "История обращений" in await page.locator(".desk-right").inner_text()
    screen.server.folk.delay = 0.8
    screen.server.change(scenes.arrive(screen.server.clinic))
    screen.server.change(scenes.ring(screen.server.clinic))
    await page.locator(".side-skeleton").wait_for(state="attached")
    await page.locator(".moment").first.wait_for()


async def test_hints_fit_the_call_and_are_copied_by_keys_alone(screen: Screen) -> None:
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await talking(screen)
    await page.keyboard.press("Slash")
    await page.locator(".hints-search input").wait_for()
    titles = await page.locator(".hint-title .grow").all_inner_texts()
    assert titles[0] == "Звонят с 2ГИС" or titles[0] == "Как записать на УЗИ"
    assert "Подготовка к анализам" not in titles and "Приветствие" in titles
    await page.keyboard.type("tkrf")  # the wrong layout, and yo
    await page.get_by_text("31 декабря").wait_for()
    await page.keyboard.press("Enter")
    await page.get_by_text("Скопировано: «Ёлка и праздники»").wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == "31 декабря работаем до 15:00."
    await nothing_wrong(screen, "hints found")
    await page.keyboard.press("Escape")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    assert await page.locator(".hint-title[aria-expanded=true]").count() == 1
    await shot(screen, "hints")
    await page.keyboard.type("абракадабра")
    await page.get_by_text("Ничего не нашлось").wait_for()
    await nothing_wrong(screen, "no hint")


async def test_no_hints_yet_says_who_writes_them_and_a_new_one_comes_by_itself(screen: Screen) -> None:
    screen.server.folk.hints = {}
    page = await screen.open()
    await page.locator("#side-hints").click()
    await page.get_by_text("Их пишут супервизоры").wait_for()
    await nothing_wrong(screen, "no hints")
    screen.server.folk.hints = {one["id"]: dict(one) for one in HINTS}
    screen.server.folk.version += 1
    await screen.server.sio.emit("hints", {"version": screen.server.folk.version})
    await page.get_by_text("Приветствие").wait_for()
    await page.get_by_role("button", name="Анализы", exact=True).click()
    assert await page.locator(".hint-title .grow").all_inner_texts() == ["Подготовка к анализам"]


NASTY = ["<img src=x onerror=\"document.title='pwned'\">", "<script>document.title='pwned'</script>", "- <b>x</b>\n1. <i onclick=x>", "${alert(1)} {{7*7}}",
         "javascript:alert(1)", "&lt;b&gt; <!-- -->", "\u202e<svg/onload=document.title='pwned'>"]  # fmt: skip


async def test_no_hint_is_ever_read_as_markup(screen: Screen) -> None:
    screen.server.folk.hints = {
        one["id"]: {**HINTS[0], "id": one["id"], "title": text, "text": text, "topic": text[:60]}
        for one, text in zip([{**HINTS[0], "id": f"h{n}"} for n in range(len(NASTY))], NASTY, strict=True)
    }
    page = await screen.open()
    await page.locator("#side-hints").click()
    for at in range(len(NASTY)):
        await page.locator(".hint-title").nth(at).click()
        assert await page.locator(".hint-body").count() == 1
        assert await page.evaluate("document.querySelectorAll('.hints img, .hints script, .hints b, .hints i, .hints svg:not(.icon)').length") == 0
    shown = set(await page.locator(".hint-title .grow").all_inner_texts())
    assert {text.split("\n")[0] for text in NASTY} <= {one.split("\n")[0].split(" 1.")[0] for one in shown}
    assert "pwned" not in await page.title()


async def test_a_supervisor_writes_changes_removes_and_takes_back(screen: Screen) -> None:
    screen.server.role = "supervisor"
    page = await screen.open("/supervisor")
    await page.get_by_role("button", name="Подсказки операторам").click()
    await page.get_by_role("button", name="Новая подсказка").click()
    await page.get_by_label("Заголовок").fill("Парковка")
    await page.get_by_label("Текст").fill("Во дворе:\n- въезд с Мира\n- бесплатно")
    await page.locator(".hint-preview li").nth(1).wait_for()
    await nothing_wrong(screen, "editor")
    await shot(screen, "hints-editor")
    await page.get_by_role("button", name="Сохранить").click()
    await page.locator(".hint-title", has_text="Парковка").click()
    await page.locator(".hint-body").get_by_role("button", name="Изменить").click()
    made = next(one for one in screen.server.folk.hints.values() if one["title"] == "Парковка")
    made |= {"version": 2, "text": "Теперь платно.", "actor": "другая"}
    await page.get_by_label("Текст").fill("Во дворе.")
    await page.get_by_role("button", name="Сохранить").click()
    await page.get_by_text("Пока вы писали").wait_for()
    assert "Теперь платно." in await page.locator(".hint-theirs").inner_text()
    await nothing_wrong(screen, "conflict")
    await shot(screen, "hints-conflict")
    await page.get_by_role("button", name="Оставить моё").click()
    await page.get_by_role("button", name="Сохранить").click()
    await page.locator(".hint-title", has_text="Парковка").click()
    assert screen.server.folk.hints[made["id"]]["text"] == "Во дворе."
    await page.locator(".hint-body").get_by_role("button", name="Изменить").click()
    await page.get_by_role("button", name="Убрать").click()
    await page.get_by_text("Убрано: «Парковка»").wait_for()
    await page.get_by_role("button", name="Отменить").click()
    await page.locator(".hint-title", has_text="Парковка").wait_for()
    assert not screen.server.folk.hints[made["id"]]["removed"]


async def test_a_request_is_linked_to_whom_a_name_finds(screen: Screen) -> None:
    screen.server.folk.found = [CONTACT]
    page, key = await opened(screen)
    await page.get_by_role("button", name="Связать с контактом").click()
    await nothing_wrong(screen, "link")
    await page.keyboard.type("bdfyjdf")
    await page.get_by_text("Иванова М. П.").wait_for()
    await page.keyboard.press("Enter")
    await page.locator(".link-confirm").wait_for()
    await nothing_wrong(screen, "link, confirm")
    await shot(screen, "link")
    await page.keyboard.press("Enter")
    await page.locator(".link-confirm").wait_for(state="detached")
    (order,) = [one for one in screen.server.commands if one["name"] == "link"]
    assert order["args"]["request"] == key and order["args"]["contact"] == "k7" and "version" in order["args"]
    assert ("search", {"text": "bdfyjdf"}) in screen.server.folk.asked


async def test_or_to_a_number_nobody_has(screen: Screen) -> None:
    screen.server.folk.found = []
    page, _ = await opened(screen)
    await page.get_by_role("button", name="Связать с контактом").click()
    await page.locator("dialog input:focus").wait_for()
    await page.keyboard.type("8 999 000-18-73")
    await page.get_by_text("новый номер").wait_for()
    await page.keyboard.press("Enter")
    screen.server.refuse = "stale"
    await page.locator(".link-confirm .btn-primary").click()
    await page.get_by_text("Заявка изменилась").wait_for()
    screen.server.refuse = ""
    await page.locator(".link-confirm .btn-primary").click()
    await page.locator("dialog").wait_for(state="detached")
    assert screen.server.commands[-1]["args"]["phone"] == "8 999 000-18-73"


async def test_a_contact_is_given_a_name(screen: Screen) -> None:
    page, key = await opened(screen)
    await page.get_by_role("button", name="Назвать").click()
    await page.keyboard.type("Иванова Мария")
    await nothing_wrong(screen, "naming")
    await shot(screen, "naming")
    await page.keyboard.press("Enter")
    await page.get_by_text("Имя сохранено").wait_for()
    assert [(one["name"], one["args"]) for one in screen.server.commands] == [("name", {"request": key, "name": "Иванова Мария"})]


async def test_the_palette_finds_people_and_tells_what_is_wrong(screen: Screen) -> None:
    screen.server.folk.found = [CONTACT]
    page = await screen.open()
    await page.keyboard.press("Control+KeyK")
    await page.keyboard.type("иванова")
    await page.get_by_text("Иванова М. П.").wait_for()
    await nothing_wrong(screen, "search")
    await shot(screen, "search")
    screen.server.folk.fails = {"search": "too_fast"}
    await page.keyboard.type(" м")
    await page.get_by_text("Слишком часто").wait_for()
    screen.server.folk.fails = {"search": "engine_down"}
    await page.keyboard.type("а")
    await page.get_by_text("Поиск не ответил").wait_for()
    screen.server.folk.fails, screen.server.folk.found = {}, []
    await page.keyboard.type("ш")
    await page.get_by_text("Ничего не найдено").wait_for()


async def test_who_has_a_name_is_called_by_it_with_the_number_beside(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    card = scenes.card
    name = "Константинопольская-Переверзева Александра Владиславовна"
    monkeypatch.setattr(scenes, "card", lambda *whose: (one := card(*whose)) | {"contact": one["contact"] | {"name": name}})
    page = await talking(screen)
    await page.locator(".contact-head", has_text=name).wait_for()
    assert "+7 999 000-18-73" in await page.locator(".contact-head").inner_text()
    assert await page.locator(".who-name").inner_text() == name
    assert await page.evaluate("document.querySelector('.contact').scrollWidth <= document.querySelector('.contact').clientWidth")
    await shot(screen, "named")
