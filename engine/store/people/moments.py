"""The moments of a contact's past, the newest first: which calls and requests were his, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from engine.store.codec import Codec
from engine.world import HistoryEntry
from okno.database import Database

Place = tuple[datetime, UUID]
"""Where a page of moments ended: the last one's time and id."""

# His number's, those of the requests said to be his, and what is in hand.
_CALLS = """
    SELECT id, started_at AS at FROM calls WHERE id IN (
        SELECT id FROM calls WHERE phone_blind = ANY($1::bytea[])
        UNION SELECT unnest(calls) FROM requests WHERE contact = $2
        UNION SELECT unnest($3::uuid[])
    ) AND ($4::timestamptz IS NULL OR (started_at, id) < ($4, $5)) ORDER BY started_at DESC, id DESC LIMIT $6
"""
# A request that a call made is told by its call.
_REQUESTS = """
    SELECT id, created_at AS at FROM requests WHERE id IN (
        SELECT id FROM requests WHERE phone_blind = ANY($1::bytea[])
        UNION SELECT id FROM requests WHERE contact = $2
        UNION SELECT unnest($3::uuid[])
    ) AND NOT (kind IN ('call', 'missed_call') AND cardinality(calls) > 0)
    AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5)) ORDER BY created_at DESC, id DESC LIMIT $6
"""
_NOTES = """
    SELECT * FROM history WHERE request = ANY($1::uuid[]) AND note IS NOT NULL AND what NOT IN ('named', 'identified')
    ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose moments: by his numbers (E.164), by the contact, and the calls and requests that are his whatever else."""

    phone: str
    contact: str | None
    calls: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


class Moments:
    """Reads them.

    Args:
        database: the engine's.
        codec: knows the blind index of a number; opens notes.
    """

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec

    async def calls(self, whose: Whose, before: Place | None, limit: int) -> list[str]:
        """Return the ids of his calls before a place. Raises DatabaseDown."""
        return await self._ids(_CALLS, whose, whose.calls, before, limit)

    async def requests(self, whose: Whose, before: Place | None, limit: int) -> list[str]:
        """Return the ids of his requests that no call stands for. Raises DatabaseDown."""
        return await self._ids(_REQUESTS, whose, whose.requests, before, limit)

    async def notes(self, requests: Sequence[str]) -> list[HistoryEntry]:
        """Return what people wrote about these requests, the oldest first. Raises DatabaseDown, SealBroken."""
        rows = await self._database.fetch(_NOTES, [UUID(id) for id in requests])
        return [
            HistoryEntry(
                request=str(row["request"]), at=row["at"], actor=row["actor"], what=row["what"],
                operator=row["operator"], queue=row["queue"],
                note=self._codec.open(row["note"], "history", "note", str(row["line"])),
            )
            for row in rows
        ]  # fmt: skip

    async def _ids(
        self, sql: str, whose: Whose, own: Sequence[str], before: Place | None, limit: int
    ) -> list[str]:
        rows = await self._database.fetch(
            sql, [self._codec.blind(one) for one in (whose.phone, *whose.phones) if one],
            whose.contact and UUID(whose.contact), [UUID(id) for id in own], *(before or (None, None)), limit,
        )  # fmt: skip
        return [str(row["id"]) for row in rows]
