"""From outbox to handler and back, over a Redis that works, restarts, forgets, and is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from okno.bus import connect
from okno.bus.streams import confirmations_of
from tests.fixtures import OpenDatabase
from tests.okno.bus.world import World, running
from tests.okno.conftest import OwnServer


async def test_in_order_once_and_gone_when_confirmed(world: World) -> None:
    numbers = list(range(1200))
    await world.publish(numbers[:600])
    async with running(world.relay(), world.consumer()):
        await world.publish(numbers[600:])
        await world.until(numbers)
        await asyncio.sleep(0.6)
        assert await world.redis.xlen(world.stream) == 0  # what everybody has taken leaves Redis too
        assert await world.redis.xlen(confirmations_of(world.stream)) == 0
    assert world.metric("okno_bus_handled_total") == 1200
    assert world.metric("okno_bus_repeated_total") == 0


async def test_it_is_quick(world: World) -> None:
    """A commit wakes the relay at once; nobody waits for a poll."""
    async with running(world.relay(), world.consumer()):
        await world.publish([1])
        await world.until([1])
        await world.publish([2])
        await world.until([1, 2], seconds=5)


async def test_a_row_lives_until_every_group_has_confirmed(world: World) -> None:
    await world.publish([1, 2])
    async with running(world.relay("web", "chat"), world.consumer()):
        await world.until([1, 2], left=2)
        async with running(world.consumer(group="chat")):
            await world.until([1, 2, 1, 2])


async def test_a_stream_without_consumers_keeps_nothing_in_the_outbox(world: World) -> None:
    async with running(world.relay()):
        async with world.source.acquire() as connection:
            await connection.execute(
                "INSERT INTO outbox (event_id, stream, kind, payload) VALUES (gen_random_uuid(), 't.none', 'K', '{}')"
            )
        await world.until([])
    await world.redis.delete("t.none")


async def test_two_relays_send_once(world: World) -> None:
    async with running(world.relay(), world.relay(), world.consumer()):
        await world.publish(list(range(100)))
        await world.until(list(range(100)))
    assert world.metric("okno_bus_repeated_total") == 0


async def test_a_relay_that_died_is_replaced(world: World) -> None:
    async with running(world.relay()) as first:
        await asyncio.sleep(0.3)
        async with running(world.relay(), world.consumer()):
            first[0].cancel()
            await asyncio.gather(*first, return_exceptions=True)
            await world.publish([1])
            await world.until([1])
            first[0] = asyncio.create_task(asyncio.sleep(60))


async def test_told_to_end_just_when_its_database_went_it_ends(world: World) -> None:
    """It cannot give its lock back any more; that failure must not pass for a mere absence to be waited out."""
    await world.publish([1])
    relay = asyncio.create_task(world.relay().run())
    consumer = asyncio.create_task(world.consumer().run())
    await world.until([1])
    await world.source.close(timeout=0.1)  # the relay holds its connection: it is cut
    for task in (relay, consumer):
        task.cancel()
    over, _ = await asyncio.wait((relay, consumer), timeout=10)
    assert over == {relay, consumer} and relay.cancelled() and consumer.cancelled()


async def test_what_redis_forgot_is_sent_again(world: World) -> None:
    """The stream is lost while nobody listened: the consumer that comes later still gets everything."""
    async with running(world.relay()):
        await world.publish([1, 2, 3])
        while await world.source.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL"):
            await asyncio.sleep(0.05)
        await world.redis.delete(world.stream, f"okno:relay:{world.stream}")
        async with running(world.consumer()):
            await world.until([1, 2, 3])
    assert world.figure("okno_bus_resent_total") == 3


async def test_a_lost_confirmation_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Handled, but the confirmation was lost: it is sent again, dropped as known, and confirmed."""
    monkeypatch.setattr("okno.bus.relay._LOST_AFTER_S", 0)
    monkeypatch.setattr("okno.bus.relay._AUDIT_EVERY_S", 0.2)
    async with running(world.consumer()):
        async with running(world.relay()):
            await asyncio.sleep(0.3)
        await world.publish([1])
        [row] = await world.source.fetch("SELECT * FROM outbox")
        async with world.source.acquire() as connection:
            await world.relay()._send(connection)
        await world.until([1], left=1)
        await asyncio.sleep(0.2)
        await world.redis.delete(confirmations_of(world.stream))
        async with running(world.relay()):
            await world.until([1])
    assert row["kind"] == "Counted"
    assert world.metric("okno_bus_repeated_total") >= 1


async def test_garbage_on_the_confirmation_stream_is_passed_over(world: World) -> None:
    for fields in ({"x": "y"}, {"id": "nonsense", "group": "web"}):
        await world.redis.xadd(confirmations_of(world.stream), fields)
    async with running(world.relay(), world.consumer()):
        await world.publish([1])
        await world.until([1])


@pytest_asyncio.fixture
async def fragile(database: OpenDatabase, own_valkey: OwnServer) -> AsyncIterator[World]:
    """A world whose Valkey a test may kill. It keeps nothing over a restart."""
    await own_valkey.start()
    redis = connect(own_valkey.url)
    made = World(await database(), await database(), redis)
    await made.prepare()
    yield made
    await redis.aclose()


async def test_redis_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    fragile: World, own_valkey: OwnServer
) -> None:
    numbers = list(range(400))
    async with running(fragile.relay(), fragile.consumer()):
        for start in range(0, 400, 40):
            await fragile.publish(numbers[start : start + 40])
            if start in (80, 240):
                own_valkey.kill()
            if start in (160, 320):
                await own_valkey.start()
        await fragile.until(numbers, seconds=40)
        assert fragile.figure("okno_bus_redis_up") == 1


async def test_with_redis_dead_events_wait_in_the_outbox(fragile: World, own_valkey: OwnServer) -> None:
    own_valkey.kill()
    async with running(fragile.relay(), fragile.consumer()):
        await fragile.publish([1, 2])
        await asyncio.sleep(0.5)
        assert await fragile.left() == 2 and fragile.figure("okno_bus_redis_up") == 0
        await own_valkey.start()
        await fragile.until([1, 2], seconds=30)
