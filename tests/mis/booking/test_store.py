"""Deals and reservations in a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from mis.booking.rules.deal import Deal
from mis.booking.store import LAG, Kept, Store
from mis.booking.telling import Telling, Work
from okno import clock
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import slot_at
from tests.mis.booking.rules.test_saga import CANCEL, DEAL, OURS


async def opened(database: OpenDatabase, keyring: Keyring) -> Store:
    return Store(await database("mis"), keyring.sealer("mis"), Telling(Work(keyring.sealer("bus"), "")))


async def begin(store: Store, deal: Deal) -> Kept:
    async with store.database.acquire() as connection, connection.transaction():
        assert await store.begin(connection, deal, replace(deal, status="refused", error="held", step="done"))
    kept = await store.get(deal.key)
    assert kept is not None
    return kept


def another(deal: Deal = DEAL, **more: object) -> Deal:
    return replace(deal, key=uuid4(), **more)  # type: ignore[arg-type]


async def times(store: Store) -> list[tuple[str, UUID]]:
    rows = await store.reserved(slot_at(0).start, slot_at(9).end)
    return sorted((f"{start:%H:%M}", request) for _, start, _, request in rows)


async def test_a_deal_is_read_as_it_was_written(database: OpenDatabase, keyring: Keyring) -> None:
    store = await opened(database, keyring)
    deal = another(claimed=slot_at(0), appointment=OURS, alternatives=(slot_at(1), slot_at(2)), doomed=OURS)
    assert (await begin(store, deal)).deal == deal
    assert await store.of_request(deal.request) == [deal]
    assert await store.of_request(uuid4()) == [] and await store.get(uuid4()) is None
    async with store.database.acquire() as connection, connection.transaction():
        assert not await store.begin(connection, replace(deal, patient="p2"), deal), "the key is known"


async def test_who_missed_a_write_writes_nothing(database: OpenDatabase, keyring: Keyring) -> None:
    store = await opened(database, keyring)
    kept = await begin(store, another())
    newer = await store.save(kept, replace(kept.deal, step="claim"))
    assert newer is not None and newer.turn == kept.turn + 1
    assert await store.save(kept, replace(kept.deal, status="refused", step="done")) is None
    known = await store.get(kept.deal.key)
    assert known is not None and known.deal.step == "claim"


async def test_a_time_is_one_s_and_a_touching_one_is_free(database: OpenDatabase, keyring: Keyring) -> None:
    store = await opened(database, keyring)
    first = await begin(store, another())
    assert (await begin(store, another())).deal.error == "held"
    longer = replace(slot_at(0), start=slot_at(0).start - timedelta(minutes=5))
    assert (await begin(store, another(slot=longer))).deal.error == "held"
    assert (await begin(store, another(slot=slot_at(1)))).deal.error == ""
    other_doctor = replace(slot_at(0), doctor=replace(slot_at(0).doctor, id="d2"))
    assert (await begin(store, another(slot=other_doctor))).deal.error == ""
    await store.save(first, replace(first.deal, status="refused", step="alternatives"))
    assert (await begin(store, another())).deal.error == "", "a lost time is let go at once"


async def test_a_booked_time_stays_until_the_mis_lists_it(database: OpenDatabase, keyring: Keyring) -> None:
    store = await opened(database, keyring)
    kept = await begin(store, another())
    await store.save(kept, replace(kept.deal, status="booked", step="done", appointment=OURS))
    assert len(await times(store)) == 1
    until = await store.database.fetchval("SELECT until FROM reservations")
    assert clock.now() < until <= clock.now() + LAG
    visit = replace(OURS, start=slot_at(0).start)
    gone = await begin(store, another(CANCEL, visit=visit))
    await store.save(gone, replace(gone.deal, status="cancelled", step="done"))
    assert await times(store) == [], "cancelled by us, it may be had at once"


async def test_our_own_deeds_are_known_by_the_visit(database: OpenDatabase, keyring: Keyring) -> None:
    store = await opened(database, keyring)
    kept = await begin(store, another())
    await store.save(kept, replace(kept.deal, status="booked", step="done", appointment=OURS))
    assert await store.ours(OURS.id, clock.now() - timedelta(minutes=1))
    assert not await store.ours("another", clock.now() - timedelta(minutes=1))
    assert not await store.ours(OURS.id, clock.now() + timedelta(minutes=1))


async def test_what_is_over_for_long_is_removed_and_what_is_open_is_not(
    database: OpenDatabase, keyring: Keyring
) -> None:
    store = await opened(database, keyring)
    over, open_ = await begin(store, another()), await begin(store, another(slot=slot_at(3)))
    await store.save(over, replace(over.deal, status="booked", step="done"))
    await store.database.execute("UPDATE bookings SET changed_at = changed_at - interval '91 days'")
    await store.tidy()
    assert await store.get(over.deal.key) is None and await store.get(open_.deal.key) is not None
    assert await store.due(clock.now()) == [open_.deal.key]


async def test_those_that_wait_longest_come_first_and_those_in_hand_take_nobody_s_place(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, now = await opened(database, keyring), clock.now()
    waited = [(await begin(store, another(slot=slot_at(one), next_at=now - timedelta(minutes=one)))) for one in (1, 3, 2)]
    await begin(store, another(slot=slot_at(4), next_at=now + timedelta(hours=1)))
    new, old, middle = (one.deal.key for one in waited)
    assert await store.due(now) == [old, middle, new]
    monkeypatch.setattr("mis.booking.store._AT_ONCE", 1)
    assert await store.due(now) == [old]
    assert await store.due(now, {old}) == [middle], "one that always fails is in hand, and the next has its turn"
