"""Wallboards: each has a token, shown once; a screen exchanges it for a session that sees queues' counters only."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from okno.database import Database
from okno.ids import uuid7
from web.accounts.roles import Identity

_FORM = re.compile(r"wall_[A-Za-z0-9_-]{43}")
# A screen hangs on its wall for years; whoever wants it gone revokes it.
SESSION = timedelta(days=366)


class Wallboards:
    """The tables of wallboards and their sessions.

    Args:
        database: the web service's own.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def make(self, name: str, made_by: str) -> tuple[UUID, str]:
        """Make a wallboard; return its id and its token, which is not kept."""
        identity, token = uuid7(), f"wall_{secrets.token_urlsafe(32)}"
        await self._db.execute(
            "insert into wallboards (id, name, token_hash, made_by) values ($1, $2, $3, $4)",
            identity, name, _hash(token), made_by,
        )
        return identity, token

    async def all(self) -> list[dict[str, Any]]:
        """Return those in force, the oldest first: {id, name, announcement, created_at, seen_at}."""
        rows = await self._db.fetch(
            """select w.id, w.name, w.announcement, w.created_at, max(s.seen_at) as seen_at
               from wallboards w left join wallboard_sessions s on s.wallboard = w.id
               where w.revoked_at is null group by w.id order by w.created_at"""
        )
        return [
            {
                "id": str(row["id"]), "name": row["name"], "announcement": row["announcement"],
                "created_at": row["created_at"].isoformat(),
                "seen_at": row["seen_at"].isoformat() if row["seen_at"] else None,
            }
            for row in rows
        ]

    async def revoke(self, board: UUID) -> bool:
        """End a wallboard and its sessions; False when there is none in force."""
        rows = await self._db.fetch(
            "update wallboards set revoked_at = now() where id = $1 and revoked_at is null returning id", board
        )
        await self._db.execute("delete from wallboard_sessions where wallboard = $1", board)
        return bool(rows)

    async def announce(self, board: UUID, text: str) -> bool:
        """Put words onto a wallboard, or take them away; False when there is none in force."""
        rows = await self._db.fetch(
            "update wallboards set announcement = $2 where id = $1 and revoked_at is null returning id", board, text
        )
        return bool(rows)

    async def announcement(self, board: UUID) -> str:
        """Return the words on a wallboard."""
        row = await self._db.fetchrow("select announcement from wallboards where id = $1", board)
        return str(row["announcement"]) if row is not None else ""

    async def enter(self, token: str) -> str | None:
        """Exchange a token for a session's secret id; None when it is malformed, unknown or revoked."""
        if not _FORM.fullmatch(token):
            return None
        session = secrets.token_urlsafe(32)
        rows = await self._db.fetch(
            """insert into wallboard_sessions (id_hash, wallboard, expires_at)
               select $1, id, now() + $3::interval from wallboards where token_hash = $2 and revoked_at is null
               returning wallboard""",
            _hash(session), _hash(token), SESSION,
        )
        await self._db.execute("delete from wallboard_sessions where expires_at <= now()")
        return session if rows else None

    async def find(self, session: str) -> Identity | None:
        """Return whom a session stands for, and count it as seen; None when it is over."""
        if not 20 <= len(session) <= 100:
            return None
        row = await self._db.fetchrow(
            """update wallboard_sessions s set seen_at = now() from wallboards w
               where w.id = s.wallboard and s.id_hash = $1 and s.expires_at > now() and w.revoked_at is null
               returning s.id_hash, s.expires_at, w.id, w.name""",
            _hash(session),
        )
        if row is None:
            return None
        return Identity(
            kind="wallboard", account=row["id"], name=f"wallboard:{row['name']}", title=row["name"], role="wallboard",
            operator=None, key=row["id_hash"], expires_at=row["expires_at"],
        )

    async def alive(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of `keys` whose session still holds."""
        rows = await self._db.fetch(
            """select s.id_hash from wallboard_sessions s join wallboards w on w.id = s.wallboard
               where s.id_hash = any($1::bytea[]) and s.expires_at > now() and w.revoked_at is null""",
            list(keys),
        )
        return {row["id_hash"] for row in rows}


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
