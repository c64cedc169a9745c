"""The client follows the live world through cuts, restarts and a change of leaders."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from pydantic import TypeAdapter

from engine.client import EngineClient
from engine.feed import Message
from okno.command.processes import ports
from okno.service import ServiceDown
from okno.settings import Runtime, Standby
from tests.engine.conftest import Child, StartEngine

FEED: TypeAdapter[Any] = TypeAdapter(Message)


class Reader:
    """Follows a client's live feed and keeps a copy of the world."""

    def __init__(self, client: EngineClient) -> None:
        self.tables: dict[str, dict[str, Any]] = {}
        self.epoch, self.seq, self.kinds = "", -1, []
        self._task = asyncio.create_task(self._read(client))

    async def _read(self, client: EngineClient) -> None:
        async with aclosing(client.live()) as messages:
            async for message in messages:
                FEED.validate_python(message)
                self.kinds.append(message["type"])
                if message["type"] == "snapshot":
                    self.tables = message["tables"]
                for patch in message.get("patches", [message] if message["type"] == "patch" else []):
                    assert patch["seq"] == self.seq + 1 or message["type"] == "patch"
                    self.seq = patch["seq"]
                    for op in patch["ops"]:
                        if op[0] == "set":
                            self.tables[op[1]][op[2]] = op[3]
                        else:
                            self.tables[op[1]].pop(op[2])
                if "epoch" in message:
                    self.epoch, self.seq = message["epoch"], message["seq"]

    async def until(self, fact: Any, within_s: float = 15) -> None:
        """Wait until it is so."""
        for _ in range(int(within_s / 0.02)):
            if self._task.done():
                self._task.result()
            if fact():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"it did not become so: {self.kinds[-20:]}")

    async def stop(self) -> None:
        """Read no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def cut(child: Child) -> None:
    """Close the sockets of the client's pool under it, as a network that fails does."""
    connector = child.client._wire.session.connector
    assert connector is not None
    for handler in list(connector._acquired):
        if handler.transport is not None:
            handler.transport.abort()


async def opened(child: Child, number: int) -> dict[str, Any]:
    """A request made by hand."""
    return await child.client.command(
        str(uuid4()), "open", actor="anna", role="operator", operator="orlova",
        args={"kind": "callback", "queue": "main", "phone": f"+7999000{number:04d}"},
    )


async def test_a_reader_keeps_the_world_through_patches_and_a_restart(start_engine: StartEngine) -> None:
    child = await start_engine()
    await child.ready()
    reader = Reader(child.client)
    try:
        await reader.until(lambda: "orlova" in reader.tables.get("operators", {}))
        await asyncio.gather(*(opened(child, number) for number in range(10)))
        await reader.until(lambda: len(reader.tables["requests"]) == 10)
        epoch = reader.epoch
        child.kill()
        again = await start_engine()
        await again.ready()
        await opened(again, 11)
        await reader.until(lambda: len(reader.tables["requests"]) == 11)
        assert reader.epoch != epoch
        await reader.until(lambda: "beat" in reader.kinds)
        assert reader.kinds.count("snapshot") == 2
    finally:
        await reader.stop()


async def test_a_cut_line_costs_only_what_was_missed(start_engine: StartEngine) -> None:
    child = await start_engine()
    await child.ready()
    reader = Reader(child.client)
    try:
        await reader.until(lambda: "snapshot" in reader.kinds)
        for number in range(3):
            await cut(child)
            await opened(child, number)
        await reader.until(lambda: len(reader.tables["requests"]) == 3)
        assert reader.kinds.count("snapshot") == 1 and "patches" in reader.kinds
    finally:
        await reader.stop()


async def test_a_standby_names_the_leader_and_the_client_turns_to_it(start_engine: StartEngine) -> None:
    leader = await start_engine()
    await leader.ready()
    standby = await start_engine(port=ports.free())
    for _ in range(400):
        try:
            status = await standby.client.status()
            break
        except ServiceDown:
            await asyncio.sleep(0.05)
    assert not status["leader"]
    assert status["leader_address"].endswith(str(leader.runtime.settings.engine.port))
    base = f"http://127.0.0.1:{standby.runtime.settings.engine.port}"
    async with aiohttp.ClientSession() as session, session.get(f"{base}/ready") as answer:
        assert answer.status == 503
    assert (await opened(standby, 1))["ok"]  # the standby's client asked the leader
    assert leader.stop() == 0
    await standby.ready()  # released, not expired: taken over at once
    assert (await standby.client.status())["epoch"] == 2  # the old leader does not answer: it looks at home again
    assert (await opened(standby, 2))["ok"]


async def test_two_places_are_looked_through_for_the_leader(start_engine: StartEngine) -> None:
    leader = await start_engine()
    await leader.ready()
    second = ports.free()
    settings = leader.runtime.settings
    places = settings.engine.model_copy(update={"standby": Standby(port=second)})
    runtime = replace(leader.runtime, settings=settings.model_copy(update={"engine": places}))
    async with EngineClient(runtime) as client:
        reader = Reader(client)
        try:
            await reader.until(lambda: "orlova" in reader.tables.get("operators", {}))
            leader.kill()
            other = await start_engine(port=second)
            await other.ready()
            await reader.until(lambda: reader.kinds.count("snapshot") == 2)
            assert (await client.status())["epoch"] == 2
            assert (await opened(other, 1))["ok"]
            await reader.until(lambda: len(reader.tables["requests"]) == 1)
        finally:
            await reader.stop()


async def test_an_engine_that_is_not_there_is_told_at_once_and_live_waits(runtime: Runtime) -> None:
    async with EngineClient(runtime) as client:
        with pytest.raises(ServiceDown):
            await client.status()
        async with aclosing(client.live()) as messages:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(messages), 0.5)


async def test_garbage_on_the_line_is_a_line_that_must_be_made_anew(runtime: Runtime) -> None:
    served = 0

    async def live(request: web.Request) -> web.WebSocketResponse:
        nonlocal served
        served += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("{" if served == 1 else '{"type":"beat","seq":7,"now":"2026-11-21T04:00:00Z"}')
        await asyncio.sleep(5)
        return socket

    app = web.Application()
    app.router.add_get("/live", live)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", runtime.settings.engine.port).start()
    try:
        async with EngineClient(runtime) as client, aclosing(client.live("1-1", 7)) as messages:
            message = await asyncio.wait_for(anext(messages), 5)
            assert (message["type"], served) == ("beat", 2)
    finally:
        await runner.cleanup()
