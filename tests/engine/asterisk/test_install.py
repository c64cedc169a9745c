"""Whole files, the old ones kept, everything back when one fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.asterisk.install import BACKUPS, KEPT, CannotInstall, install, missing_includes


def test_only_what_differs_is_written_and_what_was_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("old")
    (tmp_path / "b.conf").write_text("same")
    done = install({"a.conf": "new", "b.conf": "same", "c.conf": "first"}, tmp_path)
    assert done.changed == ("a.conf", "c.conf")
    assert (tmp_path / "a.conf").read_text() == "new"
    assert done.backup is not None and (done.backup / "a.conf").read_text() == "old"
    assert install({"a.conf": "new"}, tmp_path).changed == ()


def test_files_hold_passwords_and_are_not_for_everybody(tmp_path: Path) -> None:
    install({"a.conf": "secret"}, tmp_path / "etc")
    assert (tmp_path / "etc/a.conf").stat().st_mode & 0o007 == 0
    assert (tmp_path / "etc/a.conf").stat().st_uid == (tmp_path / "etc").stat().st_uid


def test_a_failure_in_the_middle_puts_the_old_files_back(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("old")
    (tmp_path / "z.conf").mkdir()
    (tmp_path / "z.conf/in-the-way").write_text("")
    with pytest.raises(CannotInstall):
        install({"a.conf": "new", "b.conf": "first", "z.conf": "never"}, tmp_path)
    assert (tmp_path / "a.conf").read_text() == "old"
    assert not (tmp_path / "b.conf").exists()
    assert [name for name in os.listdir(tmp_path) if name.startswith(".a")] == []


def test_a_directory_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotInstall, match="file"):
        install({"a.conf": "x"}, tmp_path / "file" / "etc")


def test_old_backups_go(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        install({"a.conf": str(number)}, tmp_path)
    assert len(list((tmp_path / BACKUPS).iterdir())) == KEPT


def test_restart_is_asked_for_only_when_a_reload_is_not_enough(tmp_path: Path) -> None:
    assert install({"queues.conf": "x"}, tmp_path).needs_restart is False
    assert install({"modules.conf": "x"}, tmp_path).needs_restart is True


def test_an_attached_pbx_is_told_which_includes_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "manager.conf").write_text('[general]\n#include "okno-manager.conf"\n')
    assert missing_includes(tmp_path) == [
        "pjsip.conf: #include okno-pjsip.conf",
        "queues.conf: #include okno-queues.conf",
        "extensions.conf: #include okno-extensions.conf",
    ]
