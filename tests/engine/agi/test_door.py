"""When the listener is open: while it is wanted, and never at the engine's cost."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry

from engine.agi import door
from engine.agi.door import Entrance
from engine.agi.server import Server
from engine.agi.wire import Wire
from okno.command.processes import ports


class Wanted:
    """What the directory wants, and whether all is over."""

    def __init__(self) -> None:
        self.now, self.over = True, False

    async def end(self) -> None:
        """All is over."""
        self.over = True


async def _serve(wire: Wire, headers: Mapping[str, str]) -> None:
    raise AssertionError("nobody calls here")


@asynccontextmanager
async def entrance(port: int) -> AsyncIterator[tuple[Entrance, Server, Wanted]]:
    """A running entrance."""
    wanted, server = Wanted(), Server(_serve, CollectorRegistry())
    made = Entrance(server, "127.0.0.1", port, lambda: wanted.now, wanted.end)
    running = asyncio.create_task(made.run())
    try:
        yield made, server, wanted
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        assert wanted.over and not server.listening


async def until(server: Server, listening: bool) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(5):
        while server.listening != listening:
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at often."""
    monkeypatch.setattr(door, "_LOOK_S", 0.02)


async def test_it_opens_and_closes_with_the_directory() -> None:
    async with entrance(ports.free()) as (made, server, wanted):
        await until(server, True)
        wanted.now = False
        await until(server, False)
        assert made.state == "closed"
        wanted.now = True
        await until(server, True)


async def test_a_port_that_is_taken_is_tried_again() -> None:
    port = ports.free()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        async with entrance(port) as (made, server, _wanted):
            await asyncio.sleep(0.1)
            assert not server.listening and made.state == "refused"
            other.close()
            await until(server, True)
            assert made.state == "open"


async def test_once_drained_it_stays_shut() -> None:
    async with entrance(ports.free()) as (made, server, _):
        await until(server, True)
        await made.drain()
        await asyncio.sleep(0.1)
        assert not server.listening and made.state == "ending"
