"""PostgreSQL: a pool that says when it is away, and migrations."""

from okno.database.addresses import await_databases, ensure_databases, server_for, url_for
from okno.database.migrations import MigrationFailed, migrate
from okno.database.pool import HELD_UP, Connection, Database, DatabaseDown

__all__ = [
    "HELD_UP",
    "Connection",
    "Database",
    "DatabaseDown",
    "MigrationFailed",
    "await_databases",
    "ensure_databases",
    "migrate",
    "server_for",
    "url_for",
]
