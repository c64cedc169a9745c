"""How far each file of a PBX's journal need not be read again. Written only when what it told is committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.store.lease import TROUBLES, LeaseLost
from okno.database import Database, DatabaseDown

Position = tuple[int, int]

# One statement, so that a leader who is none any more learns it: no row comes back.
_KEEP = """
INSERT INTO journal_offsets (pbx, file, inode, position, last_at, began_at)
SELECT $2, place.file, place.inode, place.position, $6, $7
FROM unnest($3::text[], $4::bigint[], $5::bigint[]) AS place (file, inode, position)
WHERE EXISTS (SELECT FROM lease WHERE epoch = $1)
ON CONFLICT (pbx, file) DO UPDATE SET inode = EXCLUDED.inode, position = EXCLUDED.position,
    last_at = EXCLUDED.last_at, updated_at = now()
RETURNING file"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one PBX: `began` is since when its journal is read, by its own clock; None when never yet."""

    positions: dict[str, Position] = field(default_factory=dict)
    began: datetime | None = None


class Offsets:
    """Keeps and tells.

    Args:
        database: the engine's.
        epoch: of the lease; a leader who is none any more writes nothing.
    """

    def __init__(self, database: Database, epoch: int) -> None:
        self._database = database
        self._epoch = epoch

    async def of(self, pbx: str) -> Kept:
        """Return how far a PBX's journal was read. Raises DatabaseDown."""
        try:
            rows = await self._database.fetch("SELECT * FROM journal_offsets WHERE pbx = $1", pbx)
        except TROUBLES as error:
            raise DatabaseDown(f"the database is in trouble: {type(error).__name__}") from error
        began = min((row["began_at"] for row in rows), default=None)
        return Kept({row["file"]: (int(row["inode"]), int(row["position"])) for row in rows}, began)

    async def keep(self, pbx: str, positions: Mapping[str, Position], last_at: datetime, began: datetime) -> None:
        """Write how far; `last_at` and `began` by the PBX's clock.

        Raises:
            LeaseLost: another epoch began; nothing is written.
            DatabaseDown: away, or in trouble.
        """
        files, places = list(positions), list(positions.values())
        inodes, offsets = [inode for inode, _ in places], [offset for _, offset in places]
        try:
            rows = await self._database.fetch(_KEEP, self._epoch, pbx, files, inodes, offsets, last_at, began)
        except TROUBLES as error:
            raise DatabaseDown(f"the database is in trouble: {type(error).__name__}") from error
        if files and not rows:
            raise LeaseLost
