"""Which settings, state and PBX a command means."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from okno.command import serve, state
from okno.settings import Runtime, Settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OKNO_CONFIG", "OKNO_STATE"):
        monkeypatch.setenv(name, "")  # so that what the test sets is taken back


def _args(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**{"config": None, "state": None, **given})


def test_the_file_beside_us_is_taken(tmp_path: Path) -> None:
    (tmp_path / "okno.yaml").write_text("clinic: {name: Beside}\n")
    assert serve.runtime_of(_args(state=tmp_path / "state")).settings.clinic.name == "Beside"
    assert os.environ["OKNO_STATE"] == str(tmp_path / "state")


def test_what_runs_on_the_state_wins_over_the_file_beside_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "okno.yaml").write_text("clinic: {name: Beside}\n")
    (tmp_path / "running.yaml").write_text("clinic: {name: Running}\n")
    (tmp_path / "state").mkdir()
    monkeypatch.setenv("OKNO_CONFIG", str(tmp_path / "running.yaml"))
    state.write_up(tmp_path / "state", [], address="http://localhost:8080", demo=False)
    monkeypatch.setenv("OKNO_CONFIG", "")
    assert serve.runtime_of(_args(state=tmp_path / "state")).settings.clinic.name == "Running"


def test_the_only_pbx_needs_no_name(tmp_path: Path) -> None:
    one = Runtime(Settings.model_validate({"pbxes": [{"name": "main"}]}), tmp_path)
    two = Runtime(Settings.model_validate({"pbxes": [{"name": "main"}, {"name": "second", "ami": {"port": 5039}}]}), tmp_path)
    assert serve.pbx_name(one, None) == "main"
    assert serve.pbx_name(two, "second") == "second"
    with pytest.raises(serve.NoSuchPbx, match="main, second"):
        serve.pbx_name(two, None)
    with pytest.raises(serve.NoSuchPbx, match="there are none"):
        serve.pbx_name(Runtime(Settings(), tmp_path), "main")


def test_the_second_engine_sees_its_own_place_first(tmp_path: Path) -> None:
    both = Runtime(Settings.model_validate({"engine": {"port": 1, "standby": {"host": "::1", "port": 2}}}), tmp_path)
    turned = serve.second(both, "engine")
    assert turned.settings.engine.urls == ["http://[::1]:2", "http://127.0.0.1:1"]
    with pytest.raises(serve.NoStandby, match=r"set engine\.standby"):
        serve.second(Runtime(Settings(), tmp_path), "engine")
    with pytest.raises(serve.NoStandby, match="okno serve engine"):
        serve.second(both, "web")
