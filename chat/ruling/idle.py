"""Conversations nobody writes in any more: closed after a while, never while somebody waits for our answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from chat.accounts.making import Running
from chat.receiving.turn import Kept
from chat.ruling.answering import Answering
from chat.ruling.rules import Book
from okno import clock, logs
from okno.database import HELD_UP, Database, DatabaseDown

log = logs.get(__name__)

_LOOK_S = 30.0
_AT_ONCE = 200
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

# An answer of ours that has not gone yet (its account is ill): he waits for it.
_ON_WAY = """
EXISTS (SELECT 1 FROM message m WHERE m.conversation = c.id AND m.side = 'out' AND m.state IN ('queued', 'sending')
    AND m.seq > c.said_seq)"""
# Whoever wrote last waits for us, unless nobody was ever asked for (he only pressed "start"). Those of a queue that
# closes later, or never, stand before nobody's turn.
_IDLE = f"""
SELECT c.id FROM conversation c JOIN unnest($3::text[], $4::text[]) AS account (key, queue) ON account.key = c.account
    LEFT JOIN unnest($5::text[], $6::timestamptz[]) AS due (queue, before)
    ON due.queue = CASE c.queue WHEN '' THEN account.queue ELSE c.queue END
WHERE c.open AND c.touched_at < $1 AND c.touched_at < coalesce(due.before, $7)
    AND (c.answered_seq > c.said_seq OR c.told_seq = 0) AND NOT {_ON_WAY}
ORDER BY c.touched_at LIMIT $2"""  # noqa: S608  # our own words

# One that somebody has in hand just now is not idle.
_FREE = f"""
SELECT c.*, {_ON_WAY} AS on_way FROM conversation c WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED"""  # noqa: S608


class Idle:
    """Closes them.

    Args:
        database: of `chat`.
        kept: what is kept.
        accounts: those that are on.
        answering: says farewell.
        book: gives the rules in force.
    """

    def __init__(
        self, database: Database, kept: Kept, accounts: Mapping[str, Running], answering: Answering,
        book: Callable[[], Book],
    ) -> None:  # fmt: skip
        self._database, self._kept, self._accounts = database, kept, accounts
        self._answering, self._book = answering, book

    async def run(self) -> None:
        """Look every half minute, until cancelled."""
        while True:
            with contextlib.suppress(DatabaseDown, *HELD_UP):  # /ready says so; the next look finds them
                await self.close(clock.now())
            await asyncio.sleep(_LOOK_S)

    async def close(self, now: datetime) -> int:
        """Close those that are idle; return how many. Raises DatabaseDown."""
        book = self._book()
        due = {name: self._before(name, now) for name, _ in book.queues}
        latest, usual = max(due.values(), default=_NEVER), self._before("", now)
        if latest == _NEVER:
            return 0
        # A letter is answered in days: what is written there ends with its request.
        alive = {key: one.settings.queue for key, one in self._accounts.items() if one.abilities.alive}
        rows = await self._database.fetch(
            _IDLE, latest, _AT_ONCE, list(alive), list(alive.values()), list(due), list(due.values()), usual
        )
        return sum([await self._closed(row["id"], now) for row in rows])

    def _before(self, queue: str, now: datetime) -> datetime:
        """Return since when nobody must have written for a conversation of a queue to be idle."""
        idle = self._book().rules(queue).idle_min
        return now - timedelta(minutes=idle) if idle else _NEVER

    async def _closed(self, id: object, now: datetime) -> bool:
        """Close one if it is idle; one that cannot be closed holds up no other. Raises DatabaseDown."""
        try:
            return await self._one(id, now)
        except DatabaseDown:
            raise
        except Exception:  # something of it cannot be opened, or somebody holds it: it is tried at each look
            log.exception("chat_idle_not_closed", extra={"conversation": str(id)})
            return False

    async def _one(self, id: object, now: datetime) -> bool:
        async with self._database.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_FREE, id)
            if row is None or not row["open"]:
                return False
            account = self._accounts[row["account"]]
            if row["touched_at"] > self._before(row["queue"] or account.settings.queue, now) or (
                row["on_way"] or (row["said_seq"] > row["answered_seq"] and row["told_seq"])
            ):
                return False
            thread = await self._kept.threads.get(connection, row["id"])
            if thread is not None and thread.answered_seq:
                await self._answering.farewell(connection, thread, account)
            closed = await self._kept.threads.close(connection, row["id"], "idle", now)
            if closed is None:
                return False
            await self._kept.telling.over(connection, closed, "idle", now)
            await self._answering.closed(connection, closed, account)
            return True
