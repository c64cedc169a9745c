"""What happens is heard in all processes, with the transaction that makes it true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from chat.conversations.live import BEGUN, Hub, announce
from okno.ids import uuid7
from tests.chat.clinic import listening
from tests.fixtures import OpenDatabase


async def until(found: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not found():
            await asyncio.sleep(0.01)


async def test_what_is_committed_is_heard_by_two_processes_and_what_is_not_by_none(database: OpenDatabase) -> None:
    db = await database("chat")
    id = uuid7()
    async with listening(Hub(db)) as here, listening(Hub(db)) as there:
        with pytest.raises(RuntimeError):
            async with db.acquire() as connection, connection.transaction():
                await announce(connection, "message", conversation=id, seq=1)
                raise RuntimeError
        async with db.acquire() as connection, connection.transaction():
            await announce(connection, "message", conversation=id, seq=2)
        await until(lambda: len(here) > 1 and len(there) > 1)
        assert here == there == [BEGUN, {"what": "message", "conversation": str(id), "seq": 2}]


async def test_after_its_line_was_cut_it_says_that_it_begins_anew(database: OpenDatabase) -> None:
    db = await database("chat")
    async with listening(Hub(db)) as said:
        other = await asyncpg.connect(db.url)
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        await other.close()
        await until(lambda: said.count(BEGUN) == 2)


async def test_a_reader_who_is_too_slow_begins_anew(database: OpenDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.conversations.live._KEPT", 2)
    hub = Hub(await database("chat"))
    following = hub.follow()
    heard: list[dict[str, Any]] = [await anext(following)]
    first = asyncio.create_task(anext(following))
    await asyncio.sleep(0)
    for number in range(5):
        hub._tell({"what": "message", "seq": number})
    heard.append(await first)
    heard.extend([await anext(following) for _ in range(2)])
    await following.aclose()
    assert heard == [BEGUN, {"what": "message", "seq": 0}, {"what": "message", "seq": 1}, BEGUN]
