"""Which database is whose, and making the ones that are missing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from okno.database.pool import Database, DatabaseDown, is_absence
from okno.settings import servers
from okno.settings.model import Settings

_AGAIN_S = 1.0
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def url_for(settings: Settings, service: str) -> str:
    """Return the address of a service's database, okno_<service>, on the server that is configured.

    OKNO_DATABASE_URL wins over `database_url`, which wins over the server `okno up` starts on `database_port`.
    Raises BadAddress.
    """
    return database_url(server_for(settings), f"okno_{service}")


def server_for(settings: Settings) -> str:
    """Return the address of the database server. Raises BadAddress."""
    return servers.DATABASE.given(settings.database_url) or f"postgresql://okno@127.0.0.1:{settings.database_port}"


def database_url(server: str, name: str) -> str:
    """Return the server's address with the database `name` in it; whatever path it had is replaced."""
    scheme, netloc, _, query, _ = urlsplit(server)
    return urlunsplit((scheme, netloc, "/" + name, query, ""))


async def ensure_databases(server_url: str, names: Iterable[str]) -> list[str]:
    """Make the databases that are missing; return their names.

    Args:
        server_url: the server, by a role that may create databases.
        names: full names ("okno_engine").

    Raises:
        DatabaseDown: the server is away or refuses us.
    """
    try:
        connection = await asyncpg.connect(database_url(server_url, "postgres"), timeout=10)
    except Exception as error:
        if is_absence(error):
            raise DatabaseDown.because(error) from None
        raise
    made = []
    try:
        for name in names:
            if not _NAME.fullmatch(name):
                raise ValueError("a database's name is small Latin letters, digits and _")
            if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name) is None:
                try:
                    await connection.execute(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
                except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                    continue  # another process made it between our look and our wish
                except asyncpg.InsufficientPrivilegeError:
                    raise DatabaseDown(f"our user may not make the database {name}; do `createdb {name}`") from None
                made.append(name)
    finally:
        await connection.close()
    return made


async def await_databases(
    server_url: str, names: Iterable[str], tell: Callable[[str], None], *, again_s: float = _AGAIN_S
) -> None:
    """Return when every database is there; an absent server is tried for ever.

    Args:
        server_url: the server.
        names: full names ("okno_engine"); what is missing is made, if we may.
        tell: called once with each new reason for waiting, in one line.
        again_s: seconds between two tries.
    """
    wanted, told = list(names), ""
    while True:
        try:
            await _ensure_or_open(server_url, wanted)
            return
        except DatabaseDown as down:
            if str(down) != told:
                told = str(down)
                tell(told)
        await asyncio.sleep(again_s)


async def _ensure_or_open(server_url: str, names: list[str]) -> None:
    try:
        await ensure_databases(server_url, names)
    except DatabaseDown:
        for name in names:  # a user who may enter only his own databases needs none made
            await (await Database.open(database_url(server_url, name), name="start", size=1)).close()
