"""Accounts in the database: made, found, disabled, given a new password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from okno.database import Database
from okno.errors import Refused
from okno.ids import uuid7
from web.accounts.roles import ROLES, Role

_COLUMNS = "id, login, title, role, operator, password, disabled_at"
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class BadAccount(Refused):
    """The account cannot be made as asked."""


class LoginTaken(Refused):
    """There is an account with this login already."""


class NoSuchAccount(Refused):
    """There is no account with this login."""


class LastAdministrator(Refused):
    """Nobody would be left who can give accounts and change the directory."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as stored. `password` is the argon2id hash."""

    id: UUID
    login: str
    title: str
    role: Role
    operator: str | None
    password: str
    disabled_at: datetime | None


class People:
    """The table of accounts.

    Args:
        database: the web service's own.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, login: str, *, title: str, role: str, operator: str | None, password: str) -> UUID:
        """Make an account and return its id.

        Args:
            login: 2 to 64 Latin letters, digits, `.`, `_`, `-`; case does not matter.
            title: the name colleagues see.
            role: one of ROLES; the role `operator` must name an operator of the engine.
            operator: the operator's name in the settings, or None.
            password: the argon2id hash.

        Raises:
            BadAccount: the login, role or operator cannot be.
            LoginTaken: the login is in use, if only by a disabled account.
        """
        login = login.strip().lower()
        if not _LOGIN.fullmatch(login):
            raise BadAccount("a login has 2 to 64 Latin letters, digits, '.', '_' or '-'")
        if role not in ROLES:
            raise BadAccount(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
        if role == "operator" and not operator:
            raise BadAccount("an account with the role operator names an operator of the settings")
        account = uuid7()
        try:
            await self._db.execute(
                "insert into accounts (id, login, title, role, operator, password) values ($1, $2, $3, $4, $5, $6)",
                account, login, title.strip() or login, role, operator, password,
            )
        except asyncpg.UniqueViolationError:
            raise LoginTaken(f"the account {login} exists already") from None
        return account

    async def find(self, login: str) -> Account | None:
        """Return the account with this login, disabled or not, or None."""
        row = await self._db.fetchrow(
            "select id, login, title, role, operator, password, disabled_at from accounts where login = $1",
            login.strip().lower(),
        )
        return None if row is None else Account(**dict(row))

    async def all(self) -> list[Account]:
        """Return every account, disabled ones too, by login."""
        rows = await self._db.fetch(f"select {_COLUMNS} from accounts order by login")  # noqa: S608  # names are ours
        return [Account(**dict(row)) for row in rows]

    async def of(self, account: UUID) -> Account:
        """Return an account. Raises NoSuchAccount."""
        row = await self._db.fetchrow(f"select {_COLUMNS} from accounts where id = $1", account)  # noqa: S608
        if row is None:
            raise NoSuchAccount("there is no such account")
        return Account(**dict(row))

    async def dismiss(self, account: UUID) -> Account:
        """Disable an account and end its sessions, unless nobody could administer any more; twice is no error.

        Raises:
            NoSuchAccount: there is none.
            LastAdministrator: it is the only one who may.
        """
        async with self._db.acquire() as connection, connection.transaction():
            # Two administrators who dismiss each other at once must not both succeed.
            await connection.execute("lock table accounts in share row exclusive mode")
            row = await connection.fetchrow(f"select {_COLUMNS} from accounts where id = $1", account)  # noqa: S608
            if row is None:
                raise NoSuchAccount("there is no such account")
            others = await connection.fetchval(
                "select count(*) from accounts where role = 'administrator' and disabled_at is null and id <> $1",
                account,
            )
            if row["role"] == "administrator" and not others:
                raise LastAdministrator
            await connection.execute(
                "update accounts set disabled_at = coalesce(disabled_at, now()) where id = $1", account
            )
            await connection.execute("delete from sessions where account = $1", account)
        return Account(**dict(row))

    async def set_password(self, account: UUID, password: str, *, rehash_of: str | None = None) -> None:
        """Store a password's hash.

        Args:
            account: whose.
            password: the argon2id hash.
            rehash_of: the hash it replaces, when the password is the same: a password changed meanwhile stays.
        """
        if rehash_of is None:
            await self._db.execute(
                "update accounts set password = $2, password_at = now() where id = $1", account, password
            )
        else:
            await self._db.execute(
                "update accounts set password = $2 where id = $1 and password = $3", account, password, rehash_of
            )

    async def disable(self, login: str) -> UUID:
        """Disable an account and end its sessions; return its id. Doing it twice is no error.

        Raises:
            NoSuchAccount: nobody has this login.
        """
        row = await self._db.fetchrow(
            "update accounts set disabled_at = coalesce(disabled_at, now()) where login = $1 returning id",
            login.strip().lower(),
        )
        if row is None:
            raise NoSuchAccount(f"there is no account {login.strip().lower()}")
        await self._db.execute("delete from sessions where account = $1", row["id"])
        return UUID(str(row["id"]))

    async def reset(self, login: str, password: str) -> UUID:
        """Give an account a new password, enable it, end its sessions; return its id.

        Raises:
            NoSuchAccount: nobody has this login.
        """
        row = await self._db.fetchrow(
            "update accounts set password = $2, password_at = now(), disabled_at = null where login = $1 returning id",
            login.strip().lower(), password,
        )
        if row is None:
            raise NoSuchAccount(f"there is no account {login.strip().lower()}")
        await self._db.execute("delete from sessions where account = $1", row["id"])
        return UUID(str(row["id"]))

    async def prefer(self, account: UUID, *, lang: str | None, theme: str | None) -> None:
        """Remember the language and the theme a person chose; None leaves what was."""
        await self._db.execute(
            "update accounts set lang = coalesce($2, lang), theme = coalesce($3, theme) where id = $1",
            account, lang, theme,
        )
