"""What accounts do beside: polls, subscriptions, gaps. Of all processes of `chat` one runs an account."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from chat.channels import Messenger
from okno import logs
from okno.database import Connection, Database, DatabaseDown

log = logs.get(__name__)

_LOCK = 0x6F6B
_LOOK_S = 2.0
_PAUSES_S = (1.0, 5.0, 30.0)


class Runners:
    """Runs messengers, each while we hold its lock.

    Args:
        database: of `chat`.
        messengers: by account.
    """

    def __init__(self, database: Database, messengers: Mapping[str, Messenger]) -> None:
        self._database = database
        self._messengers = messengers
        self._mine: frozenset[str] = frozenset()

    def mine(self, key: str) -> bool:
        """Say whether this process runs an account just now."""
        return key in self._mine

    async def run(self) -> None:
        """Run those nobody else runs, until cancelled."""
        if not self._messengers:
            await asyncio.Event().wait()
        while True:
            with contextlib.suppress(DatabaseDown):
                async with self._database.acquire() as connection:
                    await self._hold(connection)
            await asyncio.sleep(_LOOK_S)

    async def _hold(self, connection: Connection) -> None:
        """Run while this connection lives: the locks are its."""
        tasks: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                for key, messenger in self._messengers.items():
                    if key not in tasks and await connection.fetchval(
                        "SELECT pg_try_advisory_lock($1, hashtext($2))", _LOCK, key
                    ):
                        tasks[key] = asyncio.create_task(_kept_up(key, messenger), name=f"account {key}")
                        self._mine = frozenset(tasks)
                await asyncio.sleep(_LOOK_S)
                await connection.fetchval("SELECT 1")
        finally:
            self._mine = frozenset()
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
            if not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock_all()")


async def _kept_up(key: str, messenger: Messenger) -> None:
    """Run a messenger for ever; one that breaks is begun again after a while."""
    failures = 0
    while True:
        try:
            await messenger.run()
            failures = 0  # it has nothing (more) to do; whether it has is looked at now and then
            await asyncio.sleep(_PAUSES_S[-1])
        except DatabaseDown:
            await asyncio.sleep(_PAUSES_S[0])
        except Exception:
            log.exception("chat_account_broke", extra={"account": key})
            await asyncio.sleep(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)])
            failures += 1
