"""What a PBX is to have, and what is there afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.speech.library import LIST, NoFile, NoUploads, bring, wanted
from engine.speech.shipped import Shipped, mark
from engine.speech.sound import from_alaw, seconds
from okno.settings.directory import PromptSettings

FILE = "ab" * 32


class Uploads:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def get(self, file: str) -> bytes:
        """Some bytes."""
        self.asked.append(file)
        return b"\xd5" * 800


@pytest.fixture
def came(tmp_path: Path) -> Shipped:
    """Three sounds, two of which every PBX has names for."""
    home = tmp_path / "shipped"
    told = {"ru/closed": "Закрыто.", "en/closed": "Closed.", "ru/say/5": "пять"}
    for name in told:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / f"{name}.alaw").write_bytes(name.encode() * 300)
    return Shipped(home, {name: mark(text) for name, text in told.items()})


def prompt(ru: str = "", en: str = "", file: str | None = None) -> PromptSettings:
    text = {language: said for language, said in (("ru", ru), ("en", en)) if said}
    return PromptSettings.model_validate({"label": {"ru": "x"}, "text": text, "file": file})


def test_a_text_an_upload_and_what_came(came: Shipped, tmp_path: Path) -> None:
    into, uploads = tmp_path / "sounds/okno", Uploads()
    want = wanted({"hello": prompt(ru="Алло."), "music": prompt(file=FILE), "again": prompt(en="Closed.")}, came)
    assert {name: one.way for name, one in want.items()} == {
        "ru/closed": "shipped", "en/closed": "shipped", "ru/say/5": "shipped", "en/again": "shipped",
        "ru/hello": "text", "ru/music": "file", "en/music": "file",
    }
    done = bring(want, into, came, uploads)
    assert set(done.changed) == set(want) and done.problems == ()
    assert (into / "ru/say/5.alaw").read_bytes() == came.path("ru/say/5").read_bytes()
    assert (into / "en/again.alaw").read_bytes() == came.path("en/closed").read_bytes()
    assert seconds(from_alaw((into / "ru/hello.alaw").read_bytes())) > 0.3
    assert (into / "ru/music.alaw").read_bytes() == b"\xd5" * 800 and uploads.asked == [FILE, FILE]
    assert bring(want, into, came, uploads).changed == ()
    assert os.stat(into / "ru/hello.alaw").st_mode & 0o777 == 0o644


def test_the_directorys_own_closed_stands_over_the_shipped_one(came: Shipped, tmp_path: Path) -> None:
    into = tmp_path / "okno"
    bring(wanted({}, came), into, came, NoUploads())
    changed = wanted({"closed": prompt(ru="Мы закрыты.")}, came)
    assert bring(changed, into, came, NoUploads()).changed == ("ru/closed",)
    assert bring(wanted({}, came), into, came, NoUploads()).changed == ("ru/closed",)
    assert (into / "ru/closed.alaw").read_bytes() == came.path("ru/closed").read_bytes()


def test_a_file_somebody_removed_comes_back_and_one_of_his_own_stays(came: Shipped, tmp_path: Path) -> None:
    into = tmp_path / "okno"
    bring(wanted({"hello": prompt(en="Hello.")}, came), into, came, NoUploads())
    (into / "ru/closed.alaw").unlink()
    (into / "ru/own.wav").write_bytes(b"his")
    (into / "ru/own.alaw").write_bytes(b"his")
    done = bring(wanted({}, came), into, came, NoUploads())
    assert set(done.changed) == {"ru/closed", "en/hello"}
    assert not (into / "en/hello.alaw").exists() and (into / "ru/own.alaw").exists() and (into / "ru/own.wav").exists()


def test_what_cannot_be_had_is_told_and_takes_nothing_away(came: Shipped, tmp_path: Path) -> None:
    into = tmp_path / "okno"
    bring(wanted({"hello": prompt(en="Hello.")}, came), into, came, NoUploads())
    done = bring(wanted({"music": prompt(file=FILE), "odd": prompt(en="Да")}, came), into, came, NoUploads())
    assert len(done.problems) == 3 and done.changed == ()
    assert (into / "en/hello.alaw").exists()
    with pytest.raises(NoFile):
        NoUploads().get(FILE)


def test_who_keeps_takes_nothing_away(came: Shipped, tmp_path: Path) -> None:
    into = tmp_path / "okno"
    bring(wanted({"hello": prompt(en="Hello.")}, came), into, came, NoUploads())
    assert bring(wanted({}, came), into, came, NoUploads(), keep=True).changed == ()
    (into / LIST).write_text("not json")
    assert set(bring(wanted({}, came), into, came, NoUploads()).changed) == set(came.texts)


def test_a_folder_that_cannot_be_written_is_said(came: Shipped, tmp_path: Path) -> None:
    (tmp_path / "okno").write_text("a file")
    with pytest.raises(OSError):
        bring(wanted({}, came), tmp_path / "okno", came, NoUploads())
