"""The files a rotated one consists of."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from engine.journal.files.rotation import HEAD, kin, mark_at, mark_of


def test_the_kin_of_a_file_stand_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    log = tmp_path / "queue_log"
    names = ["queue_log", "queue_log-20261101", "queue_log.2", "queue_log.1", "queue_log.3.gz"]
    for age, name in enumerate(names):
        (tmp_path / name).write_text("x\n")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    for name in ("queue_log.bak", "queue_log.conf", "queue_logs", "other", "queue_log.1.txt"):
        (tmp_path / name).write_text("x\n")
    (tmp_path / "queue_log.9").symlink_to(tmp_path / "nowhere")
    assert [file.path.name for file in kin(log)] == [*reversed(names[1:]), "queue_log"]
    assert [file.live for file in kin(log)][-1] is True
    assert kin(tmp_path / "absent" / "queue_log") == []


def test_what_is_being_packed_is_read_unpacked(tmp_path: Path) -> None:
    for name in ("cel.csv", "cel.csv.1", "cel.csv.1.gz"):
        (tmp_path / name).write_text("x\n")
    assert [file.path.name for file in kin(tmp_path / "cel.csv")] == ["cel.csv.1", "cel.csv"]


def test_a_file_is_known_again_by_its_first_record(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\ntwo\n")
    with gzip.open(tmp_path / "a.1.gz", "wb") as packed:
        packed.write(b"one\nthree\n")
    live, old = kin(tmp_path / "a")[-1], kin(tmp_path / "a")[0]
    assert mark_at(live) == mark_at(old) == mark_of(b"one\n") != mark_of(b"two\n")
    assert mark_of(b"") == mark_of(b"not whole") == ""
    assert mark_of(b"x" * HEAD) == mark_of(b"x" * HEAD + b"more\n") != ""
    (tmp_path / "a.1.gz").write_bytes(b"no archive")
    assert mark_at(old) == ""
