"""Which database is whose, and making the ones that are missing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from okno.database.pool import DatabaseDown, is_absence
from okno.settings.model import Settings

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def url_for(settings: Settings, service: str) -> str:
    """Return the address of a service's database, okno_<service>, on the server that is configured.

    OKNO_DATABASE_URL wins over `database_url`, which wins over the server `okno up` starts on `database_port`.
    """
    server = os.environ.get("OKNO_DATABASE_URL") or settings.database_url
    return database_url(server or f"postgresql://okno@127.0.0.1:{settings.database_port}", f"okno_{service}")


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
                made.append(name)
    finally:
        await connection.close()
    return made
