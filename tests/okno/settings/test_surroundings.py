"""Secrets come from files or the environment, and what is wrong with them is said without saying them."""

from pathlib import Path

import pytest

from okno.settings import Runtime, SecretMissing, Settings, default_state


@pytest.fixture
def here(tmp_path: Path) -> Runtime:
    (tmp_path / "secrets").mkdir()
    return Runtime(Settings(), tmp_path)


def put(here: Runtime, name: str, text: str, mode: int = 0o600) -> None:
    path = here.state / "secrets" / name
    path.write_text(text)
    path.chmod(mode)


def test_a_secret_from_a_file(here: Runtime, tmp_path: Path) -> None:
    put(here, "ami.secret", "s3cret\n")
    assert here.secret("file:ami.secret") == "s3cret"
    assert here.secret(f"file:{tmp_path}/secrets/ami.secret") == "s3cret"


def test_a_secret_from_the_environment(here: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMI_SECRET", " s3cret ")
    assert here.secret("env:AMI_SECRET") == "s3cret"
    monkeypatch.setenv("AMI_SECRET", " ")
    with pytest.raises(SecretMissing, match="the environment variable AMI_SECRET is not set"):
        here.secret("env:AMI_SECRET")


@pytest.mark.parametrize(("mode", "text", "words"), [(0o644, "x", "chmod 600"), (0o600, " \n", "is empty")])
def test_files_that_will_not_do(here: Runtime, mode: int, text: str, words: str) -> None:
    put(here, "a", text, mode)
    with pytest.raises(SecretMissing, match=words):
        here.secret("file:a")


def test_missing_or_strange(here: Runtime) -> None:
    with pytest.raises(SecretMissing, match="there is no such secret file"):
        here.secret("file:none")
    (here.state / "secrets" / "folder").mkdir(mode=0o700)
    with pytest.raises(SecretMissing, match="cannot be read: Is a directory"):
        here.secret("file:folder")
    for ref in ("hunter2", "file:", "env:", "vault:x", ""):
        with pytest.raises(SecretMissing, match="a secret is named as file:NAME or env:NAME") as caught:
            here.secret(ref)
        assert "hunter2" not in str(caught.value)


def test_paths_are_below_the_state(here: Runtime, tmp_path: Path) -> None:
    assert here.path(Path("a/b")) == tmp_path / "a/b"
    assert here.path(Path("/var/x")) == Path("/var/x")
    assert (here.keyring_path, here.log_folder) == (tmp_path / "keyring.json", tmp_path / "logs")


def test_the_default_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OKNO_STATE", str(tmp_path))
    assert default_state() == tmp_path
    monkeypatch.delenv("OKNO_STATE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_state() == tmp_path / ".local/state/okno"
