"""An account's proxy is its own: what it asks goes that way, and without the proxy nothing was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from chat.wire import Outgoing, Peer, Undelivered
from demo.clouds.sms import SmsCloud
from demo.clouds.telegram import TelegramCloud
from demo.clouds.viber import ViberCloud
from demo.clouds.whatsapp import WhatsAppCloud
from tests.contracts.channel_suite import Kept, account, opened

WHO = "+79990000001"


class HttpProxy:
    """A forward proxy for plain HTTP that counts what it passes on."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on loopback."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._pass)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Be gone."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _pass(self, request: web.Request) -> web.Response:
        self.passed.append(str(request.url))
        headers = {name: value for name, value in request.headers.items() if name not in ("Host", "Content-Length")}
        async with aiohttp.ClientSession() as session, session.request(
            request.method, request.url, data=await request.read(), headers=headers
        ) as answer:  # fmt: skip
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[HttpProxy]:
    made = HttpProxy()
    await made.start()
    yield made
    await made.stop()


async def _sends(proxy: HttpProxy, state: Path, cloud: Any, channel: str, base: str, **more: Any) -> None:
    """Send a message by way of the proxy; then without it, when nothing can be written."""
    made = account(channel, more.pop("secrets"), Kept(), state=state, address=base, proxy=proxy.url, **more)
    messenger: Any = opened(made)
    who = "5501" if channel == "telegram" else WHO if channel == "sms" else "79990000001"
    message = Outgoing(id=str(uuid4()), conversation=str(uuid4()), peer=Peer(ext_user=who), text="hello")
    assert (await messenger.send(message)).provider_id
    assert len(proxy.passed) == len(cloud.calls) == 1
    assert proxy.passed[0].startswith(cloud.url)
    await proxy.stop()
    with pytest.raises(Undelivered, match="offline") as told:
        await messenger.send(message)
    await messenger.close()
    assert told.value.retry_after_s and not told.value.counts and len(cloud.calls) == 1


async def test_telegram(proxy: HttpProxy, tmp_path: Path) -> None:
    async with TelegramCloud("1:x") as cloud:
        cloud.person()
        await _sends(proxy, tmp_path, cloud, "telegram", cloud.url, secrets={"token": "1:x"})


async def test_whatsapp(proxy: HttpProxy, tmp_path: Path) -> None:
    async with WhatsAppCloud("10000", "t", "a") as cloud:
        cloud.person()
        secrets = {"token": "t", "app": "a", "verify": "v"}
        await _sends(proxy, tmp_path, cloud, "whatsapp", cloud.url, secrets=secrets, options={"number": "10000"})


async def test_viber(proxy: HttpProxy, tmp_path: Path) -> None:
    async with ViberCloud("t") as cloud:
        cloud.person("79990000001")
        options = {"sender": "Clinic"}
        await _sends(proxy, tmp_path, cloud, "viber", f"{cloud.url}/pa", secrets={"token": "t"}, options=options)


async def test_sms(proxy: HttpProxy, tmp_path: Path) -> None:
    cloud = SmsCloud(key="k")
    async with cloud:
        await _sends(proxy, tmp_path, cloud, "sms", cloud.url, secrets={"key": "k"}, options={"gateway": "smsc"})
