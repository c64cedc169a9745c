"""The proxy carries, drops, stalls, silences and refuses; what goes through it is not changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chaos.proxy import AmiProxy
from tests.system.clinic import free_ports


class Echo:
    """Stands for Asterisk: greets, then says back what it hears."""

    def __init__(self) -> None:
        self.port, self.accepted, self.open = 0, 0, set[asyncio.StreamWriter]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.accepted += 1
        self.open.add(writer)
        writer.write(b"hello\n")
        try:
            while line := await reader.readline():
                writer.write(line)
        except OSError:
            writer.transport.abort()
        finally:
            self.open.discard(writer)
            writer.close()


@pytest_asyncio.fixture
async def echo() -> AsyncIterator[Echo]:
    """A peer that echoes."""
    peer = Echo()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    yield peer
    server.close()
    for writer in list(peer.open):
        writer.transport.abort()


@pytest_asyncio.fixture
async def proxy(echo: Echo) -> AsyncIterator[AmiProxy]:
    """A proxy in front of it."""
    made = AmiProxy(free_ports(1)[0], echo.port)
    await made.start()
    yield made
    await made.close()


async def connect(proxy: AmiProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A greeted client of the proxy."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await reader.readline() == b"hello\n"
    return reader, writer


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the connection ends soon."""
    try:
        async with asyncio.timeout(2):
            return await reader.read() == b""
    except ConnectionResetError:
        return True


async def test_it_carries_every_byte(proxy: AmiProxy) -> None:
    reader, writer = await connect(proxy)
    lines = [b"%d" % number * 500 + b"\n" for number in range(200)]
    writer.writelines(lines)
    assert [await reader.readline() for _ in lines] == lines
    assert proxy.carried == 1 and proxy.sound
    writer.close()


async def test_a_drop_ends_what_is_and_not_what_comes(proxy: AmiProxy) -> None:
    reader, writer = await connect(proxy)
    proxy.drop()
    assert await ended(reader)
    writer.close()
    _, again = await connect(proxy)
    again.close()


async def test_a_stall_keeps_every_byte(proxy: AmiProxy) -> None:
    reader, writer = await connect(proxy)
    stalled = asyncio.create_task(proxy.stall(0.3))
    await asyncio.sleep(0)
    writer.write(b"late\n")
    waiting = asyncio.create_task(reader.readline())
    await asyncio.sleep(0.1)
    assert not waiting.done() and not proxy.sound
    await stalled
    assert await waiting == b"late\n"
    writer.close()


async def test_half_open_is_silence_on_one_side_and_the_end_on_the_other(proxy: AmiProxy, echo: Echo) -> None:
    reader, writer = await connect(proxy)
    proxy.half_open()
    writer.write(b"anybody?\n")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await reader.readline()
    assert not echo.open and proxy.carried == 1 and not proxy.sound
    writer.close()
    _, again = await connect(proxy)
    again.close()


async def test_refusing_ends_by_itself(proxy: AmiProxy, echo: Echo) -> None:
    reader, writer = await connect(proxy)
    refusing = asyncio.create_task(proxy.refuse(0.3))
    assert await ended(reader)
    writer.close()
    refused, other = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await ended(refused)
    other.close()
    await refusing
    assert echo.accepted == 1
    _, again = await connect(proxy)
    again.close()


async def test_a_peer_that_is_away_looks_away(echo: Echo) -> None:
    proxy = AmiProxy(*free_ports(2))
    await proxy.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await ended(reader)
    writer.close()
    await proxy.close()
