"""A phone's voice: silence, so that Asterisk sees audio (it optimises no Local channel away without), and digits."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import struct

# Sparse on purpose: many phones share two cores, and ten packets a second are audio enough for Asterisk.
EVERY_S = 0.1
QUIET = b"\xd5" * 160
DIGITS = "0123456789*#"


class Voice:
    """One RTP stream on a port of its own, from when the other side's port is known until it is closed."""

    def __init__(self, host: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self.peer: tuple[str, int] | None = None
        self._source, self._number, self._time = secrets.randbits(32), 0, 0
        self._pressing = False
        self._task = asyncio.create_task(self._speak())

    async def press(self, digits: str) -> None:
        """Press keys, each for 100 ms (RFC 4733)."""
        for digit in digits:
            self._pressing = True
            for step in range(1, 9):
                ended = 0x80 if step > 5 else 0
                event = struct.pack("!BBH", DIGITS.index(digit), ended | 10, 160 * min(step, 6))
                self._send(101, event, mark=step == 1)
                await asyncio.sleep(0.02)
            self._time += 1280
            self._pressing = False
            await asyncio.sleep(0.15)

    def close(self) -> None:
        """Say no more."""
        self._task.cancel()
        self._socket.close()

    async def _speak(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            if not self._pressing:
                self._time += 800
                self._send(8, QUIET)
            # What is said to us is not listened to, but must not fill the kernel's buffers.
            with contextlib.suppress(BlockingIOError):
                while self._socket.recv(2048):
                    pass

    def _send(self, kind: int, payload: bytes, *, mark: bool = False) -> None:
        if self.peer is None:
            return
        self._number = (self._number + 1) & 0xFFFF
        head = struct.pack("!BBHII", 0x80, kind | (0x80 if mark else 0), self._number, self._time, self._source)
        # The other side may have closed its port a moment ago.
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            self._socket.sendto(head + payload, self.peer)
