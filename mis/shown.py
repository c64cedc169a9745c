"""What is shown of a person is written down first (P5): one entry for each, in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mis.client import Asker
from okno.audit import AuditTrail
from okno.database import Connection, Database
from okno.seal import Sealer


class Shown:
    """The audit of `mis`, in the words of who asks.

    Args:
        database: its own.
        sealer: its own.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer
        self._audit = AuditTrail(database, sealer)

    async def each(
        self, asker: Asker, action: str, patients: Iterable[str], details: Mapping[str, Any] | None = None
    ) -> None:
        """Audit what is about to be shown of each patient; with none of them, that somebody asked.

        Raises:
            DatabaseDown: nothing was written; show nothing.
        """
        async with self.writing() as connection:
            shown: list[str | None] = [*patients]
            for patient in shown or [None]:
                await self.note(connection, asker, action, patient, details)

    async def note(
        self,
        connection: Connection,
        asker: Asker,
        action: str,
        patient: str | None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Audit one thing in the caller's transaction."""
        await self._audit.append(
            asker.actor, action, patient, asker.purpose, asker.request, {"role": asker.role, **(details or {})},
            connection,
        )  # fmt: skip

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """Give a connection with an open transaction. Raises DatabaseDown."""
        async with self._database.acquire() as connection, connection.transaction():
            yield connection

    def blinded(self, words: str) -> str:
        """Return what somebody searched for as it may be audited: the same words, the same mark (hex)."""
        return self._sealer.blind(words, purpose="search").hex()
