"""Server-side sessions. The cookie holds 256 random bits; the database only their SHA-256."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from okno.database import Database
from web.accounts.roles import Identity

# A page that is open keeps its session alive by its socket, so this is the time since the last page was closed or
# the machine went to sleep: longer than a break, shorter than going home (ASVS 7.3.1).
IDLE = timedelta(minutes=30)
# Written at most this often: a shift of forty people is then one small write every second or two.
_TOUCH = timedelta(minutes=1)
# A person has a desk, a second screen and a phone; more is a shared password (ASVS 7.1.2).
_PER_ACCOUNT = 5


def key_of(session: str) -> bytes:
    """Return what the database knows a session by."""
    return hashlib.sha256(session.encode()).digest()


def form_token(secret: str) -> str:
    """Return the CSRF token of a session (or of a visitor's cookie): it can be checked, not guessed or reversed."""
    return hmac.new(secret.encode(), b"okno form", hashlib.sha256).hexdigest()


class Sessions:
    """The table of sessions.

    Args:
        database: the web service's own.
        lifetime: a session ends this long after the log-in, whatever happens.
    """

    def __init__(self, database: Database, lifetime: timedelta) -> None:
        self._db = database
        self.lifetime = lifetime

    async def open(self, account: UUID) -> str:
        """Make a session and return its secret id for the cookie; the oldest beyond five are ended."""
        session = secrets.token_urlsafe(32)
        await self._db.execute(
            "insert into sessions (id_hash, account, expires_at) values ($1, $2, now() + $3::interval)",
            key_of(session), account, self.lifetime,
        )
        await self._db.execute(
            """delete from sessions where expires_at <= now() or seen_at <= now() - $3::interval or id_hash in (
                   select id_hash from sessions where account = $1 order by created_at desc, id_hash offset $2)""",
            account, _PER_ACCOUNT, IDLE,
        )
        return session

    async def find(self, session: str) -> Identity | None:
        """Return who this session belongs to and count it as seen, or None: unknown, ended, idle, disabled."""
        if not 20 <= len(session) <= 100:
            return None
        row = await self._db.fetchrow(
            """select s.id_hash, s.expires_at, s.seen_at < now() - $3::interval as untouched,
                      a.id, a.login, a.title, a.role, a.operator, a.lang, a.theme
               from sessions s join accounts a on a.id = s.account
               where s.id_hash = $1 and a.disabled_at is null and s.expires_at > now()
                 and s.seen_at > now() - $2::interval""",
            key_of(session), IDLE, _TOUCH,
        )
        if row is None:
            return None
        if row["untouched"]:
            await self.touch([row["id_hash"]])
        return Identity(
            kind="person", account=row["id"], name=row["login"], title=row["title"], role=row["role"],
            operator=row["operator"], key=row["id_hash"], expires_at=row["expires_at"],
            lang=row["lang"], theme=row["theme"],
        )

    async def alive(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of `keys` (hashes) whose session still holds."""
        rows = await self._db.fetch(
            """select s.id_hash from sessions s join accounts a on a.id = s.account
               where s.id_hash = any($1::bytea[]) and a.disabled_at is null and s.expires_at > now()
                 and s.seen_at > now() - $2::interval""",
            list(keys), IDLE,
        )
        return {row["id_hash"] for row in rows}

    async def touch(self, keys: Iterable[bytes]) -> None:
        """Count the sessions with these hashes as seen now."""
        await self._db.execute("update sessions set seen_at = now() where id_hash = any($1::bytea[])", list(keys))

    async def close(self, key: bytes) -> None:
        """End one session by its hash."""
        await self._db.execute("delete from sessions where id_hash = $1", key)
