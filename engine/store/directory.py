"""The versions of the directory: written by the leader only, each with its line in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine.store.codec import Codec
from engine.store.lease import LeaseLost
from okno import clock
from okno.audit import AuditTrail
from okno.database import Connection, Database
from okno.errors import OurFault, Refused

Source = Literal["yaml", "page", "undo"]
# Whoever begins another epoch waits for this row; a turn of ours waits for a millisecond.
_FENCE = "SELECT epoch FROM lease WHERE epoch = $1 FOR UPDATE"
_HEAD = "version, at, actor, source, restored, note"


class NoSuchVersion(Refused):
    """There is no such version of the directory."""


class Stale(Refused):
    """Somebody else has changed the directory meanwhile.

    Args:
        newest: the version that is in force.
    """

    def __init__(self, newest: int) -> None:
        self.newest = newest
        super().__init__(f"the directory is at version {newest} by now")


class Unreadable(OurFault):
    """A version of the directory cannot be read."""


@dataclass(frozen=True, slots=True)
class Head:
    """A version without its document. `restored` is the version an undo brought back."""

    version: int
    at: datetime
    actor: str
    source: Source
    restored: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version with its document, as the text that was written."""

    head: Head
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A version to be written.

    Args:
        base: the version it was made from; 0 for the first.
        text: the document.
        actor: the account, or "system".
        source: where it came from.
        note: why, in the administrator's words.
        restored: the version an undo brings back.
        details: for the audit; sealed there.
    """

    base: int
    text: str
    actor: str
    source: Source
    note: str = ""
    restored: int | None = None
    details: Mapping[str, Any] | None = None


class Directories:
    """The table of versions.

    Args:
        database: the engine's.
        codec: seals.
        audit: the engine's.
    """

    def __init__(self, database: Database, codec: Codec, audit: AuditTrail) -> None:
        self._database = database
        self._codec = codec
        self._audit = audit

    async def newest(self) -> Version | None:
        """Return the version in force, None before the first. Raises DatabaseDown."""
        return self._opened(await self._database.fetchrow("SELECT * FROM directory ORDER BY version DESC LIMIT 1"))

    async def imported(self) -> Version | None:
        """Return what `okno.yaml` said when it was last imported. Raises DatabaseDown."""
        return self._opened(await self._database.fetchrow(
            "SELECT * FROM directory WHERE source = 'yaml' ORDER BY version DESC LIMIT 1"
        ))  # fmt: skip

    async def of(self, version: int) -> Version:
        """Return one version. Raises NoSuchVersion, DatabaseDown."""
        found = self._opened(await self._database.fetchrow("SELECT * FROM directory WHERE version = $1", version))
        if found is None:
            raise NoSuchVersion
        return found

    async def heads(self, before: int | None, limit: int) -> list[Head]:
        """Return versions without their documents, the newest first; only those below `before`. Raises DatabaseDown."""
        rows = await self._database.fetch(
            f"SELECT {_HEAD} FROM directory WHERE $1::integer IS NULL OR version < $1"  # noqa: S608  # names are ours
            " ORDER BY version DESC LIMIT $2", before, limit,
        )  # fmt: skip
        return [self._head(row) for row in rows]

    async def add(self, epoch: int, wish: Wish) -> Head:
        """Write a version and the audit's line about it, both or neither.

        Args:
            epoch: of our lease; another epoch writes nothing.
            wish: what is to be written.

        Raises:
            Stale: its base is not the newest version.
            LeaseLost: another engine leads.
            DatabaseDown: whether it was written is not known.
        """
        async with self._database.acquire() as connection, connection.transaction():
            if await connection.fetchval(_FENCE, epoch) is None:
                raise LeaseLost
            newest = int(await connection.fetchval("SELECT coalesce(max(version), 0) FROM directory"))
            if newest != wish.base:
                raise Stale(newest)
            head = Head(newest + 1, clock.now(), wish.actor, wish.source, wish.restored, wish.note)
            await self._write(connection, head, wish)
            return head

    async def _write(self, connection: Connection, head: Head, wish: Wish) -> None:
        row = str(head.version)
        await connection.execute(
            f"INSERT INTO directory ({_HEAD}, document) VALUES ($1, $2, $3, $4, $5, $6, $7)",  # noqa: S608
            head.version, head.at, head.actor, head.source, head.restored,
            self._codec.seal(head.note, "directory", "note", row),
            self._codec.seal(wish.text, "directory", "document", row),
        )  # fmt: skip
        action = {"yaml": "directory.import", "page": "directory.change", "undo": "directory.undo"}[head.source]
        details = {"version": head.version, "restored": head.restored, **(wish.details or {})}
        await self._audit.append(
            head.actor, action, None, "administration", None, details, connection=connection
        )  # fmt: skip

    def _opened(self, row: Any) -> Version | None:
        if row is None:
            return None
        return Version(self._head(row), self._codec.open(row["document"], "directory", "document", str(row["version"])))

    def _head(self, row: Any) -> Head:
        note = self._codec.open(row["note"], "directory", "note", str(row["version"]))
        return Head(row["version"], row["at"], row["actor"], row["source"], row["restored"], note)
