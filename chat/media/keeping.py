"""What is kept of files: sealed chunks, one after another, never more than the settings allow."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chat.client import AttachmentRow
from chat.conversations.reading import Reading
from chat.conversations.sealing import NAME, Seals
from chat.media.checking import Check, CheckFailed
from chat.media.kinds import HEAD_BYTES, kind_of, program
from okno import clock
from okno.database import Connection, Database
from okno.ids import uuid7
from okno.seal import SealBroken, Sealer

CHUNK_BYTES = 256 << 10
_CHUNK = {"table": "attachment_chunk", "column": "content"}
_FORGET_H = 24

_READ = "SELECT id, message, kind, name, mime, size, state, words FROM attachment"
_READY = """
UPDATE attachment SET state = 'ready', mime = $2, size = $3, kind = $4 WHERE id = $1
RETURNING id, message, kind, name, mime, size, state, words"""


class TooBig(Exception):
    """More came than a file may have."""


class NoFile(Exception):
    """What came is not taken: a program, or what the clinic's own check refuses."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a file: its size in bytes, its type by content."""

    size: int
    mime: str


class Media:
    """Keeps files.

    Args:
        database: of `chat`.
        own: seals names and contents.
        most_bytes: of one file.
        check: the clinic's own, once a file is there and before anybody may have it.
    """

    def __init__(self, database: Database, own: Sealer, most_bytes: int, check: Check | None = None) -> None:
        self._database, self._own, self.most_bytes, self._check = database, own, most_bytes, check or Check()
        self._seals = Seals(own)
        self._reading = Reading(self._seals)

    async def keep(self, id: UUID, name: str, pieces: AsyncIterable[bytes]) -> Kept:
        """Write the content of a file as it comes, whatever was there of it before; nothing is ever unpacked.

        Args:
            id: the attachment, which is there.
            name: what its sender calls it.
            pieces: its content, however cut.

        Raises:
            TooBig, NoFile: nothing is kept.
            CheckFailed: what is kept was not checked.
            DatabaseDown: what is kept is not whole.
        """
        await self.drop(id)
        size, head, n, rest = 0, b"", 0, bytearray()
        async for piece in pieces:
            size += len(piece)
            if size > self.most_bytes:
                await self.drop(id)
                raise TooBig
            rest += piece
            if len(rest) >= CHUNK_BYTES:
                head = head or bytes(rest[:HEAD_BYTES])
                if program(head):
                    await self.drop(id)
                    raise NoFile
            while len(rest) >= CHUNK_BYTES:
                await self._write(id, n, bytes(rest[:CHUNK_BYTES]))
                n += 1
                del rest[:CHUNK_BYTES]
        head = head or bytes(rest[:HEAD_BYTES])
        if program(head):
            raise NoFile
        if rest:
            await self._write(id, n, bytes(rest))
        if not await self._check.clean(self.content(id)):
            await self.drop(id)
            raise NoFile
        return Kept(size, kind_of(head, name))

    async def drop(self, id: UUID) -> None:
        """Forget the content of a file. Raises DatabaseDown."""
        await self._database.execute("DELETE FROM attachment_chunk WHERE attachment = $1", id)

    async def upload(self, name: str, by: str, pieces: AsyncIterable[bytes], account: str = "") -> AttachmentRow:
        """Keep a file that somebody wants to send; forgotten after a day when it goes with no message.

        Args:
            name: what he calls it.
            by: who he is: only he can send it.
            pieces: its content.
            account: an account, when it is a visitor's of a site.

        Raises:
            TooBig, NoFile, CheckFailed, DatabaseDown: nothing is kept.
        """
        id, now = uuid7(), clock.now()
        await self._database.execute(
            "INSERT INTO attachment (id, account, kind, name, state, next_at, at, by)"
            " VALUES ($1, $2, 'file', $3, 'pending', 'infinity', $4, $5)",
            id, account, self._seals.put(NAME, id, name), now, by,
        )  # fmt: skip
        try:
            kept = await self.keep(id, name, pieces)
        except (TooBig, NoFile, CheckFailed):
            await self._database.execute("DELETE FROM attachment WHERE id = $1", id)
            raise
        kind = "image" if kept.mime.startswith("image/") else "file"
        row = await self._database.fetchrow(_READY, id, kept.mime, kept.size, kind)
        return self._reading.file(row)

    async def get(self, id: UUID) -> AttachmentRow | None:
        """Return an attachment; None when there is none. Raises DatabaseDown."""
        row = await self._database.fetchrow(f"{_READ} WHERE id = $1", id)
        return None if row is None else self._reading.file(row)

    async def taken_back(self, id: UUID) -> bool:
        """Say whether the message a file went with was taken back. Raises DatabaseDown."""
        return bool(await self._database.fetchval(
            "SELECT m.deleted_at IS NOT NULL FROM attachment a JOIN message m ON m.id = a.message WHERE a.id = $1", id
        ))  # fmt: skip

    async def content(self, id: UUID) -> AsyncGenerator[bytes, None]:
        """Yield the content of a file, chunk by chunk. Raises DatabaseDown, SealBroken."""
        n = 0
        while (piece := await _chunk(self._database, self._own, id, n)) is not None:
            yield piece
            n += 1

    async def tidy(self, now: datetime) -> int:
        """Forget uploads that went with no message for a day; return how many. Raises DatabaseDown."""
        tag = await self._database.execute(
            "DELETE FROM attachment WHERE message IS NULL AND at < $1", now - timedelta(hours=_FORGET_H)
        )
        return int(tag.rpartition(" ")[2])

    async def _write(self, id: UUID, n: int, piece: bytes) -> None:
        blob = self._own.seal_bytes(piece, row=f"{id}/{n}", **_CHUNK)
        await self._database.execute(
            "INSERT INTO attachment_chunk (attachment, n, content) VALUES ($1, $2, $3)", id, n, blob
        )


async def content_of(connection: Connection, own: Sealer, id: UUID, size: int) -> bytes:
    """Return the whole content of a file. Raises SealBroken, also when a part of it is missing."""
    whole, n = bytearray(), 0
    while (piece := await _chunk(connection, own, id, n)) is not None:
        whole += piece
        n += 1
    if len(whole) != size:
        raise SealBroken("attachment_chunk.content: a part of the file is missing")
    return bytes(whole)


async def _chunk(source: Database | Connection, own: Sealer, id: UUID, n: int) -> bytes | None:
    blob = await source.fetchval("SELECT content FROM attachment_chunk WHERE attachment = $1 AND n = $2", id, n)
    return None if blob is None else own.open_bytes(blob, row=f"{id}/{n}", **_CHUNK)
