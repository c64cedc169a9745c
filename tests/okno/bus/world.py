"""A small world for the bus's tests: one service that publishes, one that takes, and the two between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry

from okno.bus import BusEvent, Consumer, Outbox, Relay
from okno.bus.consumer import Apart
from okno.bus.streams import Redis
from okno.database import Connection, Database


class World:
    """`source` publishes on a stream of this world's own; `taken` is what the consumer's handler committed."""

    def __init__(self, source: Database, target: Database, redis: Redis) -> None:
        self.source, self.target, self.redis = source, target, redis
        self.stream = f"t.{uuid4().hex[:8]}"
        self.registry = CollectorRegistry()
        self.handler: Callable[[BusEvent, Connection], Any] = self.note
        source.name = self.stream  # the relay's mark in Redis is one per database

    async def prepare(self) -> None:
        await self.target.execute("CREATE TABLE taken (at bigserial PRIMARY KEY, event_id uuid NOT NULL, n int)")

    async def note(self, event: BusEvent, connection: Connection) -> None:
        await connection.execute("INSERT INTO taken (event_id, n) VALUES ($1, $2)", event.id, event.payload["n"])

    async def handle(self, event: BusEvent, connection: Connection) -> None:
        """Call whatever handler the test has set by now."""
        await self.handler(event, connection)

    async def publish(self, numbers: list[int]) -> list[UUID]:
        events = [(uuid4(), "Counted", {"n": number}) for number in numbers]
        async with self.source.acquire() as connection, connection.transaction():
            await Outbox.add_many(connection, self.stream, events)
        return [event_id for event_id, _, _ in events]

    def relay(self, *groups: str) -> Relay:
        return Relay(self.source, self.redis, {self.stream: groups or ["web"]}, self.registry)

    def consumer(self, name: str = "one", group: str = "web", apart: Apart | None = None) -> Consumer:
        return Consumer(
            self.redis,
            self.stream,
            group,
            name,
            self.handle,
            self.target,
            self.registry,
            apart=apart,
        )

    async def taken(self) -> list[int]:
        return [row["n"] for row in await self.target.fetch("SELECT n FROM taken ORDER BY at")]

    async def left(self) -> int:
        return int(await self.source.fetchval("SELECT count(*) FROM outbox"))

    async def until(self, numbers: list[int], *, left: int = 0, seconds: float = 20) -> None:
        """Wait until exactly these were taken, and the outbox holds `left` rows."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while await self.taken() != numbers or await self.left() != left:
                    await asyncio.sleep(0.05)
        assert (await self.taken(), await self.left()) == (numbers, left)

    def metric(self, name: str) -> float:
        """Return a metric of the consumer's group."""
        return self.registry.get_sample_value(name, {"stream": self.stream, "group": "web"}) or 0.0

    def figure(self, name: str) -> float | None:
        """Return a metric of the relay."""
        return self.registry.get_sample_value(name)


@asynccontextmanager
async def running(*works: Any) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run relays and consumers for the body of an `async with`; none may end by itself."""
    tasks = [asyncio.create_task(work.run()) for work in works]
    try:
        yield tasks
        assert not [task for task in tasks if task.done()], [task for task in tasks if task.done()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
