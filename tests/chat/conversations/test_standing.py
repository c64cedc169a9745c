"""What the engine tells of conversations: owners, ends, rules."""

from __future__ import annotations

from uuid import uuid4

import pytest_asyncio

from chat.ruling.keeping import Keeping
from okno import clock
from okno.bus import BusEvent
from okno.ids import uuid7
from okno.seal import Keyring
from tests.chat.clinic import Place, rules, rules_told
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


async def test_the_newest_word_about_a_request_holds(place: Place) -> None:
    await place.says("hello")
    id = (await place.conversations())[0].id
    request = uuid4()
    await place.stands(id, request=request, version=3, owner="anna", operator={"ru": "A", "en": "Anna"}, queue="registry")
    await place.stands(id, request=request, version=2, owner="boris")
    (now,) = await place.conversations()
    assert (now.request, now.owner, now.version, now.operator["en"], now.queue) == (request, "anna", 3, "Anna", "registry")


async def test_a_closed_request_ends_its_conversation(place: Place) -> None:
    await place.says("hello")
    id = (await place.conversations())[0].id
    told = await place.stands(id, over=True, seq=1)
    (now,) = await place.conversations()
    assert (now.open, now.request) == (False, told.request)
    assert [one["why"] for one in await place.told("ConversationOver")] == ["closed"]
    await place.says("and another thing")
    assert [one.open for one in await place.conversations()] == [False, True]
    assert (await place.told("ConversationWaits"))[-1]["first"] is True


async def test_one_who_wrote_on_meanwhile_keeps_his_conversation(place: Place) -> None:
    await place.says("hello")
    id = (await place.conversations())[0].id
    await place.says("one more")
    await place.stands(id, over=True, seq=1, owner="anna")
    (now,) = await place.conversations()
    assert (now.open, now.request, now.owner) == (True, None, "")
    assert await place.told("ConversationOver") == []


async def test_a_word_about_no_conversation_of_ours_is_passed_over(place: Place) -> None:
    await place.stands(uuid4())
    assert await place.conversations() == []


async def test_the_rules_are_kept_and_read_again(place: Place) -> None:
    keeping = Keeping(place.database, place.hub)
    await keeping.read()
    assert keeping().rules("registry").greeting == {}
    for version in (1, 2):
        told = rules_told(version, greeting={"en": f"Hello {version}"})
        event = BusEvent(uuid7(), "engine.chat_rules", "ChatRulesTold", told.model_dump(mode="json"), clock.now())
        async with place.database.acquire() as connection, connection.transaction():
            await place.standing.rules(event, connection)
    await keeping.read()
    assert keeping() == rules(greeting={"en": "Hello 2"})
    assert await place.database.fetchval("SELECT version FROM rules") == 2
