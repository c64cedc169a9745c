"""The state directory: private, made once, one `okno up` at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from okno.command import state
from okno.seal import Keyring, KeyringBroken
from okno.settings import Runtime, SecretMissing, Settings


def test_what_is_made_is_private_and_stays(tmp_path: Path) -> None:
    settings = Settings.model_validate({"pbxes": [{"name": "main", "managed": True}]})
    runtime = Runtime(settings, tmp_path / "state")
    made = state.prepare(runtime)
    assert {"service.secret", "ami-events.secret", "keyring.json"} <= set(made)
    before = runtime.secret("file:service.secret")
    assert len(bytes.fromhex(before)) == 24
    for file in [*(runtime.state / "secrets").iterdir(), runtime.keyring_path]:
        assert file.stat().st_mode & 0o777 == 0o600, file
    Keyring.load(runtime.keyring_path)
    assert state.prepare(runtime) == []
    assert runtime.secret("file:service.secret") == before


def test_the_secrets_of_an_attached_pbx_are_not_invented(tmp_path: Path) -> None:
    runtime = Runtime(Settings.model_validate({"pbxes": [{"name": "theirs"}]}), tmp_path / "state")
    assert not [name for name in state.prepare(runtime) if name.startswith("ami-")]


def test_a_second_up_is_told_who_has_the_state(tmp_path: Path) -> None:
    with state.lock(tmp_path), pytest.raises(state.AlreadyUp, match=str(os.getpid())):
        state.lock(tmp_path)
    with state.lock(tmp_path):
        assert (tmp_path / state.LOCK_FILE).read_text() == str(os.getpid())


def test_up_json_is_read_while_its_process_lives(tmp_path: Path) -> None:
    one = state.Running("engine", 7, 8081, "running", 2, "2026-11-21T05:00:00+00:00", "http://127.0.0.1:8081")
    state.write_up(tmp_path, [one], address="http://localhost:8080", demo=True)
    record = state.read_up(tmp_path)
    assert record is not None
    assert (record["pid"], record["services"][0]["restarts"]) == (os.getpid(), 2)
    file = tmp_path / state.UP_FILE
    file.write_text(file.read_text().replace(str(os.getpid()), "4194304"))  # above the highest pid Linux gives
    assert state.read_up(tmp_path) is None


def test_garbage_in_up_json_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / state.UP_FILE).write_text("{")
    with pytest.raises(state.StateUnusable, match=r"up\.json"):
        state.read_up(tmp_path)


def test_a_state_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(state.StateUnusable, match="file"):
        state.prepare(Runtime(Settings(), tmp_path / "file" / "state"))


def test_urls_of_our_own_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OKNO_DATABASE_URL", raising=False)
    monkeypatch.setenv("OKNO_REDIS_URL", "redis://elsewhere/0")
    runtime = Runtime(Settings(), tmp_path / "state")
    assert state.embedded_urls(runtime) == {}
    state.prepare(runtime)
    assert list(state.embedded_urls(runtime)) == ["OKNO_DATABASE_URL"]


def test_a_lost_keyring_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    runtime = Runtime(Settings(), tmp_path / "state")
    state.refuse_lost_keyring(runtime)
    state.prepare(runtime)
    state.refuse_lost_keyring(runtime)
    runtime.keyring_path.unlink()
    with pytest.raises(state.KeyringLost, match="put back its copy"):
        state.refuse_lost_keyring(runtime)


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_what_is_there_and_cannot_be_used_is_named_at_once(tmp_path: Path, mode: int) -> None:
    runtime = Runtime(Settings(), tmp_path / "state")
    state.prepare(runtime)
    runtime.keyring_path.chmod(mode)
    with pytest.raises(KeyringBroken, match="chmod 600"):
        state.prepare(runtime)
    runtime.keyring_path.chmod(0o600)
    (runtime.state / "secrets" / state.SERVICE_SECRET).write_text("\n")
    with pytest.raises(SecretMissing, match="is empty"):
        state.prepare(runtime)
