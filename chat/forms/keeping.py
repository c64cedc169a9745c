"""What is kept of forms: each posting once, in one transaction with what the engine is told of it.

Postings for one number wait for one another, and so do those of one address: limits and repetitions are counted by the
database, whichever process the posting came to.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from chat.feed import CALLBACKS, FORM_PLACE, CallbackAskedFor
from chat.forms import rules
from chat.forms.posting import Posting
from okno import clock
from okno.bus import Outbox
from okno.database import Connection, Database
from okno.errors import Refused
from okno.ids import uuid7
from okno.seal import Sealer
from okno.settings import SiteSettings

Origin = Literal["form", "messenger"]
_PLACE = {"table": "forms", "column": "asked"}
# Neither 0 and O nor 1, I and L: people read it to one another.
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_LETTERS_OF_A_REFERENCE = 8
_SPAM_DAYS = 7
_KEY_HOURS = 24


class TooMany(Refused):
    """More was asked for this number, or from this address, than people ask."""


class OtherBody(Refused):
    """The same idempotency key came with another body."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is answered. `end` is for the figures: asked, again, repeated, enough, spam."""

    reference: str
    wanted_at: datetime | None
    end: Literal["asked", "again", "repeated", "enough", "spam"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who posts: his address; the idempotency key of a site's own server, which has no limit by address."""

    address: str = ""
    server: bool = False
    key: str = ""


class Forms:
    """Keeps postings.

    Args:
        database: of `chat`.
        own: seals what is kept.
        bus: seals what the engine is told.
        queue: takes what a site says no queue for; empty: the engine's first.
    """

    def __init__(self, database: Database, own: Sealer, bus: Sealer, queue: str = "") -> None:
        self._database, self._own, self._bus, self._queue = database, own, bus, queue

    async def take(
        self, site: SiteSettings, posting: Posting, phone: str, wanted_at: datetime | None, visitor: Visitor,
        *, origin: Origin = "form",
    ) -> Taken:  # fmt: skip
        """Take a posting of a person.

        When a number was asked for often enough and its call is still to come, nothing more comes of this posting and
        its visitor is answered like everybody: nobody learns here whether others asked for a number.

        Args:
            site: whose form it is.
            posting: what was posted.
            phone: the number to call (E.164).
            wanted_at: when to call; None: as soon as may be.
            visitor: who posts.
            origin: where he asked.

        Raises:
            TooMany: nothing is kept.
            OtherBody: nothing is kept.
            DatabaseDown: nothing is kept; the site may try again.
        """
        now = clock.now()
        blinds = self._blinds(site, posting, phone, visitor)
        async with self._database.acquire() as connection, connection.transaction():
            for blind in (blinds["once"], blinds["phone"], blinds["address"]):  # always in this order: no deadlock
                if blind is not None:
                    await connection.execute(
                        "SELECT pg_advisory_xact_lock($1)", int.from_bytes(blind[:8], "big", signed=True)
                    )
            if (known := await self._known(connection, blinds, now)) is not None:
                return known
            before = await self._before(connection, blinds["phone"], now)
            enough = rules.too_much_for(len(before))
            there = rules.promised(before) if enough and not visitor.server else None
            flood = rules.too_much_from(await self._of_address(connection, blinds["address"], now))
            if flood or (enough and there is None):
                raise TooMany("too many requests for this number or from this address")
            first = rules.same_as(before, now)
            of = there or first
            if there is not None:
                blinds["phone"] = None  # one that nothing comes of counts for none of those that follow
            row = _Row(
                uuid7(), first.reference if first else new_reference(), "again" if of else "asked", now, wanted_at,
                UUID(of.key) if of else None,
            )  # fmt: skip
            await self._write(connection, site, row, blinds, self._asked(posting, phone, visitor, site))
            if there is None:
                await self._tell(connection, site, row, posting, phone, origin=origin)
        return Taken(row.reference, wanted_at, "enough" if there else "again" if of else "asked")

    async def take_spam(self, site: SiteSettings, posting: Posting, why: rules.Spam, visitor: Visitor) -> Taken:
        """Keep what no person posted, for somebody to look at; it is answered like the others. Raises DatabaseDown.

        Of one that posts on and on some are kept, and no more.
        """
        now, reference = clock.now(), new_reference()
        blinds = {"once": None, "body": None, "phone": None, "address": self._of(visitor)}
        row = _Row(uuid7(), reference, "spam", now, None, None, why)
        async with self._database.acquire() as connection, connection.transaction():
            if not rules.too_much_from(await self._of_address(connection, blinds["address"], now)):
                await self._write(connection, site, row, blinds, self._asked(posting, posting.phone, visitor, site))
        return Taken(reference, None, "spam")

    async def ended(self, key: UUID, state: Literal["reached", "not_reached", "withdrawn"]) -> None:
        """Note what came of a promise, of all that asked for it. Raises DatabaseDown."""
        await self._database.execute(
            "UPDATE forms SET state = $2 WHERE state <> 'spam' AND (key = $1 OR of = $1"
            " OR key = (SELECT of FROM forms WHERE key = $1))", key, state,
        )  # fmt: skip

    async def state(self, site: str, reference: str) -> str | None:
        """Return how a wish of this site stands now; None when there is none. Raises DatabaseDown."""
        found = await self._database.fetchval(
            "SELECT state FROM forms WHERE site = $1 AND reference = $2 AND state <> 'spam' ORDER BY at DESC LIMIT 1",
            site, reference,
        )  # fmt: skip
        return None if found is None else "asked" if found == "again" else str(found)

    async def tidy(self) -> int:
        """Forget what was kept long enough; return how many. Raises DatabaseDown."""
        tag = await self._database.execute("DELETE FROM forms WHERE keep_until < $1", clock.now())
        return int(tag.rpartition(" ")[2])

    async def _known(
        self, connection: Connection, blinds: Mapping[str, bytes | None], now: datetime
    ) -> Taken | None:
        if blinds["once"] is None:
            return None
        row = await connection.fetchrow(
            "SELECT * FROM forms WHERE once = $1 AND at > $2 ORDER BY at DESC LIMIT 1", blinds["once"],
            now - timedelta(hours=_KEY_HOURS),
        )  # fmt: skip
        if row is None:
            return None
        if row["body"] != blinds["body"]:
            raise OtherBody("this Idempotency-Key came before, with another body")
        return Taken(row["reference"], row["wanted_at"], "repeated")

    async def _before(self, connection: Connection, phone: bytes | None, now: datetime) -> list[rules.Before]:
        rows = await connection.fetch(
            "SELECT coalesce(of, key) AS key, reference, at, state IN ('asked', 'again') AS open FROM forms"
            " WHERE phone_blind = $1 AND at > $2 AND state <> 'spam'", phone, now - timedelta(seconds=rules.WINDOW_S),
        )  # fmt: skip
        return [rules.Before(str(row["key"]), row["reference"], row["at"], row["open"]) for row in rows]

    async def _of_address(self, connection: Connection, address: bytes | None, now: datetime) -> int:
        if address is None:
            return 0
        return int(await connection.fetchval(
            "SELECT count(*) FROM forms WHERE address_blind = $1 AND at > $2", address,
            now - timedelta(seconds=rules.WINDOW_S),
        ))  # fmt: skip

    async def _write(
        self, connection: Connection, site: SiteSettings, row: _Row, blinds: Mapping[str, bytes | None], asked: str
    ) -> None:
        kept = timedelta(days=_SPAM_DAYS if row.spam else site.keep_days)
        await connection.execute(
            "INSERT INTO forms (key, reference, site, at, state, spam, of, wanted_at, once, body, phone_blind,"
            " address_blind, asked, keep_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            row.key, row.reference, site.key, row.at, row.state, row.spam, row.of, row.wanted_at, blinds["once"],
            blinds["body"], blinds["phone"], blinds["address"], self._own.seal(asked, row=str(row.key), **_PLACE),
            row.at + kept,
        )  # fmt: skip

    async def _tell(
        self, connection: Connection, site: SiteSettings, row: _Row, posting: Posting, phone: str, *, origin: Origin
    ) -> None:
        who = json.dumps({"phone": phone, "name": posting.name, "topic": posting.topic}, ensure_ascii=False)
        blob = base64.b64encode(self._bus.seal(who, row=str(row.key), **FORM_PLACE)).decode()
        told = CallbackAskedFor(
            key=row.key, first=row.of or row.key, site=site.key, queue=site.queue or self._queue,
            wanted_at=row.wanted_at, at=row.at, who=blob, origin=origin,
        )  # fmt: skip
        await Outbox.add(connection, CALLBACKS, row.key, "CallbackAskedFor", told.model_dump(mode="json"))

    def _blinds(
        self, site: SiteSettings, posting: Posting, phone: str, visitor: Visitor
    ) -> dict[str, bytes | None]:
        """What is searched by; `once` is the idempotency key of a server, or what a page mints for one filling in."""
        once = f"key {site.key} {visitor.key}" if visitor.key else ""
        if not once and posting.nonce:
            once = f"nonce {site.key} {phone} {posting.nonce}"
        body = posting.model_dump_json(include={"name", "phone", "when", "topic"}) if visitor.key else ""
        return {
            "once": self._blind("once", once), "body": self._blind("body", body),
            "phone": self._blind("phone", phone),
            "address": self._of(visitor),
        }  # fmt: skip

    def _of(self, visitor: Visitor) -> bytes | None:
        return None if visitor.server else self._blind("address", rules.neighbourhood(visitor.address))

    def _blind(self, purpose: str, text: str) -> bytes | None:
        return self._own.blind(text, purpose=purpose) if text else None

    def _asked(self, posting: Posting, phone: str, visitor: Visitor, site: SiteSettings) -> str:
        """What is sealed: all that was posted, and to which words he consented."""
        kept: dict[str, Any] = posting.model_dump(mode="json", exclude={"hp", "nonce", "site_key"})
        return json.dumps(
            kept | {"phone": phone, "address": visitor.address, "consent": site.consent}, ensure_ascii=False
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table, as far as it is not sealed."""

    key: UUID
    reference: str
    state: str
    at: datetime
    wanted_at: datetime | None
    of: UUID | None
    spam: str = ""


def new_reference() -> str:
    """Return a fresh reference, for people to read to one another."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LETTERS_OF_A_REFERENCE))
    return f"{letters[:4]}-{letters[4:]}"
