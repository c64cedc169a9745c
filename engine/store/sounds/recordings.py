"""Messages callers left, sealed: who has the database without the keyring hears nothing (P5)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from okno.database import Database
from okno.seal import Sealer

_TABLE, _COLUMN = "recordings", "sound"


@dataclass(frozen=True, slots=True)
class Recording:
    """A message: `seconds` long, in A-law."""

    id: str
    call: str
    at: datetime
    seconds: float
    sound: bytes


class RecordingStore:
    """Keeps messages.

    Args:
        database: the engine's.
        sealer: the engine's.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def keep(self, one: Recording) -> None:
        """Keep a message; the same id again changes nothing. Raises DatabaseDown."""
        sealed = self._sealer.seal(base64.b64encode(one.sound).decode(), table=_TABLE, column=_COLUMN, row=one.id)
        await self._database.execute(
            "INSERT INTO recordings (id, call, at, seconds, sound) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            UUID(one.id), UUID(one.call), one.at, one.seconds, sealed,
        )  # fmt: skip

    async def of_calls(self, calls: Sequence[str]) -> list[str]:
        """Return the ids of the messages left in these calls, the oldest first. Raises DatabaseDown."""
        rows = await self._database.fetch(
            "SELECT id FROM recordings WHERE call = ANY($1::uuid[]) ORDER BY at, id", [UUID(call) for call in calls]
        )
        return [str(row["id"]) for row in rows]

    async def get(self, id: str) -> Recording | None:
        """Return a message, None when there is none. Raises DatabaseDown, SealBroken."""
        row = await self._database.fetchrow("SELECT * FROM recordings WHERE id = $1", UUID(id))
        if row is None:
            return None
        text = self._sealer.open(bytes(row["sound"]), table=_TABLE, column=_COLUMN, row=id)
        return Recording(id, str(row["call"]), row["at"], row["seconds"], base64.b64decode(text))
