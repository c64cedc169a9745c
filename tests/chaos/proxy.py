"""A TCP proxy between the engine and AMI that can drop, stall, silence and refuse the connections it carries."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

CHUNK = 65536
# Closing with this makes the kernel send RST: what a rebooted firewall does to those who believe in a connection.
RESET = struct.pack("ii", 1, 0)


class _Pair:
    """One connection: the engine's side and Asterisk's."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client = client
        self.server = server
        self.mute = False

    def reset(self) -> None:
        """End both sides without a goodbye."""
        for writer in (self.client, self.server):
            _reset(writer)

    def silence(self) -> None:
        """Take Asterisk away and let the engine believe: what it says goes nowhere, nothing comes back."""
        self.mute = True
        _reset(self.server)


class AmiProxy:
    """Listens on a port of 127.0.0.1 and carries every connection to `target` until told to misbehave.

    Args: the port to listen on; the port of the real AMI.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self.target = target
        self._server: asyncio.Server | None = None
        self._pairs: set[_Pair] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._refusing = False

    @property
    def carried(self) -> int:
        """How many connections it carries now."""
        return len(self._pairs)

    @property
    def sound(self) -> bool:
        """Whether it carries something, and nothing of it is dead or stalled."""
        return bool(self._pairs) and self._flows.is_set() and not any(pair.mute for pair in self._pairs)

    async def start(self) -> None:
        """Begin to listen. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def close(self) -> None:
        """End everything it carries."""
        if self._server is not None:
            self._server.close()
        for task in list(self._carrying):
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def drop(self) -> None:
        """Reset every connection; new ones are carried."""
        for pair in list(self._pairs):
            pair.reset()

    async def stall(self, seconds: float) -> None:
        """Let nothing through, either way, for so long; then go on with every byte that waited."""
        self._flows.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._flows.set()

    def half_open(self) -> None:
        """Leave the engine with connections that are dead at the other end; new ones are carried."""
        for pair in list(self._pairs):
            pair.silence()

    async def refuse(self, seconds: float) -> None:
        """Reset every connection and close new ones at once for so long."""
        self._refusing = True
        self.drop()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._refusing = False

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        try:
            await self._carry(reader, writer)
        except asyncio.CancelledError:
            # asyncio's own server reports the cancellation of its handlers as an error: we are closing.
            writer.transport.abort()
        finally:
            self._carrying.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            _reset(writer)
            return
        try:
            from_pbx, to_pbx = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _reset(writer)
            return
        pair = _Pair(writer, to_pbx)
        self._pairs.add(pair)
        pumps = [
            asyncio.create_task(self._pump(reader, to_pbx, pair)), asyncio.create_task(self._pump(from_pbx, writer, pair)),
        ]  # fmt: skip
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            if pair.mute:
                await pumps[0]
        finally:
            self._pairs.discard(pair)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in (writer, to_pbx):
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pair: _Pair) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._flows.wait()
                if not pair.mute:
                    writer.write(data)
                    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    end = writer.get_extra_info("socket")
    if end is not None and not writer.transport.is_closing():
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
