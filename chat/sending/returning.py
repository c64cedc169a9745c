"""What a channel says of messages of ours: how far they got, how far he has read, that they were written.

All of it may come twice, late, out of order, or before the answer by which we learn what the channel calls a message.
Every method works in its caller's transaction. That of `status` holds no conversation yet: its lock comes after that of
the channel's name for the message.
"""

from __future__ import annotations

from uuid import UUID

import asyncpg

from chat.conversations.live import announce
from chat.conversations.sealing import Seals
from chat.conversations.writing import Writing
from chat.sending import settling
from chat.sending.ranks import holds
from chat.wire import Envelope, Sent, mark_of
from okno import clock
from okno.database import Connection

_BY_NAME = """
SELECT m.id FROM message m JOIN conversation c ON c.id = m.conversation
WHERE m.ext_blind = $1 AND m.side = 'out' AND c.account = $2 LIMIT 1"""
_BY_ID = """
SELECT m.id FROM message m JOIN conversation c ON c.id = m.conversation
WHERE m.id = $1 AND m.side = 'out' AND c.account = $2"""
# What has no name at its channel yet: on the wire, or of unknown outcome.
_NAMELESS = """
SELECT m.id, m.body, (SELECT count(*) FROM attachment a WHERE a.message = m.id) AS files FROM message m
WHERE m.conversation = $1 AND m.side = 'out' AND m.ext IS NULL AND m.state IN ('queued', 'sending', 'unknown')
AND m.deleted_at IS NULL ORDER BY m.seq LIMIT 50"""
_EARLY = """
INSERT INTO told_early (ext_blind, state, error, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"""
_HEARD = """
SELECT m.id, m.state FROM message m WHERE m.conversation = $1 AND m.side = 'out' AND m.state IN ('sent', 'delivered')
AND (m.seq <= $2 OR m.ext IS NOT NULL AND m.place > 0 AND m.place <= $3) ORDER BY m.seq"""
_UP_TO = """
UPDATE conversation SET heard_seq = greatest(heard_seq, $2) WHERE id = $1 AND heard_seq < $2 RETURNING heard_seq"""


class Returning:
    """Notes it.

    Args:
        seals: finds messages by the channel's names.
        writing: notes how messages stand.
    """

    def __init__(self, seals: Seals, writing: Writing) -> None:
        self._seals, self._writing = seals, writing

    async def status(self, connection: Connection, envelope: Envelope) -> bool:
        """Note what became of a message; say whether it is one of ours. One not known yet is looked up when it is."""
        if envelope.state is None:
            return False
        blind = self._seals.message(envelope.account, envelope.message) if envelope.message else None
        if blind is not None:
            await settling.alone(connection, blind)
        id = await self._found(connection, envelope, blind)
        if id is None:
            if blind is not None:
                await connection.execute(_EARLY, blind, envelope.state, envelope.error, clock.now())
            return False
        message = await settling.hold(connection, id)
        if message is None:
            return False
        if blind is not None and message["ext"] is None:
            await settling.name(connection, self._seals, message, envelope.message, blind, envelope.order)
        await self._stands(connection, message, envelope.state, envelope.error)
        return True

    async def read(self, connection: Connection, envelope: Envelope, conversation: UUID) -> int:
        """Note up to where he has read; return up to which number that is, 0 when it says nothing new.

        The word is the channel's id of a message of ours (`message`), its order (`order`), or our number
        (`extra["seq"]`).
        """
        seq = int(envelope.extra.get("seq") or 0)
        if envelope.message:
            blind = self._seals.message(envelope.account, envelope.message)
            seq = await connection.fetchval(
                "SELECT seq FROM message WHERE conversation = $1 AND ext_blind = $2", conversation, blind
            ) or seq  # fmt: skip
        await connection.execute("SELECT FROM conversation WHERE id = $1 FOR NO KEY UPDATE", conversation)
        for row in await connection.fetch(_HEARD, conversation, seq, envelope.order or 0):
            await self._writing.state(connection, row["id"], "read")
        top = await connection.fetchval(
            "SELECT max(seq) FROM message WHERE conversation = $1 AND side = 'out' AND state = 'read'", conversation
        )
        if await connection.fetchval(_UP_TO, conversation, top or 0) is None:
            return 0
        await announce(connection, "conversation", conversation=conversation, seq=top, only="read")
        return int(top)

    async def ours(self, connection: Connection, envelope: Envelope, conversation: UUID) -> bool:
        """Say whether what was written in the channel is a message of ours; then it is there, and known by its name.

        Known by name, by what the channel gives back of our id, else by its words among those that have no name yet.
        False: somebody of the clinic wrote it in the channel's own program.
        """
        if not envelope.message:
            return await self._found(connection, envelope, None) is not None
        blind = self._seals.message(envelope.account, envelope.message)
        await connection.execute("SELECT FROM conversation WHERE id = $1 FOR NO KEY UPDATE", conversation)
        id = await self._found(connection, envelope, blind) or await self._alike(connection, envelope, conversation)
        message = None if id is None else await settling.hold(connection, id)
        if message is None:
            return False
        if message["ext"] is None:
            await settling.name(connection, self._seals, message, envelope.message, blind, envelope.order)
        await self._stands(connection, message, "sent", "")
        return True

    async def _stands(self, connection: Connection, message: asyncpg.Record, state: Sent, error: str) -> None:
        if not holds(message["state"], state):
            return
        # One that waits to be sent once more has gone after all.
        await connection.execute(
            "DELETE FROM outgoing WHERE message = $1 AND what = 'message' AND taken_at IS NULL", message["id"]
        )
        await self._writing.state(connection, message["id"], state, error)

    @staticmethod
    async def _found(connection: Connection, envelope: Envelope, blind: bytes | None) -> UUID | None:
        """Find it by what the channel gives back of our id, else by its name there."""
        found: UUID | None = None
        if ours := _uuid(envelope.extra.get("ours")):
            found = await connection.fetchval(_BY_ID, ours, envelope.account)
        if found is None and blind is not None:
            found = await connection.fetchval(_BY_NAME, blind, envelope.account)
        return found

    async def _alike(self, connection: Connection, envelope: Envelope, conversation: UUID) -> UUID | None:
        rows = await connection.fetch(_NAMELESS, conversation)
        if mark := envelope.extra.get("mark"):
            return next((row["id"] for row in rows if mark_of(str(row["id"])) == mark), None)
        words = envelope.text.strip()
        for row in rows:
            text = str(self._writing.body(row["id"], row["body"]).get("text", "")).strip()
            if text == words and bool(row["files"]) == bool(envelope.files):
                return UUID(str(row["id"]))
        return None


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None
