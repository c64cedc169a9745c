"""Persons as channels know them: one row for each account and person."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chat.conversations.sealing import PERSON, Seals
from chat.wire import Peer
from okno.database import Connection
from okno.ids import uuid7

_GET = "SELECT * FROM identity WHERE id = $1"
# Others may refer to him meanwhile (a message of ours on its way): only his own fields are held.
_HELD = _GET + " FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person as a channel knows him. `unreachable` is a word for why he cannot be written to; empty: he can.

    `numbered`: which number is his was learnt just now.
    """

    id: UUID
    account: str
    peer: Peer
    blocked: bool = False
    unreachable: str = ""
    numbered: bool = False


class Identities:
    """Keeps them.

    Args:
        seals: seals persons.
    """

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    async def known(self, connection: Connection, account: str, peer: Peer, at: datetime) -> Identity:
        """Return who this is, made if need be, and hold him until the caller's transaction ends.

        What the channel says anew of him (a name, a number) is kept, what it leaves out stays.
        """
        blind, new = self._seals.peer(account, peer.ext_user), False
        while True:
            row = await connection.fetchrow(
                "SELECT * FROM identity WHERE account = $1 AND peer_blind = $2 FOR NO KEY UPDATE", account, blind
            )
            if row is not None:
                found = await self._renewed(connection, self.read(row), peer)
                return replace(found, numbered=True) if new and peer.phone else found
            id, new = uuid7(), True
            await connection.execute(
                "INSERT INTO identity (id, account, peer_blind, person, first_at) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT (account, peer_blind) DO NOTHING",
                id, account, blind, self._seals.put(PERSON, id, asdict(peer)), at,
            )  # fmt: skip

    async def get(self, connection: Connection, id: UUID, *, hold: bool = False) -> Identity | None:
        """Return the one with this id; `hold`: until the caller's transaction ends."""
        row = await connection.fetchrow(_HELD if hold else _GET, id)
        return None if row is None else self.read(row)

    async def block(self, connection: Connection, id: UUID, by: str, at: datetime | None) -> None:
        """Block him (`at`), or take that back (None)."""
        await connection.execute(
            "UPDATE identity SET blocked_at = $2, blocked_by = $3 WHERE id = $1", id, at, by if at else ""
        )

    async def reachable(self, connection: Connection, id: UUID, why: str) -> None:
        """Note why he cannot be written to; empty: he can again."""
        await connection.execute("UPDATE identity SET unreachable = $2 WHERE id = $1 AND unreachable <> $2", id, why)

    def read(self, row: asyncpg.Record) -> Identity:
        """Read a row of the table."""
        return Identity(
            id=row["id"], account=row["account"], peer=Peer(**self._seals.get(PERSON, row["id"], row["person"])),
            blocked=row["blocked_at"] is not None, unreachable=row["unreachable"],
        )  # fmt: skip

    async def _renewed(self, connection: Connection, known: Identity, peer: Peer) -> Identity:
        said: dict[str, Any] = {name: value for name, value in asdict(peer).items() if value}
        if "phone" in said and said["phone"] != known.peer.phone:
            said["verified"] = peer.verified  # another number is vouched for anew
        elif known.peer.verified:
            said["verified"] = True
        now = replace(known.peer, **said)
        if now != known.peer:
            await connection.execute(
                "UPDATE identity SET person = $2 WHERE id = $1", known.id,
                self._seals.put(PERSON, known.id, asdict(now)),
            )  # fmt: skip
        return replace(known, peer=now, numbered=(now.phone, now.verified) != (known.peer.phone, known.peer.verified))
