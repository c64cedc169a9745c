"""What is kept long enough goes: conversations with all their messages and files, then persons nobody speaks with."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta

import asyncpg

from okno import clock
from okno.database import HELD_UP, Database, DatabaseDown

_EVERY_S = 3600.0
_AT_ONCE, _MESSAGES_AT_ONCE = 200, 100  # files go with messages: few are many bytes

# A conversation that is open is never old. Messages take their versions, files and way out with them.
_OLD = "SELECT id FROM conversation WHERE NOT open AND closed_at < $1 ORDER BY closed_at LIMIT $2"
_MESSAGES = """
DELETE FROM message WHERE id = ANY(ARRAY(SELECT id FROM message WHERE conversation = ANY($1::uuid[]) LIMIT $2))"""
_EMPTY = """
DELETE FROM conversation c WHERE id = ANY($1::uuid[]) AND NOT open
    AND NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation = c.id)"""
_CONSENTS = """
DELETE FROM consent WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.identity = consent.identity)"""
# Whoever is blocked stays known: he would be a stranger again.
_PERSONS = """
DELETE FROM identity WHERE id = ANY(ARRAY(SELECT id FROM identity i WHERE first_at < $1 AND blocked_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.identity = i.id)
    AND NOT EXISTS (SELECT 1 FROM consent s WHERE s.identity = i.id)
    AND NOT EXISTS (SELECT 1 FROM outgoing o WHERE o.identity = i.id) LIMIT $2))"""


class Forgetting:
    """Forgets.

    Args:
        database: of `chat`.
        keep_days: how long.
    """

    def __init__(self, database: Database, keep_days: int) -> None:
        self._database = database
        self._kept = timedelta(days=keep_days)

    async def run(self) -> None:
        """Forget every hour, until cancelled."""
        while True:
            # /ready says so, or somebody writes to him just now: the next round forgets the rest
            with contextlib.suppress(DatabaseDown, asyncpg.ForeignKeyViolationError, *HELD_UP):
                await self.all(clock.now())
            await asyncio.sleep(_EVERY_S)

    async def all(self, now: datetime) -> int:
        """Forget all that is old, a little at a time: nobody waits long for it.

        Returns:
            how many conversations went.

        Raises:
            DatabaseDown: what went until then is gone, the rest is there.
        """
        before, forgotten = now - self._kept, 0
        while ids := [row["id"] for row in await self._database.fetch(_OLD, before, _AT_ONCE)]:
            while await self._done(_MESSAGES, ids, _MESSAGES_AT_ONCE) >= _MESSAGES_AT_ONCE:
                continue
            gone = await self._done(_EMPTY, ids)
            forgotten += gone
            if not gone:  # he who is blocked writes in his old conversation just now: the next round sees to it
                break
        await self._done(_CONSENTS, before)
        while await self._done(_PERSONS, before, _AT_ONCE) >= _AT_ONCE:
            continue
        return forgotten

    async def _done(self, statement: str, *values: object) -> int:
        return int((await self._database.execute(statement, *values)).rpartition(" ")[2])
