"""`chat` whole, with a channel of our own: with the engine and the bus away it goes on receiving, and hands over later."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from chat import channels, service
from chat.channels import Account, Opening
from chat.client import ChatClient
from chat.feed import CONVERSATIONS, RULES, STANDINGS, ConversationStands
from okno.bus import BusEvent, Consumer, Outbox, Relay, connect
from okno.command.processes import embedded, ports
from okno.database import Connection
from okno.ids import uuid7
from okno.settings import AccountSettings, ChatSettings, Runtime
from tests.chat.clinic import KEY, SECRET, Echo, rules_told
from tests.fixtures import PASSWORD, MakeUrl, OpenDatabase, running, serving

WHO = {"actor": "anna", "role": "operator", "operator": "anna", "purpose": "request"}


class Clinic:
    """The service, the internet that posts to it, the gateway that asks it."""

    def __init__(self, runtime: Runtime, client: ChatClient, http: aiohttp.ClientSession, echo: Echo) -> None:
        public = runtime.settings.chat_public
        self.hook = f"http://{public.host}:{public.port}/hook/echo/main"
        self.client, self.http, self.echo = client, http, echo

    async def post(self, number: int, text: str, peer: str = "5501") -> int:
        """Post an event."""
        body = json.dumps([{"id": str(number), "peer": peer, "text": text}])
        async with self.http.post(self.hook, data=body, headers={"X-Secret": SECRET}) as answer:
            return answer.status


@pytest_asyncio.fixture
async def valkey(servers_home: Path) -> tuple[str, Any]:
    """A Valkey of this test's own, not started; its address and how it is started."""
    port = ports.free()
    home = servers_home / f"valkey-{port}"
    home.mkdir(mode=0o711)
    return f"redis://:{PASSWORD}@127.0.0.1:{port}/0", lambda: running(embedded.valkey(home, port, PASSWORD))


@pytest_asyncio.fixture
async def clinic(
    runtime: Runtime, new_database_url: MakeUrl, valkey: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clinic]:
    echo = Echo()

    def make(account: Account) -> Echo:
        return echo

    monkeypatch.setitem(channels._MESSENGERS, "echo", Opening(make))
    chat = ChatSettings(port=runtime.settings.chat.port, accounts=[AccountSettings(channel="echo")])
    own = Runtime(runtime.settings.model_copy(update={"chat": chat}), runtime.state)
    url = await new_database_url("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    monkeypatch.setenv("OKNO_REDIS_URL", valkey[0])
    async with serving(service.main(own), f"http://127.0.0.1:{chat.port}") as base, aiohttp.ClientSession() as http:
        client = ChatClient(base, own.secret("file:service.secret"))
        yield Clinic(own, client, http, echo)
        await client.close()


async def test_with_the_engine_and_the_bus_away_it_receives_and_hands_over_later(
    clinic: Clinic, valkey: tuple[str, Any], database: OpenDatabase
) -> None:
    """The engine's stand-in is a real consumer on a database of its own."""
    url, starting = valkey
    assert await clinic.post(1, "hello") == 200
    assert await clinic.post(2, "other", peer="5502") == 200
    heard: list[BusEvent] = []

    async def hear(event: BusEvent, connection: Connection) -> None:
        heard.append(event)

    engine = await database("engine")
    server = starting()
    await asyncio.to_thread(server.__enter__)
    redis = connect(url)
    consuming = asyncio.create_task(Consumer(redis, CONVERSATIONS, "engine", "engine", hear, engine).run())
    relaying = asyncio.create_task(Relay(engine, redis, {STANDINGS: ["chat"], RULES: ["chat"]}).run())
    try:
        async with asyncio.timeout(30):
            while len(heard) < 2:
                await asyncio.sleep(0.05)
        assert {event.kind for event in heard} == {"ConversationWaits"}
        waits = next(event.payload for event in heard if event.payload["seq"] == 1)
        view = await clinic.client.open(waits["conversation"], WHO)
        request = uuid7()
        await _tell(engine, STANDINGS, ConversationStands(
            key=uuid7(), conversation=view.id, request=request, number="1", version=1, status="in_progress", owner="anna",
        ))  # fmt: skip
        await _tell(engine, RULES, rules_told(greeting={"en": "Good day", "ru": "Good day"}))
        async with asyncio.timeout(30):
            while (await clinic.client.open(view.id, WHO)).owner != "anna":
                await asyncio.sleep(0.05)
            sent = await clinic.client.send(view.id, WHO, {"id": str(uuid7()), "text": "Hello!", "version": 1})
            while (await clinic.client.open(view.id, WHO)).messages[-1].state != "sent":
                await asyncio.sleep(0.05)
            while "ConversationAnswered" not in {event.kind for event in heard}:
                await asyncio.sleep(0.05)
            await clinic.post(3, "new here", peer="5503")
            while len(clinic.echo.sent) < 2:
                await asyncio.sleep(0.05)
        assert [one.text for one in clinic.echo.sent] == ["Hello!", "Good day"]
        assert clinic.echo.sent[0].id == sent.id
        await _tell(engine, STANDINGS, ConversationStands(
            key=uuid7(), conversation=view.id, request=request, number="1", version=2, status="done", seq=99, over=True,
        ))  # fmt: skip
        async with asyncio.timeout(30):
            while (await clinic.client.open(view.id, WHO)).open:
                await asyncio.sleep(0.05)
        (account,) = (await clinic.client.status()).accounts
        assert (account.key, account.colour, account.waiting) == (KEY, "green", 0)
    finally:
        for task in (consuming, relaying):
            task.cancel()
        await asyncio.gather(consuming, relaying, return_exceptions=True)
        await redis.aclose()
        await asyncio.to_thread(server.__exit__)


async def _tell(engine: Any, stream: str, told: Any) -> None:
    """Leave something in the engine's outbox."""
    async with engine.acquire() as connection, connection.transaction():
        key = getattr(told, "key", None) or uuid7()
        await Outbox.add(connection, stream, key, type(told).__name__, told.model_dump(mode="json"))
