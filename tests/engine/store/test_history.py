"""Everything that ever was, page by page, found by full number and by its last four."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.history import BadQuery, CallFilter, History, RequestFilter
from engine.store.people.contacts import Contacts
from engine.store.saving import TurnStore
from engine.world import Append, Call, Drop, HistoryEntry, Leg, Put, Request
from okno.database import Database
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

T = datetime(2026, 11, 21, tzinfo=UTC)


def call(n: int, **more: object) -> Call:
    """Call number `n`; three start in each second."""
    given: dict[str, object] = {
        "key": str(uuid4()), "pbx": "main", "direction": "inbound", "channel": f"1.{n}", "queue": "front",
        "phone": f"+7999000{n:04d}", "started_at": T + timedelta(seconds=n // 3), "result": "answered",
        "legs": (Leg(operator=f"op{n % 2}", channel="x", rang_at=T),),
    }
    return Call(**(given | more))  # type: ignore[arg-type]


async def filled(one: Database, codec: Codec, *entities: object) -> History:
    """A history with these in it, half of them left the world."""
    await one.execute("UPDATE lease SET epoch = 1")
    batch = Batch()
    for number, entity in enumerate(entities):
        if isinstance(entity, HistoryEntry):
            batch.add([Append(entity)], ())
        else:
            batch.add([Put(entity)], ())  # type: ignore[arg-type]
            if number % 2:
                batch.add([Drop(type(entity), entity.key)], ())  # type: ignore[arg-type,attr-defined]
    await TurnStore(one, codec).save(1, 1, batch)
    return History(one, codec)


async def test_pages_hold_every_call_once_the_newest_first(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    calls = [call(n) for n in range(25)]
    history = await filled(one, codec, *calls)
    got, cursor = [], None
    while True:
        page = await history.calls(CallFilter(), cursor=cursor, limit=7)
        got += page.items
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(got, key=lambda one: one.channel) == sorted(calls, key=lambda one: one.channel)
    assert [one.started_at for one in got] == sorted((one.started_at for one in calls), reverse=True)


async def test_filters(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    calls = [call(0), call(1, queue="back"), call(2, result="abandoned"), call(3, direction="outbound"), call(10000)]
    history = await filled(one, codec, *calls)

    async def found(**wanted: object) -> set[str]:
        page = await history.calls(CallFilter(**wanted))  # type: ignore[arg-type]
        return {item.channel for item in page.items}

    assert await found(queue="back") == {"1.1"}
    assert await found(result="abandoned") == {"1.2"}
    assert await found(direction="outbound") == {"1.3"}
    assert await found(operator="op1") == {"1.1", "1.3"}
    assert await found(since=T + timedelta(seconds=1)) == {"1.3", "1.10000"}
    assert await found(until=T + timedelta(seconds=1)) == {"1.0", "1.1", "1.2"}
    assert await found(phone="+79990000001") == {"1.1"}
    assert await found(last4="0002") == {"1.2"}
    assert await found(last4="9999") == set()
    assert await found(queue="'; DROP TABLE calls; --") == set()


async def test_requests_and_their_history(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    requests = [
        Request(key=str(uuid4()), year=2026, number=n, kind="missed_call", status="queued", created_at=T, since=T,
                phone="+79990001873", owner="orlova" if n == 1 else None)
        for n in range(1, 4)
    ]  # fmt: skip
    lines = [HistoryEntry(request=requests[0].key, at=T, actor="anna", what="note", note=f"note {n}") for n in (1, 2)]
    history = await filled(one, codec, *requests, *lines)
    assert {item.number for item in (await history.requests(RequestFilter())).items} == {1, 2, 3}
    assert [item.number for item in (await history.requests(RequestFilter(owner="orlova"))).items] == [1]
    assert len((await history.requests(RequestFilter(phone="+79990001873"), limit=2)).items) == 2
    assert await history.request(requests[1].key) == requests[1]
    assert await history.entries(requests[0].key) == lines
    assert await history.request(str(uuid4())) is None


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MjAyNg", "é", "=" * 9])
async def test_a_strange_cursor_is_refused(database: OpenDatabase, keyring: Keyring, cursor: str) -> None:
    history = History(await database("engine"), Codec(keyring.sealer("engine")))
    with pytest.raises(BadQuery):
        await history.calls(CallFilter(), cursor=cursor)
    with pytest.raises(BadQuery):
        await history.call("not-a-uuid")


async def test_a_number_has_one_contact_however_often_it_is_asked(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    await filled(one, codec, call(2), call(3, phone="+79990000002"), call(4, phone="+79990000002", channel="z"))
    contacts = Contacts(one, codec)
    first = await contacts.of("+79990000002", T)
    again = await contacts.of("+79990000002", T + timedelta(days=1))
    assert first == again and first.first_seen == T
    assert first.earlier == 1  # of its three calls one has ended
    assert await contacts.get(first.id) == first
    assert await contacts.get(str(uuid4())) is None
    assert (await contacts.of("+79990000003", T)).id != first.id


async def test_many_at_once_for_the_journal(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    request = Request(key=str(uuid4()), year=2026, number=1, kind="call", status="done", created_at=T, since=T)
    history = await filled(one, codec, request)
    assert await history.requests_of([request.key, str(uuid4())]) == [request]
    contacts = Contacts(one, codec)
    known = await contacts.of("+79990001873", T)
    found = await contacts.of_many({"+79990001873", "+79990001874"}, T)
    assert found == {"+79990001873": known.id, "+79990001874": (await contacts.of("+79990001874", T)).id}
