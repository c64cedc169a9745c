"""The MIS's directories (branches, specialties, doctors, services with prices): nobody's data, an hour fresh."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from mis.client.answers import DirectoryAnswer
from mis.terms import Connector, Context, DirectoryKind, Entry, MisError, NotOffered
from okno import clock
from okno.database import Database
from okno.settings import MisSettings

FRESH = timedelta(hours=1)
_ITEMS = TypeAdapter(tuple[Entry, ...])


class Directories:
    """Keeps directories in the database, so that they are there when the MIS is not.

    Args:
        mis: the connector, guarded.
        settings: `mis` of okno.yaml.
        database: of `mis`.
    """

    def __init__(self, mis: Connector, settings: MisSettings, database: Database) -> None:
        self._mis = mis
        self._settings = settings
        self._database = database
        self._locks: dict[DirectoryKind, asyncio.Lock] = {}

    async def get(self, kind: DirectoryKind) -> DirectoryAnswer:
        """Return a directory; a `stale` one when the MIS could not be asked anew. Raises NotOffered, DatabaseDown."""
        if "directory" not in self._mis.capabilities:
            raise NotOffered("the MIS gives no directories")
        async with self._locks.setdefault(kind, asyncio.Lock()):
            known = await self._known(kind)
            if known is not None and clock.now() - known[1] < FRESH:
                return DirectoryAnswer(items=known[0], at=known[1])
            ctx = Context(actor="mis", purpose="directory", deadline=clock.monotonic() + self._settings.read_s)
            try:
                items = await self._mis.directory(ctx, kind)
            except MisError as error:
                items, at = known or ((), None)
                return DirectoryAnswer(items=items, at=at, stale=known is not None, error=error.code)
            return DirectoryAnswer(items=items, at=await self._keep(kind, items))

    async def _known(self, kind: DirectoryKind) -> tuple[tuple[Entry, ...], datetime] | None:
        row = await self._database.fetchrow("SELECT items, at FROM directories WHERE kind = $1", self._row(kind))
        return (_ITEMS.validate_python(row["items"]), row["at"]) if row is not None else None

    async def _keep(self, kind: DirectoryKind, items: tuple[Entry, ...]) -> datetime:
        at = clock.now()
        await self._database.execute(
            "INSERT INTO directories (kind, items, at) VALUES ($1, $2, $3)"
            " ON CONFLICT (kind) DO UPDATE SET items = EXCLUDED.items, at = EXCLUDED.at",
            self._row(kind), _ITEMS.dump_python(items, mode="json"), at,
        )  # fmt: skip
        return at

    def _row(self, kind: DirectoryKind) -> str:
        """Return under what a directory is kept: doctors of another MIS are nobody's here."""
        return f"{self._settings.connector}:{kind}"
