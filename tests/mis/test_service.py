"""`mis` as it runs: its own process, its own database, reached by its gate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import aiohttp
import pytest
import pytest_asyncio

from mis import service
from mis.client import Lookup, MisClient, Status
from mis.feed import STREAM
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring
from okno.service import ServiceRefused
from okno.settings import Runtime
from tests.fixtures import MakeUrl, OpenDatabase, serving

PHONE = "+79990000017"
REQUEST = UUID("01900000-0000-7000-8000-000000000001")


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
        assert await client.status() == Status(connector="none", state="not_configured")
        answer = await client.candidates(PHONE, actor="engine", purpose="call", request=REQUEST)
        assert answer == Lookup(state="not_configured", candidates=[])
    finally:
        await client.close()


async def test_a_look_up_is_audited(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await new_database_url("mis")
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    where = runtime.settings.mis
    async with serving(service.main(runtime), f"http://{where.host}:{where.port}") as base:
        client = _client(runtime, base)
        await client.candidates(PHONE, actor="orlova", purpose="call", request=REQUEST)
        await client.close()
    database = await Database.open(url, name="test")
    try:
        rows = await AuditTrail(database, Keyring.load(runtime.keyring_path).sealer("mis")).page()
        assert [(row.actor, row.action, row.request) for row in rows] == [("orlova", "mis.candidates", REQUEST)]
        assert PHONE not in str(rows)
    finally:
        await database.close()


async def test_a_number_sealed_for_another_request_is_refused(runtime: Runtime, base: str) -> None:
    client = _client(runtime, base)
    seal = client._bus.seal
    client._bus.seal = lambda text, **place: seal(text, **{**place, "row": str(uuid4())})  # type: ignore[method-assign]
    try:
        with pytest.raises(ServiceRefused, match="400"):
            await client.candidates(PHONE, actor="engine", purpose="call", request=REQUEST)
    finally:
        await client.close()


async def test_what_is_not_a_number_is_refused(runtime: Runtime, base: str) -> None:
    client = _client(runtime, base)
    try:
        with pytest.raises(ServiceRefused, match="not a phone number"):
            await client.candidates("anonymous", actor="engine", purpose="call", request=REQUEST)
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
    assert await service.record(db, "not_configured")
    assert not await service.record(db, "not_configured")
    rows = await db.fetch("SELECT stream, kind, payload FROM outbox ORDER BY id")
    assert [(row["stream"], row["kind"], row["payload"]["state"]) for row in rows] == [
        (STREAM, "ConnectorChanged", "not_configured")
    ]
    assert await service.record(db, "down")
    assert await db.fetchrow("SELECT 1 FROM connector WHERE state = 'down'") is not None


async def test_watching_publishes_the_first_state(database: OpenDatabase) -> None:
    db = await database("mis")
    task = asyncio.create_task(service.watch(db, service.connectors.make("none")))
    async with asyncio.timeout(5):
        while await db.fetchrow("SELECT 1 FROM connector") is None:
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
