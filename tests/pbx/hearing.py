"""A phone that listens: what Asterisk says to it, byte for byte in A-law, and a voice of its own to be recorded."""

from __future__ import annotations

import asyncio
import contextlib

from tests.pbx.media import QUIET, Voice

PACKET, EVERY_S, HEAD = 160, 0.02, 12
A_LAW = 8


class Ear(Voice):
    """A voice that keeps what it hears. `says` is said once, from when the other side is known and it is set."""

    def __init__(self, host: str) -> None:
        self.heard = bytearray()
        self.says = b""
        super().__init__(host)

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += EVERY_S
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not self._pressing:
                self._time += PACKET
                packet, self.says = self.says[:PACKET], self.says[PACKET:]
                self._send(A_LAW, packet.ljust(PACKET, QUIET[:1]))
            with contextlib.suppress(BlockingIOError):
                while data := self._socket.recv(2048):
                    if data[1] & 0x7F == A_LAW:
                        self.heard += data[HEAD:]
