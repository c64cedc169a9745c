"""PostgreSQL: a pool that says when it is away, and migrations."""

from okno.database.addresses import ensure_databases, url_for
from okno.database.migrations import MigrationFailed, migrate
from okno.database.pool import Connection, Database, DatabaseDown

__all__ = ["Connection", "Database", "DatabaseDown", "MigrationFailed", "ensure_databases", "migrate", "url_for"]
