"""Who saw or did what, to whose data, why: append-only, each row chained to the one before by a keyed hash.

Theory of operation. A row's hash is an HMAC, under a key of the keyring, over the row's fields and the hash of the
row before. Nobody without the keyring can change, insert, reorder or remove a row so that the chain still fits, not
even the database's superuser. The head row keeps the last link, so a cut tail shows too; whoever restores an old
head together with an old tail is caught by the anchors that services log each hour (`head`).
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from okno import clock, logs
from okno.database import Connection, Database, DatabaseDown
from okno.errors import OurFault
from okno.seal import Sealer

log = logs.get(__name__)

_ANCHOR_S = 3600.0
_PAGE = 1000  # rows read at once when verifying


class AuditMissing(OurFault):
    """The audit's head row is gone: nothing can be audited, so nothing may be shown."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry, opened: `subject` is whose data it was (a UUID or a MIS id), `details` are what the action needs."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    purpose: str
    request: UUID | None
    details: dict[str, Any]


class AuditTrail:
    """The audit of one service.

    Args:
        database: the service's own.
        sealer: the service's own; subject and details are sealed with it, the chain is keyed by it.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def append(  # noqa: PLR0917  an audit row has seven facts
        self,
        actor: str,
        action: str,
        subject: str | None,
        purpose: str,
        request: UUID | None = None,
        details: Mapping[str, Any] | None = None,
        connection: Connection | None = None,
    ) -> int:
        """Write one entry and return its number. What it allows may be shown only after it is committed.

        Args:
            actor: the account, or "system".
            action: what was done ("card.show", "search").
            subject: whose data: an id, never a name; None when nobody's in particular.
            purpose: why, in the words of the policy.
            request: the request it was done for.
            details: anything JSON holds; sealed.
            connection: writes inside this connection's open transaction; without it, in one of its own.

        Raises:
            DatabaseDown: nothing was written; show nothing.
            AuditMissing: the audit table was tampered with.
        """
        entry = (actor, action, subject, purpose, request, dict(details or {}))
        if connection is not None:
            return await self._append(connection, *entry)
        async with self._database.acquire() as own, own.transaction():
            return await self._append(own, *entry)

    async def _append(  # noqa: PLR0917
        self,
        connection: Connection,
        actor: str,
        action: str,
        subject: str | None,
        purpose: str,
        request: UUID | None,
        details: dict[str, Any],
    ) -> int:
        head = await connection.fetchrow("SELECT id, hash FROM audit_head FOR UPDATE")
        if head is None:
            raise AuditMissing
        number = int(head["id"]) + 1
        row: dict[str, Any] = {
            "id": number,
            "at": clock.now(),
            "actor": actor,
            "action": action,
            "subject": subject and self._sealer.seal(subject, table="audit", column="subject", row=str(number)),
            "subject_blind": subject and self._sealer.blind(subject, purpose="audit_subject"),
            "purpose": purpose,
            "request": request,
            "details": self._sealer.seal(
                json.dumps(details, ensure_ascii=False, default=str), table="audit", column="details", row=str(number)
            ),
            "previous": bytes(head["hash"]),
        }
        row["hash"] = _link(self._sealer, row)
        await connection.execute(
            f"INSERT INTO audit ({', '.join(row)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",  # noqa: S608
            *row.values(),
        )
        await connection.execute("UPDATE audit_head SET id = $1, hash = $2", number, row["hash"])
        return number

    async def page(
        self,
        *,
        before: int | None = None,
        limit: int = 50,
        subject: str | None = None,
        actor: str | None = None,
        request: UUID | None = None,
    ) -> list[AuditRow]:
        """Return entries, the newest first.

        Args:
            before: only entries with a smaller number: the cursor.
            limit: how many at most.
            subject, actor, request: only entries of these.
        """
        rows = await self._database.fetch(
            "SELECT * FROM audit WHERE ($1::bigint IS NULL OR id < $1) AND ($2::bytea IS NULL OR subject_blind = $2)"
            " AND ($3::text IS NULL OR actor = $3) AND ($4::uuid IS NULL OR request = $4) ORDER BY id DESC LIMIT $5",
            before,
            subject and self._sealer.blind(subject, purpose="audit_subject"),
            actor,
            request,
            limit,
        )
        return [self._opened(row) for row in rows]

    async def head(self) -> tuple[int, str]:
        """Return the last entry's number and hash (base32): the anchor to keep outside this machine."""
        head = await self._database.fetchrow("SELECT id, hash FROM audit_head")
        if head is None:
            raise AuditMissing
        return int(head["id"]), _spelt(head["hash"])

    async def anchor(self) -> None:
        """Log the chain's head each hour until cancelled: logs are shipped elsewhere, so a cut tail shows (row 13)."""
        while True:
            try:
                number, link = await self.head()
                log.info("audit_head", extra={"seq": number, "hash": link})
            except DatabaseDown:
                await self._database.wait_available()
                continue
            await asyncio.sleep(_ANCHOR_S)

    def _opened(self, row: asyncpg.Record) -> AuditRow:
        number = str(row["id"])
        subject = row["subject"] and self._sealer.open(row["subject"], table="audit", column="subject", row=number)
        details = json.loads(self._sealer.open(row["details"], table="audit", column="details", row=number))
        return AuditRow(
            row["id"], row["at"], row["actor"], row["action"], subject, row["purpose"], row["request"], details
        )


async def verify(database: Database, sealer: Sealer, *, anchor: tuple[int, str] | None = None) -> int | None:
    """Return the number of the first entry that is changed, missing, moved or added; None when all is whole.

    Args:
        database: the service's own.
        sealer: of the same service as the trail's.
        anchor: a number and hash (base32) that `head` gave earlier and that were kept elsewhere.
    """
    async with database.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        previous, expected = bytes(32), 1
        while True:
            rows = await connection.fetch(
                "SELECT * FROM audit WHERE id >= $1 ORDER BY id LIMIT $2", expected if expected > 1 else -(2**62), _PAGE
            )
            for row in rows:
                if row["id"] != expected or row["previous"] != previous or row["hash"] != _link(sealer, row):
                    return min(int(row["id"]), expected)
                if anchor is not None and anchor[0] == expected and anchor[1] != _spelt(row["hash"]):
                    return expected
                previous, expected = row["hash"], expected + 1
            if len(rows) < _PAGE:
                break
        head = await connection.fetchrow("SELECT id, hash FROM audit_head")
    if head is None or head["id"] != expected - 1 or head["hash"] != previous:
        return expected
    return expected if anchor is not None and anchor[0] >= expected else None


def _spelt(link: bytes) -> str:
    """Spell a hash so that no run of its digits looks like a phone number to the logs: base32, RFC 4648."""
    return base64.b32encode(link).decode().rstrip("=")


def _link(sealer: Sealer, row: Mapping[str, Any]) -> bytes:
    """Return a row's hash: over every field, each preceded by its length so that no two rows read alike."""
    written = bytearray()
    for field in (
        "id",
        "at",
        "actor",
        "action",
        "subject",
        "subject_blind",
        "purpose",
        "request",
        "details",
        "previous",
    ):
        value = row[field]
        if isinstance(value, datetime):
            value = value.isoformat(timespec="microseconds")
        part = b"" if value is None else value if isinstance(value, bytes) else str(value).encode()
        written += (b"\x00" if value is None else b"\x01") + len(part).to_bytes(8, "big") + part
    return sealer.chain(bytes(written), purpose="audit")
