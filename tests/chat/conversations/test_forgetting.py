"""What is kept long enough goes, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from chat.conversations import forgetting as module
from chat.conversations.forgetting import Forgetting
from chat.desk.asked import Sent, Told
from okno import clock
from okno.seal import Keyring
from tests.chat.clinic import Place, who
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


async def test_old_conversations_go_with_all_that_is_theirs(place: Place) -> None:
    await place.says("old", files=[{"kind": "image", "ref": {"token": "t"}}])
    old = (await place.conversations())[0]
    await place.writing.send(old.id, Sent(who=who(), id=uuid4(), text="answer"))
    await place.stands(old.id, over=True, seq=old.said_seq)
    await place.says("open for ever", peer="5502")
    forgetting = Forgetting(place.database, 30)
    assert await forgetting.all(clock.now() + timedelta(days=29)) == 0
    assert await forgetting.all(clock.now() + timedelta(days=31)) == 1
    assert [one.open for one in await place.conversations()] == [True]
    for table, left in (("identity", 1), ("message", 1), ("attachment", 0), ("outgoing", 0)):
        assert await place.database.fetchval(f"SELECT count(*) FROM {table}") == left, table  # noqa: S608


async def test_one_who_is_blocked_stays_known(place: Place) -> None:
    await place.says("spam")
    await place.writing.tell((await place.conversations())[0].id, "block", Told(who=who()))
    assert await Forgetting(place.database, 30).all(clock.now() + timedelta(days=31)) == 1
    await place.says("spam again")
    assert len(await place.told("ConversationWaits")) == 1


async def test_very_much_that_is_old_goes_in_many_small_steps(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """No statement has more to do than the server lets it: a service that was off for long starts like any other."""
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    monkeypatch.setattr(module, "_MESSAGES_AT_ONCE", 2)
    for number in range(8):
        for _ in range(3):
            await place.says("old", peer=str(number))
    for one in await place.conversations():
        await place.stands(one.id, over=True, seq=one.said_seq)
    assert await Forgetting(place.database, 30).all(clock.now() + timedelta(days=31)) == 8
    for table in ("identity", "message", "conversation"):
        assert await place.database.fetchval(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608
