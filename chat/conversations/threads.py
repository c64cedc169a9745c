"""Conversations: one open for each person and account, from its first message until it is closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chat.conversations.identities import Identity
from chat.conversations.live import announce
from chat.conversations.sealing import ENTRY, EXTRA, SUBJECT, Seals
from chat.feed import ConversationKind, OverWhy
from okno.database import Connection
from okno.ids import uuid7


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A conversation as it was read; `marks` are what was said by itself, `operator` the owner as patients see him."""

    id: UUID
    identity: UUID
    account: str
    kind: ConversationKind
    open: bool
    opened_at: datetime
    closed_at: datetime | None = None
    last_seq: int = 0
    said_seq: int = 0
    said_at: datetime | None = None
    answered_seq: int = 0
    heard_seq: int = 0
    seen_seq: int = 0
    told_seq: int = 0
    window_until: datetime | None = None
    request: UUID | None = None
    number: str = ""
    version: int = 0
    status_told: str = ""
    owner: str = ""
    operator: dict[str, str] = field(default_factory=dict)
    queue: str = ""
    priority: int = 0
    emergency: bool = False
    marks: dict[str, Any] = field(default_factory=dict)
    score: int | None = None
    subject: bytes | None = None
    entry: bytes | None = None
    extra: bytes | None = None


_COLUMNS = ", ".join(Thread.__dataclass_fields__)
_SELECT = f"SELECT {_COLUMNS} FROM conversation "  # noqa: S608  # our own names
_GET = _SELECT + "WHERE id = $1"
_HELD = _GET + " FOR NO KEY UPDATE"
_OPEN = _SELECT + "WHERE identity = $1 AND open FOR NO KEY UPDATE"
_LAST = _SELECT + "WHERE identity = $1 ORDER BY opened_at DESC LIMIT 1 FOR NO KEY UPDATE"
_BEGIN = f"""
INSERT INTO conversation (id, identity, account, kind, opened_at, touched_at, entry, subject, request)
VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8) ON CONFLICT (identity) WHERE open DO UPDATE
SET touched_at = greatest(conversation.touched_at, EXCLUDED.touched_at) RETURNING {_COLUMNS}"""  # noqa: S608
_SAID = f"""
UPDATE conversation SET last_seq = last_seq + 1, said_seq = last_seq + 1, said_at = greatest(said_at, $2),
    touched_at = greatest(touched_at, $2), window_until = greatest(window_until, $3), extra = coalesce($4, extra)
WHERE id = $1 RETURNING {_COLUMNS}"""  # noqa: S608
_CLOSE = f"""
UPDATE conversation SET open = false, closed_at = $3, closed_why = $2, touched_at = $3 WHERE id = $1 AND open
RETURNING {_COLUMNS}"""  # noqa: S608


class Threads:
    """Keeps conversations.

    Args:
        seals: seals what is of persons.
    """

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    async def open_of(self, connection: Connection, identity: UUID) -> Thread | None:
        """Return the open one of a person, held until the caller's transaction ends."""
        row = await connection.fetchrow(_OPEN, identity)
        return None if row is None else self.read(row)

    async def last_of(self, connection: Connection, identity: UUID) -> Thread | None:
        """Return the newest one of a person, open or not, held until the caller's transaction ends."""
        row = await connection.fetchrow(_LAST, identity)
        return None if row is None else self.read(row)

    async def get(self, connection: Connection, id: UUID, *, hold: bool = False) -> Thread | None:
        """Return the one with this id; `hold`: until the caller's transaction ends."""
        row = await connection.fetchrow(_HELD if hold else _GET, id)
        return None if row is None else self.read(row)

    async def begin(
        self, connection: Connection, identity: Identity, kind: ConversationKind, at: datetime, *,
        entry: dict[str, str] | None = None, subject: str = "", request: UUID | None = None,
    ) -> Thread:  # fmt: skip
        """Open one for a person who has none open; whoever opens one at the same moment gets the same."""
        id = uuid7()
        row = await connection.fetchrow(
            _BEGIN, id, identity.id, identity.account, kind, at,
            self._seals.put(ENTRY, id, entry) if entry else None,
            self._seals.put(SUBJECT, id, subject) if subject else None, request,
        )  # fmt: skip
        if row is None:
            raise RuntimeError("an upsert gave no row")
        await announce(connection, "conversation", conversation=row["id"], seq=row["last_seq"])
        return self.read(row)

    async def close(self, connection: Connection, id: UUID, why: OverWhy, at: datetime) -> Thread | None:
        """Close one; None when it is closed already."""
        row = await connection.fetchrow(_CLOSE, id, why, at)
        if row is None:
            return None
        await announce(connection, "conversation", conversation=id, seq=row["last_seq"])
        return self.read(row)

    async def said(
        self, connection: Connection, thread: Thread, at: datetime, until: datetime | None, extra: dict[str, Any]
    ) -> Thread:
        """Note that he writes; return the conversation with the number his message gets as its last.

        Args:
            connection: holds the conversation.
            thread: which.
            at: when it came.
            until: until when he may be answered, where the channel bounds that.
            extra: what the channel needs more when it answers.
        """
        kept = self._seals.put(EXTRA, thread.id, self.extra_of(thread) | extra) if extra else None
        row = await connection.fetchrow(_SAID, thread.id, at, until, kept)
        if row is None:
            raise RuntimeError("the conversation is not there")
        return self.read(row)

    async def next(self, connection: Connection, id: UUID) -> int:
        """Take the next number of a conversation, which is held until the caller's transaction ends."""
        return int(await connection.fetchval(
            "UPDATE conversation SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq", id
        ))  # fmt: skip

    async def mark(self, connection: Connection, id: UUID, **marks: Any) -> None:
        """Note what was said by itself."""
        await connection.execute("UPDATE conversation SET marks = marks || $2 WHERE id = $1", id, marks)

    async def keep_extra(self, connection: Connection, id: UUID, extra: dict[str, Any]) -> None:
        """Keep what the channel needs again when it answers."""
        await connection.execute(
            "UPDATE conversation SET extra = $2 WHERE id = $1", id, self._seals.put(EXTRA, id, extra)
        )

    def extra_of(self, thread: Thread) -> dict[str, Any]:
        """Return what the channel needs again when it answers."""
        return dict(self._seals.get(EXTRA, thread.id, thread.extra) or {})

    def entry_of(self, thread: Thread) -> dict[str, str]:
        """Return how he came."""
        return dict(self._seals.get(ENTRY, thread.id, thread.entry) or {})

    def subject_of(self, thread: Thread) -> str:
        """Return a mail's or a form's subject."""
        return str(self._seals.get(SUBJECT, thread.id, thread.subject) or "")

    @staticmethod
    def read(row: asyncpg.Record) -> Thread:
        """Read a row with the columns of `Thread`."""
        return Thread(**dict(row))
