"""Messages: written once, numbered, changed with their history kept, taken back with a tombstone left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from chat.conversations import orders
from chat.conversations.live import announce
from chat.conversations.sealing import BODY, EXT, NAME, REF, WORDS, Seals
from chat.conversations.threads import Threads
from chat.wire import File
from okno import clock
from okno.database import Connection
from okno.ids import uuid7

Side = Literal["in", "out", "note", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A message that is to be written.

    Args:
        side: whose: in (his), out (ours), note (among us), system.
        at: when it came, or was written.
        body: what is sealed: text, html, subject, payload …
        id: ours, when it was minted elsewhere.
        what: text, unsupported, event, button; of a system's, a key below `chat.said.`.
        author: the operator; empty: nobody, the rules.
        ext: the channel's id.
        shown: where it stands; None: at `at`.
        reply_to: which of ours it answers.
        state: of one that is to be sent: `queued`.
        files: what came with it.
    """

    side: Side
    at: datetime
    body: dict[str, Any] = field(default_factory=dict)
    id: UUID | None = None
    what: str = "text"
    author: str = ""
    ext: str = ""
    shown: orders.Shown | None = None
    album: str = ""
    reply_to: UUID | None = None
    state: str = ""
    files: Sequence[File] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """Where a message was written."""

    id: UUID
    seq: int


class Writing:
    """Writes messages.

    Args:
        seals: seals bodies.
        threads: gives numbers.
    """

    def __init__(self, seals: Seals, threads: Threads) -> None:
        self._seals = seals
        self._threads = threads

    async def write(
        self, connection: Connection, conversation: UUID, account: str, new: New, *, seq: int | None = None
    ) -> Written:
        """Write a message under the conversation's next number (or `seq`, when it was taken) and announce it.

        The caller has looked whether it is there already: one with the same `ext` or id is an error here.
        """
        id = new.id or uuid7()
        seq = seq or await self._threads.next(connection, conversation)
        shown = new.shown or orders.Shown(new.at, 0)
        await connection.execute(
            "INSERT INTO message (id, conversation, seq, changed, side, what, author, at, shown_at, place, sent_at,"
            " ext_blind, ext, album, reply_to, body, state) VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
            " $12, $13, $14, $15, $16)",
            id, conversation, seq, new.side, new.what, new.author, new.at, shown.at, Decimal(shown.place),
            shown.sent_at, self._seals.message(account, new.ext) if new.ext else None,
            self._seals.put(EXT, id, new.ext) if new.ext else None, new.album, new.reply_to,
            self._seals.put(BODY, id, new.body), new.state,
        )  # fmt: skip
        for place, file in enumerate(new.files):
            await self._attach(connection, id, account, place, file, new.at)
        await announce(connection, "message", conversation=conversation, seq=seq, message=id)
        return Written(id, seq)

    async def known(self, connection: Connection, identity: UUID, account: str, ext: str) -> Written | None:
        """Return a person's message, or ours to him, by the channel's id of it."""
        row = await connection.fetchrow(
            "SELECT m.id, m.seq FROM message m JOIN conversation c ON c.id = m.conversation WHERE m.ext_blind = $1"
            " AND c.identity = $2 ORDER BY m.at DESC LIMIT 1", self._seals.message(account, ext), identity,
        )  # fmt: skip
        return None if row is None else Written(row["id"], row["seq"])

    async def lately(self, connection: Connection, conversation: UUID, at: datetime) -> tuple[orders.Late, ...]:
        """Return the late messages that came in the minute before `at`."""
        rows = await connection.fetch(
            "SELECT shown_at, place FROM message WHERE conversation = $1 AND side = 'in' AND sent_at IS NOT NULL"
            " AND shown_at > $2", conversation, at - timedelta(seconds=60),
        )  # fmt: skip
        return tuple(orders.Late(row["shown_at"], int(row["place"])) for row in rows)

    async def change(
        self, connection: Connection, message: UUID, body: dict[str, Any], by: str, at: datetime
    ) -> bool:
        """Replace what a message says, the former version kept; say whether it is there and not taken back."""
        row = await connection.fetchrow(
            "SELECT conversation, version, body, deleted_at FROM message WHERE id = $1 FOR UPDATE", message
        )
        if row is None or row["deleted_at"] is not None:
            return False
        await connection.execute(
            "INSERT INTO message_version (message, version, at, by, body) VALUES ($1, $2, $3, $4, $5)",
            message, row["version"], at, by, row["body"],
        )  # fmt: skip
        seq = await self._threads.next(connection, row["conversation"])
        await connection.execute(
            "UPDATE message SET body = $2, version = version + 1, edited_at = $3, changed = $4 WHERE id = $1",
            message, self._seals.put(BODY, message, body), at, seq,
        )  # fmt: skip
        await announce(connection, "changed", conversation=row["conversation"], seq=seq, message=message)
        return True

    async def take_back(self, connection: Connection, message: UUID, by: str, at: datetime) -> bool:
        """Leave a tombstone where a message was; what it said stays for supervisors. Says whether it was there."""
        conversation = await connection.fetchval("SELECT conversation FROM message WHERE id = $1", message)
        if conversation is None:
            return False
        seq = await self._threads.next(connection, conversation)
        done = await connection.fetchval(
            "UPDATE message SET deleted_at = $2, deleted_by = $3, changed = $4 WHERE id = $1 AND deleted_at IS NULL"
            " RETURNING true", message, at, by, seq,
        )  # fmt: skip
        await announce(connection, "changed", conversation=conversation, seq=seq, message=message)
        return bool(done)

    async def state(self, connection: Connection, message: UUID, state: str, error: str = "") -> int:
        """Set what became of a message of ours, whatever it was before; return the number of the change.

        Whoever calls has looked at ranks (`chat.wire.RANK`) under the message's lock.
        """
        conversation = await connection.fetchval("SELECT conversation FROM message WHERE id = $1", message)
        seq = await self._threads.next(connection, conversation)
        await connection.execute(
            "UPDATE message SET state = $2, error = $3, changed = $4 WHERE id = $1", message, state, error, seq
        )
        await announce(connection, "state", conversation=conversation, seq=seq, message=message)
        return seq

    def body(self, message: UUID, blob: bytes) -> dict[str, Any]:
        """Open what a message says."""
        return dict(self._seals.get(BODY, message, blob))

    async def _attach(  # noqa: PLR0917
        self, connection: Connection, message: UUID, account: str, place: int, file: File, at: datetime
    ) -> None:
        id = uuid7()
        await connection.execute(
            "INSERT INTO attachment (id, message, account, place, kind, name, mime, size, state, ref, words, next_at,"
            " at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            id, message, account, place, file.kind, self._seals.put(NAME, id, file.name), file.mime[:120], file.size,
            "words" if file.ref is None else "pending",
            None if file.ref is None else self._seals.put(REF, id, file.ref),
            self._seals.put(WORDS, id, file.text) if file.text else None, clock.now(), at,
        )  # fmt: skip
        if file.ref is not None:
            await announce(connection, "fetch", attachment=id)
