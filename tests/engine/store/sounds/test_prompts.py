"""Uploaded prompts: named by their sound, kept once."""

from __future__ import annotations

from hashlib import sha256

from engine.store.sounds.prompts import PromptStore
from okno.database import Database, migrate
from tests.fixtures import MakeUrl


async def test_the_same_sound_is_kept_once(new_database_url: MakeUrl) -> None:
    database = await Database.open(await new_database_url("engine"), name="t")
    try:
        await migrate(database, "okno", "migrations")
        await migrate(database, "engine", "store/migrations")
        store = PromptStore(database)
        file = await store.keep(b"\xd5\x00\xff", 1.5, "root")
        assert file == sha256(b"\xd5\x00\xff").hexdigest() == await store.keep(b"\xd5\x00\xff", 1.5, "other")
        assert await store.get(file) == b"\xd5\x00\xff" and await store.get("0" * 64) is None
        assert await database.fetchval("SELECT count(*) FROM prompts WHERE actor = 'root'") == 1
    finally:
        await database.close()
