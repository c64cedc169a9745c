"""`okno ami replay`: calls out of recordings, sealed or raw, whole or cut; nobody's number is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.recording.files import Chunk, Writing
from okno.command import state
from okno.command.cli import main
from okno.seal import Keyring
from okno.settings import Runtime, Settings
from tests.engine.ami.fault_server import block, newchannel

REPLAYS = Path(__file__).parents[2] / "replays"
AT = datetime(2026, 11, 21, 4, tzinfo=UTC)


class Place:
    """A state directory, and `okno ami replay` on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.runtime = Runtime(Settings(), folder / "state")
        state.prepare(self.runtime)

    def okno(self, *words: object) -> tuple[int, str, str]:
        """Run it; returns code, output, errors."""
        code = main(["ami", "replay", *map(str, words), "--state", str(self.runtime.state)])
        return code, *self._capsys.readouterr()

    def calls(self, *words: object) -> list[dict[str, Any]]:
        """The calls of `--json`."""
        code, out, err = self.okno(*words, "--json")
        assert (code, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    def sealed(self, data: bytes, size: int = 2000) -> Path:
        """A sealed recording of these bytes."""
        sealer = Keyring.load(self.runtime.keyring_path).sealer("engine")
        writing = Writing.begin(self.folder / "ami", "main", sealer, AT)
        for start in range(0, len(data), size):
            writing.add(Chunk(AT, data[start : start + size], fresh=start == 0))
        writing.close()
        return writing.path


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    for name in ("OKNO_CONFIG", "OKNO_STATE"):
        monkeypatch.setenv(name, "")
    return Place(tmp_path, capsys)


def test_a_recording_makes_its_calls_masked(place: Place) -> None:
    (call,) = place.calls(REPLAYS / "answered.ami")
    assert (call["direction"], call["result"], call["number"]) == ("inbound", "answered", "+7 999 •••-18-01")
    assert [leg["result"] for leg in call["legs"]] == ["answered"]
    assert 2 < call["talk_s"] < 4
    _, out, _ = place.okno(REPLAYS / "answered.ami")
    assert out.count("\n") == 1
    assert "inbound  +7 999 •••-18-01  registry  answered" in out
    assert place.calls(REPLAYS / "answered.ami", "--full")[0]["number"] == "+79990001801"


@pytest.mark.parametrize("name", ["answered", "busy-then-next", "abandoned-waiting"])
def test_sealed_and_raw_make_the_same_calls(place: Place, name: str) -> None:
    raw = (REPLAYS / f"{name}.ami").read_bytes()
    sealed = place.sealed(raw)
    assert place.calls(sealed) == place.calls(REPLAYS / f"{name}.ami", "--pbx", "main")


def test_a_rotated_recording_goes_on_in_its_next_file(place: Place) -> None:
    raw = (REPLAYS / "answered.ami").read_bytes()
    sealer = Keyring.load(place.runtime.keyring_path).sealer("engine")
    half = len(raw) // 2 + 7  # in the middle of a block
    parts = []
    for data, fresh in ((raw[:half], True), (raw[half:], False)):
        writing = Writing.begin(place.folder / "ami", "main", sealer, datetime.now(UTC))
        writing.add(Chunk(AT, data, fresh))
        writing.close()
        parts.append(writing.path)
    assert place.calls(*parts) == place.calls(REPLAYS / "answered.ami", "--pbx", "main")


def test_cut_off_it_tells_what_is_whole(place: Place) -> None:
    sealed = place.sealed((REPLAYS / "answered.ami").read_bytes())
    sealed.write_bytes(sealed.read_bytes()[:-10])
    code, out, err = place.okno(sealed)
    assert code == 1
    assert "inbound" in out
    assert err.count("\n") == 1
    assert "ends in the middle of a chunk" in err


def test_sealed_numbers_are_not_shown_in_full(place: Place) -> None:
    code, out, err = place.okno(place.sealed((REPLAYS / "answered.ami").read_bytes()), "--full")
    assert (code, out) == (1, "")
    assert "masked only" in err


def test_facts_hide_people(place: Place) -> None:
    file = place.folder / "one.ami"
    file.write_bytes(newchannel(1, "Müller") + block(Event="Hangup", Uniqueid="1760000000.1", Cause=16))
    code, out, _ = place.okno(file, "--facts")
    assert (code, [json.loads(line)["fact"] for line in out.splitlines()]) == (0, ["ChannelCreated", "ChannelHungUp"])
    assert "9990000001" not in out
    assert "Müller" not in out
    assert "Müller" in place.okno(file, "--facts", "--full")[1]


LOCAL = "Local/79990000001@okno-outbound-0000002b;1"
FACTS = [
    ({"Event": "DialEnd", "DestUniqueid": "1760000000.2", "DialStatus": "BUSY", "Forward": "Local/79990000001@ctx"}, {"to": "•••"}),
    ({"Event": "DialEnd", "DestUniqueid": "1760000000.2", "DialStatus": "BUSY", "Forward": "79990000001"}, {"to": "79 •••01"}),
    ({"Event": "Rename", "Channel": "a", "Newname": LOCAL, "Uniqueid": "1760000000.1"}, {"name": "Local/•••-0000002b;1"}),
    ({"Event": "Rename", "Channel": "a", "Newname": "Local/79990000001@ctx"}, {"name": "Local/•••"}),
    ({"Event": "Rename", "Channel": "a", "Newname": "Anna/79990000001"}, {"name": "•••"}),
    ({"Event": "DialBegin", "DestUniqueid": "1760000000.2", "DestChannel": LOCAL, "DialString": "79990000001@trunk"},
     {"dest_name": "Local/•••-0000002b;1", "dial_string": "•••", "dest": "1760000000.2"}),
    ({"Event": "QueueMemberPause", "Queue": "front", "Interface": "Local/79990000001@ctx", "PausedReason": "Anna", "Paused": 1,
      "Status": 1}, {"interface": "•••", "reason": "•••", "queue": "front", "status": 1, "paused": True}),
    ({"Event": "DeviceStateChange", "Device": "Local/79990000001@ctx", "State": "INUSE"}, {"device": "•••", "state": "INUSE"}),
    ({"Event": "BlindTransfer", "TransfererUniqueid": "1760000000.1", "TransfereeUniqueid": "1760000000.3", "Context": "ctx",
      "Extension": "0001", "Result": "Success"}, {"transferee": "1760000000.3", "context": "ctx", "exten": "•••"}),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "shown"), FACTS)
def test_no_field_of_a_fact_tells_a_number_or_a_name(
    place: Place, headers: dict[str, object], shown: dict[str, object]
) -> None:
    sealed = place.sealed(block(**headers | {"Uniqueid": "1760000000.1"}))
    code, out, err = place.okno(sealed, "--facts")
    assert (code, err) == (0, "")
    fact = json.loads(out)
    assert {name: fact[name] for name in shown} == shown
    assert "9990000001" not in out and "Anna" not in out


def test_what_is_no_recording_is_one_line(place: Place) -> None:
    for file in (place.folder / "none.ami", place.folder):
        code, out, err = place.okno(file)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert "Traceback" not in err
    (place.folder / "empty.ami").write_bytes(b"")
    assert place.okno(place.folder / "empty.ami") == (0, "", "")
