"""The database source: SELECTs over views that the vendor or the clinic's own people made for us. Only ever read.

Read-only thrice: a login that may only SELECT, `default_transaction_read_only`, and a READ ONLY transaction.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from mis.connectors import BadOptions
from mis.connectors.mapping.source.paths import Node
from mis.terms import Context, DeadlineExceeded, Forbidden, Malformed, Unauthenticated, Unavailable
from okno import clock

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)\b")
AT_ONCE = 4


@dataclass(slots=True)
class Views:
    """Asks one PostgreSQL.

    Args:
        address: postgresql://user@host:port/database
        password: of that user.
        cut_at: how many rows are taken at most.
    """

    address: str
    password: str = field(repr=False)
    cut_at: int = 1000
    _pool: asyncpg.Pool | None = field(default=None, repr=False)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def ask(self, ctx: Context, sql: str, values: Mapping[str, Any]) -> tuple[Node, bool]:
        """Return the rows as a list of objects, and whether they are all.

        Raises DeadlineExceeded, Unavailable, Unauthenticated, Forbidden; Malformed when a view is not what was agreed.
        """
        query, arguments = bind(sql, values)
        left = ctx.deadline - clock.monotonic()
        if left <= 0:
            raise DeadlineExceeded
        try:
            async with asyncio.timeout(left):
                rows = await self._rows(query, arguments)
        except TimeoutError:
            raise DeadlineExceeded from None
        except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
            raise Unauthenticated from None
        except asyncpg.InsufficientPrivilegeError:
            raise Forbidden from None
        except (asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError,
                asyncpg.AdminShutdownError, asyncpg.QueryCanceledError, asyncpg.InterfaceError, OSError):  # fmt: skip
            raise Unavailable from None
        except asyncpg.PostgresError as error:
            # Its text may quote a value; its class (undefined_column, …) says what the view lacks.
            raise Malformed(type(error).__name__) from None
        found = [dict(row) for row in rows[: self.cut_at]]
        return Node(found), len(rows) <= self.cut_at

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _rows(self, query: str, arguments: list[Any]) -> list[asyncpg.Record]:
        """Ask in a transaction; a connection on which that did not go well is thrown away.

        A server that hangs answers no ROLLBACK either: to wait for one would outlive every deadline.
        """
        pool = await self._open()
        connection = await pool.acquire()
        whole = False
        try:
            transaction = connection.transaction(readonly=True)
            await transaction.start()
            cursor = await connection.cursor(query, *arguments)
            rows: list[asyncpg.Record] = await cursor.fetch(self.cut_at + 1)
            await transaction.rollback()
            whole = True
        finally:
            if not whole:
                connection.terminate()
            await pool.release(connection)
        return rows

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self.address,
                    password=self.password or None,
                    min_size=0,
                    max_size=AT_ONCE,
                    statement_cache_size=0,  # works behind pgbouncer, and views are few
                    server_settings={"default_transaction_read_only": "on", "application_name": "okno-mis"},
                )
            return self._pool


def bind(sql: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return a SELECT with `$1` for each `:name`, and the values in that order. Raises BadOptions at another name."""
    order: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            raise BadOptions(f"mis.options.map: sql asks for :{name}, which this question does not have")
        if name not in order:
            order.append(name)
        return f"${order.index(name) + 1}"

    return _PARAMETER.sub(number, sql), [values[name] for name in order]
