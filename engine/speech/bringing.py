"""An upload as a prompt: whatever people bring, or the words that say why it cannot be used."""

from __future__ import annotations

import shutil
import subprocess
from array import array

from engine.speech import wav
from engine.speech.sound import RATE, levelled, resampled, seconds, trimmed
from okno.errors import Refused, TheirFault

LONGEST_S = 300
SOX = "sox"
# A file of 2 MB is decoded within a second; one made to keep a decoder busy is given up.
PATIENCE_S = 20
_MEMORY = 512 << 20


class NotSound(Refused):
    """The file is neither WAV nor MP3."""


class Broken(Refused):
    """The file is damaged: it cannot be decoded."""


class Silent(Refused):
    """There is nothing to be heard in the file."""


class TooLong(Refused):
    """The sound is longer than five minutes."""


class NoDecoder(TheirFault):
    """MP3 files need sox: apt-get install sox libsox-fmt-mp3, or bring a WAV file."""


def brought(data: bytes) -> array[int]:
    """Return an uploaded file as a prompt's samples: 8000 Hz, levelled, without silence around. Blocks for seconds.

    Raises:
        NotSound, Broken, Silent, TooLong, StrangeRate, StrangeWav: it cannot be used.
        NoDecoder: it is MP3 and nothing here can read that.
    """
    if wav.is_wav(data):
        read = wav.read(data)
    elif _is_mp3(data):
        read = wav.read(_decoded(data))
    else:
        raise NotSound
    if len(read.samples) > LONGEST_S * read.rate:
        raise TooLong
    samples = trimmed(resampled(read.samples, read.rate))
    if not samples:
        raise Silent
    if seconds(samples) > LONGEST_S:
        raise TooLong
    return levelled(samples)


def _is_mp3(data: bytes) -> bool:
    """Whether it begins with a tag or a frame of MPEG audio."""
    return data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2)


def _decoded(data: bytes) -> bytes:
    program = shutil.which(SOX)
    if program is None:
        raise NoDecoder
    prlimit = shutil.which("prlimit")
    bounded = [prlimit, f"--as={_MEMORY}"] if prlimit else []
    made = ["-t", "wav", "-e", "signed", "-b", "16", "-c", "1", "-r", str(RATE), "-"]
    command = [*bounded, program, "-V1", "-t", "mp3", "-", *made, "trim", "0", str(LONGEST_S + 1)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        raise Broken from None
    if b"no handler" in done.stderr:
        raise NoDecoder
    if done.returncode != 0 or not wav.is_wav(done.stdout):
        raise Broken
    return done.stdout
