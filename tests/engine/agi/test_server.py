"""The FastAGI listener on a real socket: callers are served, strangers, silence and crowds hurt nobody."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from engine.agi import server as serving
from engine.agi import wire as wires
from engine.agi.server import Server
from engine.agi.wire import Wire

HELLO = b"agi_network: yes\nagi_request: agi://127.0.0.1/flow/main\nagi_uniqueid: 1700000000.1\nagi_arg_1:\n\n"


class Served:
    """What the server's own side saw; asks one command of each caller."""

    def __init__(self) -> None:
        self.headers: list[Mapping[str, str]] = []
        self.answers: list[str] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def __call__(self, wire: Wire, headers: Mapping[str, str]) -> None:
        self.headers.append(headers)
        self.answers.append((await wire.ask("NOOP", 5)).result)
        await self.hold.wait()


@asynccontextmanager
async def listening(serve: serving.Serve, most: int = 50) -> AsyncIterator[tuple[Server, int, CollectorRegistry]]:
    """A server on a free port."""
    registry = CollectorRegistry()
    server = Server(serve, registry, most=most)
    port = await server.listen("127.0.0.1", 0)
    try:
        yield server, port, registry
    finally:
        await server.close()


def ended(registry: CollectorRegistry, end: str) -> float:
    """How many connections ended so."""
    return registry.get_sample_value("okno_ivr_sessions_total", {"end": end}) or 0.0


async def until(registry: CollectorRegistry, end: str, count: float = 1) -> None:
    """Wait for that many."""
    async with asyncio.timeout(10):
        while ended(registry, end) < count:
            await asyncio.sleep(0.01)


async def call(port: int) -> str:
    """Play Asterisk for one caller; returns the command it was given."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HELLO)
    command = await reader.readline()
    writer.write(b"200 result=0\n")
    assert await reader.read() == b""
    writer.close()
    return command.decode().strip()


async def test_a_caller_is_served_and_let_go() -> None:
    served = Served()
    async with listening(served) as (_, port, registry):
        assert await call(port) == "NOOP"
        await until(registry, "done")
    assert served.headers[0]["uniqueid"] == "1700000000.1" and served.headers[0]["arg_1"] == ""
    assert served.answers == ["0"]


@pytest.mark.parametrize(("data", "end"), [
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "garbage"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", "garbage"),
    (b"\n", "incomplete"),
    (b"agi_network: yes\n\n", "incomplete"),
    (b"agi_x: " + b"y" * 100_000, "too_much"),
    (b"agi_a: b\n" * 1000, "too_much"),
    (b"agi_network: y", "left"),
    (b"", "left"),
])  # fmt: skip
async def test_strangers_are_let_go(data: bytes, end: str) -> None:
    served = Served()
    async with listening(served) as (server, port, registry):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        writer.write_eof()
        await until(registry, end)
        writer.close()
        assert await call(port) == "NOOP"
        async with asyncio.timeout(5):
            while server.inside:
                await asyncio.sleep(0.01)
        del reader
    assert len(served.headers) == 1


async def test_random_bytes_by_the_hundred_hurt_nobody() -> None:
    served = Served()
    async with listening(served, most=500) as (server, port, _):
        async def throw() -> None:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(secrets.token_bytes(secrets.randbelow(6000)))
            writer.transport.abort()

        await asyncio.gather(*(throw() for _ in range(200)))
        assert await call(port) == "NOOP"
        async with asyncio.timeout(10):
            while server.inside:
                await asyncio.sleep(0.01)


async def test_a_port_scan_and_half_open_connections_end_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "HELLO_S", 0.3)
    served = Served()
    async with listening(served, most=200) as (server, port, registry):
        scans = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        for _, writer in scans[:50]:
            writer.transport.abort()
        for _, writer in scans[50:75]:
            writer.write(b"agi_network: yes\nagi_requ")  # and no word more
        assert await call(port) == "NOOP"
        await until(registry, "silent", 50)
        await until(registry, "left", 50)
        async with asyncio.timeout(5):
            while server.inside:
                await asyncio.sleep(0.01)
        for _, writer in scans:
            writer.close()


async def test_a_crowd_beyond_the_most_is_let_go_at_once() -> None:
    served = Served()
    served.hold.clear()
    async with listening(served, most=3) as (_, port, registry):
        inside = [asyncio.create_task(call(port)) for _ in range(3)]
        async with asyncio.timeout(5):
            while len(served.answers) < 3:
                await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"" and ended(registry, "full") == 1
        writer.close()
        served.hold.set()
        assert await asyncio.gather(*inside) == ["NOOP"] * 3


async def test_an_answer_that_is_none_ends_this_caller_only() -> None:
    async def serve(wire: Wire, headers: Mapping[str, str]) -> None:
        await wire.ask("NOOP", 1)

    async with listening(serve) as (_, port, registry):
        for said in (b"what?\n", b"2" * 9000 + b"\n", b"520-Invalid\n" + b"x\n" * 1000, b"\xff\xfe\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HELLO + said)
            assert await reader.readline() == b"NOOP\n"
            assert await reader.read() == b""
            writer.close()
        await until(registry, "hung_up", 4)
        assert await call(port) == "NOOP"


async def test_who_hangs_up_is_known_by_the_line_or_the_answer() -> None:
    seen: list[object] = []

    async def serve(wire: Wire, headers: Mapping[str, str]) -> None:
        answer = await wire.ask("STREAM FILE a #", 5)
        seen.extend([answer.over, wire.hung_up, answer.end])

    async with listening(serve) as (_, port, registry):
        for said in (b"HANGUP\n200 result=0 endpos=8000\n", b"200 result=-1 (hangup) endpos=16000\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HELLO + said)
            await reader.readline()
            assert await reader.read() == b""
            writer.close()
        await until(registry, "done", 2)
    assert seen == [False, True, 8000, True, True, 16000]


async def test_a_command_may_hold_no_second_line() -> None:
    async def serve(wire: Wire, headers: Mapping[str, str]) -> None:
        with pytest.raises(ValueError, match="one line"):
            await wire.ask("NOOP\nHANGUP", 1)
        await wire.ask("NOOP", 1)

    async with listening(serve) as (_, port, registry):
        assert await call(port) == "NOOP"
        await until(registry, "done")


async def test_a_mistake_of_ours_costs_one_caller_his_menu(caplog: pytest.LogCaptureFixture) -> None:
    async def serve(wire: Wire, headers: Mapping[str, str]) -> None:
        raise RuntimeError("a mistake")

    async with listening(serve) as (_, port, registry):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HELLO)
        assert await reader.read() == b""
        writer.close()
        await until(registry, "failed")


async def test_draining_lets_those_inside_finish_and_takes_nobody_new() -> None:
    served = Served()
    served.hold.clear()
    async with listening(served) as (server, port, registry):
        inside = asyncio.create_task(call(port))
        async with asyncio.timeout(5):
            while not served.answers:
                await asyncio.sleep(0.01)
        draining = asyncio.create_task(server.drain(5))
        await asyncio.sleep(0.05)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        served.hold.set()
        assert await inside == "NOOP"
        await draining
        assert ended(registry, "done") == 1 and not server.listening


async def test_draining_has_an_end() -> None:
    served, faults = Served(), list[dict[str, Any]]()
    served.hold.clear()
    asyncio.get_running_loop().set_exception_handler(lambda loop, fault: faults.append(fault))
    async with listening(served) as (server, port, registry):
        inside = asyncio.create_task(call(port))
        async with asyncio.timeout(5):
            while not served.answers:
                await asyncio.sleep(0.01)
        await server.drain(0.1)
        assert await inside == "NOOP"
        assert ended(registry, "cut_off") == 1 and server.inside == 0
    assert faults == []  # to be let go is no fault
