"""Plain SQL files, applied once each, in order, by one process at a time; a file that changed afterwards is refused."""

from __future__ import annotations

import hashlib
from importlib import resources

import asyncpg

from okno import logs
from okno.database.pool import Connection, Database
from okno.errors import OknoError

log = logs.get(__name__)

_LOCK = 0x6F6B6E6F  # "okno": one migration at a time in a database, whichever process comes first
_WAIT_MS = 120_000  # another process may be in the middle of a long one
_LONGEST_S = 3600.0  # one migration of a big table
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    package text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (package, name)
)"""


class MigrationFailed(OknoError):
    """The database cannot be brought to the shape this version needs."""


async def migrate(database: Database, package: str, folder: str) -> list[str]:
    """Apply the package's SQL files that this database has not seen; return their names.

    Args:
        database: whose role owns the schema.
        package: the Python package that carries them ("engine"), from a checkout or a wheel.
        folder: their folder in it ("store/migrations"); files are named NNNN_words.sql and applied in that order,
            each in its own transaction.

    Raises:
        MigrationFailed: a file fails, changed after it was applied, or the database is newer than this version.
        DatabaseDown: the database is away.
    """
    files = _files(package, folder)
    async with database.acquire() as connection:
        await connection.execute(f"SET lock_timeout = {_WAIT_MS}; SET statement_timeout = 0")
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK, timeout=_WAIT_MS / 1000)
            try:
                return await _apply(connection, package, files)
            finally:
                if not connection.is_closed():
                    await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)
        finally:
            if not connection.is_closed():
                await connection.execute("RESET lock_timeout; RESET statement_timeout")


async def _apply(connection: Connection, package: str, files: dict[str, str]) -> list[str]:
    await connection.execute(_TABLE)
    rows = await connection.fetch("SELECT name, checksum FROM schema_migrations WHERE package = $1", package)
    known = {str(row["name"]): str(row["checksum"]) for row in rows}
    strange = sorted(known.keys() - files.keys())
    if strange:
        raise MigrationFailed(
            f"{package}: the database holds {strange[0]}, which this version does not know; it is newer"
        )
    for name, sql in files.items():
        if name in known and known[name] != _checksum(sql):
            raise MigrationFailed(
                f"{package}/{name}: changed after it was applied; a migration is never edited, add another"
            )
    applied = []
    for name, sql in files.items():
        if name in known:
            continue
        try:
            async with connection.transaction():
                await connection.execute(sql, timeout=_LONGEST_S)
                await connection.execute(
                    "INSERT INTO schema_migrations (package, name, checksum) VALUES ($1, $2, $3)",
                    package,
                    name,
                    _checksum(sql),
                )
        except asyncpg.PostgresError as error:
            raise MigrationFailed(
                f"{package}/{name}: {error.sqlstate} {error.args[0] if error.args else ''}".strip()
            ) from error
        log.info("migration_applied", extra={"package": package, "file": name})
        applied.append(name)
    return applied


def _files(package: str, folder: str) -> dict[str, str]:
    """Return the SQL files by name, in order."""
    place = resources.files(package)
    for part in folder.split("/"):
        place = place / part
    if not place.is_dir():
        raise MigrationFailed(f"{package}/{folder}: there are no migrations in this installation")
    files = {file.name: file.read_text("utf-8") for file in place.iterdir() if file.name.endswith(".sql")}
    numbers = [name.partition("_")[0] for name in files]
    if len(set(numbers)) != len(numbers):
        raise MigrationFailed(f"{package}/{folder}: two migrations have one number")
    return dict(sorted(files.items()))


def _checksum(sql: str) -> str:
    return hashlib.sha256(sql.replace("\r\n", "\n").encode()).hexdigest()
