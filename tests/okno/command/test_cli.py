"""The table of commands: every word has help, every mistake is one line and a code, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from okno.command.cli import TABLE, main, parser


@pytest.mark.parametrize("command", [command.words for command in TABLE])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*command.split(), "--help"])
    assert end.value.code == 0
    assert "--config" in capsys.readouterr().out


@pytest.mark.parametrize("command", TABLE, ids=lambda command: command.words)
def test_every_command_leads_somewhere(command: object) -> None:
    module, _, function = command.runs.partition(":")  # type: ignore[attr-defined]
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "COMMAND"),
        (["fly"], "fly"),
        (["serve"], "service"),
        (["serve", "kitchen"], "kitchen"),
        (["user"], "COMMAND"),
        (["user", "add", "orlova"], "--role"),
        (["token", "create", "--role", "king"], "king"),
        (["up", "--dem"], "--dem"),
    ],
)
def test_bad_words_are_one_line_and_code_two(words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    error = capsys.readouterr().err
    assert end.value.code == 2
    assert error.count("\n") == 1
    assert named in error and "--help" in error


def test_a_mistake_in_the_settings_is_named_and_code_one(tmp_path: Path) -> None:
    config = tmp_path / "okno.yaml"
    config.write_text("web: {port: 8080}\nqueus: []\n")
    done = _okno("check", "--config", str(config), "--state", str(tmp_path / "state"))
    assert done.returncode == 1
    assert "okno.yaml:2" in done.stderr and "queus" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_that_are_not_there(tmp_path: Path) -> None:
    done = _okno("up", "--config", str(tmp_path / "none.yaml"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_up_without_settings_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OKNO_CONFIG", raising=False)
    done = _okno("up", cwd=tmp_path)
    assert done.returncode == 1
    assert "okno.example.yaml" in done.stderr and "--demo" in done.stderr


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--version"])
    assert capsys.readouterr().out.startswith("okno ")


def _okno(*words: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "okno.command.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=60)
