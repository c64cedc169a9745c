"""How the demo's MIS is run: on loopback, with the word of the state's secrets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from demo.mis import server
from okno.command import state
from okno.settings import Runtime, Settings


@pytest.fixture
def here(tmp_path: Path) -> Runtime:
    settings = Settings.model_validate({"mis": {"secret": "file:demo-mis.secret"}, "demo": {"mis_port": 18099}})
    made = Runtime(settings, tmp_path / "state")
    state.prepare(made)
    return made


def test_its_word_is_made_with_the_other_secrets(here: Runtime) -> None:
    assert len(here.secret("file:demo-mis.secret")) == 48


def test_it_listens_on_loopback_only_and_keeps_its_settings_to_itself(here: Runtime) -> None:
    path = server.configuration(here, "word")
    told = yaml.safe_load(path.read_text())
    assert (told["host"], told["port"], told["server_auth"]["tokens"]) == ("127.0.0.1", 18099, ["word"])
    assert os.stat(path).st_mode & 0o077 == 0


def test_without_sekmet_there_is_no_program(here: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    made = server.program(here)
    assert made is not None and (made.name, made.port, made.argv[-1]) == ("demo-mis", 18099, "demo.mis.server")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert server.program(here) is None
