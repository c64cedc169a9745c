"""A leader that cannot ask the database asks the other engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import web

from engine.asking.rivals import Rivals
from engine.store.lease import LeaseLost
from okno.command.processes import ports

Tell = Callable[[object], Awaitable[str]]


@dataclass
class Ours:
    """Our lease."""

    epoch: int = 3
    sure: bool = False


@pytest_asyncio.fixture
async def other() -> AsyncIterator[Tell]:
    """Start an engine that tells this of itself; returns its address."""
    runners: list[web.AppRunner] = []

    async def start(told: object) -> str:
        async def status(request: web.Request) -> web.Response:
            return web.json_response(told)

        app = web.Application()
        app.router.add_get("/v1/status", status)
        runners.append(web.AppRunner(app))
        await runners[-1].setup()
        port = ports.free()
        await web.TCPSite(runners[-1], "127.0.0.1", port).start()
        return f"http://127.0.0.1:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_a_later_epoch_ends_us(other: Tell) -> None:
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(Rivals(Ours(), [await other({"epoch": 4})], "s", look_s=0.05).run(), 5)


@pytest.mark.parametrize("told", [{"epoch": 0}, {"epoch": 2}, {}, [], {"epoch": None}, {"epoch": "x"}])
async def test_a_standby_or_nonsense_does_not(other: Tell, told: object) -> None:
    await stays(Rivals(Ours(), [await other(told), "http://127.0.0.1:1"], "s", look_s=0.05))


async def test_who_is_sure_does_not_ask(other: Tell) -> None:
    await stays(Rivals(Ours(sure=True), [await other({"epoch": 9})], "s", look_s=0.05))


async def stays(rivals: Rivals) -> None:
    """It goes on looking."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(rivals.run(), 0.5)
