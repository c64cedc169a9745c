"""`chat` as it runs: its own process, its own database, reached by its gate; its public side on its own port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from chat import service
from chat.client import Channel, ChatClient, Status
from chat.feed import STREAM
from okno.service import ServiceRefused
from okno.settings import ChatSettings, Runtime, SiteSettings
from tests.fixtures import MakeUrl, OpenDatabase, serving


@pytest_asyncio.fixture
async def base(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    where = runtime.settings.chat
    url = await new_database_url("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    async with serving(service.main(runtime), f"http://{where.host}:{where.port}") as address:
        yield address


async def test_it_tells_that_no_channel_is_switched_on(runtime: Runtime, base: str) -> None:
    client = ChatClient(base, runtime.secret("file:service.secret"))
    try:
        assert await client.status() == Status(channels=[])
    finally:
        await client.close()


async def test_a_site_in_the_settings_switches_its_form_on(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = ChatSettings(port=runtime.settings.chat.port, sites=[SiteSettings(key="clinic")])
    with_site = Runtime(runtime.settings.model_copy(update={"chat": chat}), runtime.state)
    url = await new_database_url("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    public = f"http://127.0.0.1:{runtime.settings.chat_public.port}/public/v1/callback"
    async with serving(service.main(with_site), f"http://127.0.0.1:{chat.port}") as base:
        client = ChatClient(base, runtime.secret("file:service.secret"))
        told = await client.status()
        assert told.channels == [Channel(name="feedback", state="ready"), Channel(name="forms", state="ready")]
        assert [account.key for account in told.accounts] in ([], ["feedback:clinic"])  # not looked at yet, or just now
        await client.close()
        async with aiohttp.ClientSession() as session:
            body = {"site_key": "clinic", "phone": "+79990001873", "consent": True}
            async with session.post(public, json=body) as answer:
                assert answer.status == 202


async def test_without_the_credential_nothing_is_told(base: str) -> None:
    client = ChatClient(base, "0" * 64)
    try:
        with pytest.raises(ServiceRefused, match="401"):
            await client.status()
    finally:
        await client.close()


async def test_the_public_side_answers_health_and_nothing_else(runtime: Runtime, base: str) -> None:
    where = runtime.settings.chat_public
    public = f"http://{where.host}:{where.port}"
    async with aiohttp.ClientSession() as session:
        async with session.get(public + "/health") as answer:
            assert (answer.status, await answer.json()) == (200, {"alive": True})
        for path in ("/status", "/metrics", "/ready", "/"):
            async with session.get(public + path) as answer:
                assert answer.status == 404, path


async def test_health_ready_and_metrics_are_open(base: str) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/health", "/ready", "/metrics"):
            async with session.get(base + path) as answer:
                assert answer.status == 200, path


async def test_each_change_of_a_channel_is_published_once(database: OpenDatabase) -> None:
    db = await database("chat")
    assert [one.state for one in await service.record(db, {"telegram": "ready"})] == ["ready"]
    assert await service.record(db, {"telegram": "ready"}) == []
    assert [one.state for one in await service.record(db, {"telegram": "down"})] == ["down"]
    assert [one.state for one in await service.record(db, {})] == ["removed"]
    assert await service.record(db, {}) == []
    rows = await db.fetch("SELECT stream, payload FROM outbox ORDER BY id")
    assert {row["stream"] for row in rows} == {STREAM}
    assert [row["payload"]["state"] for row in rows] == ["ready", "down", "removed"]
