"""Conversations as they were written down; how their requests stand, as `chat` is told; to whom a word is owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.feed import ConversationStands
from engine.effects import TellStanding
from engine.store.codec import Codec
from engine.store.people.contacts import Contacts
from engine.world.reading import identity_of, number_of
from okno.database import Database
from okno.ids import uuid7

# All tries to call him are over, and nobody has written to him since. What is older than an hour comes too late.
_OWED = """
    SELECT requests.id, requests.phone, requests.contact, given.line, given.at FROM history AS given
    JOIN requests ON requests.id = given.request
    WHERE given.what = 'given_up' AND given.at > now() - interval '1 hour'
    AND requests.status = 'done' AND requests.outcome = 'not_reached' AND NOT requests.queue = ANY($1::text[])
    AND NOT EXISTS (
        SELECT FROM history AS told
        WHERE told.request = given.request AND told.what = 'wrote_instead' AND told.id > given.id
    ) ORDER BY given.at, given.id LIMIT 100
"""
# Where each of these last wrote, the newest first.
_ACCOUNTS = """
    SELECT identity, account FROM (
        SELECT DISTINCT ON (identity) identity, account, said_at FROM conversations
        WHERE identity = ANY($1::uuid[]) AND account <> '' ORDER BY identity, said_at DESC
    ) AS last ORDER BY said_at DESC
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """Somebody nobody reached: his request, his number (E.164) and contact, the line that says so, and when."""

    request: str
    phone: str
    contact: str | None
    line: str
    at: datetime


class Talks:
    """Reads them.

    Args:
        database: the engine's.
        codec: opens numbers.
        contacts: knows by which points a contact is known.
    """

    def __init__(self, database: Database, codec: Codec, contacts: Contacts) -> None:
        self._database, self._codec, self._contacts = database, codec, contacts

    async def owed(self, silent: Sequence[str] = ()) -> list[Owed]:
        """Return whom nobody reached and nobody has written to since, the oldest first. Raises DatabaseDown.

        Args:
            silent: queues that write to nobody.
        """
        return [
            Owed(
                str(row["id"]), number_of(self._codec.open(row["phone"], "requests", "phone", str(row["id"]))),
                row["contact"] and str(row["contact"]), str(row["line"]), row["at"],
            )
            for row in await self._database.fetch(_OWED, list(silent))
        ]  # fmt: skip

    async def written_from(self, contact: str | None, phone: str) -> list[tuple[str, str]]:
        """Return the messengers a contact wrote from: (identity, account), where he wrote last first.

        Raises DatabaseDown, SealBroken.
        """
        known = await self._contacts.get(contact) if contact else None
        if known is None:
            found = await self._contacts.with_phone(phone) if phone else []
            known = await self._contacts.get(found[0].id) if found else None
        points = (known.phone, *known.phones) if known is not None else ()
        identities = [UUID(identity_of(point)) for point in points if identity_of(point)]
        return [(str(row["identity"]), row["account"]) for row in await self._database.fetch(_ACCOUNTS, identities)]


def stands(told: TellStanding) -> tuple[UUID, str, Mapping[str, Any]]:
    """Return a standing's row of the outbox: id, kind, payload."""
    key = uuid7()
    event = ConversationStands(
        key=key, conversation=UUID(told.conversation), request=UUID(told.request), number=told.number,
        version=told.version, status=told.status, owner=told.owner,
        operator={"ru": told.title_ru, "en": told.title_en} if told.owner else {}, queue=told.queue, seq=told.seq,
        over=told.over, outcome=told.outcome,
    )  # fmt: skip
    return key, "ConversationStands", event.model_dump(mode="json")
