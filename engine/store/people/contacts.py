"""Whose number or messenger is it: contacts by the blind index of their points, one contact for each point."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.store.codec import Codec
from engine.world.reading import number_of
from okno.database import Database
from okno.ids import uuid7_of

_MAKE = (
    "INSERT INTO contacts (id, phone, phone_blind, phone_last4, first_seen) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (phone_blind) DO NOTHING"
)
# The numbers of a contact: the first, and those an operator said; of a number the newest word holds.
NUMBERS = (
    "(SELECT blind FROM (SELECT contacts.phone_blind AS blind"
    " UNION SELECT phone_blind FROM contact_points WHERE contact_points.contact = contacts.id) AS numbers"
    " WHERE coalesce((SELECT later.contact FROM contact_points AS later WHERE later.phone_blind = numbers.blind"
    " ORDER BY later.at DESC, later.id DESC LIMIT 1), contacts.id) = contacts.id)"
)
# A call still open is not an earlier one.
EARLIER = f"(SELECT count(*) FROM calls WHERE calls.phone_blind IN {NUMBERS} AND NOT calls.open) AS earlier"  # noqa: S608
# Who talked or wrote with him last, whoever began.
_TALKED = (
    "(SELECT legs.answered_at AS at, legs.operator FROM calls JOIN legs ON legs.call = calls.id"  # noqa: S608
    f" WHERE calls.phone_blind IN {NUMBERS} AND legs.answered_at IS NOT NULL AND legs.operator <> ''"
    " ORDER BY calls.started_at DESC, calls.id DESC, legs.answered_at DESC LIMIT 1)"
)
_WROTE = (
    "(SELECT requests.since AS at, requests.owner AS operator FROM requests"  # noqa: S608  # the words are ours
    f" WHERE requests.phone_blind IN {NUMBERS} AND requests.conversation IS NOT NULL AND requests.owner IS NOT NULL"
    " AND requests.first_response_at IS NOT NULL ORDER BY requests.created_at DESC, requests.id DESC LIMIT 1)"
)
_LAST_OPERATOR = (
    f"(SELECT last.operator FROM ({_TALKED} UNION ALL {_WROTE}) AS last"  # noqa: S608
    " ORDER BY last.at DESC LIMIT 1) AS last_operator"
)
# All that was ever said of a point, the oldest first, after whose it is when nobody says anything.
_SAID = """
    SELECT contact FROM (
        SELECT id AS contact, '-infinity'::timestamptz AS at, id FROM contacts WHERE phone_blind = $1
        UNION ALL SELECT contact, at, id FROM contact_points WHERE phone_blind = $1
    ) AS said ORDER BY at, id
"""
# Whose number it is by the newest word about it; nobody's word makes it that of its own contact.
_OWNERS = (
    "SELECT DISTINCT ON (phone_blind) phone_blind, contact FROM contact_points WHERE phone_blind = ANY($1::bytea[])"
    " ORDER BY phone_blind, at DESC, id DESC"
)
_LAST4 = (
    "SELECT points.contact FROM contact_points AS points WHERE points.phone_last4 = $1 AND NOT EXISTS ("
    "SELECT FROM contact_points AS later WHERE later.phone_blind = points.phone_blind"
    " AND (later.at, later.id) > (points.at, points.id))"
)
FURTHER = f"""
    SELECT points.id, points.contact, points.phone FROM contact_points AS points
    JOIN contacts ON contacts.id = points.contact
    WHERE points.contact = ANY($1::uuid[]) AND points.phone_blind IN {NUMBERS} ORDER BY points.at DESC, points.id DESC
"""  # noqa: S608
# Whether the newest word about a point is a person's.
_SETTLED = "SELECT actor <> 'engine' FROM contact_points WHERE phone_blind = $1 ORDER BY at DESC, id DESC LIMIT 1"
# What an operator said he is called.
_NAME = "(SELECT name FROM contact_names WHERE contact_names.id = contacts.id) AS name"


@dataclass(frozen=True, slots=True)
class Known:
    """A contact as the store knows him; `earlier` counts the calls with his number that are there already.

    `last_operator` talked with him last, and is looked up for `of` alone; `phones`, his other points, for it and `get`.
    """

    id: str
    phone: str
    first_seen: datetime
    earlier: int
    name: str = ""
    last_operator: str = ""
    phones: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """A number of his to show and to call; empty when he has only written."""
        return next((point for point in (self.phone, *self.phones) if number_of(point)), "")


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
        """Return the contact of a number (E.164), made now if nobody had it. Raises DatabaseDown, SealBroken."""
        blind = self._codec.blind(phone)
        id = uuid7_of(at, "contact", blind.hex())
        async with self._database.acquire() as connection:
            await connection.execute(
                _MAKE,
                id, self._codec.seal(phone, "contacts", "phone", str(id)), blind, self._codec.blind_last4(phone), at,
            )  # fmt: skip
            said = await connection.fetchrow(_OWNERS, [blind])
            row = await connection.fetchrow(
                f"SELECT id, phone, first_seen, {EARLIER}, {_NAME}, {_LAST_OPERATOR} FROM contacts"  # noqa: S608
                " WHERE id = coalesce($2::uuid, (SELECT own.id FROM contacts AS own WHERE own.phone_blind = $1))",
                blind, said and said["contact"],
            )  # fmt: skip
            if row is None:
                raise RuntimeError("a contact vanished between two statements")
            points = await connection.fetch(FURTHER, [row["id"]])
        first = self._codec.open(row["phone"], "contacts", "phone", str(row["id"]))
        phones = tuple(sorted({first, *numbers(self._codec, points).get(str(row["id"]), ())} - {phone}))
        return replace(self._known(row, phone), last_operator=row["last_operator"] or "", phones=phones)

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
            said = await connection.fetch(_OWNERS, list(blinds))
        owners = {row["phone_blind"]: row["id"] for row in found} | {row["phone_blind"]: row["contact"] for row in said}
        return {blinds[blind]: str(owner) for blind, owner in owners.items()}

    async def get(self, id: str) -> Known | None:
        """Return a contact by its id. Raises DatabaseDown, SealBroken."""
        known = next(iter(await self._found("id = $1", UUID(id))), None)
        if known is None:
            return None
        points = await self._database.fetch(FURTHER, [UUID(id)])
        return replace(known, phones=tuple(sorted(numbers(self._codec, points).get(id, set()) - {known.phone})))

    async def before(self, point: str) -> Known | None:
        """Return whose a point (a number, an identity) was before it was said to be another's; None: it always was.

        What was taken back is as if it had not been said. Raises DatabaseDown, SealBroken.
        """
        words: list[str] = []
        for row in await self._database.fetch(_SAID, self._codec.blind(point)):
            contact = str(row["contact"])
            words = words[: words.index(contact)] if contact in words else words
            words.append(contact)
        return await self.get(words[-2]) if len(words) > 1 else None

    async def knows(self, point: str) -> str:
        """Return the operator who talked or wrote last with whose point this is; empty when nobody did.

        No contact is made. Raises DatabaseDown.
        """
        blind = self._codec.blind(point)
        said = await self._database.fetchrow(_OWNERS, [blind])
        found = await self._database.fetchrow(
            f"SELECT {_LAST_OPERATOR} FROM contacts"  # noqa: S608
            " WHERE id = coalesce($2::uuid, (SELECT own.id FROM contacts AS own WHERE own.phone_blind = $1))",
            blind, said and said["contact"],
        )  # fmt: skip
        return (found and found["last_operator"]) or ""

    async def settled(self, point: str) -> bool:
        """Return whether a person said last whose a point is; nothing that says so by itself takes that back.

        Raises DatabaseDown.
        """
        return bool(await self._database.fetchval(_SETTLED, self._codec.blind(point)))

    async def with_phone(self, phone: str) -> list[Known]:
        """Return the contact of a whole number (E.164), if somebody has it; none is made. Raises DatabaseDown."""
        blind = self._codec.blind(phone)
        said = await self._database.fetchrow(_OWNERS, [blind])
        if said is not None:
            return await self._found("id = $1", said["contact"])
        return await self._found("phone_blind = $1", blind)

    async def ending_in(self, last4: str, limit: int) -> list[Known]:
        """Return contacts one of whose numbers ends in four digits, the newest first. Raises DatabaseDown."""
        where = f"(phone_last4 = $1 AND phone_blind IN {NUMBERS}) OR id IN ({_LAST4})"
        return await self._found(where, self._codec.blind_last4(last4), limit=limit)

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
            f"SELECT id, phone, first_seen, {EARLIER}, {_NAME} FROM contacts WHERE {where}"  # noqa: S608
            f" ORDER BY first_seen DESC, id DESC LIMIT {int(limit)}",
            value,
        )
        return [self._known(row, self._codec.open(row["phone"], "contacts", "phone", str(row["id"]))) for row in rows]

    def _known(self, row: Any, phone: str) -> Known:
        id = str(row["id"])
        name = self._codec.open(row["name"], "contact_names", "name", id)
        return Known(id, phone, row["first_seen"], int(row["earlier"]), name)


def numbers(codec: Codec, points: Iterable[Any]) -> dict[str, set[str]]:
    """Return the further numbers of contacts, by contact. Raises SealBroken."""
    found: dict[str, set[str]] = {}
    for row in points:
        phone = codec.open(row["phone"], "contact_points", "phone", str(row["id"]))
        found.setdefault(str(row["contact"]), set()).add(phone)
    return found
