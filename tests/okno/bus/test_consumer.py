"""A consumer takes each event once, in order, whatever its handler, its process or its database does."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import uuid4

import pytest

from okno.bus import BusEvent
from okno.database import Connection
from tests.okno.bus.world import World, running


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okno.bus.consumer._PAUSES_S", (0.01,))


async def test_the_same_event_twice_is_handled_once(world: World) -> None:
    async with running(world.relay(), world.consumer()):
        [event_id] = await world.publish([1])
        await world.until([1])
        await world.redis.xadd(
            world.stream,
            {"id": str(event_id), "kind": "Counted", "at": "2026-11-21T00:00:00+00:00", "payload": '{"n": 9}'},
        )
        await world.publish([2])
        await world.until([1, 2])
    assert world.metric("okno_bus_repeated_total") == 1


async def test_a_handler_that_fails_twice_then_works_keeps_the_order(world: World) -> None:
    failures = iter([True, True])

    async def stumble(event: BusEvent, connection: Connection) -> None:
        await world.note(event, connection)
        if event.payload["n"] == 2 and next(failures, False):
            raise RuntimeError("not yet")

    world.handler = stumble
    async with running(world.relay(), world.consumer()):
        await world.publish([1, 2, 3])
        await world.until([1, 2, 3])
    assert world.metric("okno_bus_failed_total") == 2 and world.metric("okno_dead_letters") == 0


async def test_after_five_tries_it_is_a_dead_letter_and_the_rest_goes_on(world: World) -> None:
    broken = True

    async def refuse(event: BusEvent, connection: Connection) -> None:
        if event.payload["n"] == 2 and broken:
            raise ValueError("caller +79990001122 of Щукоедов")
        await world.note(event, connection)

    world.handler = refuse
    consumer = world.consumer()
    async with running(world.relay(), consumer):
        _, dead_id, _ = await world.publish([1, 2, 3])
        await world.until([1, 3])
    [letter] = await consumer.dead()
    assert (letter.event.id, letter.event.payload, letter.tries) == (dead_id, {"n": 2}, 5)
    assert letter.error == "ValueError: caller •number• of •"
    assert world.metric("okno_dead_letters") == 1 and world.metric("okno_bus_failed_total") == 5
    with pytest.raises(ValueError, match="caller"):
        await consumer.revive(dead_id)
    assert len(await consumer.dead()) == 1
    broken = False
    assert await consumer.revive(dead_id) is True
    assert await consumer.revive(dead_id) is False
    assert await world.taken() == [1, 3, 2] and await consumer.dead() == [] and world.metric("okno_dead_letters") == 0


async def test_what_has_nothing_to_do_with_one_another_is_handled_side_by_side_and_the_rest_in_order(world: World) -> None:
    """Odd and even numbers: the first odd one waits, even ones go on, and no odd one overtakes it."""
    free, stumbled = asyncio.Event(), False

    async def handle(event: BusEvent, connection: Connection) -> None:
        nonlocal stumbled
        if event.payload["n"] == 1:
            await free.wait()
        if event.payload["n"] == 4 and not stumbled:
            stumbled = True
            raise RuntimeError("not yet")
        await world.note(event, connection)

    world.handler = handle
    consumer = world.consumer(apart=lambda event: "odd" if event.payload["n"] % 2 else "even")
    await world.publish([1, 2, 3, 4, 5, 6])
    async with running(world.relay()):
        async with asyncio.timeout(20):  # what is read together is handled side by side
            while await world.redis.xlen(world.stream) < 6:
                await asyncio.sleep(0.02)
    async with running(world.relay(), consumer):
        await world.until([2, 4, 6], left=3)
        free.set()
        await world.until([2, 4, 6, 1, 3, 5])


async def test_a_consumer_that_died_in_the_middle_finishes_under_its_name(world: World) -> None:
    stuck = asyncio.Event()

    async def hang(event: BusEvent, connection: Connection) -> None:
        await world.note(event, connection)
        stuck.set()
        await asyncio.sleep(60)

    world.handler = hang
    async with running(world.relay()):
        await world.publish([1, 2])
        async with running(world.consumer()):
            await asyncio.wait_for(stuck.wait(), 10)
        assert await world.taken() == []  # its transaction died with it
        world.handler = world.note
        async with running(world.consumer()):
            await world.until([1, 2])


async def test_what_a_dead_consumer_left_is_taken_over_by_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("okno.bus.consumer._ORPHANED_MS", 200)
    monkeypatch.setattr("okno.bus.consumer._CHORES_S", 0.1)
    monkeypatch.setattr("okno.bus.consumer._BLOCK_MS", 100)
    stuck = asyncio.Event()

    async def hang(event: BusEvent, connection: Connection) -> None:
        stuck.set()
        await asyncio.sleep(60)

    world.handler = hang
    async with running(world.relay()):
        await world.publish([1])
        async with running(world.consumer("dead")):
            await asyncio.wait_for(stuck.wait(), 10)
        world.handler = world.note
        async with running(world.consumer("alive")):
            await world.until([1])


async def test_two_consumers_of_a_group_share_and_never_double(world: World) -> None:
    async with running(world.relay(), world.consumer("one"), world.consumer("two")):
        await world.publish(list(range(300)))
        async with asyncio.timeout(20):
            while len(await world.taken()) < 300 or await world.left():
                await asyncio.sleep(0.05)
    assert sorted(await world.taken()) == list(range(300))


async def test_an_event_that_kills_the_process_each_time_is_given_up(world: World) -> None:
    """Deliveries are counted by Redis, so a crash loop ends too."""

    async def die(event: BusEvent, connection: Connection) -> None:
        if event.payload["n"] == 1:
            raise asyncio.CancelledError  # what a kill looks like from inside
        await world.note(event, connection)

    world.handler = die
    async with running(world.relay()):
        await world.publish([1, 2])
        deaths = 0
        while await world.taken() != [2]:
            consumer = world.consumer()
            life = asyncio.create_task(consumer.run())
            async with asyncio.timeout(20):
                while not life.done() and await world.taken() != [2]:
                    await asyncio.sleep(0.02)
            deaths += life.done()
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
    assert deaths == 6  # the first delivery came in a batch and blames nobody; five more are its own
    assert [letter.error for letter in await consumer.dead()] == ["the process died while handling it"]


async def test_an_end_that_a_handler_swallows_is_heeded_all_the_same(world: World) -> None:
    reached = asyncio.Event()

    async def deaf(event: BusEvent, connection: Connection) -> None:
        await world.note(event, connection)
        reached.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(30)

    world.handler = deaf
    async with running(world.relay()):
        await world.publish([1])
        life = asyncio.create_task(world.consumer().run())
        async with asyncio.timeout(10):
            await reached.wait()
            life.cancel()
            await asyncio.wait([life])
    assert life.cancelled() and await world.taken() == [1]


async def test_garbage_in_the_stream_is_counted_and_passed(world: World) -> None:
    await world.redis.xadd(world.stream, {"what": "is this"})
    async with running(world.relay(), world.consumer()):
        await world.publish([1])
        await world.until([1])
    assert world.metric("okno_bus_garbage_total") == 1


async def test_the_inbox_forgets_what_cannot_come_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okno.bus.consumer._CHORES_S", 0.0)
    monkeypatch.setattr("okno.bus.consumer._BLOCK_MS", 50)
    await world.target.execute(
        "INSERT INTO inbox VALUES ($1, 'web', now() - interval '31 days'), ($2, 'web', now())", uuid4(), uuid4()
    )
    async with running(world.consumer()):
        async with asyncio.timeout(10):
            while await world.target.fetchval("SELECT count(*) FROM inbox") != 1:
                await asyncio.sleep(0.05)


async def test_the_group_vanishing_under_it_is_no_end(world: World) -> None:
    async with running(world.relay(), world.consumer()):
        await world.publish([1])
        await world.until([1])
        await world.redis.delete(world.stream, f"okno:relay:{world.stream}")
        await world.publish([2, 3])
        await world.until([1, 2, 3])
