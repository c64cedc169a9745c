"""What the engine is told: left in the outbox with the transaction that makes it true."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from uuid import UUID

from chat.conversations.identities import Identity
from chat.conversations.threads import Thread
from chat.feed import (
    CONVERSATIONS,
    WHO_PLACE,
    ConversationAnswered,
    ConversationOver,
    ConversationRated,
    ConversationWaits,
    OverWhy,
    PhoneClaimed,
)
from chat.wire import ClaimSource
from okno import clock, phones
from okno.bus import Outbox
from okno.database import Connection
from okno.ids import uuid7
from okno.seal import Sealer
from okno.settings import Clinic

_TOPIC = 300
# More than so many nobody counts; whoever floods would make each of his messages dearer than the one before.
_UNHEARD = 100
_TOLD = f"""
UPDATE conversation c SET told_seq = said_seq WHERE id = $1 RETURNING (
    SELECT count(*) FROM (SELECT FROM message m WHERE m.conversation = c.id AND m.side = 'in' AND m.deleted_at IS NULL
    AND m.seq > c.answered_seq LIMIT {_UNHEARD}) AS few)"""  # noqa: S608  # our own number


class Telling:
    """Tells the engine.

    Args:
        bus: seals what others are told.
        clinic: whose numbers are meant where somebody wrote one without a country.
    """

    def __init__(self, bus: Sealer, clinic: Clinic) -> None:
        self._bus = bus
        self._clinic = clinic

    async def waits(
        self, connection: Connection, thread: Thread, identity: Identity, queue: str, topic: str
    ) -> None:
        """Tell that a person's answer is wanted: once for all that came in a transaction.

        Args:
            connection: with the transaction open.
            thread: the conversation, as it is now.
            identity: who writes.
            queue: the account's; empty: the engine's first.
            topic: what it is about, in his words: a subject, or what he chose before the first message.
        """
        unheard = await connection.fetchval(_TOLD, thread.id)
        key = uuid7()
        told = ConversationWaits(
            key=key, conversation=thread.id, identity=identity.id, kind=thread.kind,
            channel=thread.account.partition(":")[0], account=thread.account, queue=queue, seq=thread.said_seq,
            at=thread.said_at or clock.now(), first=thread.told_seq == 0, unheard=max(1, int(unheard)),
            priority=thread.priority, emergency=thread.emergency, window_until=thread.window_until,
            who=self._who(key, {
                "name": identity.peer.name, "phone": self.number(identity.peer.phone), "topic": topic[:_TOPIC],
            }),
        )  # fmt: skip
        await self._leave(connection, key, told)

    async def answered(self, connection: Connection, conversation: UUID, seq: int, operator: str, at: datetime) -> None:
        """Tell that a person of the clinic answered."""
        key = uuid7()
        await self._leave(
            connection, key, ConversationAnswered(key=key, conversation=conversation, seq=seq, at=at, operator=operator)
        )

    async def over(self, connection: Connection, thread: Thread, why: OverWhy, at: datetime) -> None:
        """Tell that a conversation is closed, if the engine ever heard of it."""
        if not thread.told_seq:
            return
        key = uuid7()
        await self._leave(
            connection, key, ConversationOver(key=key, conversation=thread.id, seq=thread.said_seq, at=at, why=why)
        )

    async def claimed(self, connection: Connection, thread: Thread, identity: Identity, source: ClaimSource) -> None:
        """Tell which number he says is his; one that is none is told nobody."""
        number = self.number(identity.peer.phone)
        if not number:
            return
        key = uuid7()
        await self._leave(connection, key, PhoneClaimed(
            key=key, identity=identity.id, conversation=thread.id, source=source, verified=identity.peer.verified,
            at=clock.now(), who=self._who(key, {"phone": number, "name": identity.peer.name}),
        ))  # fmt: skip

    async def rated(self, connection: Connection, thread: Thread, score: int, at: datetime) -> None:
        """Tell how he said it was."""
        if thread.request is None:
            return
        key = uuid7()
        await self._leave(connection, key, ConversationRated(
            key=key, conversation=thread.id, request=thread.request, score=score, at=at
        ))  # fmt: skip

    def number(self, written: str) -> str:
        """Return a number as E.164; empty when it is none."""
        found = phones.parse(written, country=self._clinic.country, area_code=self._clinic.area_code)
        return found.e164 if found is not None else ""

    def _who(self, key: UUID, who: dict[str, str]) -> str:
        text = json.dumps(who, ensure_ascii=False)
        return base64.b64encode(self._bus.seal(text, row=str(key), **WHO_PLACE)).decode()

    @staticmethod
    async def _leave(
        connection: Connection, key: UUID,
        told: ConversationWaits | ConversationAnswered | ConversationOver | ConversationRated | PhoneClaimed,
    ) -> None:  # fmt: skip
        await Outbox.add(connection, CONVERSATIONS, key, type(told).__name__, told.model_dump(mode="json"))
