"""Sound as a telephone has it: 8000 samples a second, one channel, 16 bits; A-law where it is stored.

A-law (ITU-T G.711) is what the line itself carries: half the size of linear sound, and nothing is lost that a caller
could hear.
"""

from __future__ import annotations

import math
from array import array
from functools import cache
from operator import mul

from okno.errors import Refused

RATE = 8000
LOUDEST = 32767
# What prompts are brought to: the level of speech in Asterisk's own prompts, and room above it for a codec.
LEVEL_DB = -20.0
PEAK_DB = -2.0
# Quieter than this is no sound: the trimming of a beginning and an end, and an upload that holds nothing.
SILENCE_DB = -46.0
_FRAME = RATE // 100
_EDGE = RATE * 3 // 100
# Zero crossings of the low-pass filter on each side: -60 dB of what would fold back.
_CROSSINGS = 16
RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000})
_EXPONENTS = 7


class StrangeRate(Refused):
    """The sound has a sample rate that is no usual one: save it with 8000, 16000, 22050, 44100 or 48000 Hz."""


def resampled(samples: array[int], rate: int) -> array[int]:
    """Return the sound with 8000 samples a second.

    Args:
        samples: one channel, 16 bits.
        rate: of them, per second.

    Raises:
        StrangeRate: it is none of `RATES`.
    """
    if rate == RATE:
        return samples
    if rate not in RATES:
        raise StrangeRate
    common = math.gcd(rate, RATE)
    up, down = RATE // common, rate // common
    half, filters = _filters(up, down)
    padded = array("h", bytes(2 * half)) + samples + array("h", bytes(2 * half + 2))
    total = len(samples) * up // down
    made = array("h", bytes(2 * total))
    for number in range(total):
        place, phase = divmod(number * down, up)
        value = round(sum(map(mul, filters[phase], padded[place : place + 2 * half])))
        made[number] = max(-LOUDEST, min(LOUDEST, value))
    return made


@cache
def _filters(up: int, down: int) -> tuple[int, tuple[tuple[float, ...], ...]]:
    """Half the length of a low-pass filter below the slower rate, and its taps for each of `up` phases."""
    cut = 0.94 * up / down
    half = math.ceil(_CROSSINGS / cut)
    return half, tuple(_taps(phase / up, cut, half) for phase in range(up))


def _taps(shift: float, cut: float, half: int) -> tuple[float, ...]:
    taps = []
    for step in range(2 * half):
        away = step - half - shift
        window = 0.5 + 0.5 * math.cos(math.pi * away / half) if abs(away) < half else 0.0
        angle = math.pi * away * cut
        taps.append(cut * window * (math.sin(angle) / angle if angle else 1.0))
    scale = sum(taps)
    return tuple(tap / scale for tap in taps)


def trimmed(samples: array[int]) -> array[int]:
    """Return the sound without the silence before and after it; 30 ms of either stay."""
    loud = [place for place, level in enumerate(_levels(samples)) if level > _amplitude(SILENCE_DB)]
    if not loud:
        return array("h")
    return samples[max(0, loud[0] * _FRAME - _EDGE) : (loud[-1] + 1) * _FRAME + _EDGE]


def levelled(samples: array[int]) -> array[int]:
    """Return the sound at the level of a prompt: its speech at -20 dB, no peak above -2 dB."""
    speaking = [level for level in _levels(samples) if level > _amplitude(SILENCE_DB)]
    if not speaking:
        return samples
    level = math.sqrt(sum(one * one for one in speaking) / len(speaking))
    peak = max(map(abs, samples))
    factor = min(_amplitude(LEVEL_DB) / level, _amplitude(PEAK_DB) / peak)
    return array("h", (max(-LOUDEST, min(LOUDEST, round(one * factor))) for one in samples))


def level_db(samples: array[int]) -> float | None:
    """Return the level of the speech in it, in dB below the loudest; None when it is silent."""
    speaking = [level for level in _levels(samples) if level > _amplitude(SILENCE_DB)]
    if not speaking:
        return None
    return 20 * math.log10(math.sqrt(sum(one * one for one in speaking) / len(speaking)) / LOUDEST)


def seconds(samples: array[int]) -> float:
    """How long it is."""
    return len(samples) / RATE


def _levels(samples: array[int]) -> list[float]:
    """The level of each hundredth of a second."""
    frames = (samples[begin : begin + _FRAME] for begin in range(0, len(samples), _FRAME))
    return [math.sqrt(sum(map(mul, frame, frame)) / len(frame)) for frame in frames]


def _amplitude(decibels: float) -> float:
    return LOUDEST * 10 ** (decibels / 20)


def to_alaw(samples: array[int]) -> bytes:
    """Return samples in A-law, a byte each."""
    coded = _coding()
    return bytes(coded[one & 0xFFFF] for one in samples)


def from_alaw(data: bytes) -> array[int]:
    """Return the samples of A-law bytes."""
    decoded = _decoding()
    return array("h", (decoded[one] for one in data))


def from_ulaw(data: bytes) -> array[int]:
    """Return the samples of mu-law bytes, as some recorders write them."""
    return array("h", (_ulaw(one) for one in data))


@cache
def _decoding() -> tuple[int, ...]:
    return tuple(_alaw(code) for code in range(256))


@cache
def _coding() -> bytes:
    """The code nearest to each sample, indexed by its 16 bits."""
    known = sorted((value, code) for code, value in enumerate(_decoding()))
    table = bytearray(65536)
    place = 0
    for sample in range(-32768, 32768):
        while place + 1 < len(known) and abs(known[place + 1][0] - sample) <= abs(known[place][0] - sample):
            place += 1
        table[sample & 0xFFFF] = known[place][1]
    return bytes(table)


def _alaw(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = code >> 4 & _EXPONENTS, code & 15
    value = (mantissa << 4) + 8
    if exponent:
        value = (value + 256) << (exponent - 1)
    return value if code & 0x80 else -value


def _ulaw(code: int) -> int:
    code = ~code & 0xFF
    value = (((code & 15) << 3) + 132 << (code >> 4 & _EXPONENTS)) - 132
    return -value if code & 0x80 else value
