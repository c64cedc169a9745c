"""What a visitor sees of a long conversation, and which of the clinic's own events are for him."""

from __future__ import annotations

from collections.abc import Callable

from chat.conversations.sealing import Seals
from chat.conversations.threads import Threads
from chat.conversations.writing import New, Writing
from chat.widget.sight import PAGE
from okno import clock
from tests.chat.widget.site import Site, Visitor

MakeVisitor = Callable[[], Visitor]


async def test_a_long_gap_comes_in_pages_without_a_hole(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("First")
    shown = await visitor.until("msg", text="First")
    await visitor.leave()
    count = 2 * PAGE + 7
    await _write(site, count)
    await visitor.connect()
    conversation, last, texts, pages = str(await site.conversation()), shown["n"], [], 0
    more = True
    while more:
        answer = await visitor.hello(last, conversation)
        assert answer["messages"][0]["after"] == last
        texts += [one["text"] for one in answer["messages"]]
        last, more, pages = answer["messages"][-1]["n"], answer["more"], pages + 1
    assert texts == [f"Answer {n}" for n in range(count)]
    assert pages == 3


async def test_who_comes_anew_sees_the_newest(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("First")
    await _write(site, PAGE + 20)
    answer = await visitor.hello()
    assert len(answer["messages"]) == PAGE
    assert answer["messages"][-1]["text"] == f"Answer {PAGE + 19}"
    assert answer["more"] is False


async def test_of_our_own_events_only_those_with_words_for_him_are_shown(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("Hello")
    conversation = await site.conversation()
    seals = Seals(site.own)
    async with site.database.acquire() as connection, connection.transaction():
        writing = Writing(seals, Threads(seals))
        for what in ("transferred", "ended", "blocked"):
            await writing.write(connection, conversation, "widget:clinic", New(side="system", at=clock.now(), what=what))
    answer = await visitor.hello()
    assert [(one["from"], one["text"]) for one in answer["messages"]] == [("me", "Hello"), ("system", "You ended the conversation.")]


async def test_a_quoted_message_is_named_as_his_browser_knows_it(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("First", "11111111-1111-4111-8111-111111111111")
    await site.taken()
    view = await site.client.open(str(await site.conversation()), {"actor": "anna", "role": "operator", "operator": "anna", "purpose": "request", "request": None})
    first = next(row.id for row in view.messages if row.text == "First")
    await site.answers("As to that", reply_to=first)
    answer = await visitor.until("msg", text="As to that")
    assert answer["reply_to"] == "11111111-1111-4111-8111-111111111111"
    await visitor.write("And to that", reply_to=answer["id"])
    assert (await visitor.until("msg", text="And to that"))["reply_to"] == answer["id"]


async def _write(site: Site, count: int) -> None:
    seals, conversation = Seals(site.own), await site.conversation()
    writing = Writing(seals, Threads(seals))
    async with site.database.acquire() as connection, connection.transaction():
        for n in range(count):
            await writing.write(
                connection, conversation, "widget:clinic",
                New(side="out", at=clock.now(), author="anna", body={"text": f"Answer {n}"}, state="sent"),
            )  # fmt: skip
