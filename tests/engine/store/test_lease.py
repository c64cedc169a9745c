"""One leader at a time, by the clock of the database."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from engine.store.lease import TERM_S, TROUBLES, Lease, LeaseLost, leader
from okno.database import Database, DatabaseDown
from tests.fixtures import OpenDatabase


async def test_taken_told_released(database: OpenDatabase) -> None:
    one = await database("engine")
    lease = Lease(one, "a", "http://a")
    assert not lease.sure and (await leader(one)).address == ""
    await lease.take()
    assert lease.sure and lease.epoch == 1
    assert (await leader(one)).address == "http://a"
    await lease.release()
    assert not lease.sure and (await leader(one)).address == ""


async def test_the_next_one_waits_for_the_end_and_raises_the_epoch(database: OpenDatabase) -> None:
    one = await database("engine")
    first, second = Lease(one, "a", "http://a"), Lease(one, "b", "http://b")
    await first.take()
    waiting = asyncio.create_task(second.take())
    await asyncio.sleep(0.6)
    assert not waiting.done()
    await one.execute("UPDATE lease SET expires_at = now()")
    await asyncio.wait_for(waiting, 5)
    assert second.epoch == first.epoch + 1 and second.sure
    with pytest.raises(LeaseLost):
        await first.renew()
    assert not first.sure


async def test_a_leader_whose_database_was_away_for_longer_than_the_lease_renews_it_first(database: OpenDatabase) -> None:
    one = await database("engine")
    first, second = Lease(one, "a", "http://a"), Lease(one, "b", "http://b")
    await first.take()
    name = await one.fetchval("SELECT current_database()")
    other = await asyncpg.connect(one.url.rpartition("/")[0] + "/postgres")
    waiting = asyncio.create_task(second.take())
    try:
        await other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # nobody comes in before it is renamed
        await other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name)
        await other.execute(f'ALTER DATABASE "{name}" RENAME TO "{name}_away"')
        with pytest.raises(DatabaseDown):
            await first.renew()
        await asyncio.sleep(TERM_S)
        await other.execute(f'ALTER DATABASE "{name}_away" ALLOW_CONNECTIONS true')
        await other.execute(f'ALTER DATABASE "{name}_away" RENAME TO "{name}"')
        keeping = asyncio.create_task(first.keep())
        await asyncio.sleep(3)
        assert first.sure and not waiting.done() and not keeping.done()
        keeping.cancel()
        await asyncio.wait_for(waiting, TERM_S + 2)  # one who does not come back is waited for no longer than ever
        assert second.epoch == first.epoch + 1
    finally:
        waiting.cancel()
        await other.close()


async def test_an_expired_lease_nobody_took_may_be_renewed(database: OpenDatabase) -> None:
    one = await database("engine")
    lease = Lease(one, "a", "http://a")
    await lease.take()
    await one.execute("UPDATE lease SET expires_at = now() - interval '1 minute'")
    await lease.renew()
    assert (await leader(one)).address == "http://a"


async def test_sure_by_our_own_clock_for_less_than_the_term(
    database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = Lease(await database("engine"), "a", "http://a")
    now = 1000.0
    monkeypatch.setattr("okno.clock.monotonic", lambda: now)
    await lease.take()
    now = 1004.4
    assert lease.sure
    now = 1004.6
    assert not lease.sure
    await lease.renew()
    assert lease.sure


async def test_kept_each_second(database: OpenDatabase) -> None:
    one = await database("engine")
    lease = Lease(one, "a", "http://a")
    await lease.take()
    before = await one.fetchval("SELECT expires_at FROM lease")
    keeping = asyncio.create_task(lease.keep())
    await asyncio.sleep(1.3)
    assert await one.fetchval("SELECT expires_at FROM lease") > before
    await one.execute("UPDATE lease SET epoch = 9")
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(keeping, 3)


async def test_what_a_frozen_leader_left_open_is_ended_before_the_lease_is_taken(database: OpenDatabase) -> None:
    """A leader stopped in the middle of a turn holds the lease's row; nobody waits for its transaction to time out."""
    one = await database("engine")
    frozen = await Database.open(one.url, name="test-engine")
    second = Lease(one, "b", "http://b")
    try:
        await Lease(frozen, "a", "http://a").take()
        with pytest.raises((DatabaseDown, *TROUBLES)):
            async with frozen.acquire() as held:
                await one.execute("UPDATE lease SET expires_at = now() + interval '2 seconds'")
                await held.transaction().start()
                await held.execute("UPDATE lease SET turn = turn + 1")
                await asyncio.sleep(2.2)
                await asyncio.wait_for(second.take(), 3)
                await held.execute("SELECT 1")
        assert second.epoch == 2
    finally:
        await frozen.close()
    assert await one.fetchval("SELECT turn FROM lease") == 0


async def test_an_open_transaction_of_a_leader_that_lives_is_left_alone(database: OpenDatabase) -> None:
    one = await database("engine")
    lease = Lease(one, "a", "http://a")
    await lease.take()
    async with one.acquire() as held, held.transaction():
        await held.execute("SELECT 1")
        other = await Database.open(one.url, name="test-engine")
        try:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(Lease(other, "b", "http://b").take(), 2.5)
        finally:
            await other.close()
        assert await held.fetchval("SELECT 1") == 1
