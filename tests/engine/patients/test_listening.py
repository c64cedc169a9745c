"""What `mis` tells is written once, whoever dies in between: real loop, real database, real Valkey."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from engine.events import VisitTold, WorkEnded, WorkTold
from engine.patients.listening import Listening
from engine.store.codec import Codec
from engine.store.history import History
from engine.told import NotUnderstood
from engine.world import Put, Queue, Request
from mis.feed import VISITS, WORK, WORK_PLACE, VisitChanged, WorkOver, WorkWanted
from okno import clock
from okno.bus import BusEvent, Outbox, Relay, connect
from okno.database import Database
from okno.ids import uuid7
from okno.seal import Keyring, SealBroken
from tests.engine.clinic import AT_ANY_HOUR
from tests.engine.rig import Rig, running
from tests.fixtures import OpenDatabase

NUMBER = "+79990001873"


class Told:
    """A loop that listens, and short ways to tell it something."""

    def __init__(self, rig: Rig, listening: Listening, keyring: Keyring) -> None:
        self.rig, self.listening, self._bus = rig, listening, keyring.sealer("bus")

    def work(self, key: UUID, *, who: Any = None, row: UUID | None = None, **more: Any) -> dict[str, Any]:
        """The payload of work wanted."""
        text = json.dumps({"phone": NUMBER, "patient": "Patient/1", "note": "a note"} if who is None else who)
        blob = base64.b64encode(self._bus.seal(text, row=str(row or key), **WORK_PLACE)).decode()
        given = {"key": key, "reason": "changed", "queue": "", "due_at": clock.now() + timedelta(hours=1), "who": blob}
        return WorkWanted(**(given | more)).model_dump(mode="json")

    async def tell(self, stream: str, payload: dict[str, Any]) -> None:
        """Give it straight to the handler, as a bus that forgot what it had noted would."""
        event = BusEvent(uuid7(), stream, "-", payload, clock.now())
        handler = self.listening.visit if stream == VISITS else self.listening.work
        async with self.rig.database.acquire() as connection, connection.transaction():
            await handler(event, connection)

    async def lines(self, request: str) -> list[tuple[str, str]]:
        """What a request's history says."""
        entries = await History(self.rig.database, self.rig.codec).entries(request)
        return [(entry.what, entry.note) for entry in entries]


@asynccontextmanager
async def told(database: Database, keyring: Keyring, redis_url: str) -> AsyncIterator[Told]:
    """A loop that listens; its Valkey is a database of its own."""
    redis = connect(redis_url.rpartition("/")[0] + "/7")
    async with running(database, keyring) as rig:
        queue = Queue(key="front", title_ru="Регистратура", title_en="Front desk", callbacks=AT_ANY_HOUR)
        rig.loop.world.apply([Put(queue)])
        listening = Listening(
            database, redis, keyring.sealer("bus"), take=rig.loop.take, history=History(database, rig.codec),
            registry=rig.registry,
        )  # fmt: skip
        yield Told(rig, listening, keyring)
    await redis.flushdb()
    await redis.aclose()


@asynccontextmanager
async def at_work(*runs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let these run meanwhile; they end whatever the test finds."""
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)


async def until(fact: Callable[[], Any]) -> None:
    """Wait until it is so."""
    for _ in range(1000):
        if await fact():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not become so")


async def test_a_visit_is_written_once_however_often_it_is_told(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        request = uuid4()
        visit = VisitChanged(key=uuid4(), request=request, what="booked", actor="orlova", at=clock.now())
        for _ in range(3):
            await one.tell(VISITS, visit.model_dump(mode="json"))
        assert await one.lines(str(request)) == [("visit_booked", "")]


async def test_work_is_one_request_also_when_it_was_done_before_it_is_told_again(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        payload = one.work(key := uuid7())
        await one.tell(WORK, payload)
        made = one.rig.loop.world.get(Request, str(key))
        assert made is not None and (made.phone, made.meant, made.kind) == (NUMBER, "Patient/1", "callback")
        await one.rig.database.execute("UPDATE requests SET open = false")
        one.rig.loop.world.apply([])
        await one.tell(WORK, payload)
        assert await one.lines(str(key)) == [("opened", ""), ("work_changed", "a note")]
        row = await one.rig.database.fetchrow("SELECT * FROM requests")
        assert row is not None and not row["open"]
        assert b"Patient/1" not in row["meant"] and row["patient"] is None


@pytest.mark.parametrize(("phone", "kept"), [("8 (999) 000-18-73", NUMBER), ("anonymous", ""), ("", ""), ("103", "")])
async def test_a_number_is_read_once_and_what_is_none_is_none(
    phone: str, kept: str, database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        await one.tell(WORK, one.work(key := uuid7(), who={"phone": phone, "patient": "Patient/1", "later": "word"}))
        made = one.rig.loop.world.get(Request, str(key))
        assert made is not None and made.phone == kept


async def test_work_without_a_number_has_that_of_the_request_it_comes_of_also_when_that_is_done(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        await one.tell(WORK, one.work(first := uuid7()))
        await one.rig.database.execute("UPDATE requests SET open = false")
        for request, phone in ((str(first), NUMBER), (str(uuid4()), ""), ("", "")):
            who = {"phone": "", "patient": f"Patient/{request}", "request": request}
            await one.tell(WORK, one.work(key := uuid7(), who=who, reason="unresolved"))
            made = one.rig.loop.world.get(Request, str(key))
            assert made is not None and made.phone == phone


async def test_what_is_not_in_our_words_or_under_our_seal_is_refused_with_nobody_s_data(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        key = uuid7()
        for payload, error in (
            (one.work(key, row=uuid7()), SealBroken), (one.work(key) | {"who": "%"}, NotUnderstood),
            (one.work(key) | {"who": ""}, SealBroken), (one.work(key) | {"reason": "whim"}, ValidationError),
            (one.work(key, who=[NUMBER]), ValidationError),
        ):  # fmt: skip
            with pytest.raises(error) as caught:
                await one.tell(WORK, payload)
            if error is not ValidationError:  # of pydantic's own words the log keeps places only
                assert "18" not in str(caught.value)
        assert one.rig.loop.world.get(Request, str(key)) is None


async def test_over_the_bus_in_order_and_confirmed(database: OpenDatabase, keyring: Keyring, redis_url: str) -> None:
    source = await database("mis")
    async with told(await database("engine"), keyring, redis_url) as one:
        redis = connect(redis_url.rpartition("/")[0] + "/7")
        relay = Relay(source, redis, {VISITS: ["engine"], WORK: ["engine"]}, CollectorRegistry())
        async with at_work(one.listening.run(), relay.run()):
            request, key = uuid4(), uuid7()
            booking = uuid4()
            async with source.acquire() as connection, connection.transaction():
                await Outbox.add(connection, WORK, key, "WorkWanted", one.work(key))
                for what in ("unknown", "booked"):
                    visit = VisitChanged(key=booking, request=request, what=what, actor="orlova", at=clock.now())
                    await Outbox.add(connection, VISITS, uuid7(), "VisitChanged", visit.model_dump(mode="json"))

            async def confirmed() -> bool:
                return await source.fetchval("SELECT count(*) FROM outbox") == 0

            await until(confirmed)
            assert await one.lines(str(request)) == [("visit_unknown", ""), ("visit_booked", "")]
            assert one.rig.loop.world.get(Request, str(key)) is not None
            async with source.acquire() as connection, connection.transaction():
                for _ in range(2):
                    over = WorkOver(key=key, why="confirmed").model_dump(mode="json")
                    await Outbox.add(connection, WORK, uuid7(), "WorkOver", over)
            await until(confirmed)
            assert one.rig.loop.world.get(Request, str(key)) is None
            assert [what for what, _ in await one.lines(str(key))] == ["opened", "work_changed", "work_over"]
            assert await one.rig.database.fetchval("SELECT status FROM requests WHERE id = $1", key) == "cancelled"
        await redis.aclose()


async def test_what_the_loop_gives_up_is_not_told_for_ever(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    taken: list[Any] = []

    def take(event: VisitTold | WorkTold | WorkEnded, done: Callable[[bool], None]) -> None:
        taken.append(event)
        done(False)
        done(False)

    one = await database("engine")
    history = History(one, Codec(keyring.sealer("engine")))
    redis = connect(redis_url)
    listening = Listening(one, redis, keyring.sealer("bus"), take=take, history=history, registry=CollectorRegistry())
    visit = VisitChanged(key=uuid4(), request=uuid4(), what="booked", actor="orlova", at=clock.now())
    async with one.acquire() as connection:
        await listening.visit(BusEvent(uuid7(), VISITS, "-", visit.model_dump(mode="json"), clock.now()), connection)
    assert len(taken) == 1
    await redis.aclose()
