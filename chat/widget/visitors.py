"""Who uses a site's widget: known by a token in his browser, kept by its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from chat.conversations.sealing import Place, Seals
from chat.forms.rules import neighbourhood
from chat.widget import rules
from okno import clock
from okno.database import Connection, Database
from okno.ids import uuid7
from okno.seal import Sealer

_PERSON: Place = ("widget_visitor", "person")
_SEEN_EVERY = timedelta(days=1)
_STRANGERS = "(SELECT at, address_blind FROM widget_visitor WHERE NOT vouched) AS stranger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a visitor said of himself. `claim` says where his number comes from: his form or the site's page.

    `consent` is {version, text_sha256, at, address, agent}, `entry` where he came from.
    """

    name: str = ""
    phone: str = ""
    claim: str = "form"
    consent: dict[str, str] = field(default_factory=dict)
    entry: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A visitor. `peer` is what he is called as a person of the site's account (`widget:<site>`)."""

    id: UUID
    site: str
    peer: str
    vouched: bool
    person: Person

    @property
    def account(self) -> str:
        """The account he writes to."""
        return f"widget:{self.site}"


class TooMany(Exception):
    """More was begun from this address than people begin. `retry_after_s` is when it may be tried again."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many from this address")
        self.retry_after_s = retry_after_s


def new_token() -> str:
    """Return a token: 128 random bits."""
    return secrets.token_urlsafe(16)


class Visitors:
    """Keeps them. All methods raise DatabaseDown.

    Args:
        database: of `chat`.
        own: makes fingerprints.
        seals: seals what they said.
    """

    def __init__(self, database: Database, own: Sealer, seals: Seals) -> None:
        self._database, self._own, self._seals = database, own, seals

    async def find(self, token: str, site: str | None = None) -> Visitor | None:
        """Return whose token this is; None when it is nobody's any more, or another site's."""
        if not rules.TOKEN.fullmatch(token):
            return None
        now = clock.now()
        row = await self._database.fetchrow(
            "SELECT id, site, peer, vouched, person, seen_at FROM widget_visitor WHERE token = $1 AND expires_at > $2"
            " AND ($3::text IS NULL OR site = $3)", _hash(token), now, site,
        )  # fmt: skip
        if row is None:
            return None
        if now - row["seen_at"] > _SEEN_EVERY:
            await self._database.execute(
                "UPDATE widget_visitor SET seen_at = $2, expires_at = $3 WHERE id = $1", row["id"], now,
                now + timedelta(days=rules.TOKEN_DAYS),
            )  # fmt: skip
        person = Person(**self._seals.get(_PERSON, row["id"], row["person"]))
        return Visitor(id=row["id"], site=row["site"], peer=row["peer"], vouched=row["vouched"], person=person)

    async def start(
        self, token: str, site: str, person: Person, *, address: str, vouched_id: str = ""
    ) -> Visitor:
        """Keep who holds this token from now on; of one who is kept already, what he says anew.

        Args:
            token: what `new_token` gave him.
            site: whose widget it is.
            person: what he said of himself, his consent with it.
            address: whence he comes.
            vouched_id: the site's own id of him, when its server vouched for him.

        Raises:
            TooMany: enough visitors began there within the hour.
        """
        known = await self.find(token, site)
        if known is not None:
            return await self._renewed(known, person)
        blind, id = self._address(address), uuid7()
        peer = self._peer(site, vouched_id) if vouched_id else id.hex
        made = Visitor(id=id, site=site, peer=peer, vouched=bool(vouched_id), person=person)
        async with self._database.acquire() as connection, connection.transaction():
            if not vouched_id:
                await self._bound(connection, _STRANGERS, blind, rules.VISITORS_PER_ADDRESS)
            await self._insert(connection, made, token, blind)
        return made

    async def again(self, token: str, site: str, vouched_id: str, address: str) -> Visitor | None:
        """Let one for whom the site vouches go on with a new token; None when he has never begun here."""
        peer = self._peer(site, vouched_id)
        async with self._database.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "SELECT id, person FROM widget_visitor WHERE peer = $1 AND vouched ORDER BY at DESC LIMIT 1", peer
            )
            if row is None:
                return None
            person = Person(**self._seals.get(_PERSON, row["id"], row["person"]))
            made = Visitor(id=uuid7(), site=site, peer=peer, vouched=True, person=person)
            await self._insert(connection, made, token, self._address(address))
        return made

    async def began(self, address: str) -> None:
        """Count a conversation that begins from an address. Raises TooMany."""
        now, blind = clock.now(), self._address(address)
        async with self._database.acquire() as connection, connection.transaction():
            await self._bound(connection, "widget_began", blind, rules.CONVERSATIONS_PER_ADDRESS)
            await connection.execute("INSERT INTO widget_began (address_blind, at) VALUES ($1, $2)", blind, now)

    async def spend(self, visitor: UUID) -> float:
        """Count a message; return after how many seconds it may come, 0 when now."""
        now = clock.now()
        async with self._database.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "SELECT quick, hourly, spent_at FROM widget_visitor WHERE id = $1 FOR UPDATE", visitor
            )
            if row is None:
                return 0.0
            passed = (now - row["spent_at"]).total_seconds()
            left, wait = rules.spend(rules.Levels(row["quick"], row["hourly"]), passed)
            await connection.execute(
                "UPDATE widget_visitor SET quick = $2, hourly = $3, spent_at = $4 WHERE id = $1", visitor, left.quick,
                left.hourly, now,
            )  # fmt: skip
        return wait

    async def tidy(self) -> int:
        """Forget who was not seen for long, and addresses after their hour; return how many visitors."""
        now = clock.now()
        await self._database.execute("DELETE FROM widget_began WHERE at < $1", now - timedelta(hours=1))
        # Of one the site vouches for the newest is kept: by it he is known again.
        tag = await self._database.execute(
            "DELETE FROM widget_visitor v WHERE expires_at < $1 AND (NOT vouched OR at < $2 OR EXISTS("
            "SELECT 1 FROM widget_visitor n WHERE n.peer = v.peer AND n.vouched AND n.at > v.at))", now,
            now - timedelta(days=rules.TOKEN_DAYS),
        )  # fmt: skip
        return int(tag.rpartition(" ")[2])

    def _peer(self, site: str, vouched_id: str) -> str:
        return f"site:{self._own.blind(f'{site} {vouched_id}', purpose='widget_person').hex()}"

    async def _insert(self, connection: Connection, one: Visitor, token: str, address: bytes) -> None:
        now = clock.now()
        days = rules.VOUCHED_DAYS if one.vouched else rules.TOKEN_DAYS
        await connection.execute(
            "INSERT INTO widget_visitor (id, token, site, peer, vouched, person, address_blind, at, seen_at,"
            " expires_at, quick, hourly, spent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $8)",
            one.id, _hash(token), one.site, one.peer, one.vouched,
            self._seals.put(_PERSON, one.id, asdict(one.person)), address, now, now + timedelta(days=days),
            rules.PER_QUICK, rules.PER_HOUR,
        )  # fmt: skip

    async def _renewed(self, known: Visitor, person: Person) -> Visitor:
        said: dict[str, Any] = {name: value for name, value in asdict(person).items() if value}
        now = replace(known.person, **said)
        await self._database.execute(
            "UPDATE widget_visitor SET person = $2 WHERE id = $1", known.id,
            self._seals.put(_PERSON, known.id, asdict(now)),
        )  # fmt: skip
        return replace(known, person=now)

    async def _bound(self, connection: Connection, rows: str, blind: bytes, most: int) -> None:
        now = clock.now()
        await connection.execute("SELECT pg_advisory_xact_lock($1)", int.from_bytes(blind[:8], "big", signed=True))
        times = await connection.fetch(
            f"SELECT at FROM {rows} WHERE address_blind = $1 AND at > $2 ORDER BY at DESC LIMIT $3",  # noqa: S608
            blind, now - timedelta(hours=1), most,
        )  # fmt: skip
        if len(times) >= most:
            raise TooMany((times[-1]["at"] + timedelta(hours=1) - now).total_seconds())

    def _address(self, address: str) -> bytes:
        return self._own.blind(neighbourhood(address), purpose="widget_address")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
