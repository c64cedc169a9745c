"""Fetches what came with messages: after the answer, beside everything else, in a few tries."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter

from chat.channels import Messenger
from chat.conversations.live import Hub, announce
from chat.conversations.sealing import NAME, REF, Seals
from chat.conversations.threads import Threads
from chat.media.checking import CheckFailed
from chat.media.keeping import Kept, Media, NoFile, TooBig
from chat.wire import Undelivered
from okno import clock, logs
from okno.database import HELD_UP, Connection, Database, DatabaseDown
from okno.seal import SealBroken, Sealer

LOOK_EVERY_S, TIDY_EVERY_S = 2.0, 3600.0
AT_ONCE, PER_ACCOUNT = 8, 4
# Links of clouds live for minutes: the first tries come soon.
TRIES_S = (5.0, 30.0)
WITHIN_S = 300.0
# A check of files that does not work is no fault of the file.
CHECK_AGAIN_S = 30.0
# Whoever took one and died: it is anybody's again.
_LEASE = timedelta(seconds=WITHIN_S + 30)

log = logs.get(__name__)
End = Literal["ready", "expired", "refused", "too_big"]

_TAKE = """
UPDATE attachment SET attempts = attempts + 1, next_at = $1 + $2::interval WHERE id = (
SELECT a.id FROM attachment a WHERE a.state = 'pending' AND a.next_at <= $1 AND a.account = ANY($3::text[])
ORDER BY a.next_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, account, name, size, ref, attempts"""
_DONE = """
UPDATE attachment SET state = $2, mime = coalesce($3, mime), size = coalesce($4, size)
WHERE id = $1 AND state = 'pending' RETURNING message"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is to be fetched; `attempt` is 1 for the first, `size` what the channel says of it."""

    id: UUID
    account: str
    name: str
    ref: dict[str, Any]
    attempt: int
    size: int | None


class Fetcher:
    """Fetches. As many as like may run beside one another, in one process or several.

    Args:
        media: keeps what is fetched.
        database: of `chat`.
        own: opens what the channels need.
        messengers: the accounts that are switched on, by key; looked up anew each time.
        hub: says when something is to be fetched.
        metrics: where it counts.
    """

    def __init__(  # noqa: PLR0917
        self, media: Media, database: Database, own: Sealer, messengers: Mapping[str, Messenger], hub: Hub,
        metrics: CollectorRegistry,
    ) -> None:  # fmt: skip
        self._media, self._database, self._messengers, self._hub = media, database, messengers, hub
        self._seals = Seals(own)
        self._threads = Threads(self._seals)
        self._wake = asyncio.Event()
        self._busy: dict[asyncio.Task[None], str] = {}
        self._ends = Counter(
            "okno_chat_files", "Files that came with messages, by what became of them.", ["account", "end"],
            registry=metrics,
        )  # fmt: skip

    async def run(self) -> None:
        """Fetch until cancelled; what is being fetched then is fetched again later."""
        deaf = self._hub.on(lambda said: self._wake.set() if said["what"] in ("fetch", "begun") else None)
        tidied = -TIDY_EVERY_S
        try:
            while True:
                self._wake.clear()
                with contextlib.suppress(DatabaseDown, *HELD_UP):  # /ready says so, or a moment later it can be done
                    await self._round()
                    if clock.monotonic() - tidied >= TIDY_EVERY_S:
                        await self._media.tidy(clock.now())
                        tidied = clock.monotonic()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):  # wait_for loses a cancellation that comes with the wake
                        await self._wake.wait()
        finally:
            deaf()
            for task in self._busy:
                task.cancel()
            await asyncio.gather(*self._busy, return_exceptions=True)

    async def _round(self) -> None:
        while len(self._busy) < AT_ONCE:
            crowds = list(self._busy.values())
            free = [key for key in self._messengers if crowds.count(key) < PER_ACCOUNT]
            wanted = await self._take(free)
            if wanted is None:
                return
            task = asyncio.create_task(self._one(wanted), name="fetching")
            self._busy[task] = wanted.account
            task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._busy[task]
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("fetching_failed", extra={"reason": type(error).__name__})

    async def _take(self, accounts: list[str]) -> Wanted | None:
        row = await self._database.fetchrow(_TAKE, clock.now(), _LEASE, accounts)
        if row is None:
            return None
        try:
            name, ref = self._seals.get(NAME, row["id"], row["name"]), self._seals.get(REF, row["id"], row["ref"])
        except SealBroken:
            log.error("file_unreadable", extra={"account": row["account"]})
            name, ref = "", None
        return Wanted(row["id"], row["account"], name or "", ref or {}, row["attempts"], row["size"])

    async def _one(self, wanted: Wanted) -> None:
        """Fetch a file once."""
        with contextlib.suppress(DatabaseDown):  # its lease runs out, and it is fetched again
            if not wanted.ref or (wanted.size or 0) > self._media.most_bytes:
                return await self._end(wanted, "too_big" if wanted.ref else "expired")
            try:
                async with asyncio.timeout(WITHIN_S):
                    kept = await self._media.keep(wanted.id, wanted.name, self._pieces(wanted))
            except TooBig:
                await self._end(wanted, "too_big")
            except NoFile:
                await self._end(wanted, "refused")
            except Undelivered as error:
                await self._again(wanted, error.retry_after_s, error.code)
            except CheckFailed as error:
                log.error("file_not_checked", extra={"account": wanted.account, "reason": str(error)})
                await self._later(wanted, CHECK_AGAIN_S, counts=False)
            except DatabaseDown:
                raise
            except Exception as error:  # a channel's mistake, a broken line, a clock run out: it is tried again
                await self._again(wanted, 0.0, type(error).__name__)
            else:
                await self._end(wanted, "ready", kept)

    async def _pieces(self, wanted: Wanted) -> AsyncIterator[bytes]:
        async for piece in self._messengers[wanted.account].fetch(wanted.ref):
            yield piece

    async def _again(self, wanted: Wanted, wait_s: float | None, code: str) -> None:
        log.info("file_not_fetched", extra={"account": wanted.account, "reason": code, "attempt": wanted.attempt})
        if wait_s is None or wanted.attempt > len(TRIES_S):
            return await self._end(wanted, "expired")
        await self._later(wanted, max(wait_s, TRIES_S[wanted.attempt - 1]), counts=True)

    async def _later(self, wanted: Wanted, wait_s: float, *, counts: bool) -> None:
        at = clock.now() + timedelta(seconds=wait_s)
        await self._database.execute(
            "UPDATE attachment SET next_at = $2, attempts = attempts - $3 WHERE id = $1", wanted.id, at, int(not counts)
        )
        self._ends.labels(wanted.account, "again").inc()

    async def _end(self, wanted: Wanted, end: End, kept: Kept | None = None) -> None:
        if end != "ready":
            await self._media.drop(wanted.id)
        async with self._database.acquire() as connection, connection.transaction():
            await self._tell(connection, wanted, end, kept)
        self._ends.labels(wanted.account, end).inc()

    async def _tell(self, connection: Connection, wanted: Wanted, end: End, kept: Kept | None) -> None:
        conversation = await connection.fetchval(
            "SELECT conversation FROM message WHERE id = (SELECT message FROM attachment WHERE id = $1)", wanted.id
        )
        seq = 0 if conversation is None else await self._threads.next(connection, conversation)
        found = (kept.mime, kept.size) if kept else (None, None)
        message = await connection.fetchval(_DONE, wanted.id, end, *found)
        if message is not None:
            await connection.execute("UPDATE message SET changed = $2 WHERE id = $1", message, seq)
            await announce(connection, "changed", conversation=conversation, seq=seq, message=message)
