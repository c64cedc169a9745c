"""What a shipper remembers over its own restarts, and where it begins when it remembers nothing."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from engine.shipping.memory import BEFORE_S, Memory, end_of


@pytest.fixture
def files(tmp_path: Path) -> dict[Any, Path]:
    """A CEL file with two whole records and the beginning of a third; no queue_log yet."""
    (tmp_path / "okno.csv").write_bytes(b'"A","1"\n"B","2"\n"C",')
    return {"cel": tmp_path / "okno.csv", "queue_log": tmp_path / "queue_log"}


def test_a_first_start_begins_behind_what_is_there(tmp_path: Path, files: dict[Any, Path]) -> None:
    memory = Memory(tmp_path / "m.json", files)
    assert abs(memory.began - time.time()) < 5
    inode = files["cel"].stat().st_ino
    assert memory.start({"cel": None, "queue_log": None}) == {"cel": (inode, 16), "queue_log": None}
    assert Memory(tmp_path / "m.json", files).base == memory.base
    assert (tmp_path / "m.json").stat().st_mode & 0o777 == 0o600


def test_files_that_are_wholly_ours_are_read_from_the_beginning(tmp_path: Path, files: dict[Any, Path]) -> None:
    memory = Memory(tmp_path / "m.json", files, from_the_beginning=True)
    assert memory.start({}) == {"cel": None, "queue_log": None}
    assert abs(memory.began - (time.time() - BEFORE_S)) < 5


def test_what_the_engine_says_wins(tmp_path: Path, files: dict[Any, Path]) -> None:
    memory = Memory(tmp_path / "m.json", files)
    memory.confirm({"cel": (1, 2)}, {"cel": {1: "mark"}, "queue_log": {}})
    again = Memory(tmp_path / "m.json", files)
    assert (again.confirmed, again.marks, again.began) == ({"cel": (1, 2)}, {"cel": {1: "mark"}, "queue_log": {}}, memory.began)
    assert again.start({"cel": (9, 9), "queue_log": None}) == {"cel": (9, 9), "queue_log": None}


def test_another_database_is_told_nothing_of_what_is_older(tmp_path: Path, files: dict[Any, Path]) -> None:
    memory = Memory(tmp_path / "m.json", files, from_the_beginning=True)
    memory.confirm({"cel": (1, 2), "queue_log": (3, 4)}, {})
    memory.began = 5.0
    inode = files["cel"].stat().st_ino
    assert memory.start({"cel": None, "queue_log": None}) == {"cel": (inode, 16), "queue_log": None}
    assert abs(memory.began - time.time()) < 5 and memory.confirmed == {}


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"began": "x"}', json.dumps({"began": 1, "base": {"cel": 1}})])
def test_a_broken_memory_is_begun_anew(text: str, tmp_path: Path, files: dict[Any, Path]) -> None:
    (tmp_path / "m.json").write_text(text)
    memory = Memory(tmp_path / "m.json", files)
    assert abs(memory.began - time.time()) < 5 and memory.confirmed == {}
    assert json.loads((tmp_path / "m.json").read_text())["confirmed"] == {}


@pytest.mark.parametrize(("text", "end"), [(b"", 0), (b"half", 0), (b"a\n", 2), (b"x" * 70_000 + b"\n" + b"y" * 70_000, 70_001)])
def test_the_end_is_that_of_a_whole_line(text: bytes, end: int, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(text)
    assert end_of(tmp_path / "f") == ((tmp_path / "f").stat().st_ino, end)
    assert end_of(tmp_path / "g") is None
