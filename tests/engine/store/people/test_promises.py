"""What came of a promise goes out in the turn that ends it, to every form that asked for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chat.feed import ENDS
from engine.effects import Publish
from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.saving import TurnStore
from engine.world import Append, HistoryEntry
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(("kind", "state"), [("reached", "reached"), ("given_up", "not_reached"), ("withdrawn", "withdrawn")])
async def test_each_wish_hears_of_its_end_once(database: OpenDatabase, keyring: Keyring, kind: str, state: str) -> None:
    one, request = await database("engine"), str(uuid4())
    await one.execute("UPDATE lease SET epoch = 1")
    store = TurnStore(one, Codec(keyring.sealer("engine")))
    first, second, others = str(uuid4()), str(uuid4()), str(uuid4())
    lines = [
        HistoryEntry(request=request, at=AT, actor="engine", what="promised", line=first),
        HistoryEntry(request=request, at=AT, actor="orlova", what="promised"),
        HistoryEntry(request=str(uuid4()), at=AT, actor="engine", what="promised", line=others),
    ]  # fmt: skip
    before, last = Batch(), Batch()
    before.add([Append(line) for line in lines], ())
    await store.save(1, 1, before)
    assert await one.fetchval("SELECT count(*) FROM outbox WHERE stream = $1", ENDS) == 0
    # The second wish came in the very turn that ended the promise.
    last.add(
        [Append(HistoryEntry(request=request, at=AT, actor="engine", what="promised", line=second))],
        [Publish(kind=f"callback.{kind}", key=request, at=AT + timedelta(seconds=1), payload={})],
    )
    await store.save(1, 2, last)
    await store.save(1, 3, last)
    rows = await one.fetch("SELECT kind, payload FROM outbox WHERE stream = $1 ORDER BY id", ENDS)
    assert [(row["kind"], row["payload"]) for row in rows] == [
        ("CallbackOver", {"key": key, "state": state}) for key in (first, second)
    ]


async def test_what_else_is_published_ends_no_promise(database: OpenDatabase, keyring: Keyring) -> None:
    one, batch = await database("engine"), Batch()
    await one.execute("UPDATE lease SET epoch = 1")
    batch.add((), [Publish(kind="call.ended", key=str(uuid4()), at=AT, payload={})])
    await TurnStore(one, Codec(keyring.sealer("engine"))).save(1, 1, batch)
    assert await one.fetchval("SELECT count(*) FROM outbox WHERE stream = $1", ENDS) == 0
