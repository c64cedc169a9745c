"""Tones on the line: a phone's voice that says one frequency and hears which others come, and a tone for a microphone.

G.711 A-law and Goertzel by hand: what is heard is measured, never assumed.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import struct
import wave
from collections import deque
from pathlib import Path

from tests.pbx.media import Voice

RATE, PACKET = 8000, 160


def to_alaw(sample: int) -> int:
    """One linear 16-bit sample as A-law (G.711)."""
    sign, value = (0x80, sample >> 3) if sample >= 0 else (0x00, (~sample) >> 3)
    value = min(value, 0xFFF)
    if value < 32:
        coded = value >> 1
    else:
        exponent = value.bit_length() - 5
        coded = (exponent << 4) | ((value >> exponent) & 0x0F)
    return (sign | coded) ^ 0x55


def from_alaw(byte: int) -> int:
    """A-law as a linear 16-bit sample."""
    byte ^= 0x55
    exponent, mantissa = (byte >> 4) & 0x07, byte & 0x0F
    value = (mantissa << 1 | 1) << 3 if exponent == 0 else (mantissa << 1 | 0x21) << (exponent + 2)
    return value if byte & 0x80 else -value


_LINEAR = [from_alaw(byte) for byte in range(256)]


def level(samples: list[int], hertz: float, rate: int = RATE) -> float:
    """How loud one frequency is in these samples (Goertzel), as an amplitude of full scale."""
    if not samples:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * hertz / rate)
    before, earlier = 0.0, 0.0
    for sample in samples:
        before, earlier = sample + factor * before - earlier, before
    power = before * before + earlier * earlier - factor * before * earlier
    return 2 * math.sqrt(max(power, 0.0)) / len(samples) / 32768


def microphone(path: Path, hertz: float, seconds: float = 4) -> Path:
    """A file for Chromium's fake microphone: bursts, for its noise suppressor takes an even tone for noise."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48000)
        frames = bytearray()
        for at in range(int(48000 * seconds)):
            loud = 0.5 if (at // 9600) % 2 == 0 else 0.0
            frames += struct.pack("<h", int(32767 * loud * math.sin(2 * math.pi * hertz * at / 48000)))
        out.writeframes(bytes(frames))
    return path


class Tone(Voice):
    """A phone that says `SAYS` and keeps the last two seconds of what it hears."""

    SAYS = 440.0

    def __init__(self, host: str) -> None:
        self.heard: deque[int] = deque(maxlen=2 * RATE)
        self.packets = 0
        self.pressed: list[int] = []
        self._at = 0
        super().__init__(host)

    def forget(self) -> None:
        """Hear anew from now on."""
        self.heard.clear()
        self.packets = 0

    def hears(self, hertz: float) -> float:
        """How loud a frequency was lately, by its loudest fifth of a second."""
        samples = list(self.heard)
        windows = [samples[at : at + RATE // 5] for at in range(0, len(samples) - RATE // 5 + 1, RATE // 5)]
        return max((level(one, hertz) for one in windows), default=0.0)

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += PACKET / RATE
            await asyncio.sleep(max(0.0, due - loop.time()))
            wave_ = [int(12000 * math.sin(2 * math.pi * self.SAYS * (self._at + n) / RATE)) for n in range(PACKET)]
            self._at += PACKET
            self._time += PACKET
            self._send(8, bytes(to_alaw(sample) for sample in wave_))
            with contextlib.suppress(BlockingIOError):
                while True:
                    self._hear(self._socket.recv(2048))

    def _hear(self, packet: bytes) -> None:
        kind = packet[1] & 0x7F
        if kind == 8:
            self.packets += 1
            self.heard.extend(_LINEAR[byte] for byte in packet[12:])
        elif kind == 101 and packet[13] & 0x80:
            stamp = struct.unpack("!I", packet[4:8])[0]
            if (packet[12], stamp) not in self._digits:
                self._digits.add((packet[12], stamp))
                self.pressed.append(packet[12])

    @property
    def _digits(self) -> set[tuple[int, int]]:
        return self.__dict__.setdefault("_seen", set())
