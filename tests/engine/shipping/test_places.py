"""Where a PBX writes its journal, as seen here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from engine.shipping.places import files_of, unreadable
from okno.settings import PbxSettings, Runtime, Settings


def runtime(state: Path) -> Runtime:
    """Settings and state."""
    return Runtime(Settings(), state)


def pbx(**more: Any) -> PbxSettings:
    """A PBX of the settings."""
    return PbxSettings.model_validate({"name": "main", **more})


def test_a_managed_pbx_has_its_own_folder(tmp_path: Path) -> None:
    log = tmp_path / "pbx/main/log"
    assert files_of(runtime(tmp_path), pbx(managed=True)) == {
        "cel": log / "cel-custom/okno.csv", "queue_log": log / "queue_log",
    }  # fmt: skip


def test_an_attached_one_says_itself_where_it_logs(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "asterisk.conf").write_text(f"[directories]\nastlogdir => {tmp_path / 'log'}\n")
    found = files_of(runtime(tmp_path), pbx(config_dir=str(tmp_path)))
    assert found["cel"] == tmp_path / "log/cel-custom/okno.csv"


def test_the_settings_win(tmp_path: Path) -> None:
    named = {"cel": "/else/where.csv", "queue_log": "relative"}
    found = files_of(runtime(tmp_path), pbx(managed=True, journal=named))
    assert found == {"cel": Path("/else/where.csv"), "queue_log": tmp_path / "relative"}


@pytest.mark.parametrize("more", [{}, {"journal": {"cel": "/only/one.csv"}}, {"config_dir": "/no/such/place/at-all"}])
def test_who_is_elsewhere_has_none_here(more: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_dir", lambda self: False)  # whatever this machine has in /var/log/asterisk
    assert files_of(runtime(tmp_path), pbx(**more)) == {}


def test_one_that_says_nothing_is_looked_for_where_debian_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_dir", lambda self: str(self) == "/var/log/asterisk/cel-custom")
    assert files_of(runtime(tmp_path), pbx())["queue_log"] == Path("/var/log/asterisk/queue_log")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    cel, log = tmp_path / "log/cel-custom/okno.csv", tmp_path / "log/queue_log"
    files: dict[Any, Path] = {"cel": cel, "queue_log": log}
    assert str(cel.parent) in (unreadable(files) or "")
    cel.parent.mkdir(parents=True)
    assert unreadable(files) is None, "not written yet, but it may be"
    cel.write_text("")
    cel.chmod(0)
    if os.geteuid() != 0:
        assert "permission" in (unreadable(files) or "")
    else:
        assert unreadable(files) is None, "root reads everything"
