"""Whose number is it: contacts by the blind index of their number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.store.codec import Codec
from okno.database import Database
from okno.ids import uuid7_of

_MAKE = (
    "INSERT INTO contacts (id, phone, phone_blind, phone_last4, first_seen) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (phone_blind) DO NOTHING"
)
# A call still open is not an earlier one.
_EARLIER = (
    "(SELECT count(*) FROM calls WHERE calls.phone_blind = contacts.phone_blind AND NOT calls.open) AS earlier"
)
# Who talked with him last, whoever called whom.
_LAST_OPERATOR = (
    "(SELECT legs.operator FROM calls JOIN legs ON legs.call = calls.id"
    " WHERE calls.phone_blind = contacts.phone_blind AND legs.answered_at IS NOT NULL AND legs.operator <> ''"
    " ORDER BY calls.started_at DESC, calls.id DESC, legs.answered_at DESC LIMIT 1) AS last_operator"
)
# What an operator said he is called.
_NAME = "(SELECT name FROM contact_names WHERE contact_names.id = contacts.id) AS name"


@dataclass(frozen=True, slots=True)
class Known:
    """A contact as the store knows him; `earlier` counts the calls with his number that are there already.

    `last_operator` talked with him last; it is looked up for `of` alone.
    """

    id: str
    phone: str
    first_seen: datetime
    earlier: int
    name: str = ""
    last_operator: str = ""


class Contacts:
    """Finds and makes contacts.

    Args:
        database: the engine's.
        codec: seals.
    """

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec

    async def of(self, phone: str, at: datetime) -> Known:
        """Return the contact of a number (E.164), made now if nobody had it. Raises DatabaseDown."""
        blind = self._codec.blind(phone)
        id = uuid7_of(at, "contact", blind.hex())
        async with self._database.acquire() as connection:
            await connection.execute(
                _MAKE,
                id, self._codec.seal(phone, "contacts", "phone", str(id)), blind, self._codec.blind_last4(phone), at,
            )  # fmt: skip
            row = await connection.fetchrow(
                f"SELECT id, first_seen, {_EARLIER}, {_NAME}, {_LAST_OPERATOR} FROM contacts WHERE phone_blind = $1",  # noqa: S608
                blind,
            )
        if row is None:
            raise RuntimeError("a contact vanished between two statements")
        return replace(self._known(row, phone), last_operator=row["last_operator"] or "")

    async def of_many(self, phones: Collection[str], at: datetime) -> dict[str, str]:
        """Return the ids of the contacts of numbers (E.164), made now where nobody had one. Raises DatabaseDown."""
        blinds = {self._codec.blind(phone): phone for phone in phones}
        rows = []
        for blind, phone in blinds.items():
            id = uuid7_of(at, "contact", blind.hex())
            sealed = self._codec.seal(phone, "contacts", "phone", str(id))
            rows.append((id, sealed, blind, self._codec.blind_last4(phone), at))
        async with self._database.acquire() as connection:
            await connection.executemany(_MAKE, rows)
            found = await connection.fetch(
                "SELECT id, phone_blind FROM contacts WHERE phone_blind = ANY($1::bytea[])", list(blinds)
            )
        return {blinds[row["phone_blind"]]: str(row["id"]) for row in found}

    async def get(self, id: str) -> Known | None:
        """Return a contact by its id. Raises DatabaseDown, SealBroken."""
        return next(iter(await self._found("id = $1", UUID(id))), None)

    async def with_phone(self, phone: str) -> list[Known]:
        """Return the contact of a whole number (E.164), if somebody has it; none is made. Raises DatabaseDown."""
        return await self._found("phone_blind = $1", self._codec.blind(phone))

    async def ending_in(self, last4: str, limit: int) -> list[Known]:
        """Return contacts whose number ends in four digits, the newest first. Raises DatabaseDown."""
        return await self._found("phone_last4 = $1", self._codec.blind_last4(last4), limit=limit)

    async def named(self, readings: Sequence[Sequence[str]], limit: int) -> list[Known]:
        """Return contacts whose name has every word of one of these readings (`okno.names`), whole.

        Raises DatabaseDown, SealBroken.
        """
        found: dict[str, Known] = {}
        for words in readings:
            blinds = self._codec.blind_words(words)
            where = "id IN (SELECT id FROM contact_names WHERE name_words @> $1::bytea[])"
            found |= {one.id: one for one in await self._found(where, blinds, limit=limit)}
        return list(found.values())[:limit]

    async def _found(self, where: str, value: Any, *, limit: int = 1) -> list[Known]:
        rows = await self._database.fetch(
            f"SELECT id, phone, first_seen, {_EARLIER}, {_NAME} FROM contacts WHERE {where}"  # noqa: S608
            f" ORDER BY first_seen DESC, id DESC LIMIT {int(limit)}",
            value,
        )
        return [self._known(row, self._codec.open(row["phone"], "contacts", "phone", str(row["id"]))) for row in rows]

    def _known(self, row: Any, phone: str) -> Known:
        id = str(row["id"])
        name = self._codec.open(row["name"], "contact_names", "name", id)
        return Known(id, phone, row["first_seen"], int(row["earlier"]), name)
