"""Who it may be and who it is: every state of the patient's part, reached; axe in both themes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page

from mis.client import CardAnswer, Lookup, NewPatient
from tests.screens import scenes
from tests.screens.conftest import Place, Screen
from tests.screens.mis import CHILD, FAMILY, MOTHER, SECRET, TWINS, MisServer, known, mother, own
from tests.screens.test_accessibility import nothing_wrong as accessible

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOTS = os.environ.get("OKNO_SHOTS", "")


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


async def shot(screen: Screen, name: str) -> None:
    """Keep a picture, when a folder for them is named."""
    if SHOTS:
        await screen.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


async def nothing_wrong(screen: Screen, state: str) -> None:
    """Run axe over what is open: a dialog, else the centre; nothing is wider than its place."""
    await accessible(screen, state, "dialog[open]", ".desk-centre")
    assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
    await shot(screen, state)


async def opened(screen: Screen, key: str) -> Page:
    """The desk with a request of mine open."""
    page = await screen.open()
    await page.locator("#tab-mine").click()
    await page.locator(f"#row-{key}").click()
    return page


async def confirm(page: Page, name: str) -> None:
    """Choose somebody, tick two identifiers, confirm."""
    await page.get_by_role("button", name=name).click()
    await page.get_by_role("button", name="ФИО", exact=True).click()
    await page.get_by_role("button", name="Дата рождения", exact=True).click()
    await page.get_by_role("button", name="Подтвердить", exact=True).click()


async def test_a_family_is_listed_and_nobody_is_chosen(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, own(clinic))
    lines = page.locator(".person-line")
    await lines.nth(2).wait_for()
    assert await page.locator(".person-line[data-state=open]").count() == 0
    assert "Умер" in await lines.nth(2).inner_text() and await lines.nth(2).get_attribute("data-state") == "deceased"
    assert "Ребёнок" in await lines.nth(1).inner_text()
    assert clinic.mis.bodies("patient") == []
    await nothing_wrong(desk, "several")


async def test_two_identifiers_confirm_a_child_and_his_mother_may_speak(desk: Screen, clinic: MisServer) -> None:
    key = own(clinic)
    page = await opened(desk, key)
    await page.get_by_role("button", name=CHILD.name).click()
    assert await page.get_by_role("button", name="Подтвердить", exact=True).is_disabled()
    await page.get_by_role("button", name="ФИО", exact=True).click()
    assert await page.get_by_role("button", name="Подтвердить", exact=True).is_disabled()
    await nothing_wrong(desk, "identify")
    await page.get_by_role("button", name="Адрес", exact=True).click()
    await page.get_by_role("button", name="Подтвердить", exact=True).click()
    await page.get_by_text("Кто за него говорит").wait_for()
    (asked,) = clinic.mis.bodies("identify")
    assert asked == {"request": key, "patient": "p2", "verified": ["name", "address"], "version": 1}
    text = await page.locator(".relatives").inner_text()
    assert "Вправе говорить" in text and "Права нет" in text
    await nothing_wrong(desk, "minor")


async def test_the_card_shows_what_hurts_first_and_the_visits(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, known(clinic))
    await page.locator(".visit").nth(1).wait_for()
    flags = await page.locator(".flags .pill").all_inner_texts()
    assert flags[0] == "Аллергия: пенициллин" and flags[-1] == "плохо слышит"
    assert "ДМС «Полёт»" in await page.locator(".patient .facts").inner_text()
    assert await page.locator(".visit-past").count() == 3
    await page.get_by_role("button", name="Ещё 1").click()
    assert await page.locator(".visit-past").count() == 4
    await nothing_wrong(desk, "card")


async def test_traps_18_and_20_nothing_of_a_card_stands_outside_it(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, known(clinic))
    await page.locator(".visit").nth(1).wait_for()
    outside = await page.evaluate("""() => JSON.stringify([document.title, location.href, history.state,
        {...localStorage}, {...sessionStorage}, [...document.querySelectorAll("link, meta")].map((one) => one.outerHTML)])""")
    for word in ("Смирнов", "пенициллин", "Терапевт", "Гущина", "1986", "104 882", "77-1204"):
        assert word not in outside, word
    assert word in await page.locator(".patient").first.inner_text(), "it does stand in the card"


async def test_not_this_patient_takes_the_card_away(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, known(clinic))
    await page.get_by_role("button", name="Не тот пациент").click()
    await page.get_by_text("Кто это может быть").first.wait_for()
    assert await page.get_by_text("пенициллин").count() == 0
    assert len(clinic.mis.bodies("disown")) == 1


async def test_whom_the_mis_itself_asks_about_is_marked(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.meant = "p2"
    page = await opened(desk, own(clinic))
    await page.locator(".person-line", has_text="О нём просит МИС").wait_for()
    assert await page.locator(".person-line", has_text="О нём просит МИС").count() == 1
    assert await page.locator(".person-line[data-state=open]").count() == 0


async def test_another_patient_confirmed_elsewhere_takes_the_cards_place(desk: Screen, clinic: MisServer) -> None:
    key = known(clinic)
    page = await opened(desk, key)
    await page.get_by_text("пенициллин").wait_for()
    clinic.mis.patient = "p2"
    clinic.change([clinic.clinic.put("requests", key, version=clinic.clinic.tables["requests"][key]["version"] + 1)])
    await page.locator(".patient-name", has_text=CHILD.name).wait_for()
    assert await page.get_by_text("пенициллин").count() == 0


async def test_the_same_call_may_be_about_another_of_the_family(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, known(clinic))
    await page.get_by_text("пенициллин").wait_for()
    await page.get_by_role("button", name="О ком-то ещё").click()
    await page.locator(".person-line").first.wait_for()
    await nothing_wrong(desk, "others")
    await confirm(page, CHILD.name)
    await page.get_by_text("Кто за него говорит").wait_for()
    assert await page.get_by_text("пенициллин").count() == 0 and clinic.mis.bodies("disown") == []


async def test_one_nobody_and_a_hidden_number_say_so(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.lookup = replace(clinic.mis.lookup, people=FAMILY[:1])
    key = own(clinic)
    page = await opened(desk, key)
    await page.get_by_text("один человек").wait_for()
    await nothing_wrong(desk, "one")
    clinic.mis.lookup = Lookup(state="ready", at=datetime.now(UTC))
    await page.reload()
    await desk.live()
    await page.locator("#tab-mine").click()
    await page.locator(f"#row-{key}").click()
    await page.get_by_text("никого нет").wait_for()
    await nothing_wrong(desk, "nobody")
    clinic.change([clinic.clinic.put("requests", key, phone="")])
    await page.get_by_text("Номер скрыт: по нему").wait_for()
    await nothing_wrong(desk, "hidden")


async def test_a_slow_mis_says_so_and_the_note_goes_on(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.delay["patients"] = 2.5
    page = await opened(desk, own(clinic))
    await page.get_by_text("МИС отвечает медленно").wait_for()
    await page.locator(".desk-note textarea").fill("просит утром")
    await nothing_wrong(desk, "slow")
    await page.locator(".person-line").first.wait_for()
    assert await page.locator(".desk-note textarea").input_value() == "просит утром"


async def test_a_dead_mis_leaves_the_request_to_go_on(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.fails = {"patients": "mis_down"}
    page = await opened(desk, own(clinic))
    await page.get_by_text("Ведите разговор без карты").wait_for()
    await nothing_wrong(desk, "down")
    clinic.mis.fails = {}
    await page.get_by_role("button", name="Повторить").first.click()
    await page.locator(".person-line").first.wait_for()


async def test_an_old_lookup_tells_its_age(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.lookup = Lookup(state="ready", people=FAMILY[:2], at=datetime.now(UTC) - timedelta(hours=3), stale=True, error="deadline")
    page = await opened(desk, own(clinic))
    await page.get_by_text("Показаны те, кого нашли раньше").wait_for()
    await nothing_wrong(desk, "stale")


async def test_without_a_mis_nothing_of_it_is_drawn(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.status = replace(clinic.mis.status, state="not_configured", capabilities=())
    page = await opened(desk, own(clinic))
    await page.locator(".outcome").wait_for()
    assert await page.locator(".patient, .patient-tools, #side-prices").count() == 0
    assert clinic.mis.bodies("patients") == []


async def test_a_restricted_card_is_opened_only_for_a_reason(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.lookup = replace(clinic.mis.lookup, people=(SECRET,))
    page = await opened(desk, own(clinic))
    await page.get_by_role("button", name="Карта с ограничением").click()
    await page.get_by_role("button", name="ФИО", exact=True).click()
    await page.get_by_role("button", name="Документ", exact=True).click()
    assert await page.get_by_role("button", name="Подтвердить", exact=True).is_disabled()
    await page.get_by_label("Зачем открываете карту").fill("перенос приёма")
    await nothing_wrong(desk, "restricted")
    await page.get_by_role("button", name="Подтвердить", exact=True).click()
    await page.get_by_text("Тайная Вера Ивановна").wait_for()
    assert clinic.mis.bodies("patient")[-1]["reason"] == "перенос приёма"


async def test_a_restricted_card_met_again_asks_for_the_reason_again(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, known(clinic, "p4"))
    await page.get_by_text("Карту открывают только по делу").wait_for()
    await nothing_wrong(desk, "restricted, shut")
    await page.get_by_label("Зачем открываете карту").fill("уточнить время")
    await page.keyboard.press("Enter")
    await page.get_by_text("Тайная Вера Ивановна").wait_for()


async def test_an_old_a_merged_and_an_incomplete_card_say_so(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.card_answer = CardAnswer(card=replace(mother(), replaced="p77", missing=("balance", "insurance"), balance=None, insurance=()), stale=True, error="unavailable")
    page = await opened(desk, known(clinic))
    await page.get_by_text("МИС не отвечает. Карта на").wait_for()
    await page.get_by_text("карты объединили").wait_for()
    await page.get_by_text("МИС не дала: баланс, страховку").wait_for()
    await nothing_wrong(desk, "doubts")


async def test_a_card_that_does_not_come_can_be_asked_again(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.card_answer = CardAnswer(error="unavailable")
    page = await opened(desk, known(clinic))
    await page.get_by_text("карту спросим снова").wait_for()
    await nothing_wrong(desk, "card down")
    clinic.mis.card_answer = None
    await page.locator(".patient").get_by_role("button", name="Повторить").click()
    await page.get_by_text("пенициллин").wait_for()


async def test_another_name_than_the_contacts_is_said(desk: Screen, clinic: MisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    card = scenes.card
    monkeypatch.setattr(scenes, "card", lambda *whose: (one := card(*whose)) | {"contact": one["contact"] | {"name": "Лебедева Ольга"}})
    page = await opened(desk, known(clinic))
    await page.get_by_text("назван «Лебедева Ольга»").wait_for()


async def test_a_dead_patient_is_not_booked(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.card_answer = CardAnswer(card=replace(mother(), deceased=True, upcoming=()))
    page = await opened(desk, known(clinic))
    await page.get_by_text("отмечена смерть").wait_for()
    assert await page.locator(".patient-tools button").count() == 0
    await nothing_wrong(desk, "deceased")


async def test_a_name_finds_twins_told_apart_by_their_cards(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.found = Lookup(state="ready", people=TWINS, complete=False)
    key = own(clinic)
    page = await opened(desk, key)
    await page.get_by_role("button", name="Найти в МИС").click()
    await page.keyboard.type("волкова анна")
    await page.keyboard.press("Enter")
    await page.get_by_text("карта …115").wait_for()
    assert "уточните поиск" in await page.locator(".patient").inner_text()
    await nothing_wrong(desk, "twins")
    assert clinic.mis.bodies("patient_search") == [{"request": key, "name": "волкова анна", "born": None, "card_number": ""}]
    clinic.mis.found = Lookup(state="ready")
    await page.get_by_role("button", name="Найти", exact=True).click()
    await page.get_by_text("никто не подошёл").wait_for()
    clinic.mis.fails = {"patient_search": "too_fast"}
    await page.get_by_role("button", name="Найти", exact=True).click()
    await page.get_by_text("Слишком часто").wait_for()


async def test_a_new_patient_is_made_unless_he_is_like_another(desk: Screen, clinic: MisServer) -> None:
    made = clinic.mis.new
    clinic.mis.new = NewPatient(like=(MOTHER,))
    page = await opened(desk, known(clinic))
    await page.get_by_text("пенициллин").wait_for()
    await page.get_by_role("button", name="О ком-то ещё").click()
    await page.get_by_role("button", name="Новый пациент").click()
    await page.get_by_label("Фамилия").fill("Новикова")
    await page.get_by_label("Имя", exact=True).fill("Вера")
    await page.get_by_label("Дата рождения").fill("2019-04-01")
    await page.get_by_label("Кто за него говорит").select_option("p1")
    await page.get_by_role("button", name="Завести", exact=True).click()
    await page.get_by_text("В МИС есть похожий").wait_for()
    await nothing_wrong(desk, "duplicates")
    clinic.mis.new = NewPatient(error="unknown")
    await page.get_by_role("button", name="Это другой человек").click()
    await page.get_by_text("неизвестно, заведён ли").wait_for()
    await nothing_wrong(desk, "made, unknown")
    clinic.mis.new = made
    await page.get_by_role("button", name="Завести", exact=True).click()
    await page.locator(".person-line[data-state=open]", has_text="Новикова Вера").wait_for()
    drafts = [body["draft"] for body in clinic.mis.bodies("patient_new")]
    assert len({one["key"] for one in drafts}) == 1 and [one["anyway"] for one in drafts] == [False, True, False]
    assert drafts[0]["guardian"] == "p1" and "phone" not in drafts[0]


async def test_one_like_him_may_be_he(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.new = NewPatient(like=(MOTHER,))
    page = await opened(desk, own(clinic))
    await page.get_by_role("button", name="Новый пациент").click()
    await page.get_by_label("Фамилия").fill("Смирнова")
    await page.get_by_label("Имя", exact=True).fill("Елена")
    await page.get_by_label("Дата рождения").fill("1986-03-14")
    await page.get_by_role("button", name="Завести", exact=True).click()
    await page.locator(".make-like").get_by_role("button", name="Это он").click()
    await page.locator(".person-line[data-state=open]", has_text=MOTHER.name).wait_for()


async def test_a_red_flag_word_shows_the_script_before_anything_else(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, own(clinic))
    await page.locator(".desk-note textarea").fill("жалуется на БОЛЬ, в груди с утра")
    await page.locator(".emergency").wait_for()
    text = await page.locator(".emergency").inner_text()
    assert "103" in text and "112" in text and "боль в груди" in text
    await nothing_wrong(desk, "emergency")
    await page.get_by_role("button", name="Понятно").click()
    await page.locator(".emergency").wait_for(state="detached")
    await page.get_by_role("button", name="Найти в МИС").click()
    await page.locator(".desk-note textarea").fill("")
    await page.get_by_label("Фамилия, имя").fill("инсульта")
    await page.locator(".emergency").wait_for()


async def test_without_words_of_the_clinics_own_the_usual_ones_alarm(desk: Screen, clinic: MisServer) -> None:
    clinic.mis.words = []
    page = await opened(desk, own(clinic))
    await page.locator(".desk-note textarea").fill("отек Квинке, отравилась рыбой")
    await page.locator(".emergency", has_text="отёк квинке").wait_for()
    await page.locator(".desk-note textarea").fill("спрашивает про отравление? нет, про прививку")
    await page.locator(".emergency").wait_for(state="detached")


async def test_a_document_s_number_in_a_note_is_warned_of(desk: Screen, clinic: MisServer) -> None:
    page = await opened(desk, own(clinic))
    note, warning = page.locator(".desk-note textarea"), page.locator(".papers")
    for text, named in (("паспорт 65 04 123456", "паспорта"), ("112-233-445 95", "СНИЛС"), ("4000 0000 0000 0002", "карты")):
        await note.fill(text)
        await page.locator(".papers", has_text=named).wait_for()
    await nothing_wrong(desk, "papers")
    for text in ("+7 999 000-18-73", "8 999 000 18 73", "89990001873", "приём 12.03.2031 в 10:00", "заявка 2031-000123"):
        await note.fill(text)
        await warning.wait_for(state="detached")


async def test_at_the_ring_candidates_are_there_and_nothing_more(desk: Screen, clinic: MisServer) -> None:
    page = await desk.open()
    for step in (scenes.arrive, scenes.ring):
        clinic.change(step(clinic.clinic))
    await page.locator(".person-line").first.wait_for()
    assert await page.locator(".person-pick:not(:disabled), .patient-head button").count() == 0
    await nothing_wrong(desk, "ring")
    clinic.change(scenes.answer(clinic.clinic))
    await desk.settled()
    await confirm(page, MOTHER.name)
    await page.get_by_text("пенициллин").wait_for()
    await nothing_wrong(desk, "talking")


async def test_prices_and_doctors_are_found_by_typing(desk: Screen, clinic: MisServer) -> None:
    page = await desk.open()
    await page.locator("#side-prices").click()
    await page.locator(".inform-line").first.wait_for()
    await page.locator(".inform input").fill("rfhlbjkju")
    await page.get_by_text("Приём терапевта").wait_for(state="detached")
    assert "2 600 ₽" in (await page.locator(".inform").inner_text()).replace("\u00a0", " ")
    assert "Ремизов" in await page.locator(".inform").inner_text()
    await accessible(desk, "prices", ".desk-right")
    await shot(desk, "prices")
    await page.locator(".inform input").fill("")


async def test_what_was_known_is_forgotten_with_the_patient(desk: Screen, clinic: MisServer) -> None:
    clinic.lang = "en"
    page = await opened(desk, known(clinic))
    await page.get_by_text("Visits to come").wait_for()
    await nothing_wrong(desk, "card in English")
    assert await page.evaluate("Object.keys(localStorage).every((key) => !localStorage[key].includes('Смирнова'))")
    assert "Смирнова" not in await page.evaluate("JSON.stringify(Object.fromEntries(Object.entries(sessionStorage)))")
