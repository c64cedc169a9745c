"""What operators are told to say: scripts and answers, every version of each kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from okno import clock
from okno.audit import AuditTrail
from okno.database import Connection, Database

# The newest version of each is the one that holds.
_NEWEST = "SELECT DISTINCT ON (id) * FROM hints ORDER BY id, version DESC"
_INSERT = (
    "INSERT INTO hints (id, version, at, actor, removed, title, text, topic, queues, lines)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
)
# Two supervisors at once: the second waits for the first, and then sees what he did.
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('okno hints'))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A script or an answer. `queues` and `lines`: where it is of use (none: everywhere). Written about no patient.

    `version` counts what was written of it; `removed` hides it from operators, and may be taken back.
    """

    id: str
    version: int
    title: str
    text: str
    topic: str = ""
    queues: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    removed: bool = False
    actor: str = ""
    at: datetime = field(default_factory=clock.now)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a change: the hint as it stands now, and whether that is what was asked for."""

    ok: bool
    hint: Hint | None


class HintStore:
    """Keeps hints.

    Args:
        database: the engine's.
        audit: who changed what.
    """

    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    async def revision(self) -> int:
        """Return the number of the last change; 0 before the first. Raises DatabaseDown."""
        return int(await self._database.fetchval("SELECT coalesce(max(revision), 0) FROM hints"))

    async def all(self) -> list[Hint]:
        """Return the hints that hold, by topic and title. Raises DatabaseDown."""
        rows = await self._database.fetch(
            f"SELECT * FROM ({_NEWEST}) AS newest WHERE NOT removed ORDER BY topic, title, id"  # noqa: S608
        )
        return [_hint(row) for row in rows]

    async def versions(self, id: str) -> list[Hint]:
        """Return all that was ever written of a hint, the oldest first. Raises DatabaseDown."""
        rows = await self._database.fetch("SELECT * FROM hints WHERE id = $1 ORDER BY version", UUID(id))
        return [_hint(row) for row in rows]

    async def save(self, hint: Hint, *, seen: int) -> Saved:
        """Write the next version of a hint, unless somebody wrote after the version the person saw.

        The same change by the same person again is the same change: an answer that was lost may be asked for again.

        Args:
            hint: as it is to be; `hint.actor` is who says so.
            seen: the version he saw; 0 when he makes a new one.

        Raises:
            DatabaseDown: whether it was written is not known.
        """
        async with self._database.acquire() as connection, connection.transaction():
            await connection.execute(_ALONE)
            now = await self._newest(connection, hint.id)
            if (now.version if now else 0) != seen:
                return Saved(now is not None and _same(now, hint) and now.version == seen + 1, now)
            written = Hint(**(_fields(hint) | {"version": seen + 1, "at": clock.now()}))
            await connection.execute(
                _INSERT, UUID(written.id), written.version, written.at, written.actor, written.removed, written.title,
                written.text, written.topic, list(written.queues), list(written.lines),
            )  # fmt: skip
            await self._audit.append(
                written.actor, "hint.remove" if written.removed else "hint.save", written.id, "supervision",
                details={"version": written.version}, connection=connection,
            )  # fmt: skip
        return Saved(True, written)

    async def _newest(self, connection: Connection, id: str) -> Hint | None:
        row = await connection.fetchrow("SELECT * FROM hints WHERE id = $1 ORDER BY version DESC LIMIT 1", UUID(id))
        return None if row is None else _hint(row)


def _hint(row: Any) -> Hint:
    return Hint(
        id=str(row["id"]), version=row["version"], title=row["title"], text=row["text"], topic=row["topic"],
        queues=tuple(row["queues"]), lines=tuple(row["lines"]), removed=row["removed"], actor=row["actor"],
        at=row["at"],
    )  # fmt: skip


def _fields(hint: Hint) -> dict[str, Any]:
    return {name: getattr(hint, name) for name in Hint.__slots__}


def _same(one: Hint, other: Hint) -> bool:
    """Whether one is what the other asks for, whatever its number and time."""
    given = ("id", "title", "text", "topic", "queues", "lines", "removed", "actor")
    return all(getattr(one, name) == getattr(other, name) for name in given)
