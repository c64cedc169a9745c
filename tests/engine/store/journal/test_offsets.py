"""How far a journal was read, in a real database; only the leader writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.store.journal.offsets import Kept, Offsets
from engine.store.lease import LeaseLost
from okno.database import Database, DatabaseDown
from tests.fixtures import OpenDatabase

AT = datetime(2026, 11, 21, tzinfo=UTC)


async def offsets_of(database: OpenDatabase) -> tuple[Database, Offsets]:
    """Offsets under epoch 3."""
    one = await database("engine")
    await one.execute("UPDATE lease SET epoch = 3")
    return one, Offsets(one, 3)


async def test_what_is_kept_is_told(database: OpenDatabase) -> None:
    _, offsets = await offsets_of(database)
    assert await offsets.of("main") == Kept()
    await offsets.keep("main", {"cel": (2**62 + 5, 2**40), "queue_log": (7, 0)}, AT, AT)
    await offsets.keep("branch", {"cel": (1, 1)}, AT, AT)
    later = AT + timedelta(days=1)
    await offsets.keep("main", {"cel": (9, 100)}, later, later)
    assert await offsets.of("main") == Kept({"cel": (9, 100), "queue_log": (7, 0)}, AT)
    assert (await offsets.of("branch")).positions == {"cel": (1, 1)}


async def test_a_leader_who_is_none_writes_nothing_and_learns_it(database: OpenDatabase) -> None:
    one, offsets = await offsets_of(database)
    await one.execute("UPDATE lease SET epoch = 4")
    with pytest.raises(LeaseLost):
        await offsets.keep("main", {"cel": (1, 1), "queue_log": (1, 1)}, AT, AT)
    assert await offsets.of("main") == Kept()


async def test_nothing_to_keep_tells_nothing(database: OpenDatabase) -> None:
    _, offsets = await offsets_of(database)
    await offsets.keep("main", {}, AT, AT)
    assert await offsets.of("main") == Kept()


async def test_a_database_that_is_away_is_told(database: OpenDatabase) -> None:
    one, offsets = await offsets_of(database)
    await one.execute("ALTER TABLE journal_offsets RENAME TO elsewhere")
    with pytest.raises(DatabaseDown):
        await offsets.of("main")
    with pytest.raises(DatabaseDown):
        await offsets.keep("main", {"cel": (1, 1)}, AT, AT)
