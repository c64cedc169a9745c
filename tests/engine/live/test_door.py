"""Readers at the door: greeted, told, dropped when they lag, sent away at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from engine.live.door import Door
from engine.live.screens import Screens
from okno.command.processes import ports

AT = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass
class House:
    """A door with screens behind it."""

    door: Door
    screens: Screens
    url: str
    runner: web.AppRunner

    def publish(self, n: int, size: int = 1) -> None:
        """Tell one more patch."""
        self.screens.publish({("pbxes", "main"): (None, {"id": "main", "n": n, "x": "x" * size})}, AT, unsaved=False)


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    """A house with an open door."""
    door, screens, port = Door(), Screens("1-1"), ports.free()
    app = web.Application()

    async def live(request: web.Request) -> web.WebSocketResponse:
        return await door.open(request, screens)

    app.router.add_get("/live", live)
    app.on_shutdown.append(lambda _: door.close())
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield House(door, screens, f"http://127.0.0.1:{port}/live", runner)
    await runner.cleanup()


async def test_greeted_then_told_in_order(house: House) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(house.url) as socket:
        assert (await socket.receive_json())["type"] == "snapshot"
        for n in range(100):
            house.publish(n)
        got = [(await socket.receive_json())["seq"] for _ in range(100)]
        assert got == list(range(1, 101))
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{house.url}?epoch=1-1&seq=98") as socket:
        message = await socket.receive_json()
        assert (message["type"], [patch["seq"] for patch in message["patches"]]) == ("patches", [99, 100])
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{house.url}?epoch=1-1&seq=-5x") as socket:
        assert (await socket.receive_json())["type"] == "snapshot"


async def test_who_lags_is_dropped_and_the_others_are_not_delayed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.live.door.BACKLOG", 20)
    monkeypatch.setattr("engine.live.door.SEND_S", 0.5)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(house.url, max_msg_size=0),  # reads nothing
        session.ws_connect(house.url) as quick,
    ):
        seen = 0
        for n in range(60):
            house.publish(n, size=400_000)  # more than the kernel keeps for a reader who reads nothing
            while seen < house.screens.seq:
                seen = (await quick.receive_json(timeout=5))["seq"]
        for _ in range(400):
            if house.screens.readers == 1:
                break
            await asyncio.sleep(0.02)
        assert house.screens.readers == 1


async def test_the_end_of_the_house_does_not_wait_for_its_readers(house: House) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(house.url) as socket:
        await socket.receive()
        began = time.monotonic()
        ending = asyncio.create_task(house.runner.cleanup())
        assert (await socket.receive(timeout=3)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING)
        await ending
        assert time.monotonic() - began < 3
    assert house.screens.readers == 0


async def test_the_heart_beats(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.live.door.BEAT_S", 0.01)
    beating = asyncio.create_task(house.door.beat(house.screens))
    async with aiohttp.ClientSession() as session, session.ws_connect(house.url) as socket:
        await socket.receive()
        message = await socket.receive_json()
        assert (message["type"], message["seq"]) == ("beat", 0)
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
