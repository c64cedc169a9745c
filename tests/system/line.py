"""A line to a server that can be cut: what was sent waits, nobody is told, as when a cable is pulled."""

from __future__ import annotations

import asyncio


class _End(asyncio.Protocol):
    """One end of a carried connection."""

    def __init__(self, line: Line) -> None:
        self.transport: asyncio.Transport | None = None
        self.peer: _End | None = None
        self._line = line
        self._early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._line.ends.add(self)
        if self._line.is_cut:
            transport.pause_reading()
        if self.peer is None:
            self._line.reach(self)

    def data_received(self, data: bytes) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.write(data)
        else:
            self._early += data

    def connection_lost(self, exc: Exception | None) -> None:
        self._line.ends.discard(self)
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.abort()

    def reached(self) -> None:
        """The other end is there: what came before goes on."""
        assert self.peer is not None and self.peer.transport is not None
        self.peer.transport.write(self._early)
        self._early = b""


class Line:
    """Listens on `port` of 127.0.0.1 and carries every connection to `target`, until it is cut."""

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self.ends: set[_End] = set()
        self.is_cut = False
        self._server: asyncio.Server | None = None
        self._reaching: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _End(self), "127.0.0.1", self.port)

    def cut(self) -> None:
        """Let nothing through from now on, either way; connections stay, new ones are taken and lead nowhere."""
        self.is_cut = True
        for end in self.ends:
            assert end.transport is not None
            end.transport.pause_reading()

    def mend(self) -> None:
        """Let everything through again, first what waited."""
        self.is_cut = False
        for end in self.ends:
            assert end.transport is not None
            end.transport.resume_reading()

    async def close(self) -> None:
        """End it and all it carries."""
        if self._server is not None:
            self._server.close()
        for task in self._reaching:
            task.cancel()
        await asyncio.gather(*self._reaching, return_exceptions=True)
        for end in tuple(self.ends):
            assert end.transport is not None
            end.transport.abort()
        await asyncio.sleep(0)

    def reach(self, near: _End) -> None:
        """Connect to the server for an end that came."""
        task = asyncio.get_running_loop().create_task(self._reach(near))
        self._reaching.add(task)
        task.add_done_callback(self._reaching.discard)

    async def _reach(self, near: _End) -> None:
        far = _End(self)
        far.peer = near
        try:
            await asyncio.get_running_loop().create_connection(lambda: far, "127.0.0.1", self.target)
        except OSError:
            assert near.transport is not None
            near.transport.abort()
            return
        near.peer = far
        near.reached()
        if near not in self.ends:  # it went away meanwhile
            assert far.transport is not None
            far.transport.abort()
