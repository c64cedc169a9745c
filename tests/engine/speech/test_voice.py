"""The packaged voice: real Festival, and what it is not asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.speech import voice
from engine.speech.sound import level_db, seconds
from engine.speech.voice import CannotSpeak, NoVoice, missing, readable, spoken

RU, EN = "Клиника слушает вас. Нажмите один.", "The clinic is listening. Press one."


def test_setup_installed_the_voices() -> None:
    """deploy/setup.sh names them; every test here needs them."""
    assert (missing("ru"), missing("en")) == (None, None)


@pytest.mark.parametrize(("text", "language"), [(RU, "ru"), (EN, "en")])
def test_a_text_is_spoken_at_a_prompts_level(text: str, language: voice.Language) -> None:
    said = spoken(text, language)
    assert 1.5 < seconds(said) < 6
    loud = level_db(said)
    assert loud is not None and abs(loud + 20) < 0.7


def test_more_text_is_longer_and_the_same_is_the_same() -> None:
    short, long = spoken("Один.", "ru"), spoken("Один, два, три, четыре, пять.", "ru")
    assert seconds(long) > 2 * seconds(short)
    assert spoken("Один.", "ru") == short


@pytest.mark.parametrize("text", ["Приём в 9:30, кабинет 205", "«Клиника» — ваш врач", "Ёлка; мёд! Да?", "д'Артаньян (он)"])
def test_what_people_write_is_read(text: str) -> None:
    assert seconds(spoken(text, "ru")) > 0.4


@pytest.mark.parametrize(("text", "language"), [
    ("", "ru"), ("   \n", "ru"), ("...", "en"), ("Привет", "en"), ("сто %", "ru"), ("№ 5", "ru"), ("а" * 1501, "ru"),
    ("(voice_evil)\x00", "en"),
])
def test_what_it_would_spell_or_swallow_is_refused(text: str, language: voice.Language) -> None:
    assert not readable(text, language)
    with pytest.raises(CannotSpeak):
        spoken(text, language)


def test_english_words_in_a_russian_text_are_spoken_by_the_english_voice() -> None:
    both = seconds(spoken("Нажмите один. For English press nine.", "ru"))
    assert both > seconds(spoken("Нажмите один.", "ru")) + seconds(spoken("For English press nine.", "en"))


@pytest.mark.parametrize(("text", "wanted"), [
    ("«Клиника» — ваш врач", "Клиника, ваш врач."), ("– да?", "да?"), ("а ... б", "а. б."), ("Ну?!", "Ну."),
    ("плюс - минус", "плюс, минус."), ("в 9:30, каб. 5", "в 9 30, каб. 5."), ("Да!", "Да."),
])
def test_signs_it_would_fall_silent_at(text: str, wanted: str) -> None:
    assert voice._plain(text) == wanted + "\n"


def test_a_missing_voice_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "festvox-ru" in (missing("ru", tmp_path) or "")
    monkeypatch.setattr(voice, "PROGRAM", "no-such-program")
    assert "apt-get install festival festvox-us-slt-hts" in (missing("en") or "")
    with pytest.raises(NoVoice, match="apt-get"):
        spoken(RU, "ru")


def test_a_voice_that_fails_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "text2wave"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for script, words in (("exit 3", "failed with 3"), ("exit 0", "said nothing")):
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        with pytest.raises(NoVoice, match=words):
            spoken(RU, "ru")


def test_an_endless_voice_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "text2wave"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(voice, "PATIENCE_S", 0.2)
    with pytest.raises(NoVoice, match="TimeoutExpired"):
        spoken(RU, "ru")
