"""The FastAGI listener: one connection is one caller in a flow.

It has neither login nor encryption: it stands on a private net and takes at most so many at once. When the engine ends
it takes nobody new, and those inside may come to the end of what they do for some seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from engine.agi.wire import LINE_BYTES, Gone, NotAsterisk, Wire
from okno import logs

log = logs.get(__name__)

MOST = 1000
BACKLOG = 512
_CLOSE_S = 1.0

Serve = Callable[[Wire, Mapping[str, str]], Awaitable[None]]


class Server:
    """Listens for Asterisk.

    Args:
        serve: serves one caller, told what Asterisk says of the call; when it returns, the dialplan goes on.
        registry: where the figures go.
        most: so many at once; who comes then is let go at once, and waits in the queue instead.
    """

    def __init__(self, serve: Serve, registry: CollectorRegistry, *, most: int = MOST) -> None:
        self._serve = serve
        self._most = most
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._inside = Gauge("okno_ivr_inside", "Callers in a flow.", registry=registry)
        self._ends = Counter(
            "okno_ivr_sessions", "Connections of FastAGI, by how they ended.", ["end"], registry=registry
        )

    @property
    def listening(self) -> bool:
        """Whether callers may come."""
        return self._server is not None

    @property
    def inside(self) -> int:
        """How many are being served."""
        return len(self._tasks)

    async def listen(self, host: str, port: int) -> int:
        """Take callers from now on; returns the port, for `port` 0 a free one. Raises OSError."""
        self._server = await asyncio.start_server(self._took, host, port, limit=LINE_BYTES, backlog=BACKLOG)
        return int(self._server.sockets[0].getsockname()[1])

    async def drain(self, within_s: float) -> None:
        """Take nobody new, and wait for those inside, but no longer than this; then they are let go."""
        self.shut()
        if self._tasks:
            log.info("ivr_draining", extra={"inside": len(self._tasks)})
            await asyncio.wait(self._tasks, timeout=within_s)
        await self.close()

    def shut(self) -> None:
        """Take nobody new from now on; who is inside stays."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def close(self) -> None:
        """Let everybody go now: their calls go on in the dialplan."""
        self.shut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _took(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin with a caller, in a task of ours: asyncio reports one of its own as a fault when it is cancelled."""
        if len(self._tasks) >= self._most:
            self._ends.labels("full").inc()
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._one(reader, writer))
        self._tasks.add(task)
        self._inside.set(len(self._tasks))
        task.add_done_callback(lambda done: self._over(done, writer))

    def _over(self, task: asyncio.Task[None], writer: asyncio.StreamWriter) -> None:
        self._tasks.discard(task)
        self._inside.set(len(self._tasks))
        writer.close()  # one that was cancelled before it began has closed nothing

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self._ends.labels(await self._served(Wire(reader, writer))).inc()
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), _CLOSE_S)

    async def _served(self, wire: Wire) -> str:
        """Serve one and tell in a word how it ended."""
        try:
            headers = await wire.hello()
        except NotAsterisk as stranger:
            return stranger.why
        except Gone:
            return "left"
        try:
            await self._serve(wire, headers)
        except Gone:
            return "hung_up"
        except NotAsterisk as stranger:
            return stranger.why
        except asyncio.CancelledError:
            self._ends.labels("cut_off").inc()
            raise
        except Exception:
            # A mistake of ours costs this caller his menu, not his call: the dialplan sends him to people.
            log.exception("flow_failed")
            return "failed"
        return "done"
