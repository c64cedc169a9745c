"""Carries the outbox to Redis, and takes the confirmations back."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from prometheus_client import CollectorRegistry
from redis.exceptions import ResponseError

from okno import clock, logs
from okno.bus.figures import figures
from okno.bus.outbox import CHANNEL, BusEvent
from okno.bus.streams import TROUBLES, Redis, confirmations_of, heed
from okno.database import Connection, Database, DatabaseDown

log = logs.get(__name__)

_LOCK = 0x6F6B6E6F_0001  # one relay per database: order is kept, and nothing is sent twice without need
_BATCH = 500
_TICK_S = 0.5
_AUDIT_EVERY_S = 10.0  # how often lost entries are looked for
_COUNT_EVERY_S = 2.0
_LOST_AFTER_S = (
    30  # unconfirmed this long while its group has nothing left to do: the entry or its confirmation is lost
)
_MAX_LENGTH = 200_000  # bounds Redis's memory; what is cut off is sent again once the group has caught up
_BACKOFF_S = (0.2, 0.5, 1.0, 2.0)


class Relay:
    """Sends a service's outbox to its streams.

    Args:
        database: the service's own.
        redis: from `okno.bus.connect`.
        consumers: the groups of each stream. A row of a stream with none lives until it is sent.
        registry: where its metrics go.
    """

    def __init__(
        self,
        database: Database,
        redis: Redis,
        consumers: Mapping[str, Sequence[str]],
        registry: CollectorRegistry | None = None,
    ) -> None:
        self._database = database
        self._redis = redis
        self._consumers = {stream: list(groups) for stream, groups in consumers.items()}
        self._figures = figures(registry)
        self._wake = asyncio.Event()
        self._audited = 0.0
        self._counted = 0.0

    async def run(self) -> None:
        """Carry until cancelled; the database or Redis going away only makes it wait."""
        failures = 0
        while True:
            try:
                async with self._database.acquire() as connection:
                    if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                        await self._lead(connection)
                await asyncio.sleep(_BACKOFF_S[-1])  # another process relays; take over when it is gone
                failures = 0
            except (*TROUBLES, DatabaseDown) as error:
                heed()  # we were told to end, and letting go of what went away with it failed
                self._figures.redis_up.set(0)
                if failures == 0:
                    log.warning("relay_waits", extra={"database": self._database.name, "reason": type(error).__name__})
                await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
                failures += 1

    async def _lead(self, connection: Connection) -> None:
        """Relay while this connection, which holds the lock, lives."""

        def wake(*_: object) -> None:
            self._wake.set()

        try:
            await connection.add_listener(CHANNEL, wake)
            while True:
                await self.turn(connection)
                heed()
                self._wake.clear()
                if await self._more(connection):
                    continue
                # Not wait_for: in Python 3.11 it can turn a cancellation at the tick into a mere timeout.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_TICK_S):
                        await self._wake.wait()
        finally:
            if not connection.is_closed():
                await connection.remove_listener(CHANNEL, wake)
                await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)

    async def turn(self, connection: Connection) -> None:
        """Do once all there is to do: notice a Redis that lost its data, take confirmations, send."""
        await self._notice_loss(connection)
        for stream, groups in self._consumers.items():
            await self._take_confirmations(connection, stream, groups)
        await self._send(connection)
        if clock.monotonic() - self._audited >= _AUDIT_EVERY_S:
            self._audited = clock.monotonic()
            for stream, groups in self._consumers.items():
                await self._resend_lost(connection, stream, groups)
        if clock.monotonic() - self._counted >= _COUNT_EVERY_S:
            self._counted = clock.monotonic()
            await self._count(connection)
        self._figures.redis_up.set(1)

    async def _more(self, connection: Connection) -> bool:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)"))

    async def _notice_loss(self, connection: Connection) -> None:
        """Send everything unconfirmed again when this is another Redis than before: restarted, or emptied.

        The mark is the server's run id under a key of ours: a restart changes the first, a flush removes the second.
        """
        run_id = str((await self._redis.info("server"))["run_id"])
        mark = f"okno:relay:{self._database.name}"
        if await self._redis.get(mark) == run_id:
            return
        tag = await connection.execute("UPDATE outbox SET sent_at = NULL, sent_as = NULL WHERE sent_at IS NOT NULL")
        await self._redis.set(mark, run_id)
        self._resent(tag, "redis_is_new")

    async def _send(self, connection: Connection) -> None:
        rows = await connection.fetch("SELECT * FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1", _BATCH)
        if not rows:
            return
        async with self._redis.pipeline(transaction=False) as pipe:
            for row in rows:
                fields: Any = BusEvent.from_row(row).fields()
                pipe.xadd(row["stream"], fields, maxlen=_MAX_LENGTH, approximate=True)
            names = await pipe.execute()
        await connection.execute(
            "UPDATE outbox SET sent_at = now(), sent_as = sent.name"
            " FROM unnest($1::bigint[], $2::text[]) AS sent (id, name) WHERE outbox.id = sent.id",
            [row["id"] for row in rows],
            [str(name) for name in names],
        )
        await connection.execute(
            "DELETE FROM outbox WHERE sent_at IS NOT NULL AND NOT stream = ANY($1)", self._awaited()
        )

    async def _take_confirmations(self, connection: Connection, stream: str, groups: Sequence[str]) -> None:
        where = confirmations_of(stream)
        while entries := _typed(await self._redis.xrange(where, count=_BATCH)):
            confirmed: defaultdict[str, list[UUID]] = defaultdict(list)
            for _, fields in entries:
                with contextlib.suppress(KeyError, ValueError):  # garbage confirms nothing
                    confirmed[fields["group"]].append(UUID(fields["id"]))
            async with connection.transaction():
                for group, ids in confirmed.items():
                    await connection.execute(
                        "UPDATE outbox SET confirmed = confirmed || $2::text"
                        " WHERE event_id = ANY($1) AND NOT $2::text = ANY(confirmed)",
                        ids,
                        group,
                    )
                done: list[asyncpg.Record] = await connection.fetch(
                    "DELETE FROM outbox WHERE stream = $1 AND event_id = ANY($2) AND confirmed @> $3 RETURNING sent_as",
                    stream,
                    [event_id for ids in confirmed.values() for event_id in ids],
                    list(groups),
                )
            async with self._redis.pipeline(transaction=False) as pipe:
                names = [row["sent_as"] for row in done if row["sent_as"]]
                if names:
                    pipe.xdel(stream, *names)
                pipe.xdel(where, *[name for name, _ in entries])
                await pipe.execute()

    async def _resend_lost(self, connection: Connection, stream: str, groups: Sequence[str]) -> None:
        """Send again what a group that has nothing left to do never confirmed."""
        try:
            last = (await self._redis.xinfo_stream(stream))["last-generated-id"]
            known: list[dict[str, Any]] = await self._redis.xinfo_groups(stream)
        except ResponseError:
            return  # no stream yet: nothing was sent
        for group in known:
            if group["name"] in groups and not group["pending"] and group["last-delivered-id"] == last:
                tag = await connection.execute(
                    "UPDATE outbox SET sent_at = NULL, sent_as = NULL WHERE stream = $1 AND NOT $2 = ANY(confirmed)"
                    " AND sent_at < now() - make_interval(secs => $3)",
                    stream,
                    group["name"],
                    _LOST_AFTER_S,
                )
                self._resent(tag, "entries_lost")

    def _resent(self, tag: str, reason: str) -> None:
        number = int(tag.rpartition(" ")[2])
        if number:
            self._figures.resent.inc(number)
            log.warning("outbox_sent_again", extra={"count": number, "reason": reason})

    async def _count(self, connection: Connection) -> None:
        row = await connection.fetchrow(
            "SELECT count(*) AS all, count(*) FILTER (WHERE sent_at IS NULL) AS unsent FROM outbox"
        )
        self._figures.unconfirmed.set(row["all"])
        self._figures.unsent.set(row["unsent"])

    def _awaited(self) -> list[str]:
        return [stream for stream, groups in self._consumers.items() if groups]


def _typed(entries: Any) -> list[tuple[str, dict[str, str]]]:
    """Say what XRANGE gives a client that decodes: redis-py's own type allows every other form too."""
    return [(name, fields or {}) for name, fields in entries]
