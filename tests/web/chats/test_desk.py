"""Reading and answering over real sockets: who may, what is passed on, what a refusal says."""

from __future__ import annotations

import json
import uuid

from tests.web.chats.conftest import chat_row, of, opened
from tests.web.house import House
from tests.web.scripted import REQUEST, ScriptedEngine
from tests.web.scripted_chat import ScriptedChat, Talk


def message(talk: Talk, **more: object) -> dict[str, object]:
    """A message of Orlova's."""
    return of(talk, id=str(uuid.uuid4()), text="Добрый день!") | more


async def test_the_owner_opens_it_with_the_number_whole_and_others_see_it_masked(house: House, chat: ScriptedChat, talk: Talk) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        seen = await opened(page, talk)
        assert seen["phone"] == "+7 999 000-00-07" and [one["text"] for one in seen["messages"]] == ["Здравствуйте, хочу записаться"]
        who = chat.asked_of("open")[0]["who"]
        assert who == {"actor": "orlova", "role": "operator", "operator": "orlova", "purpose": "chat", "request": REQUEST}
    async with house.browser("klimov") as browser, house.page(browser) as page:
        assert (await opened(page, talk))["phone"] == "+7 999 •••-00-07"


async def test_a_list_tells_which_conversation_it_is(house: House, talk: Talk) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        row = (await page.ask("sync", {}))["snapshot"]["requests"][REQUEST]
        assert row["phone"] == "" and row["conversation"]["id"] == talk.id


async def test_nobody_opens_what_was_not_shown_to_him_and_his_reaching_is_audited(house: House, chat: ScriptedChat, talk: Talk) -> None:
    other = chat.talk("vk", "Борис")
    talk.head["earlier"] = [other.id]
    async with house.browser("orlova") as browser, house.page(browser) as page:
        seen = await opened(page, talk)
        assert await page.ask("chat_open", {"conversation": other.id}) == {"ok": False, "why": "not_shown"}
        assert await page.ask("chat_open", {"conversation": other.id, "request": REQUEST}) == {"ok": False, "why": "not_shown"}
        (earlier,) = seen["earlier"]
        assert (await page.ask("chat_open", {"conversation": earlier["id"], "key": earlier["key"]}))["ok"]
    async with house.browser("klimov") as browser, house.page(browser) as page:  # a pass is its session's
        assert (await page.ask("chat_open", {"conversation": earlier["id"], "key": earlier["key"]}))["why"] == "not_shown"
    rows = await house.database.fetch("SELECT action FROM audit WHERE action = 'chat.refused'")
    assert len(rows) == 3


async def test_only_its_owner_writes(house: House, chat: ScriptedChat, talk: Talk) -> None:
    async with house.browser("klimov") as browser, house.page(browser) as page:
        await opened(page, talk)
        assert await page.ask("chat_send", message(talk)) == {"ok": False, "why": "not_yours"}
        assert (await page.ask("chat_tell", of(talk, what="typing", on=True)))["why"] == "not_yours"
        assert (await page.ask("chat_tell", of(talk, what="block", reason="")))["why"] == "not_yours"
        assert (await page.ask("chat_note", of(talk, id=str(uuid.uuid4()), text="Ждёт врача")))["ok"]
    assert chat.asked_of("block") == []
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await opened(page, talk)
        assert (await page.ask("chat_tell", of(talk, what="unblock")))["why"] == "forbidden"
        assert (await page.ask("chat_tell", of(talk, what="block", reason="spam")))["ok"]
    assert [one["reason"] for one in chat.asked_of("block")] == ["spam"]
    assert chat.asked_of("send") == [] and len(chat.asked_of("note")) == 1


async def test_a_supervisor_reads_and_notes_and_writes_to_nobody(house: House, talk: Talk) -> None:
    async with house.browser("zimina", "supervisor") as browser, house.page(browser) as page:
        assert (await page.ask("chat_open", {"conversation": talk.id}))["ok"]
        assert (await page.ask("chat_note", {"conversation": talk.id, "id": str(uuid.uuid4()), "text": "Вижу"}))["ok"]
        assert await page.ask("chat_send", message(talk)) == {"ok": False, "why": "forbidden"}
        assert (await page.ask("chat_tell", of(talk, what="block")))["ok"]
        assert (await page.ask("chat_tell", of(talk, what="unblock")))["ok"]


async def test_who_has_no_part_in_it_is_refused_at_the_door(house: House, talk: Talk) -> None:
    for login, role in (("admin", "administrator"), ("audit", "auditor")):
        async with house.browser(login, role) as browser, house.page(browser) as page:
            assert (await page.ask("chat_open", of(talk)))["why"] == "forbidden"


async def test_a_message_carries_the_version_its_writer_saw_and_comes_back_once(house: House, chat: ScriptedChat, talk: Talk) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await opened(page, talk)
        wanted = message(talk)
        chat.drop["send"] = 1  # T4: it came, the answer was lost
        assert await page.ask("chat_send", wanted) == {"ok": False, "why": "chat_down"}
        answer = await page.ask("chat_send", wanted)
        assert answer["ok"] and answer["message"]["id"] == wanted["id"] and answer["message"]["state"] == "queued"
        sent = chat.asked_of("send")
        assert [one["id"] for one in sent] == [wanted["id"]] * 2 and sent[0]["version"] == 4
        assert len([one for one in talk.messages.values() if one["side"] == "out"]) == 1


async def test_a_refusal_is_told_in_the_word_chat_gave(house: House, chat: ScriptedChat, talk: Talk) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await opened(page, talk)
        for why in ("window", "closed", "blocked"):
            chat.refuse["send"] = why
            assert await page.ask("chat_send", message(talk)) == {"ok": False, "why": why}
        chat.refuse["send"] = "Some words, not a key"
        assert (await page.ask("chat_send", message(talk)))["why"] == "refused"
        chat.refuse.clear()
        chat.away = True
        assert (await page.ask("chat_send", message(talk)))["why"] == "chat_down"
        for bad in (message(talk, text=""), message(talk, extra=1), message(talk, id="x"), of(talk, id=str(uuid.uuid4()))):
            assert (await page.ask("chat_send", bad))["why"] == "bad_request"


async def test_a_message_handed_over_meanwhile_is_not_sent(house: House, engine: ScriptedEngine, talk: Talk) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await opened(page, talk)
        await engine.patch(["set", "requests", REQUEST, chat_row(talk, owner="klimov", version=5)])
        await page.until("patch")
        assert (await page.ask("chat_send", message(talk)))["why"] == "not_yours"
        await engine.patch(["del", "requests", REQUEST])
        await page.until("patch", 2)
        assert (await page.ask("chat_send", message(talk)))["why"] == "gone"


async def test_changing_a_message_is_its_owners_matter_too(house: House, chat: ScriptedChat, talk: Talk) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await opened(page, talk)
        sent = (await page.ask("chat_send", message(talk)))["message"]
        edited = await page.ask("chat_change", of(talk, message=sent["id"], what="edit", text="Добрый вечер!"))
        assert edited["message"]["edited"] and edited["message"]["text"] == "Добрый вечер!"
        assert (await page.ask("chat_change", of(talk, message=sent["id"], what="edit", text=" ")))["why"] == "bad_request"
        assert (await page.ask("chat_change", of(talk, message=sent["id"], what="delete")))["message"]["deleted"]
    assert chat.asked_of("edit")[0]["version"] == 4


async def test_the_first_message_goes_to_the_number_the_page_does_not_know(house: House, chat: ScriptedChat, engine: ScriptedEngine, talk: Talk) -> None:
    wanted = {"request": REQUEST, "id": str(uuid.uuid4()), "account": "sms:main", "text": "Ответим здесь"}
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await opened(page, talk)
        assert (await page.ask("chat_start", wanted))["ok"]
        (asked,) = [body for route, body in chat.asked if route == "conversations"]
        assert asked["phone"] == "+79990000007" and asked["account"] == "sms:main"
        talk.head["phone"] = ""
        assert await page.ask("chat_start", wanted) == {"ok": False, "why": "no_number"}
    async with house.browser("klimov") as browser, house.page(browser) as page:
        await page.ask("sync", {})
        assert (await page.ask("chat_start", wanted))["why"] == "not_yours"


async def test_canned_answers_are_those_of_the_directory_in_force(house: House, engine: ScriptedEngine) -> None:
    answers = {"hello": {"title": {"ru": "Привет"}, "text": {"ru": "Здравствуйте, {patient}!"}, "short": "hi"}}
    engine.answers["directory"] = {"version": 7, "epoch": 1, "head": {}, "document": {"answers": answers}}
    engine.tables["rules"] = {"rules": {"id": "rules", "version": 7, "outcomes": [], "pause_reasons": [], "skills": [], "work": {}, "queues": []}}
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await page.ask("sync", {})
        told = await page.ask("chat_answers", {})
        assert (told["version"], [one["id"] for one in told["items"]]) == (7, ["hello"])
        assert (await page.ask("chat_answers", {"after": 7}))["items"] is None
        assert len([one for one in engine.asked if one[0].startswith("GET directory")]) <= 2


async def test_nothing_of_a_person_is_in_an_address(house: House, chat: ScriptedChat, talk: Talk) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await opened(page, talk)
        await page.ask("chat_send", message(talk))
    routes = json.dumps([route for route, _ in chat.asked])
    assert "79990" not in routes and "orlova" not in routes
