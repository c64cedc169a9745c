"""When callers may come into flows: while this engine leads and the directory has something for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from engine.agi.server import Server
from engine.standing import FlowsState
from okno import logs

log = logs.get(__name__)

# Then callers inside are let go; the dialplan asks once more 2 s later (`dialplan/flow.conf.j2`).
DRAIN_S = 20.0
_LOOK_S = 1.0


class Entrance:
    """Opens and closes the listener. A port that is taken costs callers their menu, never the engine its life.

    Args:
        server: the listener.
        host: where it listens; a private net.
        port: and its port.
        wanted: whether anybody could come.
        over: closes what callers used, at the end.
    """

    def __init__(
        self, server: Server, host: str, port: int, wanted: Callable[[], bool], over: Callable[[], Awaitable[None]]
    ) -> None:
        self._server = server
        self._host = host
        self._port = port
        self._wanted = wanted
        self._over = over
        self._ending = False
        self._refused = False

    @property
    def state(self) -> FlowsState:
        """How it stands: nobody could come (`closed`), `open`, `ending`, or the port could not be had (`refused`)."""
        if self._ending:
            return "ending"
        return "open" if self._server.listening else "refused" if self._refused else "closed"

    async def run(self) -> None:
        """Keep it open while it is wanted, until cancelled."""
        try:
            while True:
                wanted = self._wanted() and not self._ending
                if wanted and not self._server.listening:
                    await self._open()
                elif not wanted:
                    self._server.shut()
                    self._refused = False
                await asyncio.sleep(_LOOK_S)
        finally:
            await self._server.close()
            await self._over()

    async def drain(self) -> None:
        """Take nobody new; those inside come to their end, or are let go after 20 s."""
        self._ending = True
        await self._server.drain(DRAIN_S)

    async def _open(self) -> None:
        try:
            await self._server.listen(self._host, self._port)
        except OSError as error:
            if not self._refused:
                log.error("alarm", extra={"what": "ivr_cannot_listen", "reason": type(error).__name__})
            self._refused = True
            return
        self._refused = False
        log.info("ivr_listening", extra={"address": f"{self._host}:{self._port}"})
