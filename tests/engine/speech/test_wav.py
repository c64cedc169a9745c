"""WAV files: every coding that is met, mixed channels, damage."""

from __future__ import annotations

import io
import struct
import wave
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.speech.sound import to_alaw
from engine.speech.wav import NotWav, StrangeWav, complete, is_wav, read, write

SAID = array("h", [0, 1000, -1000, 32767, -32768, 12345])


def made(code: int, bits: int, body: bytes, *, channels: int = 1, rate: int = 8000, extra: bytes = b"") -> bytes:
    form = struct.pack("<HHIIHH", code, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits) + extra
    parts = b"fmt " + struct.pack("<I", len(form)) + form + b"LIST" + struct.pack("<I", 3) + b"abc\0"
    parts += b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WAVE" + parts


def test_what_is_written_is_read_here_and_elsewhere() -> None:
    data = write(SAID)
    assert read(data).samples == SAID and read(data).rate == 8000
    with wave.open(io.BytesIO(data)) as other:
        assert (other.getnchannels(), other.getframerate(), other.getsampwidth()) == (1, 8000, 2)
        assert other.readframes(10) == SAID.tobytes()


@pytest.mark.parametrize(("code", "bits", "body"), [
    (1, 16, SAID.tobytes()),
    (1, 24, b"".join(b"\0" + struct.pack("<h", one) for one in SAID)),
    (1, 32, b"".join(struct.pack("<i", one << 16) for one in SAID)),
    (3, 32, struct.pack("<6f", *(one / 32768 for one in SAID))),
])
def test_linear_sound_of_every_width(code: int, bits: int, body: bytes) -> None:
    assert all(abs(a - b) <= 1 for a, b in zip(read(made(code, bits, body)).samples, SAID, strict=True))


def test_a_law_eight_bits_and_the_extended_header() -> None:
    assert read(made(6, 8, to_alaw(SAID))).samples[1] == pytest.approx(1000, abs=16)
    assert read(made(7, 8, b"\x00\xff")).samples[0] == -32124
    assert list(read(made(1, 8, b"\x80\xff\x00")).samples) == [0, 127 << 8, -128 << 8]
    extra = struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", 1) + bytes(14)
    assert read(made(0xFFFE, 16, SAID.tobytes(), extra=extra)).samples == SAID


def test_two_channels_become_one() -> None:
    both = array("h", [100, 300, -100, -300, 0, 10])
    assert list(read(made(1, 16, both.tobytes(), channels=2)).samples) == [200, -200, 5]


def test_no_number_is_silence() -> None:
    assert list(read(made(3, 32, struct.pack("<2f", float("nan"), 2.0))).samples) == [0, 32767]


@pytest.mark.parametrize("data", [b"", b"RIFF", b"ID3 something", made(1, 16, b"")[:30], made(1, 16, b"", channels=99)])
def test_what_is_no_wav_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NotWav):
        read(data)


def test_a_strange_coding_is_refused() -> None:
    for code, bits in ((2, 4), (0x55, 0), (1, 12)):
        with pytest.raises(StrangeWav):
            read(made(code, bits, b"1234"))


def test_a_file_whose_writer_died_is_read_to_its_end() -> None:
    torn = bytearray(write(SAID))
    torn[40:44] = b"\0\0\0\0"
    assert read(bytes(torn)).samples == SAID
    assert not complete(bytes(torn[:44]), len(torn)) and complete(write(SAID)[:44], len(torn))
    assert not complete(write(SAID)[:44], len(torn) - 2)
    assert is_wav(bytes(torn))


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else_happens(data: bytes) -> None:
    for one in (data, write(SAID)[:12] + data, made(1, 16, SAID.tobytes())[:20] + data):
        try:
            read(one)
        except (NotWav, StrangeWav):
            continue
