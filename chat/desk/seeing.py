"""Conversations shown: audited first, then opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chat.accounts.making import Running, abilities_of
from chat.client import ConversationView, MessageRow
from chat.conversations.identities import Identity
from chat.conversations.reading import Reading
from chat.conversations.threads import Thread
from chat.desk.asked import AskedMessages, Audited, No, Who
from chat.receiving.turn import Kept
from okno import clock
from okno.database import Connection, Database

_EARLIER = 20
# Whoever has a conversation open is shown each new message of it: one entry stands for that long.
_FOLLOWED_S = 600.0
_FOLLOWED = 10_000

_OF = """
SELECT c.id, c.identity, c.account, c.kind, c.opened_at, c.closed_at, c.open, c.request, c.said_at, c.score,
    (SELECT count(*) FROM message m WHERE m.conversation = c.id AND m.side IN ('in', 'out')) AS messages
FROM conversation c WHERE c.identity = ANY($1) ORDER BY c.opened_at DESC LIMIT 200"""


@dataclass(frozen=True, slots=True)
class Seeing:
    """Shows conversations.

    Args:
        database: of `chat`.
        kept: what is kept.
        accounts: those that are on, by key.
        audited: writes who saw what.
    """

    database: Database
    kept: Kept
    accounts: Mapping[str, Running]
    audited: Audited
    followed: dict[tuple[str, UUID, str], float] = field(default_factory=dict)

    async def open(self, id: UUID, who: Who) -> ConversationView:
        """Show a conversation with its newest messages. Raises No, DatabaseDown."""
        async with self.database.acquire() as connection, connection.transaction():
            thread, identity = await self.found(connection, id)
            await self.audited(connection, who, "conversation.show", identity.id, conversation=str(id))
            reading = Reading(self.kept.seals)
            messages, more = await reading.newest(connection, id, deleted=who.supervises)
            earlier = await connection.fetch(
                "SELECT id FROM conversation WHERE identity = $1 AND opened_at < $2 ORDER BY opened_at DESC LIMIT $3",
                thread.identity, thread.opened_at, _EARLIER,
            )  # fmt: skip
            lamp = await connection.fetchval("SELECT colour FROM account WHERE key = $1", thread.account)
        view = self._view(thread, identity, lamp or "green")
        self._follows(who, id)
        return view.model_copy(
            update={"messages": messages, "more": more, "earlier": [str(row["id"]) for row in earlier]}
        )

    async def messages(self, id: UUID, wanted: AskedMessages) -> list[MessageRow]:
        """Show messages. Raises No, DatabaseDown."""
        who, reading = wanted.who, Reading(self.kept.seals)
        async with self.database.acquire() as connection, connection.transaction():
            _, identity = await self.found(connection, id)
            if wanted.since is None or not self._followed(who, id):
                what = "conversation.read" if wanted.since is None else "conversation.follow"
                await self.audited(connection, who, what, identity.id, conversation=str(id))
            if wanted.since is None:
                rows, _ = await reading.newest(connection, id, before=wanted.before, deleted=who.supervises)
            else:
                rows = await reading.since(connection, id, wanted.since, deleted=who.supervises)
        if wanted.since is not None:
            self._follows(who, id)
        return rows

    async def of(self, identities: list[UUID]) -> list[dict[str, Any]]:
        """Return the conversations of persons, without a word of them. Raises DatabaseDown."""
        return [
            {
                "id": str(row["id"]), "identity": str(row["identity"]), "channel": row["account"].partition(":")[0],
                "account": row["account"], "kind": row["kind"], "opened_at": row["opened_at"].isoformat(),
                "closed_at": row["closed_at"].isoformat() if row["closed_at"] else None, "open": row["open"],
                "request": str(row["request"]) if row["request"] else None, "messages": row["messages"],
                "said_at": row["said_at"].isoformat() if row["said_at"] else None, "score": row["score"],
            }
            for row in await self.database.fetch(_OF, identities)
        ]  # fmt: skip

    async def found(self, connection: Connection, id: UUID, *, hold: bool = False) -> tuple[Thread, Identity]:
        """Return a conversation and who writes in it. Raises No."""
        thread = await self.kept.threads.get(connection, id, hold=hold)
        identity = await self.kept.identities.get(connection, thread.identity) if thread is not None else None
        if thread is None or identity is None:
            raise No("gone", 404)
        return thread, identity

    def _followed(self, who: Who, id: UUID) -> bool:
        """Say whether an entry of lately stands for this."""
        return self.followed.get((who.actor, id, who.purpose), 0.0) > clock.monotonic()

    def _follows(self, who: Who, id: UUID) -> None:
        """Note that an entry stands for what he is shown from now on: it is in the audit for good."""
        if self._followed(who, id):
            return
        if len(self.followed) > _FOLLOWED:
            self.followed.clear()
        self.followed[who.actor, id, who.purpose] = clock.monotonic() + _FOLLOWED_S

    def _view(self, thread: Thread, identity: Identity, lamp: str) -> ConversationView:
        running = self.accounts.get(thread.account)
        threads, peer = self.kept.threads, identity.peer
        return ConversationView(
            id=str(thread.id), identity=str(identity.id), channel=thread.account.partition(":")[0],
            account=thread.account, title=dict(running.settings.title) if running else {}, kind=thread.kind,
            open=thread.open, opened_at=thread.opened_at, closed_at=thread.closed_at, name=peer.name,
            username=peer.username, subject=threads.subject_of(thread),
            phone=self.kept.telling.number(peer.phone), verified=peer.verified, entry=threads.entry_of(thread),
            request=str(thread.request) if thread.request else None, owner=thread.owner, last_seq=thread.last_seq,
            said_seq=thread.said_seq, heard_seq=thread.heard_seq, seen_seq=thread.seen_seq,
            window_until=thread.window_until, emergency=thread.emergency, blocked=identity.blocked,
            unreachable=identity.unreachable, score=thread.score, abilities=abilities_of(running), lamp=lamp,
            messages=[], more=False,
        )  # fmt: skip
