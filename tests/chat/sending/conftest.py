"""A bench and a cloud for each test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import asyncpg
import pytest_asyncio

from okno.database.addresses import database_url
from okno.seal import Keyring
from tests.chat.sending.bench import Bench
from tests.chat.sending.cloud import Cloud, cloud_at
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def bench(database: OpenDatabase, keyring: Keyring) -> Bench:
    """A database with conversations, empty."""
    return Bench(await database("chat"), keyring.sealer("chat"))


@pytest_asyncio.fixture
async def cloud() -> AsyncIterator[Cloud]:
    """A cloud on a real socket."""
    async with cloud_at() as one:
        yield one


@pytest_asyncio.fixture
async def hold(bench: Bench, postgres_url: str) -> AsyncIterator[Callable[[bool], Awaitable[None]]]:
    """`await hold(False)` cuts the bench's database off from everybody, `await hold(True)` gives it back."""
    name = urlsplit(bench.database.url).path.lstrip("/")
    connection = await asyncpg.connect(database_url(postgres_url, "postgres"))

    async def there(wanted: bool) -> None:
        """A database of another name is no database: whoever asks for it is told that there is none."""
        old, new = (f"{name}_away", name) if wanted else (name, f"{name}_away")
        async with asyncio.timeout(10):
            while True:
                await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", old)
                with contextlib.suppress(asyncpg.ObjectInUseError):
                    return await connection.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    yield there
    if await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", f"{name}_away"):
        await there(True)
    await connection.close()
