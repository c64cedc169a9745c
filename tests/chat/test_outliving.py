"""`chat` whole outlives its database: it says so, refuses what it cannot keep, and goes on by itself."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from chat import channels, service
from chat.channels import Opening
from chat.client import ChatClient
from okno.command.processes import embedded, ports
from okno.database.addresses import database_url
from okno.ids import uuid7
from okno.settings import AccountSettings, ChatSettings, Runtime
from tests.chat.clinic import SECRET, Echo
from tests.fixtures import PASSWORD, running, serving

WHO = {"actor": "anna", "role": "operator", "operator": "anna", "purpose": "request"}


async def test_its_database_dies_and_comes_back(
    runtime: Runtime, redis_url: str, servers_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = Echo()
    monkeypatch.setitem(channels._MESSENGERS, "echo", Opening(lambda account: echo))
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    chat = ChatSettings(port=runtime.settings.chat.port, accounts=[AccountSettings(channel="echo")])
    own = Runtime(runtime.settings.model_copy(update={"chat": chat}), runtime.state)
    home, port = servers_home / "outliving", ports.free()
    home.mkdir(mode=0o711)
    server = running(embedded.postgres(home, port, PASSWORD, durable=True))
    await asyncio.to_thread(server.__enter__)
    try:
        base = f"postgresql://okno:{PASSWORD}@127.0.0.1:{port}"
        connection = await asyncpg.connect(database_url(base, "postgres"))
        await connection.execute("CREATE DATABASE outliving")
        await connection.close()
        url = database_url(base, "outliving")
        monkeypatch.setattr(service, "url_for", lambda *_: url)
        public = f"http://127.0.0.1:{own.settings.chat_public.port}/hook/echo/main"
        async with serving(service.main(own), f"http://127.0.0.1:{chat.port}") as inside, aiohttp.ClientSession() as http:

            async def post(number: int) -> int:
                body = json.dumps([{"id": str(number), "peer": "5501", "text": f"text {number}"}])
                async with http.post(public, data=body, headers={"X-Secret": SECRET}) as answer:
                    return answer.status

            async def ready() -> int:
                async with http.get(f"{inside}/ready") as answer:
                    return answer.status

            assert await post(1) == 200
            server._process.send_signal(signal.SIGQUIT)
            await asyncio.to_thread(server.__exit__)
            assert await post(2) == 503
            assert await ready() == 503
            server = running(embedded.postgres(home, port, PASSWORD, durable=True))
            await asyncio.to_thread(server.__enter__)
            client = ChatClient(inside, own.secret("file:service.secret"))
            heard: list[str] = []

            async def listen() -> None:
                async for said in client.live():
                    heard.append(said["what"])

            listening = asyncio.create_task(listen())
            async with asyncio.timeout(60):
                while await ready() != 200 or await post(2) != 200:
                    await asyncio.sleep(0.2)
                connection = await asyncpg.connect(url)
                while await connection.fetchval("SELECT count(*) FROM message") < 2:
                    await asyncio.sleep(0.1)
                id = str(await connection.fetchval("SELECT id FROM conversation"))
                await connection.close()
                await client.send(id, WHO, {"id": str(uuid7()), "text": "we are here", "version": 0})
                while not echo.sent or "state" not in heard:
                    await asyncio.sleep(0.1)
            assert [row.text for row in (await client.open(id, WHO)).messages] == ["text 1", "text 2", "we are here"]
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await client.close()
    finally:
        await asyncio.to_thread(server.__exit__)
