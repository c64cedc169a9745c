"""What happens is told at once, by numbers, to every screen that shows it, whichever process it stands at (T7, T8)."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.web.chats.conftest import of, opened
from tests.web.house import House, Page, cookies
from tests.web.scripted_chat import ScriptedChat, Talk


async def heard(page: Page, what: str, count: int = 1) -> dict[str, Any]:
    """The `count`th thing of this kind that was told."""
    async with asyncio.timeout(5):
        while True:
            found = [body for event, body in page.came if event == "chat" and body["what"] == what]
            if len(found) >= count:
                return found[count - 1]
            await asyncio.sleep(0.01)


def listening(page: Page) -> Page:
    """Take down what is told of conversations too."""
    for event in ("chat", "chat_account"):
        page.client.on(event, page._taker(event))
    return page


async def linked(chat: ScriptedChat, count: int = 1) -> None:
    """Wait until so many processes hear it."""
    async with asyncio.timeout(5):
        while len(chat.sockets) < count:
            await asyncio.sleep(0.01)


async def caught_up(page: Page, talk: Talk, have: int) -> list[dict[str, Any]]:
    """Ask for what is new until nothing is, as the page does."""
    got: list[dict[str, Any]] = []
    while items := (await page.ask("chat_messages", of(talk, since=have)))["items"]:
        got += items
        have = items[-1]["seq"]
    return got


async def test_a_message_is_told_by_its_number_and_never_by_its_words(house: House, chat: ScriptedChat, talk: Talk) -> None:
    await linked(chat)
    async with house.browser("orlova") as browser, house.page(browser) as page:
        listening(page)
        await opened(page, talk)
        await chat.writes(talk, "Секретное слово")
        told = await heard(page, "message")
        assert told["conversation"] == talk.id and told["seq"] == 2 and "Секретное" not in str(page.came)
        items = (await page.ask("chat_messages", of(talk, since=1)))["items"]
        assert [one["text"] for one in items] == ["Секретное слово"]


async def test_only_screens_that_show_it_are_told(house: House, chat: ScriptedChat, talk: Talk) -> None:
    await linked(chat)
    other = chat.talk("vk", "Борис")
    async with house.browser("orlova") as browser, house.page(browser) as page:
        listening(page)
        await opened(page, talk)
        await chat.writes(other, "не вам")
        await chat.writes(talk, "вам")
        await heard(page, "message")
        await page.ask("chat_close", of(talk))
        await chat.writes(talk, "уже не вам")
        await page.ask("chat_messages", of(talk, since=0))
    assert [body["seq"] for event, body in page.came if event == "chat" and body["what"] == "message"] == [2]


async def test_three_hundred_messages_while_the_line_was_cut_are_all_there_once(house: House, chat: ScriptedChat, talk: Talk) -> None:
    """T7: the socket dies, 300 messages come, the page connects again: none missing, none doubled."""
    await linked(chat)
    async with house.browser("orlova") as browser:
        async with house.page(browser) as page:
            seen = await opened(page, talk)
        for number in range(300):
            await chat.writes(talk, f"сообщение {number}")
        async with house.page(browser) as page:
            await opened(page, talk)
            got = await caught_up(page, talk, seen["last_seq"])
    assert [one["text"] for one in got] == [f"сообщение {number}" for number in range(300)]


async def test_a_line_between_the_services_that_broke_makes_screens_ask(house: House, chat: ScriptedChat, talk: Talk) -> None:
    await linked(chat)
    async with house.browser("orlova") as browser, house.page(browser) as page:
        listening(page)
        await opened(page, talk)
        await chat.cut()
        talk.put("пока никто не слышал")
        await heard(page, "begun")
        assert [one["seq"] for one in await caught_up(page, talk, 1)] == [2]


async def test_a_question_without_an_answer_makes_no_screen_deaf(house: House, chat: ScriptedChat, talk: Talk) -> None:
    await linked(chat)
    async with house.browser("orlova") as browser, house.page(browser) as page:
        listening(page)
        await opened(page, talk)
        chat.away = True
        assert (await page.ask("chat_open", of(talk)))["why"] == "chat_down"
        chat.away = False
        await chat.writes(talk, "всё ещё слышно")
        assert (await heard(page, "message"))["seq"] == 2


async def test_two_web_processes_both_tell(house: House, second: House, chat: ScriptedChat, talk: Talk) -> None:
    """T8: two web processes; a message reaches the screens at both."""
    await linked(chat, 2)
    async with house.browser("orlova") as browser, house.page(browser) as page, second.browser("klimov") as other:
        there = Page(second.url, cookies(other))
        await there.connect(house.url)
        listening(page), listening(there)
        await opened(page, talk)
        await opened(there, talk)
        await chat.writes(talk, "обоим")
        assert (await heard(page, "message"))["seq"] == (await heard(there, "message"))["seq"] == 2
        await chat.say(what="typing", conversation=talk.id, on=True)
        assert (await heard(there, "typing"))["on"]
        await there.close()


async def test_a_lamp_that_changes_is_told_to_who_watches(house: House, chat: ScriptedChat) -> None:
    await linked(chat)
    chat.accounts = [{"key": "max:main", "channel": "max", "title": {}, "colour": "green", "why": "", "since": "2026-11-21T10:00:00Z",
                      "heard_at": None, "waiting": 0, "undelivered": 0}]  # fmt: skip
    async with house.browser("zimina", "supervisor") as browser, house.page(browser) as page:
        listening(page)
        assert [one["colour"] for one in (await page.ask("chat_accounts", {}))["items"]] == ["green"]
        await chat.say(what="account", account="max:main", colour="red", why="token")
        async with asyncio.timeout(5):
            while not any(event == "chat_account" for event, _ in page.came):
                await asyncio.sleep(0.01)
