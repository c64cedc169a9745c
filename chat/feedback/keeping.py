"""How much feedback came, from whom, and what was answered: each letter once, whichever process it came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chat.feedback.posting import Letter
from chat.forms import rules
from chat.forms.keeping import OtherBody, TooMany, Visitor, new_reference
from okno import clock
from okno.database import Connection, Database
from okno.ids import uuid7, uuid7_of
from okno.seal import Sealer

_PLACE = {"table": "feedback", "column": "asked"}
_KEPT_DAYS = 7
PER_PERSON, PER_ADDRESS = 5, 10
_FROM_ADDRESS = "SELECT count(*) FROM feedback WHERE address_blind = $1 AND at > $2"
_FROM_PERSON = "SELECT count(*) FROM feedback WHERE person_blind = $1 AND at > $2"


@dataclass(frozen=True, slots=True)
class Repeated:
    """A letter that came before: what was answered then."""

    reference: str


@dataclass(frozen=True, slots=True)
class Taking:
    """A letter that is being taken: its key is the same however often it is posted; `reference` is for people."""

    key: UUID
    reference: str
    at: datetime
    blinds: dict[str, bytes | None]


class Feedback:
    """Counts letters.

    Args:
        database: of `chat`.
        own: seals what is kept, makes the marks.
    """

    def __init__(self, database: Database, own: Sealer) -> None:
        self._database, self._own = database, own

    async def begin(self, letter: Letter, phone: str, visitor: Visitor) -> Taking | Repeated:
        """Say whether a letter may be taken, or was.

        Args:
            letter: what was posted.
            phone: his number (E.164), empty when he gave none.
            visitor: who posts.

        Raises:
            TooMany, OtherBody: it is not taken.
            DatabaseDown: the site may try again.
        """
        now, blinds = clock.now(), self._blinds(letter, phone, visitor)
        if blinds["once"] is not None:
            known = await self._database.fetchrow(
                "SELECT reference, body FROM feedback WHERE site = $1 AND once = $2", letter.site_key, blinds["once"]
            )
            if known is not None and known["body"] != blinds["body"]:
                raise OtherBody("this Idempotency-Key came before, with another body")
            if known is not None:
                return Repeated(known["reference"])
        if await self._count(_FROM_ADDRESS, blinds["address"], now) >= PER_ADDRESS:
            raise TooMany("too much from this address")
        if await self._count(_FROM_PERSON, blinds["person"], now) >= PER_PERSON and not visitor.server:
            raise TooMany("too much from this person")
        # Posted again after a crash it has the same key: then its event is there, and is not kept twice.
        same = uuid7_of(datetime.fromtimestamp(0, now.tzinfo), letter.site_key, (blinds["once"] or b"").hex())
        return Taking(same if blinds["once"] else uuid7(), new_reference(), now, blinds)

    async def done(self, letter: Letter, taken: Taking) -> str:
        """Note that a letter was taken; return the reference to answer. Raises DatabaseDown."""
        async with self._database.acquire() as connection:
            return await self._write(connection, letter, taken, None)

    async def spam(self, letter: Letter, visitor: Visitor) -> str:
        """Keep what no person posted, for somebody to look at; of one that posts on and on no more than some.

        Returns the reference to answer. Raises DatabaseDown.
        """
        blinds: dict[str, bytes | None] = {"once": None, "body": None, "person": None, "address": self._from(visitor)}
        taken = Taking(uuid7(), new_reference(), clock.now(), blinds)
        if await self._count(_FROM_ADDRESS, blinds["address"], taken.at) >= PER_ADDRESS:
            return taken.reference
        asked = self._own.seal(letter.model_dump_json(), row=str(taken.key), **_PLACE)
        async with self._database.acquire() as connection:
            return await self._write(connection, letter, taken, asked)

    async def tidy(self) -> int:
        """Forget what was counted long enough; return how many. Raises DatabaseDown."""
        tag = await self._database.execute(
            "DELETE FROM feedback WHERE at < $1", clock.now() - timedelta(days=_KEPT_DAYS)
        )
        return int(tag.rpartition(" ")[2])

    async def _write(self, connection: Connection, letter: Letter, taken: Taking, asked: bytes | None) -> str:
        row: Any = await connection.fetchval(
            "INSERT INTO feedback (key, reference, site, at, once, body, address_blind, person_blind, asked)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT (site, once) WHERE once IS NOT NULL DO UPDATE SET once = EXCLUDED.once RETURNING reference",
            taken.key, taken.reference, letter.site_key, taken.at, taken.blinds["once"], taken.blinds["body"],
            taken.blinds["address"], taken.blinds["person"], asked,
        )  # fmt: skip
        return str(row)

    async def _count(self, statement: str, blind: bytes | None, now: datetime) -> int:
        if blind is None:
            return 0
        return int(await self._database.fetchval(statement, blind, now - timedelta(seconds=rules.WINDOW_S)))

    def _blinds(self, letter: Letter, phone: str, visitor: Visitor) -> dict[str, bytes | None]:
        once = f"key {visitor.key}" if visitor.key else f"nonce {letter.nonce}" if letter.nonce else ""
        body = letter.model_dump_json(exclude={"form_ts", "nonce", "hp"}) if visitor.key else ""
        return {
            "once": self._blind("once", once), "body": self._blind("body", body), "address": self._from(visitor),
            "person": self._blind("person", letter.mail or phone),
        }  # fmt: skip

    def _from(self, visitor: Visitor) -> bytes | None:
        return None if visitor.server else self._blind("address", rules.neighbourhood(visitor.address))

    def _blind(self, purpose: str, text: str) -> bytes | None:
        return self._own.blind(text, purpose=f"feedback {purpose}") if text else None
