"""Messages: sealed for their place, found by their calls, the same one kept once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from engine.store.sounds.recordings import Recording, RecordingStore
from okno.database import Database, migrate
from okno.ids import uuid7
from okno.seal import Keyring
from okno.seal.sealed import SealBroken
from tests.fixtures import MakeUrl

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SOUND = b"\xd5said in confidence" * 50


async def test_messages_are_kept_sealed(new_database_url: MakeUrl, keyring: Keyring) -> None:
    database = await Database.open(await new_database_url("engine"), name="t")
    try:
        await migrate(database, "okno", "migrations")
        await migrate(database, "engine", "store/migrations")
        store = RecordingStore(database, keyring.sealer("engine"))
        call, other = str(uuid7()), str(uuid7())
        first, second = (Recording(str(uuid7()), call, AT + timedelta(seconds=n), 2.5, SOUND) for n in (0, 1))
        for one in (second, first, first):
            await store.keep(one)
        assert await store.of_calls([call, other]) == [first.id, second.id] and await store.of_calls([other]) == []
        assert await store.get(first.id) == first and await store.get(str(uuid7())) is None
        raw = bytes(await database.fetchval("SELECT sound FROM recordings WHERE id = $1", UUID(first.id)))
        assert b"confidence" not in raw
        await database.execute(
            "UPDATE recordings SET sound = (SELECT sound FROM recordings WHERE id = $1) WHERE id = $2",
            UUID(first.id), UUID(second.id),
        )  # fmt: skip
        with pytest.raises(SealBroken):
            await store.get(second.id)
    finally:
        await database.close()
