"""What the engine tells: who has a conversation, that its request is closed, what is answered by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from chat.conversations.identities import Identities
from chat.conversations.live import announce
from chat.conversations.telling import Telling
from chat.conversations.threads import Thread, Threads
from chat.feed import ChatRulesTold, ConversationStands
from okno import clock
from okno.bus import BusEvent
from okno.database import Connection


class Closed(Protocol):
    """Does what is done after the end of a conversation."""

    async def __call__(self, connection: Connection, thread: Thread) -> None:
        """Do it, within the caller's transaction."""


_STANDS = """
UPDATE conversation SET request = $2, number = $3, version = $4, status_told = $5, owner = $6, operator = $7, queue = $8
WHERE id = $1"""
_RULES = """
INSERT INTO rules (version, told) VALUES ($1, $2) ON CONFLICT (one) DO UPDATE
SET version = EXCLUDED.version, told = EXCLUDED.told"""


class Standing:
    """Hears the engine.

    Args:
        threads: what is kept of conversations.
        identities: what is kept of persons.
        telling: tells the engine what came of it.
        closed: called after a conversation's end.
    """

    def __init__(self, threads: Threads, identities: Identities, telling: Telling, closed: Closed) -> None:
        self._threads = threads
        self._identities = identities
        self._telling = telling
        self._closed = closed

    async def stands(self, event: BusEvent, connection: Connection) -> None:
        """Note how a conversation's request stands; one that is closed ends it, unless he wrote on."""
        told = ConversationStands.model_validate(event.payload)
        thread = await self._threads.get(connection, told.conversation, hold=True)
        if thread is None or _older(told, thread):
            return
        # Who wrote on gets another request; what is closed keeps its own, for his word how it was comes later.
        goes_on = told.over and thread.open and thread.said_seq > told.seq
        await connection.execute(
            _STANDS, thread.id, None if goes_on else told.request, told.number, told.version,
            "" if told.over else told.status, "" if told.over else told.owner,
            dict(told.operator), told.queue or thread.queue,
        )  # fmt: skip
        await announce(connection, "conversation", conversation=thread.id, seq=thread.last_seq)
        if told.over and not goes_on:
            closed = await self._threads.close(connection, thread.id, "closed", clock.now())
            if closed is not None:
                await self._telling.over(connection, closed, "closed", clock.now())
                await self._closed(connection, closed)

    @staticmethod
    async def rules(event: BusEvent, connection: Connection) -> None:
        """Keep what is answered by itself from now on."""
        told = ChatRulesTold.model_validate(event.payload)
        await connection.execute(_RULES, told.version, told.model_dump(mode="json"))
        await announce(connection, "rules", version=told.version)


def _older(told: ConversationStands, thread: Thread) -> bool:
    """Say whether a word about the same request came late; another request's is newer."""
    return thread.request == told.request and told.version < thread.version


def spoken(operator: Mapping[str, str], language: str) -> str:
    """Return an operator's name as a patient sees it."""
    return operator.get(language) or operator.get("ru") or operator.get("en") or ""
