"""Who was away hears what was missed: the service stops, patients go on writing, the cloud gives it up, it comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from chat import service
from chat.client import ChatClient
from chat.clouds import vk_chores
from demo.clouds.max import MaxCloud
from demo.clouds.vk import GROUP, VkCloud
from okno.settings import AccountSettings, ChatSettings, Runtime
from tests.fixtures import OpenDatabase, serving

TOKEN, SECRET = "token-of-tests", "secret_of-tests"
WHO = {"actor": "olga", "role": "operator", "operator": "o1", "purpose": "chat", "request": None}


@dataclass
class Clinic:
    """The clouds of both, and a service that comes and goes."""

    max: MaxCloud
    vk: VkCloud
    runtime: Runtime
    database: Any

    @asynccontextmanager
    async def working(self) -> AsyncIterator[ChatClient]:
        """The service runs, and its clouds post to it."""
        url = f"http://127.0.0.1:{self.runtime.settings.chat.port}"
        async with serving(service.main(self.runtime), url):
            client = ChatClient(url, self.runtime.secret("file:service.secret"))
            await until(lambda: asyncio.sleep(0, bool(self.max.subscriptions)))
            await until(lambda: asyncio.sleep(0, any(one.status == "ok" and one.told for one in self.vk.servers)))
            yield client
            await client.close()

    async def texts(self, client: ChatClient, account: str) -> list[str]:
        """Return what is shown of the account's only conversation."""
        ids = await self.database.fetch("SELECT id FROM conversation WHERE account = $1", account)
        if len(ids) != 1:
            return []
        view = await client.open(str(ids[0]["id"]), WHO)
        return [one.text for one in view.messages if one.side == "in"]


async def until(check: Callable[[], Awaitable[bool]], within_s: float = 30.0) -> None:
    async with asyncio.timeout(within_s):
        while not await check():
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def clinic(
    runtime: Runtime, database: OpenDatabase, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clinic]:
    monkeypatch.setattr(vk_chores, "_SETTLE_S", 0.2)
    opened = await database("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: opened.url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    for name in ("max.main.token", "vk.main.token", "max.main.secret", "vk.main.secret"):
        file = runtime.state / "secrets" / name
        file.write_text(TOKEN if name.endswith("token") else SECRET)
        file.chmod(0o600)
    async with AsyncExitStack() as stack:
        of_max = await stack.enter_async_context(MaxCloud(TOKEN, retry_s=(0.05, 0.1)))
        of_vk = await stack.enter_async_context(VkCloud(TOKEN, retry_s=(0.05, 0.1)))
        chat = ChatSettings(
            port=runtime.settings.chat.port, public_url=f"http://127.0.0.1:{runtime.settings.chat_public.port}",
            accounts=[
                AccountSettings(channel="max", address=of_max.url),
                AccountSettings(channel="vk", address=f"{of_vk.url}/method", options={"group": GROUP}),
            ],
        )  # fmt: skip
        here = Runtime(runtime.settings.model_copy(update={"chat": chat}), runtime.state)
        yield Clinic(of_max, of_vk, here, opened)


async def test_what_was_said_while_it_was_away_is_there_once_and_in_order(clinic: Clinic) -> None:
    anna, vera = clinic.max.person(), clinic.vk.person()
    both = {"max:main": ["before"], "vk:main": ["before"]}

    async def say(text: str) -> list[bool]:
        posts = await clinic.max.tell(clinic.max.says(anna, text)) + await clinic.vk.tell(clinic.vk.says(vera, text))
        return list(await asyncio.gather(*posts))

    async def shown(client: ChatClient) -> bool:
        return {account: await clinic.texts(client, account) for account in both} == both

    async with clinic.working() as client:
        assert await say("before") == [True, True]
        await until(lambda: shown(client))
    for n in range(6):
        assert await say(f"away {n}") == [False, False], "nobody is there, and the clouds give it up"
        for said in both.values():
            said.append(f"away {n}")
    clinic.max.subscriptions.clear()
    clinic.vk.servers.clear()
    async with clinic.working() as client:
        await until(lambda: shown(client))
        assert await say("after") == [True, True]
        for said in both.values():
            said.append("after")
        await until(lambda: shown(client))
    assert await clinic.database.fetchval("SELECT count(*) FROM conversation") == 2
    assert await clinic.database.fetchval("SELECT count(*) FROM message WHERE side = 'in'") == 16
