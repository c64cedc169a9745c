"""Uploads: what people bring becomes a prompt, or they are told why it does not."""

from __future__ import annotations

import shutil
import subprocess
from array import array
from pathlib import Path

import pytest

from engine.speech import bringing
from engine.speech.bringing import Broken, NoDecoder, NotSound, Silent, TooLong, brought
from engine.speech.sound import StrangeRate, level_db, seconds
from engine.speech.wav import NotWav, write
from tests.engine.speech.test_sound import tone
from tests.engine.speech.test_wav import made


def mp3(tmp_path: Path, samples: array[int]) -> bytes:
    source, target = tmp_path / "in.wav", tmp_path / "out.mp3"
    source.write_bytes(write(samples))
    subprocess.run(["sox", str(source), "-C", "64", str(target)], check=True)
    return target.read_bytes()


def test_a_wav_from_a_recorder() -> None:
    stereo = array("h", (one for pair in zip(tone(700, 44100, 1.0), tone(700, 44100, 1.0), strict=True) for one in pair))
    got = brought(made(1, 16, stereo.tobytes(), channels=2, rate=44100))
    loud = level_db(got)
    assert 0.9 < seconds(got) < 1.05 and loud is not None and abs(loud + 20) < 0.5


def test_an_mp3(tmp_path: Path) -> None:
    got = brought(mp3(tmp_path, tone(700, length_s=1.5)))
    assert 1.4 < seconds(got) < 1.7


def test_a_damaged_mp3_is_refused_or_is_silence(tmp_path: Path) -> None:
    for data in (b"ID3\x03\x00" + bytes(200), b"\xff\xfb\x90\x00" + b"\xa5" * 500):
        with pytest.raises((Broken, Silent)):
            brought(data)


@pytest.mark.parametrize(("data", "fault"), [
    (b"%PDF-1.4", NotSound), (b"", NotSound), (b"OggS" + bytes(30), NotSound), (b"RIFF\0\0\0\0WAVEjunk", NotWav),
    (write(array("h", bytes(16000))), Silent), (made(1, 16, tone(500).tobytes(), rate=8001), StrangeRate),
    (made(1, 8, b"\x90" * 301 * 8000, rate=8000), TooLong),
])
def test_what_cannot_be_used_is_refused_with_its_reason(data: bytes, fault: type[Exception]) -> None:
    with pytest.raises(fault) as told:
        brought(data)
    assert len(str(told.value)) > 15


def test_an_mp3_longer_than_five_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "LONGEST_S", 1)
    with pytest.raises(TooLong):
        brought(mp3(tmp_path, tone(700, length_s=3)))


def test_without_sox_an_mp3_is_told_to_need_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "SOX", "no-such-program")
    with pytest.raises(NoDecoder, match="apt-get install sox"):
        brought(b"ID3" + bytes(100))


def test_a_decoder_that_cannot_read_mp3_or_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shutil.which("sox") is not None
    program = tmp_path / "sox"
    monkeypatch.setattr(bringing, "SOX", str(program))
    monkeypatch.setattr(bringing, "PATIENCE_S", 0.3)
    for script, fault in (("echo 'no handler for mp3' >&2; exit 2", NoDecoder), ("exec sleep 30", Broken)):
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        with pytest.raises(fault):
            brought(b"ID3" + bytes(100))
