"""Music for those who wait: half a minute of quiet chords, made here so that nobody's rights are touched."""

from __future__ import annotations

import array
import math
import sys
import wave
from pathlib import Path

RATE = 8000
BAR_S = 3
CHORDS = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (196.0, 246.9, 329.6)) * 2


def write(path: Path) -> None:
    """Write the music as 8 kHz mono WAV. Raises OSError."""
    samples = array.array("h")
    for chord in CHORDS:
        for index in range(RATE * BAR_S):
            at = index / RATE
            # Each note enters a little after the one before it and fades: no clicks at the bars.
            sound = sum(_note(at - 0.35 * order, pitch) for order, pitch in enumerate(chord))
            samples.append(int(3200 * sound * min(1.0, (BAR_S - at) * 8)))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def _note(at: float, pitch: float) -> float:
    if at < 0:
        return 0.0
    return math.sin(math.tau * pitch * at) * math.exp(-1.4 * at) * min(1.0, at * 40)
