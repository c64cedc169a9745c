"""The chat pane in Chromium: several conversations at once, what is lost and what is not, what may be written to whom."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.screens import scenes
from tests.screens.axe import violations
from tests.screens.chats import ChatServer, account, chatting
from tests.screens.conftest import Place, Screen
from tests.screens.synthetic import stamp
from tests.web.scripted_chat import Talk

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHOTS = Path(os.environ["OKNO_SHOTS"]) if "OKNO_SHOTS" in os.environ else None


@pytest_asyncio.fixture(loop_scope="module")
async def screen(place: Place) -> AsyncIterator[Screen]:
    """A page beside the gateway with conversations."""
    async with chatting(place) as made:
        yield made


def server(screen: Screen) -> ChatServer:
    """Its gateway."""
    assert isinstance(screen.server, ChatServer)
    return screen.server


def talk(screen: Screen, channel: str = "max", name: str = "Анна Петрова", text: str = "Здравствуйте! Хочу записаться к терапевту", **more: Any) -> Talk:
    """A conversation that is mine."""
    made = server(screen).chat.talk(channel, name, **more)
    made.put(text, ago=80)
    server(screen).give(made)
    return made


async def open_talk(screen: Screen, made: Talk) -> Page:
    """Open the desk and the conversation's request."""
    page = screen.page
    if page.url == "about:blank":
        await screen.open()
    await screen.settled()
    await page.locator("#tab-mine").click()
    await page.locator(f"#row-{made.head['request']}").click()
    await page.locator(".thread .bubble").first.wait_for()
    return page


async def texts(page: Page) -> list[str]:
    """What stands in the thread, from top to bottom."""
    return [" ".join(one.split()) for one in await page.locator(".thread .bubble-text").all_inner_texts()]


async def fine(screen: Screen, what: str) -> None:
    """Nothing for axe to find, nothing cut at the side; a picture when asked for."""
    assert await violations(screen.page) == [], what
    assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
    if SHOTS is not None:
        await asyncio.sleep(0.2)
        await screen.page.screenshot(path=SHOTS / f"chat-{what}.png")


async def sent(screen: Screen, text: str) -> None:
    """Write and send."""
    await screen.page.locator(".composer-text").fill(text)
    await screen.page.keyboard.press("Enter")


async def test_a_conversation_is_opened_and_answered_with_its_states(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    assert "Анна Петрова" in await page.locator(".chat-name").inner_text()
    await sent(screen, "Добрый день! На какой день?")
    await page.locator(".bubble[data-side=out]:not([data-unsent])").wait_for()
    (row,) = [one for one in made.messages.values() if one["side"] == "out"]
    for state in ("sent", "delivered", "read"):
        await server(screen).chat.becomes(made, row, state=state)
        await page.locator(f".bubble[data-id='{row['id']}'] .bubble-state[title='{ {'sent': 'Отправлено', 'delivered': 'Доставлено', 'read': 'Прочитано'}[state] }']").wait_for()
    assert await page.locator(".composer-text").input_value() == ""
    assert server(screen).chat.asked_of("seen")[0]["seq"] == 1
    opens = len(server(screen).chat.asked_of("open"))
    last = await server(screen).writes(made, "На завтра")
    async with asyncio.timeout(5):
        while server(screen).chat.asked_of("seen")[-1]["seq"] != last["seq"]:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    assert len(server(screen).chat.asked_of("open")) == opens  # each showing is audited: a message is no reason for one
    await fine(screen, "open")


async def test_the_answer_is_lost_and_the_message_is_there_once(screen: Screen) -> None:
    """T4: the server has it, its answer never came: the page sends the same message again."""
    made = talk(screen)
    page = await open_talk(screen, made)
    server(screen).chat.drop["send"] = 2
    await sent(screen, "Один раз")
    await screen.until("document.querySelectorAll('.bubble[data-unsent]').length === 0")
    await page.locator(".bubble[data-side=out]").wait_for()
    ids = [one["id"] for one in server(screen).chat.asked_of("send")]
    assert len(ids) >= 1 and len(set(ids)) == 1
    assert (await texts(page)).count("Один раз") == 1


async def test_what_was_sent_into_nothing_outlives_a_reload_and_goes_once(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    server(screen).chat.away = True
    await sent(screen, "Не потеряйте меня")
    await page.locator(".bubble[data-unsent]").wait_for()
    await asyncio.sleep(0.7)  # the draft is sealed a moment after the last change
    assert "Не потеряйте" not in str(await page.evaluate("Object.entries(localStorage)"))
    await page.reload()
    await screen.live()
    server(screen).chat.away = False
    await open_talk(screen, made)
    await page.locator(".bubble[data-side=out]:not([data-unsent])").wait_for(timeout=15000)
    assert [one["text"] for one in made.messages.values()].count("Не потеряйте меня") == 1


async def test_three_hundred_messages_behind_a_cut_line(screen: Screen) -> None:
    """T7: the socket is killed, 300 messages come, it connects again: none missing, none doubled."""
    made = talk(screen)
    page = await open_talk(screen, made)
    await screen.server.cut()
    for number in range(300):
        await server(screen).chat.writes(made, f"сообщение {number}")
    await screen.live()
    await page.get_by_text("сообщение 299").wait_for()
    known = await page.evaluate(
        "import(document.querySelector('script[type=module]').src.replace('main.js', 'chat/store.js')).then((store) => "
        f"store.stateOf('{made.id}').peek().messages.map((one) => one.text))"
    )
    assert known == ["Здравствуйте! Хочу записаться к терапевту", *[f"сообщение {number}" for number in range(300)]]
    assert await page.locator(".thread .bubble").count() < 60  # only what can be seen is drawn


async def test_messages_stand_as_the_channel_ordered_them_and_a_late_one_says_when_it_was_sent(screen: Screen) -> None:
    made = talk(screen, text="первое")
    page = await open_talk(screen, made)
    at = stamp(datetime.now(UTC) - timedelta(seconds=2))
    places = [("третье", 3), ("второе", 2), ("четвёртое", 4)]
    for text, place in places:
        row = made.put(text, at=at, place=[at, f"{place:020d}", "0" * 20])
        await server(screen).chat.say(what="message", conversation=made.id, seq=row["changed"], message=row["id"])
    late = made.put("опоздавшее", sent_at=stamp(datetime.now(UTC) - timedelta(hours=3)))
    await server(screen).chat.say(what="message", conversation=made.id, seq=late["changed"], message=late["id"])
    await page.get_by_text("опоздавшее").wait_for()
    assert await texts(page) == ["первое", "второе", "третье", "четвёртое", "опоздавшее"]
    assert "отправлено" in await page.locator(f".bubble[data-id='{late['id']}']").inner_text()


async def test_a_long_conversation_is_read_upwards_without_a_jump(screen: Screen) -> None:
    made = server(screen).chat.talk("vk", "Борис")
    for number in range(400):
        made.put(f"строка {number} " + "слово " * (number % 40), "out" if number % 3 == 0 else "in", author="orlova", ago=4000 - number)
    server(screen).give(made)
    page = await open_talk(screen, made)
    await page.get_by_text("строка 399").wait_for()
    thread = page.locator(".thread")
    seen: set[int] = set()
    for _ in range(160):
        for text in await texts(page):
            seen.add(int(text.split()[1]))
        if 0 in seen:
            break
        await thread.evaluate("box => box.scrollBy(0, -450)")
        await asyncio.sleep(0.05)
    assert seen == set(range(400))
    top = await page.locator(".thread .bubble").first.get_attribute("data-id")
    before = await page.locator(f".bubble[data-id='{top}']").bounding_box()
    await server(screen).writes(made, "новое внизу")
    await asyncio.sleep(0.5)
    after = await page.locator(f".bubble[data-id='{top}']").bounding_box()
    assert before is not None and after is not None and abs(before["y"] - after["y"]) < 2  # nothing moves under the eye
    await page.locator(".thread-end").click()
    await page.get_by_text("новое внизу").wait_for()


async def test_an_old_message_that_changed_hides_no_newer_one(screen: Screen) -> None:
    """Numbers are of changes: a page of older messages may have a higher one than a message that is still to come."""
    made = server(screen).chat.talk("vk", "Борис")
    old = [made.put(f"строка {number}", ago=4000 - number) for number in range(80)]
    server(screen).give(made)
    page = await open_talk(screen, made)
    await page.get_by_text("строка 79").wait_for()
    new = made.put("ещё не сказано")
    made.seq += 1
    old[5] |= {"changed": made.seq, "edited": True}
    for _ in range(60):
        if await page.get_by_text("строка 5", exact=True).count():
            break
        await page.locator(".thread").evaluate("box => box.scrollBy(0, -450)")
        await asyncio.sleep(0.05)
    await server(screen).chat.say(what="message", conversation=made.id, seq=new["changed"], message=new["id"])
    await page.locator(".thread-end").click()
    await page.get_by_text("ещё не сказано").wait_for()


async def test_three_chats_and_a_call_at_once(screen: Screen) -> None:
    """He talks by telephone while three chats are open, answers all of them and hands one over."""
    page = await screen.open()
    talks = [talk(screen, channel, name) for channel, name in (("widget", "Гость"), ("max", "Анна Петрова"), ("vk", "Борис Ким"))]
    clinic = screen.server.clinic
    await open_talk(screen, talks[0])
    for step in (scenes.arrive, scenes.ring, scenes.answer):
        screen.server.change(step(clinic))
        await screen.settled()
    await page.locator(".call-bar[data-part=talking]").wait_for()
    await page.locator(".call-bar").click()
    await page.locator("#side-chat").click()
    for made in talks:
        await page.locator(f"#chat-tab-{made.id}").click()
        await page.locator(".chat-name", has_text=made.head["name"]).wait_for()
        await page.locator(".chat-called", has_text="Звонил").wait_for()  # of each, though the centre is the call's
        await sent(screen, f"Отвечаю: {made.head['name']}")
        await page.locator(".bubble[data-side=out]:not([data-unsent])").wait_for()
    assert [[one["text"] for one in made.messages.values() if one["side"] == "out"] for made in talks] == [[f"Отвечаю: {made.head['name']}"] for made in talks]
    await server(screen).writes(talks[0], "А вы до скольки?")
    tab = page.locator(f"#chat-tab-{talks[0].id}")
    await tab.locator(".chat-count", has_text="1").wait_for()
    assert await page.evaluate("okno.heard.chat") == 1
    await fine(screen, "call-and-three")
    await page.locator(".chat-line").get_by_role("button", name="Передать").click()
    await page.locator("dialog[open]").wait_for()
    await page.keyboard.type("педиатрия")
    await page.keyboard.press("Enter")
    await page.locator("dialog[open]").wait_for(state="detached")
    (order,) = [one for one in screen.server.commands if one["name"] == "transfer"]
    assert order["args"]["request"] == talks[2].head["request"] and await page.locator(".call-bar[data-part=talking]").is_visible()
    await screen.settled()
    await page.locator(f"#chat-tab-{talks[2].id}").wait_for(state="detached")


async def test_a_slash_finds_an_answer_and_its_variables_are_names(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    field = page.locator(".composer-text")
    await field.fill("/")
    await page.locator(".canned-item").first.wait_for()
    assert await page.locator(".canned-item").count() == 2  # not what is for another queue
    await fine(screen, "canned")
    await field.fill("/ghbdtn")  # the wrong layout
    await page.locator(".canned-item").first.wait_for()
    await page.keyboard.press("Enter")
    assert await field.input_value() == "Здравствуйте, Анна Петрова! Здоровье+, Орлова А."
    assert server(screen).chat.asked_of("send") == []
    await page.keyboard.press("Enter")
    await page.locator(".bubble[data-side=out]:not([data-unsent])").wait_for()
    await field.fill("/нет такого")
    await page.get_by_text("Такого ответа нет").wait_for()
    await page.keyboard.press("Escape")
    assert await field.input_value() == ""


async def test_a_note_stays_among_us(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    await page.get_by_role("button", name="Заметка", exact=True).click()
    await page.locator(".composer-text").fill("Аллергия на пенициллин")
    await page.get_by_role("button", name="Заметка", exact=True).click()
    assert await page.locator(".composer-text").input_value() == ""  # nothing for colleagues stands in the patient's field
    other = talk(screen, "vk", "Борис")
    await open_talk(screen, other)
    await page.locator(f"#chat-tab-{made.id}").click()
    await page.locator(".composer[data-noting]").wait_for()
    assert await page.locator(".composer-text").input_value() == "Аллергия на пенициллин"
    await page.locator(".composer-text").press("Enter")
    await page.locator(".bubble[data-side=note]:not([data-unsent])").wait_for()
    assert [one["text"] for one in server(screen).chat.asked_of("note")] == ["Аллергия на пенициллин"] and server(screen).chat.asked_of("send") == []
    await fine(screen, "note")


async def test_reply_edit_delete_and_a_retry_by_hand(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    first = next(iter(made.messages))
    await page.locator(f".bubble[data-id='{first}']").hover()
    await page.locator(f".bubble[data-id='{first}'] .bubble-menu").click()
    await page.get_by_role("menuitem", name="Ответить на сообщение").click()
    await sent(screen, "Да, есть время")
    await page.locator(".bubble-answered").wait_for()
    row = next(one for one in made.messages.values() if one["side"] == "out")
    assert row["reply_to"] == first
    bubble = page.locator(f".bubble[data-id='{row['id']}']")
    await bubble.hover()
    await bubble.locator(".bubble-menu").click()
    await page.get_by_role("menuitem", name="Изменить").click()
    await page.locator(".composer-about").wait_for()
    await sent(screen, "Да, есть время завтра")
    await bubble.get_by_text("Да, есть время завтра").wait_for()
    assert "изменено" in await bubble.inner_text()
    await server(screen).chat.becomes(made, row, state="unknown")
    await bubble.get_by_text("Повтор может прийти дважды").wait_for()
    await fine(screen, "unknown")
    await bubble.get_by_role("button", name="Повторить").click()
    await bubble.locator(".bubble-trouble").wait_for(state="detached")
    assert len(server(screen).chat.asked_of("retry")) == 1
    await bubble.hover()
    await bubble.locator(".bubble-menu").click()
    await page.get_by_role("menuitem", name="Удалить у обоих").click()
    await bubble.get_by_text("Сообщение удалено").wait_for()


async def test_the_composer_is_locked_to_the_owner(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    await page.locator(".composer-text").fill("недописанное")
    screen.server.change([screen.server.clinic.put("requests", made.head["request"], owner="klimov")])
    await page.locator(".composer-lock", has_text="Отвечает Климов Д.").wait_for()
    assert await page.locator(".composer-text").count() == 0
    await fine(screen, "locked")
    screen.server.change([screen.server.clinic.put("requests", made.head["request"], owner="orlova")])
    await page.locator(".composer-text").wait_for()
    assert await page.locator(".composer-text").input_value() == "недописанное"


async def test_a_message_refused_says_why_and_may_be_taken_away(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    server(screen).chat.refuse["send"] = "not_yours"
    await sent(screen, "уже не моё")
    await page.locator(".bubble[data-unsent] .bubble-trouble").wait_for()
    assert "заявка уже не ваша" in await page.locator(".bubble-trouble").inner_text()
    await fine(screen, "refused")
    await page.get_by_role("button", name="Убрать", exact=True).click()
    await page.locator(".bubble[data-unsent]").wait_for(state="detached")


async def test_outside_its_window_only_a_template_goes(screen: Screen) -> None:
    abilities = talk(screen).head["abilities"] | {"templates": True, "window_s": 86400}
    until = stamp(datetime.now(UTC) + timedelta(minutes=40))
    made = talk(screen, "whatsapp", "Ольга", abilities=abilities, window_until=until)
    page = await open_talk(screen, made)
    await page.get_by_text("Писать можно ещё").wait_for()
    await fine(screen, "window")
    made.head["window_until"] = stamp(datetime.now(UTC) - timedelta(seconds=5))
    row = server(screen).request_of(made)["conversation"]
    screen.server.change([screen.server.clinic.put("requests", made.head["request"], conversation=row | {"window_until": made.head["window_until"]})])
    await server(screen).chat.say(what="conversation", conversation=made.id, seq=made.seq)
    await page.get_by_text("Окно ответа закрыто").wait_for()
    assert await page.locator(".composer-text").count() == 0
    await page.locator(".composer-lock").get_by_role("button", name="Шаблон").click()
    await page.get_by_label("Значение «1»").fill("Ольга")
    assert await page.get_by_role("button", name="Отправить", exact=True).last.is_disabled()
    await page.get_by_label("Значение «2»").fill("завтра в 10:00")
    await fine(screen, "template")
    await page.get_by_role("button", name="Отправить", exact=True).last.click()
    await page.locator("dialog[open]").wait_for(state="detached")
    async with asyncio.timeout(5):
        while not server(screen).chat.asked_of("send"):
            await asyncio.sleep(0.02)
    body = server(screen).chat.asked_of("send")[0]
    assert body["template"]["name"] == "reminder" and body["template"]["values"] == ["Ольга", "завтра в 10:00"]
    assert body["text"] == "Здравствуйте, Ольга! Ждём вас завтра в 10:00."
    # He answers: the window is open again, and nobody need open anything anew.
    later = stamp(datetime.now(UTC) + timedelta(hours=24))
    screen.server.change([screen.server.clinic.put("requests", made.head["request"], conversation=row | {"window_until": later, "seq": 9})])
    await page.locator(".composer-text").wait_for()


async def test_what_he_writes_later_may_be_an_emergency(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    assert await page.locator(".chat-head .emergency").count() == 0
    row = server(screen).request_of(made)["conversation"]
    screen.server.change([screen.server.clinic.put("requests", made.head["request"], conversation=row | {"emergency": True, "seq": 9})])
    await page.locator(".chat-head .emergency").wait_for()


async def test_what_is_said_after_its_request_is_over_is_still_read(screen: Screen) -> None:
    """The closing word comes when the request has left: it was shown here, so it may be read on."""
    made = talk(screen)
    await open_talk(screen, made)
    screen.server.change([["del", "requests", made.head["request"]]])
    await screen.settled()
    await server(screen).chat.writes(made, "Если появятся вопросы, пишите.", side="out")
    async with asyncio.timeout(5):
        while not server(screen).chat.asked_of("messages"):
            await asyncio.sleep(0.02)
    assert server(screen).trail.rows == []


async def test_what_comes_while_it_is_being_opened_is_not_missed(screen: Screen) -> None:
    made = talk(screen)
    page = await screen.open()
    chat = server(screen).chat
    chat.opening.clear()
    await page.locator("#tab-mine").click()
    await page.locator(f"#row-{made.head['request']}").click()
    async with asyncio.timeout(5):
        while not chat.asked_of("open"):
            await asyncio.sleep(0.02)
    await chat.writes(made, "пока открывали")
    await asyncio.sleep(0.3)  # it is told while the answer is on its way
    chat.opening.set()
    await page.get_by_text("пока открывали").wait_for()


async def test_what_a_hidden_page_forgot_is_there_when_it_is_looked_at(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    await page.evaluate(
        "import(document.querySelector('script[type=module]').src.replace('main.js', 'live/queries.js')).then((queries) => { queries.forget.value += 1; })"
    )
    await page.locator(".thread").wait_for(state="detached")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.locator(".thread .bubble").wait_for()


async def test_what_a_closed_page_had_not_sent_goes_whichever_chat_is_looked_at(screen: Screen) -> None:
    first, made = talk(screen, "vk", "Борис"), talk(screen)
    page = await open_talk(screen, made)
    server(screen).chat.away = True
    await sent(screen, "Не потеряйте и меня")
    await page.locator(".bubble[data-unsent]").wait_for()
    await asyncio.sleep(0.7)  # the draft is sealed a moment after the last change
    await page.reload()
    server(screen).chat.away = False
    await screen.live()
    assert await page.evaluate(f"import(document.querySelector('script[type=module]').src.replace('main.js', 'chat/mine.js')).then((mine) => mine.active.peek().id === '{first.id}')")
    async with asyncio.timeout(15):
        while not any(one["side"] == "out" for one in made.messages.values()):
            await asyncio.sleep(0.05)
    assert [one["text"] for one in made.messages.values()].count("Не потеряйте и меня") == 1
    assert not any(one["side"] == "out" for one in first.messages.values())


async def test_a_file_waits_while_another_chat_is_looked_at(screen: Screen) -> None:
    made, other = talk(screen), talk(screen, "vk", "Борис")
    page = await open_talk(screen, made)
    await page.locator(".composer input[type=file]").set_input_files([{"name": "памятка.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}])
    await page.locator(".composer-file", has_text="памятка.pdf").wait_for()
    await page.locator(f"#chat-tab-{other.id}").click()
    await page.locator(".chat-name", has_text="Борис").wait_for()
    assert await page.locator(".composer-file").count() == 0
    await page.locator(f"#chat-tab-{made.id}").click()
    await page.locator(".composer-file", has_text="памятка.pdf").wait_for()


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


async def test_files_go_and_come(screen: Screen, tmp_path: Path) -> None:
    film = tmp_path / "кино.mp4"
    film.write_bytes(b"\0" * 20_100_000)
    made = talk(screen)
    chat = server(screen).chat
    made.put("", attachments=[chat.keep(PNG, "снимок.png", "image/png", "image")])
    expired = {"id": "01900000-0000-7000-8000-0000000000f1", "kind": "file", "name": "анализы.pdf", "mime": "", "size": None, "state": "expired", "words": ""}
    place = expired | {"id": "01900000-0000-7000-8000-0000000000f2", "kind": "location", "name": "", "state": "words", "words": "Ленина, 5"}
    made.put("", attachments=[expired, place])
    page = await open_talk(screen, made)
    await screen.until("document.querySelector('.file-picture img')?.naturalWidth === 1")
    assert "Ленина, 5" in await page.locator(".thread").inner_text()
    await page.get_by_role("button", name="Попросить ещё раз").click()
    assert "ещё раз" in await page.locator(".composer-text").input_value()
    await page.locator(".composer input[type=file]").set_input_files([{"name": "памятка.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}])
    await page.locator(".composer-file", has_text="памятка.pdf").wait_for()
    await screen.until("document.querySelectorAll('.composer-file').length === 1 && !document.querySelector('.composer button[type=submit]').disabled")
    await fine(screen, "files")
    await page.locator(".composer button[type=submit]").click()
    await page.locator(".bubble[data-side=out]:not([data-unsent]) a.file-line").wait_for()
    (body,) = chat.asked_of("send")
    assert chat.files[body["attachments"][0]][0]["name"] == "памятка.pdf"
    await page.locator(".composer input[type=file]").set_input_files(film)
    await page.get_by_text("больше 20 МБ").wait_for()


NASTY = ["<img src=x onerror=\"document.title='pwned'\">", "<script>document.title='pwned'</script>", "javascript:alert(1)", "\u202eобратно", "👩‍⚕️",
         "https://example.org/?a=<b>", "a" * 900]  # fmt: skip


async def test_no_stranger_writes_markup(screen: Screen) -> None:
    made = talk(screen, "vk", NASTY[1], username=NASTY[0], subject=NASTY[0], text=NASTY[0])
    for text in NASTY:
        made.put(text, subject=text, what="text")
    page = await open_talk(screen, made)
    await page.locator(".chat-name", has_text="<script>").wait_for()
    assert await page.evaluate("document.querySelectorAll('.chat script, .bubble img, .chat-head img').length") == 0
    assert await page.evaluate("[...document.querySelectorAll('.bubble a.link')].every((one) => one.protocol === 'https:' && one.rel.includes('noopener'))")
    assert "pwned" not in await page.title()
    await fine(screen, "nasty")


async def test_what_must_be_seen_first_stands_above(screen: Screen) -> None:
    made = talk(screen, phone="+79990000018", emergency=True, unreachable="blocked", lamp="amber", entry={"source": "deep_link"})
    server(screen).chat.accounts = [account("sms:main", title={"ru": "SMS клиники"})]
    page = await open_talk(screen, made)
    head = await page.locator(".chat-head").inner_text()
    assert "103" in head and "+7 999 000-00-18" in head and "перебоями" in head and "Звонил" in head
    await fine(screen, "warnings")
    await page.locator(".chat-head .emergency").get_by_role("button").click()
    await page.locator(".chat-head .emergency").wait_for(state="detached")
    await page.get_by_role("button", name="Написать SMS…").click()
    await page.get_by_label("Текст SMS").fill("Ответим здесь")
    assert "1 часть" in await page.locator("dialog[open]").inner_text()
    await fine(screen, "sms")
    await page.locator("dialog[open]").get_by_role("button", name="Отправить").click()
    await page.locator("dialog[open]").wait_for(state="detached")
    (asked,) = [body for route, body in server(screen).chat.asked if route == "conversations"]
    assert asked["phone"] == "+79990000018" and asked["account"] == "sms:main"


async def test_it_is_he_and_that_is_taken_back(screen: Screen) -> None:
    made = talk(screen, phone="+79990000018")
    page, request = await open_talk(screen, made), made.head["request"]
    await page.locator(".chat-phone").get_by_role("button", name="Это он").click()
    await screen.settled()
    (order,) = [one for one in screen.server.commands if one["name"] == "link"]
    assert order["args"] == {"request": request, "version": 2, "phone": "+7 999 000-00-18"}
    screen.server.change([screen.server.clinic.put("requests", request, phone="+7 999 •••-00-18", version=3)])
    await page.locator(".chat-phone").get_by_role("button", name="Разделить").click()
    await screen.settled()
    (order,) = [one for one in screen.server.commands if one["name"] == "unlink"]
    assert order["args"] == {"request": request, "version": 3}


async def test_typing_is_shown_and_told(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    await server(screen).chat.say(what="typing", conversation=made.id, on=True)
    await page.get_by_text("Анна Петрова печатает…").wait_for()
    await server(screen).writes(made, "вот")
    await page.locator(".thread-typing").wait_for(state="detached")
    await page.locator(".composer-text").press_sequentially("отв")
    async with asyncio.timeout(5):
        while not server(screen).chat.asked_of("typing"):
            await asyncio.sleep(0.02)
    assert len(server(screen).chat.asked_of("typing")) == 1  # not with each letter


async def test_the_chat_service_is_away_and_comes_back(screen: Screen) -> None:
    made = talk(screen)
    page = await open_talk(screen, made)
    await screen.server.link(chat=False)
    await page.get_by_text("Служба чатов не отвечает").first.wait_for()
    await page.locator(".composer-text").fill("пишу дальше")
    assert await page.locator(".composer button[type=submit]").is_disabled()
    await fine(screen, "away")
    await screen.server.link(chat=True)
    await page.locator(".composer button[type=submit]:enabled").wait_for()
    await page.locator(".composer-text").press("Enter")
    await page.locator(".bubble[data-side=out]:not([data-unsent])").wait_for()


async def test_a_page_that_may_not_sound_says_so_until_it_is_touched(screen: Screen) -> None:
    await screen.page.add_init_script("AudioContext.prototype.resume = () => new Promise(() => {}); "
                                      "Object.defineProperty(AudioContext.prototype, 'state', { get: () => window.touched ? 'running' : 'suspended', configurable: true });")
    made = talk(screen)
    page = await screen.open()
    await page.locator("#tab-mine").wait_for()
    await server(screen).writes(made, "вы тут?")
    await page.get_by_text("не даёт странице звучать").wait_for()
    await page.evaluate("window.touched = true")
    await page.locator("#tab-mine").click()
    await page.get_by_text("не даёт странице звучать").wait_for(state="detached")


async def test_nothing_in_hand(screen: Screen) -> None:
    page = await screen.open()
    await page.locator("#side-chat").click()
    await page.get_by_text("Чатов пока нет").wait_for()
    await fine(screen, "none")


async def test_a_queue_shows_channels_and_how_long_they_wait(screen: Screen) -> None:
    page = await screen.open()
    for channel in ("max", "vk", "widget", "mail", "telegram"):
        made = server(screen).chat.talk(channel, "Кто-то", kind="email" if channel == "mail" else "chat")
        made.put("текст")
        server(screen).give(made, owner=None, status="queued")
    await screen.settled()
    await page.locator("#tab-queue").click()
    await page.get_by_label("Вид").select_option("chat")
    await page.locator(".row", has_text="ВКонтакте").wait_for()
    assert await page.locator(".row .channel").count() == 3
    await fine(screen, "queue")
    alarming = server(screen).chat.talk("viber", "Кто-то", emergency=True)
    alarming.put("задыхаюсь")
    server(screen).give(alarming, owner=None, status="queued", priority=50)
    await page.locator(".row[data-alarm]", has_text="Тревога").wait_for()
    await page.locator(".row", has_text="MAX").click()
    await page.locator(".composer-lock").get_by_role("button", name="Взять").click()
    await page.locator(".composer-text").wait_for()


async def test_the_pane_in_english_and_in_the_dark(place: Place) -> None:
    async with chatting(place, "en", "dark", 1366, 768) as screen:
        made = talk(screen, name="Anna Petrova", text="Good day", phone="+79990000018", emergency=True, unreachable="blocked", lamp="red")
        made.put("We are here", "out", author="orlova", state="unknown")
        talk(screen, "vk", "Boris", text="How much?")
        page = await open_talk(screen, made)
        assert "It is he" in await page.locator(".chat-phone").inner_text() and "Called" in await page.locator(".chat-called").inner_text()
        shown = await page.locator(".chat").inner_text()
        assert not any("а" <= sign <= "я" for sign in shown.lower().replace("орлова", "")), shown
        await fine(screen, "english")


async def test_on_a_telephone_it_is_one_column(screen: Screen) -> None:
    await screen.page.set_viewport_size({"width": 390, "height": 780})
    page = await screen.open()
    made = talk(screen)
    await screen.settled()
    await page.get_by_role("button", name="Список", exact=True).click()
    await page.locator("#tab-mine").click()
    await page.locator(f"#row-{made.head['request']}").click()
    await page.locator(".composer-text").wait_for()
    box = await page.locator(".composer").bounding_box()
    assert box is not None and box["width"] <= 390
    await page.locator(".desk-views button").first.click()
    for number in range(30):
        await server(screen).writes(made, f"в стороне {number}")
    await asyncio.sleep(0.3)
    await page.locator(".desk-views button").last.click()
    await page.get_by_text("в стороне 29").wait_for()
    assert len(await texts(page)) > 5  # what came while another pane was shown is drawn
    await fine(screen, "narrow")


async def test_a_supervisor_reads_notes_and_sees_the_lamps(screen: Screen) -> None:
    screen.server.role = "supervisor"
    made = talk(screen)
    made.put("Мы вас ждём", "out", author="orlova", state="read")
    deleted = made.put("ошибка", deleted=True)
    server(screen).chat.accounts = [account("max:main"), account("vk:main", "amber", "behind", waiting=3), account("mail:main", "red", "token", undelivered=2)]
    page = await screen.open("/supervisor")
    await page.locator(".lamp").nth(2).wait_for()
    lamps = await page.locator(".lamps").inner_text()
    assert "доступ отозван" in lamps and "3 события ждут" in lamps and "2 сообщения не доставлены" in lamps
    await page.locator("#requests").get_by_role("button", name="Все открытые").click()
    line = page.locator("#requests tr", has_text="Чат")
    await line.get_by_role("button").click()
    await page.get_by_role("menuitem", name="Открыть переписку").click()
    await page.locator("dialog .bubble").nth(2).wait_for()
    assert await page.locator("dialog .composer").count() == 0
    assert await page.locator(f"dialog .bubble[data-id='{deleted['id']}'] .bubble-deleted").count() == 1
    await page.locator("dialog").get_by_placeholder("Заметка для коллег").fill("Проверю завтра")
    await page.keyboard.press("Enter")
    await page.locator("dialog .bubble[data-side=note]").wait_for()
    await fine(screen, "supervisor")
