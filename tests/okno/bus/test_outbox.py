"""Events are left in the transaction that makes them true."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.bus import BusEvent, Outbox
from tests.fixtures import OpenDatabase

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(st.uuids(), st.text(), st.dictionaries(st.text(), JSON), MOMENTS)
def test_an_event_survives_the_stream(event_id: UUID, kind: str, payload: dict[str, object], at: datetime) -> None:
    event = BusEvent(event_id, "s", kind, payload, at)
    assert BusEvent.from_fields("s", event.fields()) == event


@given(st.dictionaries(st.sampled_from(["id", "kind", "at", "payload"]), st.text() | st.just("{}") | st.just("5")))
def test_garbage_is_no_event(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not an event"):
        BusEvent.from_fields("s", fields)


def test_a_naive_time_or_a_payload_that_is_no_object_is_garbage() -> None:
    good = BusEvent(uuid4(), "s", "K", {}, datetime.now(UTC)).fields()
    for change in ({"at": "2026-01-01T00:00:00"}, {"payload": "[]"}, {"id": "x"}):
        with pytest.raises(ValueError, match="not an event"):
            BusEvent.from_fields("s", good | change)


async def test_with_the_transaction_or_not_at_all(database: OpenDatabase) -> None:
    db = await database()
    async with db.acquire() as connection:
        with pytest.raises(RuntimeError):
            async with connection.transaction():
                await Outbox.add(connection, "s", uuid4(), "K", {})
                raise RuntimeError
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 0


async def test_the_same_id_again_changes_nothing(database: OpenDatabase) -> None:
    db, event_id = await database(), uuid4()
    async with db.acquire() as connection, connection.transaction():
        await Outbox.add(connection, "s", event_id, "K", {"a": 1})
        await Outbox.add(connection, "s", event_id, "K", {"a": 2})
        await Outbox.add_many(connection, "s", [(event_id, "K", {}), (uuid4(), "L", {"b": [1]})])
        await Outbox.add_many(connection, "s", [])
    rows = await db.fetch("SELECT * FROM outbox ORDER BY id")
    assert [BusEvent.from_row(row).payload for row in rows] == [{"a": 1}, {"b": [1]}]
