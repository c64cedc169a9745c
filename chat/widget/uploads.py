"""Files that visitors send: kept sealed until the message they belong to is read and they are fetched for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chat.conversations.sealing import Place, Seals
from chat.widget import rules
from chat.wire import FileKind, Undelivered
from okno import clock
from okno.database import Database
from okno.ids import uuid7

_NAME: Place = ("widget_upload", "name")
_CHUNK = "widget_upload_chunk"
_CHUNK_BYTES = 512 * 1024
_KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits for its message."""

    id: UUID
    name: str
    mime: str
    size: int

    @property
    def kind(self) -> FileKind:
        """What it is for whoever sees it."""
        return "image" if self.mime.startswith("image/") else "file"


class TooManyFiles(Exception):
    """A visitor sent more files within the hour than people send."""


class Uploads:
    """Keeps them. All methods raise DatabaseDown.

    Args:
        database: of `chat`.
        seals: seals them.
    """

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database, self._seals = database, seals

    async def keep(self, visitor: UUID, name: str, mime: str, content: bytes) -> Upload:
        """Keep a file of a visitor. Raises TooManyFiles."""
        now, id = clock.now(), uuid7()
        chunks = [
            (id, n, self._seals.put_bytes((_CHUNK, str(n)), id, content[at : at + _CHUNK_BYTES]))
            for n, at in enumerate(range(0, len(content), _CHUNK_BYTES))
        ]
        async with self._database.acquire() as connection, connection.transaction():
            count = await connection.fetchval(
                "SELECT count(*) FROM widget_upload WHERE visitor = $1 AND at > $2", visitor, now - timedelta(hours=1)
            )
            if count >= rules.UPLOADS_PER_HOUR:
                raise TooManyFiles
            await connection.execute(
                "INSERT INTO widget_upload (id, visitor, at, name, mime, size) VALUES ($1, $2, $3, $4, $5, $6)", id,
                visitor, now, self._seals.put(_NAME, id, name), mime, len(content),
            )  # fmt: skip
            await connection.executemany(
                "INSERT INTO widget_upload_chunk (upload, n, content) VALUES ($1, $2, $3)", chunks
            )
        return Upload(id, name, mime, len(content))

    async def of(self, visitor: UUID, ids: Sequence[UUID]) -> list[Upload]:
        """Return those of a visitor, in the order asked for; what is not his is not there."""
        rows = await self._database.fetch(
            "SELECT id, name, mime, size FROM widget_upload WHERE visitor = $1 AND id = ANY($2)", visitor, list(ids)
        )
        found = {
            row["id"]: Upload(row["id"], self._seals.get(_NAME, row["id"], row["name"]), row["mime"], row["size"])
            for row in rows
        }
        return [found[id] for id in ids if id in found]

    async def content(self, id: UUID) -> AsyncIterator[bytes]:
        """Yield what is in a file. Raises Undelivered."""
        count = await self._database.fetchval("SELECT count(*) FROM widget_upload_chunk WHERE upload = $1", id)
        if not count:
            raise Undelivered("expired")
        for n in range(count):
            blob = await self._database.fetchval(
                "SELECT content FROM widget_upload_chunk WHERE upload = $1 AND n = $2", id, n
            )
            if blob is None:
                raise Undelivered("expired")
            yield self._seals.get_bytes((_CHUNK, str(n)), id, blob)

    async def tidy(self) -> int:
        """Forget those that were fetched long ago, or never; return how many."""
        tag = await self._database.execute("DELETE FROM widget_upload WHERE at < $1", clock.now() - _KEPT)
        return int(tag.rpartition(" ")[2])
