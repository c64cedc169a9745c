"""The clinic's own check of files: a real program on a real pipe."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.media import checking
from chat.media.checking import Check, CheckFailed
from chat.media.keeping import Media, NoFile
from tests.chat.sending.bench import Bench

# Finds the word «virus», as a scanner finds a signature; with «broken» it fails, with «early» it does not read on.
SCANNER = """
import sys
read = sys.stdin.buffer.read
head = read(10)
if b"early" in head:
    sys.exit(1)
found = head + read()
sys.exit(2 if b"broken" in found else 1 if b"virus" in found else 0)
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A scanner."""
    (tmp_path / "scan.py").write_text(SCANNER)
    return [sys.executable, str(tmp_path / "scan.py")]


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """Yield content as it is kept."""
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


@pytest.mark.parametrize(("content", "clean"), [
    (b"", True), (b"words", True), (bytes(1_000_000), True), (bytes(900_000) + b"virus", False),
    (b"early" + bytes(5_000_000), False),
])  # fmt: skip
async def test_its_end_says_whether_a_file_may_be_kept(command: list[str], content: bytes, clean: bool) -> None:
    assert await Check(command).clean(pieces(content)) is clean
    assert await Check().clean(pieces(content))


async def test_one_that_does_not_work_says_nothing_of_the_file(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CheckFailed, match="ended with 2"):
        await Check(command).clean(pieces(b"broken"))
    with pytest.raises(CheckFailed, match="cannot be started"):
        await Check(["/nowhere/clamdscan"]).clean(pieces(b"words"))
    monkeypatch.setattr(checking, "_WITHIN_S", 0.2)
    with pytest.raises(CheckFailed, match="does not end"):
        await Check([sys.executable, "-c", "import time; time.sleep(60)"]).clean(pieces(b"words"))


async def test_what_it_refuses_is_not_kept_nor_what_it_could_not_look_at(bench: Bench, command: list[str]) -> None:
    media = Media(bench.database, bench.own, 1 << 20, Check(command))
    with pytest.raises(NoFile):
        await media.upload("x", "olga", pieces(b"a virus"))
    with pytest.raises(CheckFailed):
        await media.upload("x", "olga", pieces(b"broken"))
    assert await bench.database.fetchval("SELECT count(*) FROM attachment") == 0
    assert (await media.upload("x", "olga", pieces(b"words"))).state == "ready"
    assert await bench.database.fetchval("SELECT count(*) FROM attachment_chunk") == 1
