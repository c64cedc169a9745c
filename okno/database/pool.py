"""A pool of connections to one database, which knows whether the database is there and comes back by itself."""

from __future__ import annotations

import asyncio
import json
import socket
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from okno import logs
from okno.errors import TheirFault

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy

log = logs.get(__name__)

_PROBE_S = 0.5  # how often an absent database is tried; one connection, cheap on loopback
_CONNECT_S = 5.0
_IDLE_S = 300.0
# The server ends what our own timeouts missed: a stuck statement must not hold a lock for ever.
_STATEMENT_MS = 15_000
_LOCK_MS = 5_000
_COMMAND_S = 20.0  # later than the server's own limit: when this one strikes, the server is frozen
_IDLE_IN_TRANSACTION_MS = 30_000


class DatabaseDown(TheirFault):
    """The database is away."""

    @classmethod
    def because(cls, error: BaseException) -> Self:
        """Return the error with the reason in words that hold no address and no password."""
        match error:
            case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
                reason = "it refuses our user or password"
            case asyncpg.InvalidCatalogNameError():
                reason = "the database is not there; make it with `okno up`, or createdb"
            case asyncpg.TooManyConnectionsError():
                reason = "it has no connection left for us"
            case asyncpg.CannotConnectNowError():
                reason = "it is starting or stopping"
            case TimeoutError():
                reason = "it does not answer in time"
            case ConnectionRefusedError():
                reason = "nobody listens there"
            case socket.gaierror():
                reason = "no such host is known"
            case _:
                reason = type(error).__name__
        return cls(f"the database is away: {reason}")


# Somebody else holds what we need, or the server has no room just now: our statement was right, and later it will do.
HELD_UP = (
    asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError, asyncpg.InsufficientResourcesError,
)  # fmt: skip


def is_absence(error: BaseException) -> bool:
    """Say whether an error means that the database is away, not that our statement was wrong."""
    return (
        isinstance(
            error,
            OSError  # TimeoutError and every broken socket are OSErrors
            | asyncpg.PostgresConnectionError
            | asyncpg.OperatorInterventionError
            | asyncpg.TooManyConnectionsError
            | asyncpg.InvalidAuthorizationSpecificationError
            | asyncpg.InvalidCatalogNameError
            | asyncpg.ConnectionDoesNotExistError
            | asyncpg.InternalClientError,
        )
        and not isinstance(error, asyncpg.QueryCanceledError)
    ) or (
        isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)  # "… is closed", "pool is closing"
    )


class Database:
    """One service's database. Make it with `await Database.open(url, name=…)`.

    json and jsonb columns take and give Python objects (dicts, lists), not their text.
    """

    def __init__(self, url: str, name: str, size: int) -> None:
        self.url = url
        self.name = name
        self._size = size
        self._pool: asyncpg.Pool | None = None
        self._probe: asyncio.Task[None] | None = None
        self._present = asyncio.Event()

    @classmethod
    async def open(cls, url: str, *, name: str, size: int = 8) -> Self:
        """Connect.

        Args:
            url: postgresql://user:password@host:port/database.
            name: who we are, as `pg_stat_activity` and our logs show it.
            size: the most connections held at once.

        Raises:
            DatabaseDown: it cannot be reached now.
        """
        database = cls(url, name, size)
        database._pool = asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            timeout=_CONNECT_S,
            max_inactive_connection_lifetime=_IDLE_S,
            command_timeout=_COMMAND_S,
            init=_codecs,
            reset=_as_it_is,
            server_settings={
                "application_name": f"okno-{name}",
                "timezone": "UTC",
                "statement_timeout": str(_STATEMENT_MS),
                "lock_timeout": str(_LOCK_MS),
                "idle_in_transaction_session_timeout": str(_IDLE_IN_TRANSACTION_MS),
            },
        )
        try:
            await database._pool
        except Exception as error:
            if is_absence(error):
                raise DatabaseDown.because(error) from None
            raise
        database._present.set()
        return database

    @property
    def available(self) -> bool:
        """Whether the database answered last; while it is away a probe looks for it twice a second."""
        return self._present.is_set()

    async def wait_available(self) -> None:
        """Return when the database is there (again)."""
        await self._present.wait()

    @asynccontextmanager
    async def acquire(self, *, timeout: float = 5.0) -> AsyncIterator[Connection]:
        """Give a connection for the body of an `async with`.

        Args:
            timeout: seconds to wait for a free or new connection.

        Raises:
            DatabaseDown: it is away, or went away inside the body (whether a commit reached it is then unknown).
        """
        if self._pool is None:
            raise DatabaseDown("the database is closed")
        broken = True  # until a connection was given, every network error is the database's
        busy = not self._pool.get_idle_size() and self._pool.get_size() >= self._size
        try:
            async with self._pool.acquire(timeout=timeout) as connection:
                broken = busy = False
                try:
                    yield connection
                except asyncpg.InternalClientError:
                    # The server died under a statement and asyncpg lost count of where it was: it never recovers.
                    connection.terminate()
                    broken = True
                    raise
                except Exception:
                    broken = connection.is_closed()  # the body may have had network troubles of its own
                    raise
        except Exception as error:
            if not is_absence(error) or not (broken or _of_postgres(error)):
                raise
            if busy and isinstance(error, TimeoutError):
                raise DatabaseDown(f"all {self._size} connections to the database are busy") from None
            self._lost(error)
            raise DatabaseDown.because(error) from error
        if not self._present.is_set():
            self._present.set()

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run one query and return its rows. Raises DatabaseDown."""
        async with self.acquire() as connection:
            return list(await connection.fetch(query, *args))

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Run one query and return its first row, if any. Raises DatabaseDown."""
        async with self.acquire() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """Run one query and return the first column of its first row. Raises DatabaseDown."""
        async with self.acquire() as connection:
            return await connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        """Run one statement and return PostgreSQL's tag ("UPDATE 1"). Raises DatabaseDown."""
        async with self.acquire() as connection:
            return str(await connection.execute(query, *args))

    async def close(self, *, timeout: float = 3.0) -> None:
        """Close every connection, politely for `timeout` seconds."""
        pool, self._pool = self._pool, None
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
            self._probe = None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), timeout)
        except TimeoutError:
            pool.terminate()

    def _lost(self, error: BaseException) -> None:
        if self._present.is_set():
            self._present.clear()
            log.warning("database_away", extra={"database": self.name, "reason": type(error).__name__})
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._look_for_it(), name=f"database probe {self.name}")

    async def _look_for_it(self) -> None:
        while self._pool is not None:
            try:
                async with self._pool.acquire(timeout=_CONNECT_S) as connection:
                    await connection.fetchval("SELECT 1", timeout=_CONNECT_S)
            except Exception as error:
                if not is_absence(error):
                    log.exception("database_probe_failed", extra={"database": self.name})
                await asyncio.sleep(_PROBE_S)
            else:
                self._present.set()
                log.info("database_back", extra={"database": self.name})
                return


def _of_postgres(error: BaseException) -> bool:
    """Say whether the database raised it: one of its own errors, or a command of ours that got no answer in time."""
    if isinstance(error, TimeoutError):
        modules = (frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__))
        return any(module.startswith("asyncpg.") for module in modules)
    return isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError)


async def _codecs(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, schema="pg_catalog", encoder=_to_json, decoder=json.loads)


async def _as_it_is(connection: asyncpg.Connection) -> None:
    """Give a connection back without asyncpg's RESET ALL: one round trip less for every turn.

    Open transactions are rolled back all the same; who changes his session (relay, migrations) mends it himself.
    """


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
