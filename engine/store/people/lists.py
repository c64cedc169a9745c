"""Outbound lists as they were written: which there are, how far each is, and who is in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, cast
from uuid import UUID

from engine.store.codec import Codec
from engine.store.tables import LISTS, NO_LISTS, TARGETS
from engine.world import CallList, NoLists, Target
from okno.database import Database

_NEWEST = "SELECT * FROM call_lists ORDER BY at DESC, id DESC LIMIT $1"
_COUNTS = "SELECT list, state, count(*) AS n FROM list_targets WHERE list = ANY($1::uuid[]) GROUP BY list, state"
_PEOPLE = (
    "SELECT * FROM list_targets WHERE list = $1 AND place > $2 AND ($3 = '' OR state = $3) ORDER BY place, id LIMIT $4"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A list, whether it is still in hand, and how many of its people stand how."""

    made: CallList
    open: bool
    counts: dict[str, int]

    def row(self) -> dict[str, Any]:
        """Return it as JSON; the moments in ISO."""
        fields = asdict(self.made)
        plain = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in fields.items()}
        return {"id": plain.pop("key"), **plain, "open": self.open, "counts": self.counts}


class ListStore:
    """Reads lists.

    Args:
        database: the engine's.
        codec: opens what is sealed.
    """

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec

    async def newest(self, limit: int) -> list[Standing]:
        """Return the lists made last, the newest first. Raises DatabaseDown."""
        return await self._standing(await self._database.fetch(_NEWEST, limit))

    async def of(self, key: str) -> Standing | None:
        """Return one list. Raises DatabaseDown."""
        row = await self._database.fetchrow("SELECT * FROM call_lists WHERE id = $1", UUID(key))
        return None if row is None else (await self._standing([row]))[0]

    async def people(self, key: str, *, after: int, limit: int, state: str = "") -> list[Target]:
        """Return people of a list by their places. Raises DatabaseDown."""
        rows = await self._database.fetch(_PEOPLE, UUID(key), after, state, limit)
        return [cast("Target", self._codec.decode(TARGETS, row)) for row in rows]

    async def refusals(self, limit: int) -> list[NoLists]:
        """Return who wants no lists, the newest first. Raises DatabaseDown."""
        rows = await self._database.fetch("SELECT * FROM no_lists WHERE open ORDER BY at DESC, id LIMIT $1", limit)
        return [cast("NoLists", self._codec.decode(NO_LISTS, row)) for row in rows]

    async def _standing(self, rows: Iterable[Any]) -> list[Standing]:
        found = list(rows)
        counts: dict[UUID, dict[str, int]] = defaultdict(dict)
        for one in await self._database.fetch(_COUNTS, [row["id"] for row in found]):
            counts[one["list"]][one["state"]] = one["n"]
        return [
            Standing(cast("CallList", self._codec.decode(LISTS, row)), row["open"], counts[row["id"]]) for row in found
        ]
