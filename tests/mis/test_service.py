"""`mis` as it runs: its own process, its own database, reached by its gate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from mis import service
from mis.client import MisClient, Status
from mis.connectors.none import NoMis
from mis.feed import STREAM
from mis.guard import Figures, Standing
from okno.seal import Keyring
from okno.service import ServiceRefused
from okno.settings import Runtime
from tests.fixtures import MakeUrl, OpenDatabase, serving


@pytest_asyncio.fixture
async def base(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    where = runtime.settings.mis
    url = await new_database_url("mis")
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    async with serving(service.main(runtime), f"http://{where.host}:{where.port}") as address:
        yield address


def _client(runtime: Runtime, base: str, secret: str | None = None) -> MisClient:
    bus = Keyring.load(runtime.keyring_path).sealer("bus")
    return MisClient(base, secret or runtime.secret("file:service.secret"), bus)


async def test_it_says_honestly_that_no_mis_is_connected(runtime: Runtime, base: str) -> None:
    client = _client(runtime, base)
    try:
        told = await client.status()
        assert told == Status(connector="none", state="not_configured", since=told.since)
    finally:
        await client.close()


async def test_without_the_credential_nothing_is_told(runtime: Runtime, base: str) -> None:
    client = _client(runtime, base, secret="0" * 64)
    try:
        with pytest.raises(ServiceRefused, match="401"):
            await client.status()
    finally:
        await client.close()


async def test_health_ready_and_metrics_are_open(base: str) -> None:
    async with aiohttp.ClientSession() as session:
        for path, part in (("/health", '"mis"'), ("/ready", "true"), ("/metrics", "okno_service_info")):
            async with session.get(base + path) as answer:
                assert (answer.status, part in await answer.text()) == (200, True), path


async def test_a_state_is_published_once(database: OpenDatabase) -> None:
    db = await database("mis")
    assert await service.record(db, "none", "not_configured")
    assert not await service.record(db, "none", "not_configured")
    rows = await db.fetch("SELECT stream, kind, payload FROM outbox ORDER BY id")
    assert [(row["stream"], row["kind"], row["payload"]["state"]) for row in rows] == [
        (STREAM, "ConnectorChanged", "not_configured")
    ]
    assert await service.record(db, "none", "down")
    assert await db.fetchrow("SELECT 1 FROM connector WHERE state = 'down'") is not None


async def test_watching_publishes_the_first_state(database: OpenDatabase) -> None:
    db = await database("mis")
    standing, figures = Standing(), Figures(CollectorRegistry())
    task = asyncio.create_task(service.watch(db, "none", NoMis(), standing, figures))
    async with asyncio.timeout(5):
        while await db.fetchrow("SELECT 1 FROM connector") is None:
            await asyncio.sleep(0.02)
    assert (standing.seen, standing.state, standing.error) == (True, "not_configured", "")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
