"""Service tokens for REST: shown once, stored as SHA-256, with a role and an end."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from uuid import UUID

from okno.database import Database
from okno.ids import uuid7
from web.accounts.people import BadAccount, NoSuchAccount
from web.accounts.roles import ROLES, Identity

# The prefix lets secret scanners and people see what it is.
_FORM = re.compile(r"okno_[A-Za-z0-9_-]{43}")
LONGEST = timedelta(days=366)


def key_of(token: str) -> bytes:
    """Return what the database knows a token by."""
    return hashlib.sha256(token.encode()).digest()


class Tokens:
    """The table of service tokens.

    Args:
        database: the web service's own.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def create(self, name: str, *, role: str, operator: str | None, lifetime: timedelta) -> tuple[UUID, str]:
        """Make a token.

        Args:
            name: what it is for; stands in the audit trail as `token:<name>`.
            role: one of ROLES.
            operator: the operator of the engine it acts for, or None.
            lifetime: at most LONGEST.

        Returns:
            Its id and the token itself, which is not kept.

        Raises:
            BadAccount: no such role, an empty name, or a lifetime out of bounds.
        """
        if role not in ROLES:
            raise BadAccount(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
        if not re.fullmatch(r"[A-Za-z0-9][\w .:-]{0,63}", name, re.ASCII):
            raise BadAccount("a token's name has 1 to 64 Latin letters, digits, spaces or . : _ -")
        if not timedelta(0) < lifetime <= LONGEST:
            raise BadAccount("a token lives between 1 and 366 days")
        identity, token = uuid7(), f"okno_{secrets.token_urlsafe(32)}"
        await self._db.execute(
            """insert into api_tokens (id, name, token_hash, role, operator, expires_at)
               values ($1, $2, $3, $4, $5, now() + $6::interval)""",
            identity, name, key_of(token), role, operator, lifetime,
        )
        return identity, token

    async def find(self, token: str) -> Identity | None:
        """Return who a token stands for, or None: malformed, unknown, revoked, over."""
        if not _FORM.fullmatch(token):
            return None
        row = await self._db.fetchrow(
            """select id, name, role, operator, expires_at, used_at is null or used_at < now() - interval '1 minute'
                   as untouched
               from api_tokens where token_hash = $1 and revoked_at is null and expires_at > now()""",
            key_of(token),
        )
        if row is None:
            return None
        if row["untouched"]:
            await self._db.execute("update api_tokens set used_at = now() where id = $1", row["id"])
        return Identity(
            kind="token", account=row["id"], name=f"token:{row['name']}", title=row["name"], role=row["role"],
            operator=row["operator"], key=key_of(token), expires_at=row["expires_at"],
        )

    async def revoke(self, name: str) -> int:
        """Revoke every token of this name; return how many.

        Raises:
            NoSuchAccount: none is in force.
        """
        rows = await self._db.fetch(
            "update api_tokens set revoked_at = now() where name = $1 and revoked_at is null returning id", name
        )
        if not rows:
            raise NoSuchAccount(f"there is no token named {name} in force")
        return len(rows)
