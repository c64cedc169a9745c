"""Conversations shown: audited before they are answered."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from chat.desk.asked import AskedMessages, No, Sent
from okno.audit import verify
from okno.seal import Keyring
from okno.settings import AccountSettings
from tests.chat.clinic import Place, who
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    settings = AccountSettings(channel="echo", title={"en": "Echo"}, queue="registry")
    return Place(await database("chat"), keyring, settings=settings)


async def test_a_view_says_who_where_what_and_what_the_channel_can(place: Place) -> None:
    await place.hear({"id": "0", "peer": "5501", "kind": "start", "entry": {"source": "deep_link"}})
    await place.says("hello", who={"phone": "+79990001873", "verified": True, "username": "anna"})
    conversation = (await place.conversations())[0]
    view = await place.seeing.open(conversation.id, who())
    assert (view.name, view.username, view.phone, view.verified) == ("Anna P.", "anna", "+79990001873", True)
    assert (view.channel, view.account, view.title, view.kind) == ("echo", "echo:main", {"en": "Echo"}, "chat")
    assert (view.entry, view.last_seq, view.said_seq, view.open) == ({"source": "deep_link"}, 2, 2, True)
    assert view.abilities["most_text"] == 200
    assert (view.lamp, view.more, view.earlier, len(view.messages)) == ("green", False, [], 2)


async def test_each_showing_is_audited_and_following_once_for_a_while(place: Place) -> None:
    await place.says("hello")
    id = (await place.conversations())[0].id
    await place.seeing.open(id, who())
    for _ in range(3):
        await place.seeing.messages(id, AskedMessages(who=who(), since=0))
    await place.seeing.messages(id, AskedMessages(who=who(), before=99))
    await place.seeing.messages(id, AskedMessages(who=who("boris"), since=0))
    await place.seeing.messages(id, AskedMessages(who=who("boris"), since=0))
    entries = [(one.actor, one.action) for one in await place.audit.page()]
    assert entries[::-1] == [
        ("anna", "conversation.show"), ("anna", "conversation.read"), ("boris", "conversation.follow"),
    ]  # fmt: skip
    assert await verify(place.database, place.keyring.sealer("chat")) is None


async def test_what_cannot_be_audited_is_not_shown(place: Place) -> None:
    await place.says("hello")
    id = (await place.conversations())[0].id
    await place.database.execute("ALTER TABLE audit RENAME TO audit_away")
    with pytest.raises(asyncpg.UndefinedTableError):
        await place.seeing.open(id, who())
    for _ in range(2):  # what failed once is no entry that stands for the next
        with pytest.raises(asyncpg.UndefinedTableError):
            await place.seeing.messages(id, AskedMessages(who=who(), since=0))
    await place.database.execute("ALTER TABLE audit_away RENAME TO audit")


async def test_pages_go_back_and_changes_come_by_number(place: Place) -> None:
    for number in range(1, 121):
        await place.hear({"id": str(number), "peer": "5501", "text": str(number)})
    id = (await place.conversations())[0].id
    view = await place.seeing.open(id, who())
    assert (view.messages[0].text, view.messages[-1].text, view.more) == ("71", "120", True)
    page = await place.seeing.messages(id, AskedMessages(who=who(), before=71))
    assert [row.seq for row in page] == list(range(21, 71))
    await place.hear({"id": "e", "peer": "5501", "text": "changed", "kind": "message.edit", "message": "m-7"})
    news = await place.seeing.messages(id, AskedMessages(who=who(), since=120))
    assert [(row.seq, row.changed, row.text) for row in news] == [(7, 121, "changed")]


async def test_the_state_of_a_message_of_ours_is_a_change_too(place: Place) -> None:
    await place.says("hello")
    id = (await place.conversations())[0].id
    row = await place.writing.send(id, Sent(who=who(), id=uuid4(), text="hi"))
    await place.hear({"id": "s", "peer": "5501", "kind": "status", "state": "read", "message": "?", "extra": {"ours": row.id}})
    (news,) = await place.seeing.messages(id, AskedMessages(who=who(), since=row.changed))
    assert (news.id, news.state, news.seq) == (row.id, "read", row.seq)


async def test_one_that_is_not_there_is_gone(place: Place) -> None:
    with pytest.raises(No, match="gone"):
        await place.seeing.open(uuid4(), who())


async def test_what_is_told_of_conversations_holds_no_word(place: Place) -> None:
    await place.says("a secret tooth")
    await place.says("another", peer="5502")
    first, second = await place.conversations()
    rows = await place.seeing.of([first.identity])
    assert [(row["id"], row["messages"], row["open"]) for row in rows] == [(str(first.id), 1, True)]
    assert "secret" not in str(rows)
    assert len(await place.seeing.of([first.identity, second.identity])) == 2
    await place.stands(first.id, over=True, seq=1)
    await place.says("again")
    assert [row["open"] for row in await place.seeing.of([first.identity])] == [True, False]
    assert (await place.seeing.open((await place.conversations())[-1].id, who())).earlier == [str(first.id)]
