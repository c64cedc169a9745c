"""All calls of a PBX's files."""

from __future__ import annotations

import gzip
from pathlib import Path

from engine.journal.checking import calls_of
from tests.engine.clinic import PBX, at, uid
from tests.engine.journal.paper import Paper, entities


def test_calls_of_an_interval_are_found_in_all_files_there_are(tmp_path: Path) -> None:
    paper = Paper()
    for number in range(4):
        paper.answered(100 * number, 10 * number + 1)
    cut = len(paper.cel) // 2
    with gzip.open(tmp_path / "okno.csv.1.gz", "wb") as packed:
        packed.write("".join(paper.cel[:cut]).encode("latin-1"))
    (tmp_path / "okno.csv").write_text("".join(paper.cel[cut:]), "latin-1")
    (tmp_path / "queue_log").write_text("".join(paper.queue_log), "latin-1")
    files = {"cel": tmp_path / "okno.csv", "queue_log": tmp_path / "queue_log"}
    found = calls_of(files, PBX, entities(), at(50), at(300))  # type: ignore[arg-type]
    assert [call.channel for call in found] == [uid(11), uid(21)]
    assert [call.result for call in found] == ["answered", "answered"]
    assert calls_of({"cel": tmp_path / "absent"}, PBX, entities(), at(0), at(999)) == []
