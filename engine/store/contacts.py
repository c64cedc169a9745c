"""Whose number is it: contacts by the blind index of their number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Known:
    """A contact as the store knows him; `earlier` counts the calls with his number that are there already."""

    id: str
    phone: str
    first_seen: datetime
    earlier: int


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
                f"SELECT id, first_seen, {_EARLIER} FROM contacts WHERE phone_blind = $1",  # noqa: S608  # words are ours
                blind,
            )
        if row is None:
            raise RuntimeError("a contact vanished between two statements")
        return Known(str(row["id"]), phone, row["first_seen"], int(row["earlier"]))

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
        row = await self._database.fetchrow(
            f"SELECT *, {_EARLIER} FROM contacts WHERE id = $1",  # noqa: S608  # words are ours
            UUID(id),
        )
        if row is None:
            return None
        phone = self._codec.open(row["phone"], "contacts", "phone", id)
        return Known(id, phone, row["first_seen"], int(row["earlier"]))
