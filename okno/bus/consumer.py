"""Takes events of one stream for one group: each once, in order, never lost.

Events that have nothing to do with one another may be handled side by side, of those that are read together: a handler
that waits for a commit of its own, or one that fails and is tried again, then delays no other's of them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry
from redis.exceptions import ResponseError

from okno import clock, logs
from okno.bus.figures import figures
from okno.bus.outbox import BusEvent
from okno.bus.streams import TROUBLES, Redis, confirmations_of, heed
from okno.database import Connection, Database, DatabaseDown
from okno.logs.faults import words

Handler = Callable[[BusEvent, Connection], Awaitable[None]]
Apart = Callable[[BusEvent], str]
_Entry = tuple[str, dict[str, str] | None]

log = logs.get(__name__)

_TRIES = 5
_PAUSES_S = (0.1, 0.3, 1.0, 3.0)  # between tries; the stream waits, for order matters more than one event's delay
_BATCH = 50
_ABREAST = 4  # each holds a connection, and its handler may want another
_BLOCK_MS = 2000
_ORPHANED_MS = 60_000  # an entry another consumer of the group has held this long is taken over
_CHORES_S = 30.0
_INBOX_DAYS = 30  # no event is sent again so late
_BACKOFF_S = (0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event whose handling failed every time; `error` is what a log may say of why."""

    event: BusEvent
    error: str
    tries: int
    died_at: datetime


class Consumer:
    """One consumer of one group.

    Args:
        redis: from `okno.bus.connect`.
        stream: "engine.calls".
        group: the service's name; its groups confirm apart.
        name: this process among those of the group; the same after a restart, so that it finds what it left.
        handler: called as `handler(event, connection)` inside the transaction that notes the event's id: what it
            writes there is committed with the note or not at all. It raises when it could not.
        dedupe_db: the consumer's own database.
        registry: where its metrics go.
        apart: what an event is about, in a word. Events of one word are handled in order, those of different words
            side by side, a few at a time; None: all in order.
    """

    def __init__(  # noqa: PLR0917  who it is takes four words
        self,
        redis: Redis,
        stream: str,
        group: str,
        name: str,
        handler: Handler,
        dedupe_db: Database,
        registry: CollectorRegistry | None = None,
        *,
        apart: Apart | None = None,
    ) -> None:
        self._redis = redis
        self.stream, self.group, self.name = stream, group, name
        self._handler, self._apart = handler, apart
        self._database = dedupe_db
        self._figures = figures(registry)
        self._labels = (stream, group)
        self._deliveries: dict[str, int] = {}

    async def run(self) -> None:
        """Take events until cancelled; the database or Redis going away only makes it wait."""
        failures = 0
        while True:
            try:
                await self._begin()
                failures = 0
                await self._take()
            except (*TROUBLES, DatabaseDown) as error:
                heed()
                lost_group = isinstance(error, ResponseError) and "NOGROUP" in str(error)  # Redis came back empty
                if failures == 0 and not lost_group:
                    log.warning("consumer_waits", extra={"stream": self.stream, "reason": type(error).__name__})
                await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
                failures += 1

    async def dead(self) -> list[DeadLetter]:
        """Return the events given up on, the oldest first."""
        rows = await self._database.fetch(
            "SELECT * FROM dead_letters WHERE stream = $1 AND consumer_group = $2 ORDER BY died_at",
            self.stream,
            self.group,
        )
        return [DeadLetter(BusEvent.from_row(row), row["error"], row["tries"], row["died_at"]) for row in rows]

    async def revive(self, event_id: UUID) -> bool:
        """Handle a dead letter now; return whether there was one. What the handler raises goes to the caller."""
        async with self._database.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "DELETE FROM dead_letters WHERE event_id = $1 AND consumer_group = $2 RETURNING *", event_id, self.group
            )
            if row is None:
                return False
            await self._handler(BusEvent.from_row(row), connection)
        await self._count_dead()
        return True

    async def _begin(self) -> None:
        """Join the group, making it if need be, and finish what this consumer had taken before it died."""
        try:
            await self._redis.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        await self._count_dead()
        pending: Any = await self._redis.xpending_range(self.stream, self.group, "-", "+", 1000, consumername=self.name)
        self._deliveries = {entry["message_id"]: entry["times_delivered"] for entry in pending}
        while True:  # one by one: each reading counts as a delivery, and only the event that is tried may be blamed
            entries = _entries(await self._redis.xreadgroup(self.group, self.name, {self.stream: "0"}, count=1))
            if not entries:
                return
            await self._settle(*entries[0])

    async def _take(self) -> None:
        chores_at = clock.monotonic()
        while True:
            heed()
            answer = await self._redis.xreadgroup(
                self.group, self.name, {self.stream: ">"}, count=_BATCH, block=_BLOCK_MS
            )
            await self._settle_all(_entries(answer))
            if clock.monotonic() >= chores_at:
                chores_at = clock.monotonic() + _CHORES_S
                await self._chores()

    async def _chores(self) -> None:
        """Take over what a dead consumer of the group left; forget events too old to come again."""
        _, entries, *_ = await self._redis.xautoclaim(
            self.stream, self.group, self.name, _ORPHANED_MS, "0-0", count=_BATCH
        )
        await self._settle_all(entries)
        await self._database.execute(
            "DELETE FROM inbox WHERE taken_at < now() - make_interval(days => $1)", _INBOX_DAYS
        )
        await self._count_dead()

    async def _settle_all(self, entries: Sequence[_Entry]) -> None:
        """Handle entries: those of one word in order, the lines of different words side by side."""
        lines: dict[str, list[_Entry]] = defaultdict(list)
        for name, fields in entries:
            lines[self._word(fields)].append((name, fields))
        turn = asyncio.Semaphore(_ABREAST)

        async def follow(line: list[_Entry]) -> None:
            for name, fields in line:
                async with turn:
                    await self._settle(name, fields)

        ends = await asyncio.gather(*(follow(line) for line in lines.values()), return_exceptions=True)
        for error in ends:
            if error is not None:
                raise error

    def _word(self, fields: dict[str, str] | None) -> str:
        """What an entry is about; empty when nobody can say."""
        if self._apart is None or not fields:
            return ""
        try:
            return self._apart(BusEvent.from_fields(self.stream, fields))
        except ValueError:
            return ""

    async def _settle(self, name: str, fields: dict[str, str] | None) -> None:
        """Handle one entry, or give it up; then confirm it."""
        if not fields:  # its entry was removed after everybody had confirmed it
            await self._redis.xack(self.stream, self.group, name)
            return
        try:
            event = BusEvent.from_fields(self.stream, fields)
        except ValueError:
            self._figures.garbage.labels(*self._labels).inc()
            log.error("bus_garbage", extra={"stream": self.stream, "entry": name})
            await self._redis.xack(self.stream, self.group, name)
            return
        tries = max(0, self._deliveries.pop(name, 1) - 1)  # a handler that kills its process counts too
        failure = "the process died while handling it"
        while tries < _TRIES:
            try:
                await self._handle_once(event)
                break
            except DatabaseDown:
                heed()
                await self._database.wait_available()
                await asyncio.sleep(_BACKOFF_S[0])
            except Exception as error:
                tries += 1
                failure = f"{type(error).__name__}: {words(error)}"[:500]
                self._figures.failed.labels(*self._labels).inc()
                log.exception(
                    "bus_handler_failed",
                    extra={"stream": self.stream, "kind": event.kind, "event_id": event.id, "tries": tries},
                )
                await asyncio.sleep(_PAUSES_S[min(tries, len(_PAUSES_S)) - 1])
        else:
            await self._bury(event, failure, tries)
        await self._confirm(name, event)

    async def _handle_once(self, event: BusEvent) -> None:
        async with self._database.acquire() as connection, connection.transaction():
            if await self._note(connection, event):
                await self._handler(event, connection)
                self._figures.handled.labels(*self._labels).inc()
            else:
                self._figures.repeated.labels(*self._labels).inc()

    async def _note(self, connection: Connection, event: BusEvent) -> bool:
        """Write the event's id into the inbox; say whether it was not there. A twin in flight is waited for."""
        noted = await connection.fetchval(
            "INSERT INTO inbox (event_id, consumer_group) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
            event.id,
            self.group,
        )
        return bool(noted)

    async def _bury(self, event: BusEvent, failure: str, tries: int) -> None:
        async with self._database.acquire() as connection, connection.transaction():
            await self._note(connection, event)
            await connection.execute(
                "INSERT INTO dead_letters (event_id, consumer_group, stream, kind, payload, made_at, error, tries)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                *(event.id, self.group, event.stream, event.kind, event.payload, event.at, failure, tries),
            )
        log.error("bus_dead_letter", extra={"stream": self.stream, "kind": event.kind, "event_id": event.id})
        await self._count_dead()

    async def _confirm(self, name: str, event: BusEvent) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.xadd(confirmations_of(self.stream), {"id": str(event.id), "group": self.group})
            pipe.xack(self.stream, self.group, name)
            await pipe.execute()

    async def _count_dead(self) -> None:
        number = await self._database.fetchval(
            "SELECT count(*) FROM dead_letters WHERE stream = $1 AND consumer_group = $2", self.stream, self.group
        )
        self._figures.dead.labels(*self._labels).set(number)


def _entries(answer: Any) -> list[tuple[str, dict[str, str]]]:
    """Return the entries in XREADGROUP's answer: a list in RESP2, a map in RESP3."""
    if not answer:
        return []
    batches = answer.values() if isinstance(answer, dict) else [batch for _, batch in answer]
    entries: list[tuple[str, dict[str, str]]] = []
    for batch in batches:
        # RESP3 wraps the batch of a stream once more
        for item in batch[0] if batch and isinstance(batch[0], list) else batch:
            entries.append((item[0], item[1]))
    return entries
