"""GET /live: one WebSocket per reader. First what he missed or everything, then each message as it is made."""

from __future__ import annotations

import asyncio
from collections import deque

from aiohttp import WSCloseCode, web

from engine.live.screens import BACKLOG, Screens
from okno import logs

log = logs.get(__name__)

BEAT_S = 1.0
# The reader's own pings (aiohttp's heartbeat) tell us of a dead line; this bounds a write that never ends.
SEND_S = 10.0
# A reader that is gone says no goodbye; an engine that must end does not wait for it.
FAREWELL_S = 1.0


class Door:
    """Serves readers of the screens."""

    def __init__(self) -> None:
        self._sockets: set[web.WebSocketResponse] = set()

    async def open(self, request: web.Request, screens: Screens) -> web.WebSocketResponse:
        """Serve one reader until he leaves, lags too far behind, or the engine stops.

        Args:
            request: with `epoch` and `seq` in the query when he has seen something already.
            screens: what he reads.
        """
        epoch, seq = request.query.get("epoch"), request.query.get("seq", "")
        socket = web.WebSocketResponse(timeout=FAREWELL_S, heartbeat=5.0, compress=False, max_msg_size=64 * 1024)
        await socket.prepare(request)
        self._sockets.add(socket)
        reader = _Reader(socket)
        try:
            with screens.reading(reader.deliver):
                reader.deliver(screens.greeting(epoch, int(seq) if seq.isdigit() else None))
                writing = asyncio.create_task(reader.write(), name="live writer")
                try:
                    async for _ in socket:
                        pass  # a reader has nothing to say
                finally:
                    writing.cancel()
                    await asyncio.gather(writing, return_exceptions=True)
        finally:
            self._sockets.discard(socket)
        return socket

    async def beat(self, screens: Screens) -> None:
        """Tell every reader each second that we live."""
        while True:
            await asyncio.sleep(BEAT_S)
            screens.beat()

    async def close(self) -> None:
        """Send every reader away; they come back by themselves."""
        await asyncio.gather(
            *(socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._sockets)), return_exceptions=True
        )


class _Reader:
    """One reader's line: messages wait here while his socket is busy."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._waiting: deque[str] = deque()
        self._wake = asyncio.Event()
        self._lagging = False

    def deliver(self, text: str) -> None:
        """Take one message; called by the screens, never waits."""
        if len(self._waiting) >= BACKLOG:
            self._lagging = True
        else:
            self._waiting.append(text)
        self._wake.set()

    async def write(self) -> None:
        """Send until cancelled, or close a line that is too slow."""
        try:
            while not self._lagging:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting and not self._lagging:
                    async with asyncio.timeout(SEND_S):
                        await self._socket.send_str(self._waiting.popleft())
            log.warning("live_reader_lags")
        except (ConnectionError, TimeoutError):
            log.info("live_reader_lost")
        await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
