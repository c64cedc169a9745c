"""WAV files: what people and recorders bring, read with care; what browsers play, written."""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from math import isnan

from engine.speech.sound import LOUDEST, RATE, from_alaw, from_ulaw
from okno.errors import Refused

_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_HEAD = 12
_CHANNELS = 8


class NotWav(Refused):
    """The file is no WAV file, or is broken."""


class StrangeWav(Refused):
    """The WAV file is coded in a way that is not understood: save it as 16-bit PCM."""


@dataclass(frozen=True, slots=True)
class Wav:
    """One channel of 16-bit samples (others mixed into it), and how many there are per second."""

    samples: array[int]
    rate: int


def is_wav(data: bytes) -> bool:
    """Whether it begins like a WAV file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def read(data: bytes) -> Wav:
    """Return what a WAV file holds. Raises NotWav, StrangeWav."""
    parts = _parts(data)
    form = parts.get(b"fmt ", b"")
    if len(form) < 16 or b"data" not in parts:
        raise NotWav
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if code == _EXTENSIBLE and len(form) >= 26:
        code = struct.unpack_from("<H", form, 24)[0]
    if not 1 <= channels <= _CHANNELS or rate <= 0:
        raise NotWav
    return Wav(_mixed(_linear(parts[b"data"], code, bits), channels), rate)


def complete(data: bytes, size: int) -> bool:
    """Whether a file of `size` bytes that begins with `data` is written to its end: Asterisk says its length last.

    Args: at least the first 44 bytes, as Asterisk writes them; how long the file is.
    """
    return is_wav(data) and data[36:40] == b"data" and 0 < int.from_bytes(data[40:44], "little") <= size - 44


def write(samples: array[int]) -> bytes:
    """Return a WAV file of a telephone's samples, as every browser plays it."""
    body = _little(samples)
    form = struct.pack("<HHIIHH", _PCM, 1, RATE, RATE * 2, 2, 16)
    size = 4 + 8 + len(form) + 8 + len(body)
    return b"RIFF" + struct.pack("<I", size) + b"WAVEfmt " + struct.pack("<I", len(form)) + form + (
        b"data" + struct.pack("<I", len(body)) + body
    )


def _parts(data: bytes) -> dict[bytes, bytes]:
    """The chunks of a file by name, the first of each; a last one that says more than there is ends with the file."""
    if not is_wav(data):
        raise NotWav
    parts: dict[bytes, bytes] = {}
    place = _HEAD
    while place + 8 <= len(data):
        name, length = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if name == b"data" and length in (0, 0xFFFFFFFF):
            length = len(data)  # whoever wrote it died before he said how long it is
        parts.setdefault(name, data[place + 8 : place + 8 + length])
        place += 8 + length + length % 2
    return parts


def _linear(body: bytes, code: int, bits: int) -> array[int]:
    """The samples of all channels, one after another, in 16 bits."""
    if code == _ALAW and bits == 8:
        return from_alaw(body)
    if code == _ULAW and bits == 8:
        return from_ulaw(body)
    whole = body[: len(body) - len(body) % max(1, bits // 8)]
    if code == _FLOAT and bits == 32:
        values = _native("f", whole)
        return array("h", (round(LOUDEST * max(-1.0, min(1.0, 0.0 if isnan(one) else one))) for one in values))
    if code != _PCM:
        raise StrangeWav
    if bits == 8:
        return array("h", ((one - 128) << 8 for one in whole))
    if bits == 16:
        return _native("h", whole)
    if bits == 24:
        pairs = bytearray(len(whole) // 3 * 2)
        pairs[0::2], pairs[1::2] = whole[1::3], whole[2::3]
        return _native("h", bytes(pairs))
    if bits == 32:
        return array("h", (one >> 16 for one in _native("i", whole)))
    raise StrangeWav


def _native(kind: str, body: bytes) -> array[int]:
    values: array[int] = array(kind, body)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _little(samples: array[int]) -> bytes:
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    return samples.tobytes()


def _mixed(samples: array[int], channels: int) -> array[int]:
    if channels == 1:
        return samples
    frames = len(samples) // channels
    sides = [samples[side : frames * channels : channels] for side in range(channels)]
    return array("h", (sum(frame) // channels for frame in zip(*sides, strict=True)))
