"""The look-up cache on disk: a number's blind index, and sealed ids. No names, no dates of birth.

Theory of operation. It is read only when the MIS cannot be asked: then it says that the number is known, of how many,
and whether one of them must not be shown or has died. A number that was nobody's is believed for a minute only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from mis.terms import Candidate, Relation
from okno import clock
from okno.database import Database
from okno.seal import SealBroken, Sealer

KEPT = timedelta(hours=24)
NOBODY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Known:
    """What is left of an earlier look-up."""

    people: tuple[Candidate, ...]
    complete: bool
    at: datetime


class Lookups:
    """The cache of one `mis`.

    Args:
        database: its own.
        sealer: its own.
        connector: which MIS the ids are of; those of another are not found.
    """

    def __init__(self, database: Database, sealer: Sealer, connector: str) -> None:
        self._database, self._sealer, self._connector = database, sealer, connector

    async def keep(self, e164: str, people: tuple[Candidate, ...], complete: bool) -> None:
        """Keep whom a number was found to be of. Raises DatabaseDown."""
        blind = self._blind(e164)
        text = json.dumps([complete, [[one.id, one.relation, one.deceased, one.restricted] for one in people]])
        await self._database.execute(
            "INSERT INTO lookups (phone, found, at) VALUES ($1, $2, $3)"
            " ON CONFLICT (phone) DO UPDATE SET found = EXCLUDED.found, at = EXCLUDED.at",
            blind, self._sealer.seal(text, table="lookups", column="found", row=blind.hex()), clock.now(),
        )  # fmt: skip

    async def known(self, e164: str) -> Known | None:
        """Return what is left of the last look-up, None when it is too old or cannot be opened. Raises DatabaseDown."""
        blind = self._blind(e164)
        row = await self._database.fetchrow("SELECT found, at FROM lookups WHERE phone = $1", blind)
        if row is None or clock.now() - row["at"] > KEPT:
            return None
        try:
            complete, rows = json.loads(
                self._sealer.open(row["found"], table="lookups", column="found", row=blind.hex())
            )
        except SealBroken:  # of a key that was retired since: a cache, so it is as if it were not there
            return None
        if not rows and clock.now() - row["at"] > NOBODY:
            return None
        return Known(tuple(_candidate(*one) for one in rows), complete, row["at"])

    async def tidy(self) -> int:
        """Remove what is too old; return how many rows went. Raises DatabaseDown."""
        return int((await self._database.execute("DELETE FROM lookups WHERE at < $1", clock.now() - KEPT)).split()[-1])

    def _blind(self, e164: str) -> bytes:
        return self._sealer.blind(e164, purpose=f"phone:{self._connector}")


def _candidate(id: str, relation: Relation | None, deceased: bool, restricted: bool) -> Candidate:
    return Candidate(id=id, name="", relation=relation, deceased=deceased, restricted=restricted)
