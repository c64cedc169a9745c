"""Which Asterisk is used, and what is said when there is none."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from engine.asterisk import root
from engine.asterisk.root import NoAsterisk

# A stand-in for mmdebstrap, which takes a minute and a mirror: `$before` is its last argument but one, the new root.
DRAFT = '#!/bin/sh\nfor last; do before="$draft"; draft="$last"; done\n'


def program(path: Path, says: str) -> Path:
    """An executable that answers `-V`."""
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("version", "enough"),
    [("18.25.9", False), ("18.26.0", True), ("20.10.1", False), ("20.11", True), ("22.0.0", False), ("22.10.1", True),
     ("23.0.0", True), ("16.28.0", False), ("19.8.0", False)],
)  # fmt: skip
def test_versions_that_know_the_event_filter(version: str, enough: bool) -> None:
    assert root.new_enough(version) is enough


def test_the_one_named_in_the_settings_is_used(tmp_path: Path) -> None:
    named = program(tmp_path / "asterisk", "Asterisk 20.11.1")
    source = root.find(named)
    assert (str(source.binary), source.version, source.root) == (str(named), "20.11.1", None)


def test_one_that_is_named_but_too_old_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoAsterisk, match="is needed"):
        root.find(program(tmp_path / "asterisk", "Asterisk 16.28.0"))


def test_an_old_installed_one_gives_way_to_the_private_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "asterisk", "Asterisk 16.28.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    said: list[str] = []
    source = root.find(None, said.append)
    assert source.root is not None and "too old" in said[0]


def test_the_private_root_is_found_in_the_cache() -> None:
    source = root.cached(root.cache_dir())
    assert root.new_enough(source.version)
    assert source.layout.data.name == "asterisk"


def test_without_mmdebstrap_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoAsterisk, match="apt-get install mmdebstrap"):
        root.cached(tmp_path / "cache")


def test_a_failed_build_leaves_nothing_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "mmdebstrap"
    tool.write_text(DRAFT + 'mkdir -p "$before"\necho "E: no mirror" >&2\nexit 1\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(NoAsterisk, match="no mirror"):
        root.build(tmp_path / "cache/asterisk-root", lambda line: None)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_build_is_moved_into_place_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "mmdebstrap"
    tool.write_text(DRAFT + 'mkdir -p "$before/usr"\necho "$@" > "$before/words"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    said: list[str] = []
    root.build(tmp_path / "cache/asterisk-root", said.append)
    words = (tmp_path / "cache/asterisk-root/words").read_text()
    assert "Check-Valid-Until" in words and "asterisk-core-sounds-ru-wav" in words
    assert len(said) == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [("sources.list", "deb [signed-by=/x] http://mirror.example/debian bookworm main\n"),
     ("sources.list.d/debian.sources", "Types: deb\nURIs: http://mirror.example/debian/\nSuites: trixie\n")],
)  # fmt: skip
def test_the_machines_own_mirror_is_used(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text("deb http://security.example/debian-security x main\n" + text)
    assert root.debian_mirror(tmp_path) == "http://mirror.example/debian"


def test_without_a_mirror_one_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(root.NoAsterisk, match="OKNO_DEBIAN_MIRROR"):
        root.debian_mirror(Path("/nonexistent"))
    monkeypatch.setenv("OKNO_DEBIAN_MIRROR", "http://mirror.example/debian/")
    assert root.debian_mirror(Path("/nonexistent")) == "http://mirror.example/debian"


def test_names_pjsip_asks_for_are_on_loopback_once(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text("127.0.0.1 localhost\n")
    root.name_in_hosts(tmp_path)
    first = (tmp_path / "etc/hosts").read_text()
    root.name_in_hosts(tmp_path)
    assert (tmp_path / "etc/hosts").read_text() == first
    assert "A.ROOT-SERVERS.NET" in first and socket.gethostname() in first
