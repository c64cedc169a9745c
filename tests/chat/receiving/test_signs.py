"""What says no word."""

from __future__ import annotations

import asyncio

import pytest_asyncio

from okno.seal import Keyring
from tests.chat.clinic import Place, listening, who
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


async def test_one_who_only_came_is_nobodys_work_yet(place: Place) -> None:
    await place.hear({"id": "1", "peer": "5501", "kind": "start", "entry": {"source": "deep_link", "payload": "ad"}})
    conversation = (await place.conversations())[0]
    assert place.kept.threads.entry_of(conversation) == {"source": "deep_link", "payload": "ad"}
    assert [(one.side, one.what) for one in await place.messages()] == [("system", "started")]
    assert await place.told() == []


async def test_one_who_blocked_us_cannot_be_written_to_until_he_writes(place: Place) -> None:
    await place.says("hello")
    await place.hear({"id": "b", "peer": "5501", "kind": "blocked"})
    assert await place.database.fetchval("SELECT unreachable FROM identity") == "blocked"
    await place.says("again")
    assert await place.database.fetchval("SELECT unreachable FROM identity") == ""


async def test_one_who_ends_it_closes_it(place: Place) -> None:
    await place.says("hello")
    await place.hear({"id": "e", "peer": "5501", "kind": "end"})
    assert [one.open for one in await place.conversations()] == [False]
    assert [one["why"] for one in await place.told("ConversationOver")] == ["patient"]


async def test_a_score_with_words_is_kept_where_he_was_answered(place: Place) -> None:
    await place.says("hello")
    conversation = (await place.conversations())[0]
    told = await place.stands(conversation.id, over=True, seq=1)
    await place.hear({"id": "r", "peer": "5501", "kind": "rate", "score": 4, "text": "quick"})
    assert [one.id for one in await place.conversations()] == [conversation.id]
    assert [one.what for one in await place.messages()] == ["text", "rated"]
    (rated,) = await place.told("ConversationRated")
    assert (rated["score"], rated["request"]) == (4, str(told.request))


async def test_one_who_types_is_said_live_and_not_kept(place: Place) -> None:
    await place.says("hello")
    async with listening(place.hub) as said:
        await place.hear({"id": "t", "peer": "5501", "kind": "typing"})
        async with asyncio.timeout(10):
            while not [one for one in said if one["what"] == "typing"]:
                await asyncio.sleep(0.01)
    assert len(await place.messages()) == 1


async def test_who_he_is_is_learnt_later(place: Place) -> None:
    await place.says("hello", who={"name": ""})
    await place.hear({"id": "p", "peer": "5501", "kind": "profile", "who": {"name": "Anna Petrova"}})
    assert (await place.seeing.open((await place.conversations())[0].id, who())).name == "Anna Petrova"
    assert [one["who"]["name"] for one in await place.told("ConversationWaits")] == ["", "Anna Petrova"]
