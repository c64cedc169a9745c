"""The sounds that come with Okno: complete, of the present texts, of a telephone's form and level, small enough."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.ivr import saying
from engine.speech import shipped as module
from engine.speech.shipped import INDEX, LANGUAGES, make, mark, shipped, texts
from engine.speech.sound import from_alaw, level_db, seconds
from engine.speech.voice import readable

WITH_FRESH_INSTALL = ("consent", "closed", "nobody", "callback_offer", "voicemail_leave", "voicemail_thanks")


def test_every_sound_is_of_the_present_text() -> None:
    """`python -m engine.speech.shipped` makes those anew whose text has changed."""
    said = {sound: mark(text) for sound, text in texts().items()}
    assert dict(shipped().texts) == said


def test_every_text_can_be_spoken() -> None:
    wrong = [name for name, text in texts().items() if not readable(text, "ru" if name.startswith("ru/") else "en")]
    assert wrong == []


def test_every_file_is_there_and_none_besides() -> None:
    came = shipped()
    files = {str(file.relative_to(came.home)).removesuffix(".alaw") for file in came.home.rglob("*.alaw")}
    assert files == set(came.texts)
    assert sum(file.stat().st_size for file in came.home.rglob("*")) < 6_000_000
    assert "Nickolay V. Shmyrev" in (came.home / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_fresh_install_and_every_number_need(language: str) -> None:
    came = shipped()
    for name in WITH_FRESH_INSTALL:
        assert 1 < seconds(from_alaw(came.path(f"{language}/{name}").read_bytes())) < 12
    pieces = {sound.removeprefix("okno/") for sound in saying.pieces(language)}  # type: ignore[arg-type]
    assert pieces <= set(came.texts)


def test_all_are_as_loud_as_one_another() -> None:
    came = shipped()
    levels = {name: level_db(from_alaw(came.path(name).read_bytes())) for name in came.texts}
    assert {name: told for name, told in levels.items() if told is None or not -24 < told < -18} == {}


def test_who_says_the_same_is_found() -> None:
    came = shipped()
    text = texts()["ru/closed"]
    assert came.saying(f"  {text}\n", "ru") == "ru/closed"
    assert came.saying(text, "en") is None and came.saying("Другое.", "ru") is None


def test_only_what_changed_is_made_anew(tmp_path: Path) -> None:
    said = {"ru/a": "Один.", "en/b": "One."}
    assert make(tmp_path, said) == ["en/b", "ru/a"]
    assert make(tmp_path, said) == []
    assert make(tmp_path, {"ru/a": "Два."}) == ["ru/a"]
    assert [str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.alaw")] == ["ru/a.alaw"]
    assert json.loads((tmp_path / INDEX).read_text())["texts"] == {"ru/a": mark("Два.")}


def test_the_command_makes_the_checkouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(module, "folder", lambda name: tmp_path)
    monkeypatch.setattr(module, "texts", lambda: {"en/a": "One."})
    module.main()
    assert capsys.readouterr().out.startswith("1 made, 1 sounds, ")
