"""Private files are whole, and private."""

import stat
from pathlib import Path

import pytest

from okno.files import write_private


def test_it_is_written_whole_with_mode_0600(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.secret"
    write_private(path, "one")
    write_private(path, "two\n")
    assert path.read_text() == "two\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["a.secret"]


def test_a_file_others_could_read_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        write_private(tmp_path / "file" / "a", "x")
