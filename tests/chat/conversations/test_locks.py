"""A person writes while he is answered, blocked and told of: nobody waits for one who waits for him."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest_asyncio

from chat.desk.asked import No, Sent, Told
from okno.seal import Keyring
from tests.chat.clinic import KEY, Place, raw, who
from tests.fixtures import OpenDatabase

ROUNDS = 60


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


async def test_all_at_once_end_without_a_deadlock(place: Place) -> None:
    await place.says("hello")
    id = (await place.conversations())[0].id
    for number in range(ROUNDS):
        await place.raws.keep(KEY, [raw({"id": str(number), "peer": "5501", "text": "x"})])

    async def answers() -> None:
        for _ in range(ROUNDS):
            await place.writing.send(id, Sent(who=who(), id=uuid4(), text="y"))

    async def reads() -> None:
        for number in range(ROUNDS):
            await place.writing.tell(id, "seen", Told(who=who(), seq=number))

    async def hears() -> None:
        request = uuid4()
        for number in range(1, ROUNDS):
            await place.stands(id, request=request, version=number, owner="anna", status="in_progress")

    await asyncio.gather(place.read(), answers(), reads(), hears())
    failed = await place.database.fetchval("SELECT count(*) FROM raw_event WHERE attempts > 0 OR state <> 'done'")
    assert failed == 0
    rows = await place.messages()
    assert sorted(row.seq for row in rows) == list(range(1, 2 * ROUNDS + 2))


async def test_one_who_writes_while_he_is_blocked_and_unblocked_loses_no_word(place: Place) -> None:
    await place.says("hello")
    for number in range(ROUNDS):
        await place.raws.keep(KEY, [raw({"id": str(number), "peer": "5501", "text": "x"})])

    async def blocks() -> None:
        for number in range(ROUNDS):
            id = (await place.conversations())[-1].id
            try:
                await place.writing.tell(id, "block" if number % 2 == 0 else "unblock", Told(who=who()))
            except No:
                continue

    await asyncio.gather(place.read(), blocks())
    assert await place.database.fetchval("SELECT count(*) FROM raw_event WHERE attempts > 0 OR state <> 'done'") == 0
    assert await place.database.fetchval("SELECT count(*) FROM message WHERE side = 'in'") == ROUNDS + 1
