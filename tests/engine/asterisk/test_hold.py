"""The hold music is a file Asterisk can play."""

from __future__ import annotations

import wave
from pathlib import Path

from engine.asterisk import hold


def test_music_is_half_a_minute_of_telephone_sound_that_is_not_silence(tmp_path: Path) -> None:
    hold.write(tmp_path / "hold.wav")
    with wave.open(str(tmp_path / "hold.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.getnframes() == 8000 * hold.BAR_S * len(hold.CHORDS)
        assert len(set(file.readframes(8000))) > 50
