"""The keyring's file: private, whole, never overwritten; what is wrong with it is said in one line."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from okno.seal import Keyring, KeyringBroken


def test_a_new_keyring_is_private_and_loads_the_same(tmp_path: Path) -> None:
    made = Keyring.create(tmp_path / "keyring.json")
    loaded = Keyring.load(made.path)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert (loaded.active, dict(loaded.roots), loaded.index_root) == (made.active, dict(made.roots), made.index_root)


def test_it_is_never_overwritten(keyring: Keyring) -> None:
    before = keyring.path.read_bytes()
    with pytest.raises(KeyringBroken, match="never overwritten"):
        Keyring.create(keyring.path)
    assert keyring.path.read_bytes() == before


def damaged(text: str) -> list[str]:
    content = json.loads(text)
    key = content["active"]
    flipped = content["keys"][key]["secret"]
    flipped = ("B" if flipped[0] == "A" else "A") + flipped[1:]
    return [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        text[:-20],
        text.replace('"version": 1', '"version": 2'),
        text.replace(key, "zz"),
        json.dumps(content | {"active": "00000001"}),
        json.dumps(content | {"keys": {}}),
        json.dumps(content | {"keys": []}),
        json.dumps(content | {"index": {"secret": "AAAA", "check": "x"}}),
        json.dumps(content | {"index": None}),
        json.dumps(content | {"keys": {key: content["keys"][key] | {"secret": flipped}}}),
        json.dumps({name: content[name] for name in content if name != "index"}),
    ]


def test_every_damage_is_one_clear_line(keyring: Keyring) -> None:
    whole = keyring.path.read_text()
    for text in damaged(whole):
        keyring.path.write_text(text)
        with pytest.raises(KeyringBroken) as caught:
            Keyring.load(keyring.path)
        assert str(caught.value) == f"{keyring.path}: the keyring is damaged; put back its copy"
        assert caught.value.__suppress_context__


def test_missing_unreadable_or_open_to_others(tmp_path: Path, keyring: Keyring) -> None:
    with pytest.raises(KeyringBroken, match="there is no keyring; put back its copy, or make the first one with `okno keys init`"):
        Keyring.load(tmp_path / "none.json")
    with pytest.raises(KeyringBroken, match="cannot be read: Is a directory"):
        Keyring.load(tmp_path)
    keyring.path.chmod(0o640)
    with pytest.raises(KeyringBroken, match="chmod 600"):
        Keyring.load(keyring.path)
    keyring.path.write_bytes(b"\xff\xfe")
    with pytest.raises(KeyringBroken, match="it is not a text file"):
        Keyring.load(keyring.path)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyringBroken, match="cannot be written"):
        Keyring.create(tmp_path / "file" / "keyring.json")


def test_rotate_and_retire_are_on_disk_at_once(keyring: Keyring) -> None:
    first = keyring.active
    second = keyring.rotate()
    assert first != second == keyring.active == Keyring.load(keyring.path).active
    assert set(Keyring.load(keyring.path).roots) == {first, second}
    keyring.retire(first)
    assert set(Keyring.load(keyring.path).roots) == {second}


def test_the_active_or_an_unknown_key_is_not_retired(keyring: Keyring) -> None:
    with pytest.raises(KeyringBroken, match="is the active one"):
        keyring.retire(keyring.active)
    with pytest.raises(KeyringBroken, match="00000000 is not there"):
        keyring.retire(0)


def test_refresh_reads_only_what_changed_and_survives_absence(keyring: Keyring) -> None:
    assert keyring.refresh() is False
    other = Keyring.load(keyring.path)
    other.rotate()
    assert keyring.refresh() is True and keyring.active == other.active
    keyring.path.unlink()
    assert keyring.refresh() is False and keyring.roots


def test_its_repr_holds_no_key(keyring: Keyring) -> None:
    assert keyring.roots[keyring.active].hex() not in repr(keyring) and "keys=1" in repr(keyring)


def test_a_process_that_seals_follows_a_rotation_by_itself(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it would go on sealing with a key that is about to be retired."""
    other = Keyring.load(keyring.path)
    other.rotate()
    monkeypatch.setattr("okno.seal.keyring._LOOK_S", 0.0)
    assert keyring.active == other.active


def test_a_file_damaged_under_a_running_process_is_logged_once_and_the_keys_stay(
    keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    active = keyring.active
    keyring.path.write_text("{")
    assert keyring.refresh() is False and keyring.refresh() is False
    assert keyring.active == active
    assert [record.message for record in caplog.records] == ["keyring_broken"]
