"""Events as they came: each kept once, under the channel's own id of it, until it was read."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
from prometheus_client import CollectorRegistry, Counter

from chat.channels import RawEvent
from chat.conversations.sealing import RAW, Seals
from okno import __version__, clock
from okno.database import Connection, Database
from okno.seal.blind import INDEX_BYTES

# Providers repeat an event for a week at most (WhatsApp); so long a repetition is known.
_DONE_DAYS = 15
_DEAD_DAYS = 90
_AT_ONCE = 2000  # are forgotten by one statement: a server that was off for long has very many

_KEEP = """
INSERT INTO raw_event (account, ext_blind, peer_blind, body, row, received_at, next_at)
SELECT $1, ext, peer, body, row, $6, $6 FROM unnest($2::bytea[], $3::bytea[], $4::bytea[], $5::uuid[])
    WITH ORDINALITY AS one (ext, peer, body, row, n) ORDER BY n
ON CONFLICT (account, ext_blind) DO NOTHING RETURNING id"""

# The oldest of each person's, whom nobody else reads: serial per person, parallel across persons. From a person chosen
# by lot one goes on to the next by the index, so neither a person who floods nor very many persons make it slow.
_TAKE = """
WITH RECURSIVE oldest AS (
    (SELECT id, account, peer_blind FROM raw_event WHERE state = 'waiting' AND (account, peer_blind) >= ($3, $4)
        ORDER BY account, peer_blind, id LIMIT 1)
    UNION ALL
    SELECT further.* FROM oldest, LATERAL (
        SELECT id, account, peer_blind FROM raw_event
        WHERE state = 'waiting' AND (account, peer_blind) > (oldest.account, oldest.peer_blind)
        ORDER BY account, peer_blind, id LIMIT 1) further
)
UPDATE raw_event SET state = 'done', done_at = $1 WHERE id = (
    SELECT free.id FROM oldest, LATERAL (
        SELECT id FROM raw_event r WHERE r.id = oldest.id AND state = 'waiting' AND next_at <= $1 AND account = ANY($2)
        FOR UPDATE SKIP LOCKED) free
    LIMIT 1)
RETURNING id, account, body, row, received_at, attempts"""
_DEAD = """
UPDATE raw_event SET state = 'dead', done_at = $2, attempts = attempts + 1, error = $3
WHERE id = $1 AND state = 'waiting'"""
_ONCE_MORE = """
UPDATE raw_event SET state = 'waiting', next_at = $1, attempts = attempts - 1, done_at = NULL
WHERE state = 'dead' AND NOT starts_with(error, $2)"""
_AGAIN = """
UPDATE raw_event SET attempts = attempts + $4, next_at = $2, error = $3 WHERE id = $1 AND state = 'waiting'"""
_OLD = """
DELETE FROM raw_event WHERE id = ANY(ARRAY(
    SELECT id FROM raw_event WHERE state <> 'waiting' AND done_at < $1 AND (state = 'done' OR done_at < $2)
    ORDER BY done_at LIMIT $3))"""


@dataclass(frozen=True, slots=True)
class Raw:
    """An event that is being read; `blob` is its sealed body."""

    id: int
    account: str
    row: UUID
    blob: bytes
    received_at: datetime
    attempts: int


class Raws:
    """Keeps them.

    Args:
        database: of `chat`.
        seals: seals bodies.
        registry: where the figures go.
    """

    def __init__(self, database: Database, seals: Seals, registry: CollectorRegistry | None = None) -> None:
        self._database = database
        self._seals = seals
        self._wakes: set[asyncio.Event] = set()
        self._heard: dict[str, datetime] = {}
        self._kept = Counter(
            "okno_chat_events", "Events that came, by whether they are new.", ["account", "end"],
            registry=registry or CollectorRegistry(),
        )  # fmt: skip

    async def keep(self, account: str, events: Sequence[RawEvent]) -> int:
        """Keep events, each once; return how many are new.

        Raises:
            DatabaseDown: whether they are kept is not known: the provider sends them again.
        """
        if not events:
            return 0
        now = clock.now()
        rows = [self._row(account, event) for event in events]
        try:
            new = await self._insert(account, rows, now)
        except asyncpg.DeadlockDetectedError:  # another post has some of them in another order
            new = await self._insert(account, sorted(rows, key=lambda row: row[0]), now)
        self._heard[account] = now
        self._kept.labels(account, "new").inc(new)
        self._kept.labels(account, "repeated").inc(len(events) - new)
        if new:
            self.wake()
        return new

    def heard_at(self, account: str) -> datetime | None:
        """Return when something of an account was heard last; what other processes heard is known within a minute."""
        return self._heard.get(account)

    def noted(self, account: str, at: datetime) -> None:
        """Note when another process heard something of an account."""
        self._heard[account] = max(at, self._heard.get(account, at))

    async def remember(self) -> None:
        """Read when accounts were heard last: who looks for what he missed needs it. Raises DatabaseDown."""
        for row in await self._database.fetch("SELECT key, heard_at FROM account WHERE heard_at IS NOT NULL"):
            self.noted(row["key"], row["heard_at"])

    def wake(self) -> None:
        """Tell the workers that something waits."""
        for one in self._wakes:
            one.set()

    def waking(self) -> tuple[asyncio.Event, Callable[[], None]]:
        """Return what is set when something waits, and what ends that."""
        one = asyncio.Event()
        self._wakes.add(one)
        return one, lambda: self._wakes.discard(one)

    async def take(self, connection: Connection, accounts: Sequence[str]) -> Raw | None:
        """Return the next event to be read, done with the caller's transaction; None when there is none."""
        if not accounts:
            return None
        lot = (secrets.choice(accounts), secrets.token_bytes(INDEX_BYTES))
        now, row = clock.now(), None
        for begin in (lot, ("", b"")):
            row = row or await connection.fetchrow(_TAKE, now, accounts, *begin)
        if row is None:
            return None
        return Raw(row["id"], row["account"], row["row"], row["body"], row["received_at"], row["attempts"])

    def body(self, raw: Raw) -> bytes:
        """Return an event as it came. Raises SealBroken."""
        return self._seals.get_bytes(RAW, raw.row, raw.blob)

    async def again(self) -> int:
        """Let what another release could not read be tried once more; return how many. Raises DatabaseDown."""
        tag = await self._database.execute(_ONCE_MORE, clock.now(), f"{__version__} ")
        return int(tag.rpartition(" ")[2])

    async def failed(
        self, connection: Connection, id: int, error: str, again_at: datetime | None, *, counts: bool = True
    ) -> None:
        """Note that an event could not be read.

        Args:
            connection: of `chat`'s database.
            id: which.
            error: why, without anybody's data.
            again_at: when it is tried again; None: never, and its person's next one is free.
            counts: whether that was the event's own fault.
        """
        said = f"{__version__} {error}"
        if again_at is None:
            await connection.execute(_DEAD, id, clock.now(), said)
        else:
            await connection.execute(_AGAIN, id, again_at, said, int(counts))

    async def tidy(self) -> int:
        """Forget what was read long ago; return how many. Raises DatabaseDown."""
        now, forgotten, gone = clock.now(), 0, _AT_ONCE
        while gone >= _AT_ONCE:
            tag = await self._database.execute(
                _OLD, now - timedelta(days=_DONE_DAYS), now - timedelta(days=_DEAD_DAYS), _AT_ONCE
            )
            gone = int(tag.rpartition(" ")[2])
            forgotten += gone
        return forgotten

    async def _insert(self, account: str, rows: list[tuple[bytes, bytes, bytes, UUID]], now: datetime) -> int:
        async with self._database.acquire() as connection:
            return len(await connection.fetch(_KEEP, account, *(list(one) for one in zip(*rows, strict=True)), now))

    def _row(self, account: str, event: RawEvent) -> tuple[bytes, bytes, bytes, UUID]:
        row = uuid4()
        # What is nobody's (a status that names no person) waits for nothing but itself.
        peer = self._seals.peer(account, event.peer or f"event {event.ext_id}")
        return (
            self._seals.event(account, event.ext_id), peer, self._seals.put_bytes(RAW, row, event.body), row,
        )  # fmt: skip
