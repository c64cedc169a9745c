"""What people want of messages of ours: to be sent, sent again, changed, taken back.

What he already has is changed when his channel says so, not before: the screen never shows what he does not see.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import asyncpg

from chat.conversations.live import announce
from chat.conversations.sealing import BODY, Seals
from chat.conversations.writing import Writing
from chat.sending.settling import hold
from chat.wire import Abilities
from okno import clock
from okno.database import Connection
from okno.errors import Refused

Why = Literal[
    "gone", "deleted", "on_its_way", "unknown", "cannot_edit", "cannot_delete", "too_long", "sent_already", "empty",
]  # fmt: skip

_ADD = """
INSERT INTO outgoing (message, account, identity, what, next_at, by, body, template)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
_WAITS = "SELECT n, taken_at FROM outgoing WHERE message = $1 AND what = $2 ORDER BY n DESC LIMIT 1"
_TO = """
SELECT c.account, c.identity FROM message m JOIN conversation c ON c.id = m.conversation WHERE m.id = $1"""
# What he has, or may have.
_THERE = ("sent", "delivered", "read")


class CannotBe(Refused):
    """What is wished of a message cannot be done."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"the message cannot be changed so: {why}")
        self.why = why


class Wishes:
    """Takes wishes, each in its caller's transaction.

    Args:
        seals: seals what messages become.
        writing: notes how messages stand.
    """

    def __init__(self, seals: Seals, writing: Writing) -> None:
        self._seals, self._writing = seals, writing

    async def enqueue(
        self, connection: Connection, message: UUID, account: str, identity: UUID,
        template: dict[str, Any] | None = None,
    ) -> None:
        """Put a message, written as `queued` in this transaction, behind what he is still to get.

        Args:
            connection: holds its conversation, so that the line is as the numbers are.
            message: which.
            account: by which account.
            identity: to whom.
            template: the channel's template and its values.
        """
        await self._add(connection, message, account, identity, "message", template=template)

    async def retry(self, connection: Connection, message: UUID, by: str) -> None:
        """Send again what failed, or of which nobody knows whether it went: a person has decided. Raises CannotBe."""
        row = await self._ours(connection, message)
        if row["state"] not in ("failed", "unknown"):
            raise CannotBe("sent_already" if row["state"] in _THERE else "on_its_way")
        if await connection.fetchrow(f"{_WAITS} FOR UPDATE", message, "message") is not None:
            raise CannotBe("on_its_way")  # its channel says that it failed while it is being sent once more
        to = await connection.fetchrow(_TO, message)
        await self._writing.state(connection, message, "queued")
        await self._add(connection, message, to["account"], to["identity"], "message", by=by)

    async def edit(
        self, connection: Connection, message: UUID, text: str, by: str, abilities: Abilities
    ) -> None:
        """Change what a message says: at once when he does not have it yet, else when his channel has done so.

        Raises:
            CannotBe: it is gone, just being sent, of unknown outcome, too long, or the channel cannot.
        """
        row = await self._ours(connection, message)
        if not text.strip():
            raise CannotBe("empty")
        if len(text) > abilities.most_text:
            raise CannotBe("too_long")
        body = self._writing.body(message, row["body"]) | {"text": text}
        if await self._here(connection, row):
            await self._writing.change(connection, message, body, by, clock.now())
            return
        if not abilities.edit:
            raise CannotBe("cannot_edit")
        blob = self._seals.put(BODY, message, body)
        waiting = await connection.fetchrow(_WAITS, message, "edit")
        if waiting is not None and waiting["taken_at"] is None:
            await connection.execute("UPDATE outgoing SET body = $2, by = $3 WHERE n = $1", waiting["n"], blob, by)
            return
        to = await connection.fetchrow(_TO, message)
        await self._add(connection, message, to["account"], to["identity"], "edit", by=by, body=blob)

    async def delete(self, connection: Connection, message: UUID, by: str, abilities: Abilities) -> None:
        """Take a message back: at once when he does not have it yet, else when his channel has done so.

        Raises:
            CannotBe: it is gone, just being sent, of unknown outcome, or the channel cannot.
        """
        row = await self._ours(connection, message)
        if await self._here(connection, row):
            await connection.execute("DELETE FROM outgoing WHERE message = $1", message)
            if row["state"] == "queued":
                await self._writing.state(connection, message, "failed", "taken_back")
            await self._writing.take_back(connection, message, by, clock.now())
            return
        if not abilities.delete:
            raise CannotBe("cannot_delete")
        if await connection.fetchrow(_WAITS, message, "delete") is not None:
            return
        to = await connection.fetchrow(_TO, message)
        await self._add(connection, message, to["account"], to["identity"], "delete", by=by)

    async def _ours(self, connection: Connection, message: UUID) -> asyncpg.Record:
        row = await hold(connection, message)
        if row is None or row["side"] != "out":
            raise CannotBe("gone")
        if row["deleted_at"] is not None:
            raise CannotBe("deleted")
        return row

    @staticmethod
    async def _here(connection: Connection, row: asyncpg.Record) -> bool:
        """Say whether he surely does not have it and will not get it while this transaction lasts."""
        if row["state"] == "unknown":
            raise CannotBe("unknown")
        waiting = await connection.fetchrow(f"{_WAITS} FOR UPDATE", row["id"], "message")
        if waiting is not None and waiting["taken_at"] is not None:
            raise CannotBe("on_its_way")
        return row["state"] not in _THERE

    async def _add(
        self, connection: Connection, message: UUID, account: str, identity: UUID, what: str, *, by: str = "",
        body: bytes | None = None, template: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        await connection.execute(_ADD, message, account, identity, what, clock.now(), by, body, template)
        await announce(connection, "outgoing", account=account)
