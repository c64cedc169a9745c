"""What happens in conversations, told to all processes at once: ids and numbers only, nothing of a person.

It is said with the transaction that makes it true (PostgreSQL's NOTIFY); whoever was away asks again by numbers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import UUID

import asyncpg

from okno import logs
from okno.database import Connection, Database, DatabaseDown

CHANNEL = "okno_chat"
_LOOK_S = 1.0
_BACKOFF_S = 1.0
_KEPT = 10_000  # what one slow reader may have before him; more, and he begins anew

log = logs.get(__name__)

Said = dict[str, Any]
Heard = Callable[[Said], None]
BEGUN: Said = {"what": "begun"}


async def announce(connection: Connection, what: str, **more: Any) -> None:
    """Say something with the caller's transaction.

    Args:
        connection: of `chat`'s database.
        what: message, changed, state, conversation, typing, account; outgoing (something is to be sent), place.
        more: ids and numbers only.
    """
    said = {"what": what} | {name: str(one) if isinstance(one, UUID) else one for name, one in more.items()}
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, json.dumps(said))


class Hub:
    """Hears what is said in all processes of `chat`.

    Args:
        database: of `chat`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._readers: set[Heard] = set()

    def on(self, heard: Heard) -> Callable[[], None]:
        """Call `heard(said)` for each; {what: "begun"} when something may have been missed. Returns what ends it."""
        self._readers.add(heard)
        return lambda: self._readers.discard(heard)

    async def follow(self) -> AsyncGenerator[Said, None]:
        """Yield what is said, {what: "begun"} first."""
        waiting: asyncio.Queue[Said] = asyncio.Queue()
        lost = False

        def heard(said: Said) -> None:
            nonlocal lost
            if waiting.qsize() < _KEPT:
                waiting.put_nowait(said)
            else:
                lost = True

        end = self.on(heard)
        try:
            yield BEGUN
            while True:
                yield await waiting.get()
                if lost and waiting.empty():
                    lost = False
                    yield BEGUN
        finally:
            end()

    async def run(self) -> None:
        """Listen until cancelled; the database going away only makes it wait."""
        while True:
            with contextlib.suppress(DatabaseDown):
                async with self._database.acquire() as connection:
                    await self._listen(connection)
            await asyncio.sleep(_BACKOFF_S)

    async def _listen(self, connection: Connection) -> None:
        def notified(_: object, __: int, ___: str, payload: object) -> None:
            self._tell(json.loads(str(payload)))

        await connection.add_listener(CHANNEL, notified)
        try:
            self._tell(BEGUN)
            while True:
                await asyncio.sleep(_LOOK_S)
                await connection.fetchval("SELECT 1")
        finally:
            if not connection.is_closed():
                with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    await connection.remove_listener(CHANNEL, notified)

    def _tell(self, said: Said) -> None:
        for heard in tuple(self._readers):
            heard(said)
