"""Sealed chunks: read up to wherever the file ends, and nothing else can be done to them unnoticed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.recording.files import Chunk, NoRecording, Reading, Writing, is_sealed
from okno.seal import Keyring, Sealer

AT = datetime(2026, 11, 21, 4, tzinfo=UTC)
DATA = [b"Event: Newchannel\r\nCallerIDNum: +79990001801\r\n\r\n", bytes(range(256)) * 40, b"", b"\xff"]


@pytest.fixture(scope="module")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    """A keyring's sealer, as the engine's."""
    return Keyring.create(tmp_path_factory.mktemp("keys") / "keyring.json").sealer("engine")


def written(folder: Path, sealer: Sealer, data: list[bytes], fresh: bool = False) -> Path:
    """A recording of these chunks."""
    writing = Writing.begin(folder, "main", sealer, AT)
    for one in data:
        writing.add(Chunk(AT, one, fresh))
    writing.close()
    assert writing.size == writing.path.stat().st_size
    return writing.path


def test_what_was_written_is_read_and_nobody_else_reads_it(tmp_path: Path, sealer: Sealer) -> None:
    path = written(tmp_path, sealer, DATA)
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"9990001801" not in path.read_bytes()
    reading = Reading(path, sealer)
    assert reading.pbx == "main"
    assert [chunk.data for chunk in reading] == DATA
    assert (reading.torn, reading.damaged) == (False, 0)
    assert is_sealed(path)


def test_cut_anywhere_it_is_read_up_to_its_last_whole_chunk(tmp_path: Path, sealer: Sealer) -> None:
    whole = written(tmp_path, sealer, DATA).read_bytes()
    head = whole.index(b"\n") + 1
    ends = [head]
    while ends[-1] < len(whole):
        ends.append(ends[-1] + 4 + int.from_bytes(whole[ends[-1] : ends[-1] + 4], "big"))
    for cut in range(head, len(whole), 97):
        (tmp_path / "cut").write_bytes(whole[:cut])
        reading = Reading(tmp_path / "cut", sealer)
        complete = sum(end <= cut for end in ends) - 1
        assert [chunk.data for chunk in reading] == DATA[:complete]
        assert reading.torn == (cut not in ends)


def test_a_damaged_chunk_is_passed_over_and_told(tmp_path: Path, sealer: Sealer) -> None:
    path = written(tmp_path, sealer, DATA)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"\n") + 40] ^= 1
    path.write_bytes(raw)
    reading = Reading(path, sealer)
    assert [(chunk.data, chunk.fresh) for chunk in reading] == [(DATA[1], True), (DATA[2], False), (DATA[3], False)]
    assert reading.damaged == 1


def test_a_chunk_of_another_file_or_place_opens_nowhere(tmp_path: Path, sealer: Sealer) -> None:
    one, two = (written(tmp_path / name, sealer, [b"same", b"same"]) for name in "ab")
    head, body = one.read_bytes().split(b"\n", 1)
    length = 4 + int.from_bytes(body[:4], "big")
    swapped = tmp_path / "swapped"
    swapped.write_bytes(head + b"\n" + body[length:] + body[:length])
    reading = Reading(swapped, sealer)
    assert (list(reading), reading.damaged) == ([], 2)
    foreign = tmp_path / "foreign"
    foreign.write_bytes(head + b"\n" + two.read_bytes().split(b"\n", 1)[1])
    reading = Reading(foreign, sealer)
    assert (list(reading), reading.damaged) == ([], 2)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_bytes_that_are_no_recording_are_one_line(
    tmp_path_factory: pytest.TempPathFactory, sealer: Sealer, junk: bytes, place: int
) -> None:
    path = tmp_path_factory.mktemp("junk") / "file"
    path.write_bytes(junk)
    with pytest.raises(NoRecording):
        Reading(path, sealer)
    whole = written(path.parent, sealer, [b"one"]).read_bytes()
    (path.parent / "spoilt").write_bytes(whole[:place] + junk)
    try:
        assert len(list(Reading(path.parent / "spoilt", sealer))) <= 1
    except NoRecording as error:
        assert "\n" not in str(error)


def test_another_key_opens_nothing(tmp_path: Path, sealer: Sealer) -> None:
    path = written(tmp_path, sealer, DATA)
    other = Keyring.create(tmp_path / "other.json").sealer("engine")
    reading = Reading(path, other)
    assert (list(reading), reading.damaged) == ([], len(DATA))


def test_no_file_is_one_line(tmp_path: Path, sealer: Sealer) -> None:
    with pytest.raises(NoRecording, match="No such file"):
        Reading(tmp_path / "none", sealer)
    with pytest.raises(NoRecording, match="No such file"):
        is_sealed(tmp_path / "none")
