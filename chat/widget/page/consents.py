"""To which words visitors consented: kept with the person, before he writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chat.conversations.identities import Identities
from chat.conversations.sealing import ADDRESS, AGENT, Seals
from chat.widget.visitors import Visitor
from chat.wire import Peer
from okno import clock
from okno.database import Database
from okno.ids import uuid7


class Consents:
    """Keeps them.

    Args:
        database: of `chat`.
        seals: seals whence they came.
    """

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database, self._seals, self._identities = database, seals, Identities(seals)

    async def keep(self, visitor: Visitor, given: Mapping[str, str]) -> None:
        """Keep one, each wording once for each person. Raises DatabaseDown.

        Args:
            visitor: who consented.
            given: {version, text_sha256 (hex), at, address, agent}.
        """
        peer = Peer(ext_user=visitor.peer, ext_chat=visitor.peer, name=visitor.person.name)
        words, id = bytes.fromhex(given["text_sha256"]), uuid7()
        async with self._database.acquire() as connection, connection.transaction():
            identity = await self._identities.known(connection, visitor.account, peer, clock.now())
            there = await connection.fetchval(
                "SELECT 1 FROM consent WHERE identity = $1 AND version = $2 AND text_sha256 = $3", identity.id,
                given["version"], words,
            )  # fmt: skip
            if there:
                return
            await connection.execute(
                "INSERT INTO consent (id, identity, at, version, text_sha256, address, agent)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)", id, identity.id, datetime.fromisoformat(given["at"]),
                given["version"], words, self._seals.put(ADDRESS, id, given["address"]),
                self._seals.put(AGENT, id, given["agent"]),
            )  # fmt: skip
