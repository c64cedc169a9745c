"""Messages as a person sees them: opened, in a page or since a number, whatever of them was taken back left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chat.client import AttachmentRow, MessageRow
from chat.conversations import orders
from chat.conversations.sealing import BODY, NAME, WORDS, Seals
from okno.database import Connection

PAGE = 50
MOST = 500

_COLUMNS = """
SELECT id, seq, changed, side, what, author, shown_at, place, sent_at, album, reply_to, body, version, edited_at,
    deleted_at, state, error FROM message WHERE conversation = $1 """
_NEWEST = _COLUMNS + "ORDER BY seq DESC LIMIT $2"
_BEFORE = _COLUMNS + "AND seq < $3 ORDER BY seq DESC LIMIT $2"
_SINCE = _COLUMNS + "AND changed > $3 ORDER BY changed LIMIT $2"
_ONE = _COLUMNS + "AND id = $2"
_FILES = """
SELECT id, message, kind, name, mime, size, state, words FROM attachment WHERE message = ANY($1)
ORDER BY message, place"""


class Reading:
    """Reads messages.

    Args:
        seals: opens what is kept.
    """

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    async def newest(
        self, connection: Connection, conversation: UUID, *, before: int | None = None, deleted: bool = False,
        limit: int = PAGE,
    ) -> tuple[list[MessageRow], bool]:  # fmt: skip
        """Return a page of messages as they stand, and whether there are older ones.

        Args:
            connection: of `chat`'s database.
            conversation: whose.
            before: only those with a smaller number.
            deleted: whether the words of those taken back are shown (to supervisors).
            limit: how many.
        """
        if before is None:
            rows = await connection.fetch(_NEWEST, conversation, limit + 1)
        else:
            rows = await connection.fetch(_BEFORE, conversation, limit + 1, before)
        return await self._read(connection, rows[:limit], deleted), len(rows) > limit

    async def since(
        self, connection: Connection, conversation: UUID, number: int, *, deleted: bool = False
    ) -> list[MessageRow]:
        """Return what is new or was changed after a number: at most 500, those first that changed first."""
        rows = await connection.fetch(_SINCE, conversation, MOST, number)
        read = await self._read(connection, rows, deleted)
        return sorted(read, key=lambda row: row.changed)

    async def one(self, connection: Connection, conversation: UUID, message: UUID) -> MessageRow | None:
        """Return one message."""
        rows = await connection.fetch(_ONE, conversation, message)
        return (await self._read(connection, rows, False))[0] if rows else None

    async def _read(
        self, connection: Connection, rows: Sequence[asyncpg.Record], deleted: bool
    ) -> list[MessageRow]:
        files: dict[UUID, list[AttachmentRow]] = {}
        shown = [row["id"] for row in rows if deleted or row["deleted_at"] is None]
        for file in await connection.fetch(_FILES, shown) if shown else ():
            files.setdefault(file["message"], []).append(self.file(file))
        return sorted(
            (self._message(row, files.get(row["id"], []), deleted) for row in rows), key=lambda one: one.place
        )

    def _message(self, row: asyncpg.Record, files: list[AttachmentRow], deleted: bool) -> MessageRow:
        gone = row["deleted_at"] is not None
        body: dict[str, Any] = {} if gone and not deleted else self._seals.get(BODY, row["id"], row["body"])
        return MessageRow(
            id=str(row["id"]), seq=row["seq"], changed=row["changed"],
            place=orders.key(row["shown_at"], row["place"], row["seq"]), side=row["side"], what=row["what"],
            author=row["author"], at=row["shown_at"], sent_at=row["sent_at"], text=body.get("text", ""),
            html=body.get("html", ""), subject=body.get("subject", ""),
            reply_to=str(row["reply_to"]) if row["reply_to"] else None, album=row["album"], version=row["version"],
            edited=row["edited_at"] is not None, deleted=gone, state=row["state"], error=row["error"],
            attachments=files,
        )  # fmt: skip

    def file(self, row: asyncpg.Record) -> AttachmentRow:
        """Read a row of attachments."""
        return AttachmentRow(
            id=str(row["id"]), kind=row["kind"], name=self._seals.get(NAME, row["id"], row["name"]) or "",
            mime=row["mime"], size=row["size"], state=row["state"],
            words=self._seals.get(WORDS, row["id"], row["words"]) or "",
        )  # fmt: skip
