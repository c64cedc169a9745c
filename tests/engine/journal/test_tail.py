"""Reading a file that another program writes, renames, truncates, compresses and replaces."""

from __future__ import annotations

import gzip
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.journal.files.records import CUT_OFF, LONGEST, NUL, TOO_LONG
from engine.journal.parts import TRUNCATED, Batch, part_of
from engine.journal.reading import Reader
from engine.journal.tail import LOST, MISSING, UNREADABLE, Tail
from tests.engine.clinic import PBX
from tests.engine.journal.paper import LONG_AFTER


def lines(first: int, last: int) -> str:
    """Numbered lines of a queue_log, from `first` to before `last`."""
    return "".join(f"{1760000000 + n}|NONE|NONE|NONE|PAUSEALL|{n}\n" for n in range(first, last))


OPEN: list[Tail] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """No file stays open after a test."""
    yield
    while OPEN:
        OPEN.pop().close()


class Log:
    """A queue_log in a directory of its own, and everything read of it."""

    def __init__(self, folder: Path, marks: dict[int, str] | None = None) -> None:
        self.path = folder / "queue_log"
        self.tail = Tail("queue_log", self.path, marks, grace_s=0)
        self.batches: list[Batch] = []
        OPEN.append(self.tail)

    def write(self, text: str, path: Path | None = None) -> None:
        """Append, as Asterisk does."""
        with (path or self.path).open("a", encoding="latin-1", newline="") as file:
            file.write(text)

    def age(self, name: str, seconds: float) -> Path:
        """Let a file look so old."""
        path = self.path.parent / name
        os.utime(path, (time.time() - seconds, time.time() - seconds))
        return path

    def read(self, most: int = 500) -> str:
        """Read until nothing is left; returns what was new."""
        text = ""
        for _ in range(10_000):
            batch = self.tail.read(most)
            assert batch.end - batch.start >= len("".join(batch.records))
            self.batches.append(batch)
            text += "".join(batch.records)
            if batch.at_end:
                return text
        raise AssertionError("it does not come to an end")

    def again(self, position: tuple[int, int] | None, *, marks: bool = True) -> Log:
        """Another reader that goes on from there, with or without what this one knew files by."""
        self.tail.close()
        other = Log(self.path.parent, self.tail.marks if marks else None)
        other.tail.seek(position)
        return other

    @property
    def position(self) -> tuple[int, int]:
        """How far it was read."""
        return self.batches[-1].inode, self.batches[-1].end

    @property
    def reasons(self) -> list[tuple[int, str]]:
        """All problems so far: place and reason."""
        return [(problem.offset, problem.reason) for batch in self.batches for problem in batch.problems]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_it_reads_what_is_there_and_what_comes(log: Log) -> None:
    log.write(lines(0, 5))
    assert log.read(most=2) == lines(0, 5)
    assert [len(batch.records) for batch in log.batches if batch.records] == [2, 2, 1]
    assert log.read() == ""
    log.write(lines(5, 6))
    assert log.read() == lines(5, 6)
    assert log.position == (log.path.stat().st_ino, len(lines(0, 6)))
    assert log.reasons == []


def test_a_record_that_is_being_written_waits_for_its_end(log: Log) -> None:
    log.write(lines(0, 2)[:-9])
    assert log.read() == lines(0, 1)
    log.write(lines(0, 2)[-9:])
    assert log.read() == lines(1, 2)


def test_an_empty_file_and_one_that_is_not_there_are_read_when_they_come(log: Log) -> None:
    assert log.read() == log.read() == ""
    assert log.reasons == [(0, MISSING)]
    log.path.touch()
    assert log.read() == ""
    log.write(lines(0, 1))
    assert log.read() == lines(0, 1)


def test_a_file_that_cannot_be_opened_is_said_once(log: Log) -> None:
    log.path.mkdir()
    assert log.read() == log.read() == ""
    assert log.reasons == [(0, UNREADABLE)]


def test_a_deleted_file_is_read_to_its_end_and_the_next_one_from_its_beginning(log: Log) -> None:
    log.write(lines(0, 3))
    assert log.read(most=1)[:5] == lines(0, 3)[:5]
    log.write(lines(3, 4))
    log.path.unlink()
    assert log.read() == lines(3, 4)
    assert log.read() == ""
    assert [reason for _, reason in log.reasons] == [MISSING]
    log.write(lines(4, 5))
    assert log.read() == lines(4, 5)


def test_a_file_replaced_under_the_reader_is_read_from_its_beginning(log: Log, tmp_path: Path) -> None:
    log.write(lines(0, 4))
    log.read()
    log.write(lines(50, 60), tmp_path / "new")
    (tmp_path / "new").replace(log.path)
    assert log.read() == lines(50, 60)
    assert log.batches[-1].inode == log.path.stat().st_ino


def test_rotation_by_rename_loses_nothing_and_tells_nothing_twice(log: Log, tmp_path: Path) -> None:
    log.write(lines(0, 4))
    log.read()
    log.path.rename(tmp_path / "queue_log.1")
    log.write(lines(4, 6), tmp_path / "queue_log.1")  # until `logger reload` Asterisk writes to the old file
    assert log.read() == lines(4, 6)
    log.write(lines(6, 8))
    assert log.read() == lines(6, 8)
    assert log.reasons == []


def test_several_rotations_while_nobody_read_some_of_them_packed(log: Log, tmp_path: Path) -> None:
    log.write(lines(0, 4))
    log.read()
    first = log.position
    log.path.rename(tmp_path / "queue_log.3")
    log.write(lines(4, 6), tmp_path / "queue_log.3")
    with gzip.open(tmp_path / "queue_log.2.gz", "wb") as packed:
        packed.write(lines(6, 9).encode())
    log.write(lines(9, 12), tmp_path / "queue_log.1")
    log.write(lines(12, 14))
    for age, name in enumerate(("queue_log.1", "queue_log.2.gz", "queue_log.3")):
        log.age(name, age)
    assert log.again(first).read(most=2) == lines(4, 14)
    assert log.read(most=2) == lines(4, 14)


def test_the_open_file_is_read_on_though_it_was_packed_and_deleted(log: Log, tmp_path: Path) -> None:
    log.write(lines(0, 4))
    log.tail.read(2)
    with gzip.open(tmp_path / "queue_log.1.gz", "wb") as packed:
        packed.write(log.path.read_bytes())
    log.path.unlink()
    log.write(lines(4, 6))
    assert log.read() == lines(2, 6)


def test_a_position_in_a_file_that_was_packed_since_is_found_by_its_first_record(log: Log, tmp_path: Path) -> None:
    log.write(lines(0, 4))
    log.tail.read(2)
    log.batches = [log.tail.read(1)]
    with gzip.open(tmp_path / "queue_log.1.gz", "wb") as packed:
        packed.write(log.path.read_bytes())
    log.path.unlink()
    log.write(lines(4, 6))
    other = log.again(log.position)
    assert other.read(most=1) == lines(3, 6)
    assert other.batches[0].inode == log.position[0]
    assert other.reasons == []


def test_a_position_that_is_nowhere_begins_at_the_oldest_file_and_says_so(log: Log, tmp_path: Path) -> None:
    log.write(lines(0, 4), tmp_path / "queue_log.1")
    log.write(lines(4, 6))
    log.age("queue_log.1", 60)
    other = log.again((12345, 999))
    assert other.read() == lines(0, 6)
    assert other.reasons == [(0, LOST)]
    assert log.again(None).read() == lines(0, 6)


def test_an_inode_that_was_given_to_another_file_is_no_old_acquaintance(log: Log) -> None:
    log.write(lines(0, 4))
    log.read()
    inode, place = log.position
    log.path.write_text(lines(70, 80))  # the same inode by truncation; ext4 also gives a deleted one to the next file
    other = log.again((inode, place))
    assert other.read() == lines(70, 80)
    assert other.batches[-1].inode != inode
    assert log.again(other.position).read() == lines(70, 80), "without its marks nobody knows this number"
    again = other.again(other.position)
    other.write(lines(80, 81))
    assert again.read() == lines(80, 81)


def test_a_place_where_no_record_ends_is_not_gone_on_from(log: Log) -> None:
    log.write(lines(0, 4))
    log.read()
    inode, _ = log.position
    assert log.again((inode, 7), marks=False).read() == lines(0, 4)
    assert log.again((inode, 10_000)).read() == lines(0, 4)


def test_a_file_that_was_truncated_while_nobody_knew_it_says_so_and_is_taken_by_who_had_read_it(log: Log) -> None:
    log.write(lines(0, 4))
    log.read()
    reader = Reader(PBX, [])
    reader.begin({"queue_log": log.position})
    log.path.write_text(lines(70, 71))
    other = log.again(log.position, marks=False)
    assert other.read() == lines(70, 71)
    assert other.reasons == [(0, TRUNCATED)]
    for batch in other.batches:
        reader.take(part_of("queue_log", batch), LONG_AFTER)
    assert reader.position("queue_log") == other.position == (log.position[0], len(lines(70, 71)))


def test_truncation_begins_anew_and_says_so(log: Log) -> None:
    log.write(lines(0, 4))
    log.read()
    old = log.position[0]
    os.truncate(log.path, 0)
    assert log.read() == ""
    log.write(lines(30, 31))
    assert log.read() == lines(30, 31)
    assert log.reasons == [(0, TRUNCATED)]
    assert log.position[0] != old


def test_truncation_and_a_longer_new_text_between_two_looks(log: Log) -> None:
    log.write(lines(0, 2))
    log.read()
    log.path.write_text(lines(30, 40))
    assert log.read() == lines(30, 40)


def test_copy_and_truncate_loses_nothing(log: Log, tmp_path: Path) -> None:
    log.write(lines(0, 4))
    log.tail.read(2)
    log.write(lines(4, 5))
    shutil.copy(log.path, tmp_path / "queue_log.1")
    os.truncate(log.path, 0)
    log.write(lines(5, 6))
    log.age("queue_log.1", 5)
    assert log.read() == lines(2, 6)


def test_a_cut_off_end_of_an_old_file_is_reported_where_it_is(log: Log, tmp_path: Path) -> None:
    log.write(lines(0, 2) + "17600")
    assert log.read() == lines(0, 2)
    log.path.rename(tmp_path / "queue_log.1")
    log.write(lines(2, 3))
    assert log.read() == lines(2, 3)
    assert log.reasons == [(len(lines(0, 2)), CUT_OFF)]


def test_whoever_writes_has_a_moment_to_finish_in_the_file_that_was_renamed(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.tail = Tail("queue_log", log.path, grace_s=3600)
    OPEN.append(log.tail)
    log.write(lines(0, 1))
    log.read()
    log.path.rename(tmp_path / "queue_log.1")
    log.write(lines(2, 3))
    batch = log.tail.read()
    assert (batch.records, batch.at_end) == ((), False)
    log.write(lines(1, 2), tmp_path / "queue_log.1")
    assert "".join(log.tail.read().records) == lines(1, 2)


def test_damage_is_counted_at_its_place_and_skipped_alone(log: Log) -> None:
    log.write(lines(0, 1) + "\0\0\n" + lines(1, 2) + "x" * (3 * LONGEST) + "\n" + lines(2, 3))
    assert log.read() == lines(0, 3)
    place = len(lines(0, 1))
    assert log.reasons == [(place, NUL), (place + 3 + len(lines(1, 2)), TOO_LONG)]


def test_bytes_that_are_no_utf_8_stay_what_they_are(log: Log) -> None:
    log.path.write_bytes(b"1760000000|1.1|q|Jos\xe9|CONNECT|1\n" + "1760000000|1.1|q|Ж|CONNECT|1\n".encode())
    text = log.read()
    assert text.encode("latin-1") == log.path.read_bytes()
    assert log.batches[-1].end == log.path.stat().st_size


def test_a_damaged_archive_is_left_for_the_next_file(log: Log, tmp_path: Path) -> None:
    whole = gzip.compress(lines(0, 4000).encode())
    (tmp_path / "queue_log.1.gz").write_bytes(whole[: len(whole) // 2])
    log.age("queue_log.1.gz", 60)
    log.write(lines(5000, 5002))
    assert log.read().endswith(lines(5000, 5002))
    assert [reason for _, reason in log.reasons] == [UNREADABLE]


def test_how_much_lies_behind_is_known(log: Log, tmp_path: Path) -> None:
    assert log.tail.behind() == 0
    log.write(lines(0, 3), tmp_path / "queue_log.1")
    log.age("queue_log.1", 60)
    log.write(lines(3, 5))
    assert log.tail.behind() == len(lines(0, 5))
    log.tail.read(1)
    assert log.tail.behind() == len(lines(1, 5))
    log.read()
    assert log.tail.behind() == 0


def test_closing_keeps_the_place(log: Log) -> None:
    log.write(lines(0, 4))
    log.tail.read(1)
    log.tail.close()
    log.tail.close()
    assert log.read() == lines(1, 4)


STEPS = st.lists(
    st.sampled_from(["write", "half", "read", "rename", "pack", "copytruncate", "reopen"]), min_size=3, max_size=25
)


@settings(max_examples=120, deadline=None)
@given(steps=STEPS, most=st.integers(1, 5))
def test_whatever_is_done_to_the_file_every_record_is_read_once_in_order(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], most: int
) -> None:
    log, written, seen, rotated = Log(tmp_path_factory.mktemp("tail")), 0, "", 0
    folder, rest = log.path.parent, ""
    for step in [*steps, "write", "read"]:
        if rest and step not in ("half", "read", "reopen"):
            log.write(rest)
            rest = ""
        if step == "write":
            log.write(lines(written, written + 3))
            written += 3
        elif step == "half" and not rest:
            record = lines(written, written + 1)
            log.write(record[:11])
            rest, written = record[11:], written + 1
        elif step == "read":
            seen += log.read(most)
        elif step == "reopen" and log.batches and log.position[1]:  # of a file without a whole record nothing is known
            log = log.again(log.position)
            log.batches = [Batch(inode=0, start=0, end=0)]
            seen += log.read(most)
        elif step in ("rename", "pack", "copytruncate") and log.path.exists() and log.path.stat().st_size:
            rotated += 1
            old = folder / f"queue_log.{1000 - rotated}"
            if step == "copytruncate":
                shutil.copy(log.path, old)
                os.truncate(log.path, 0)
            else:
                log.path.rename(old)
            os.utime(old, (1e9 + rotated, 1e9 + rotated))
            if step == "pack":
                with gzip.open(f"{old}.gz", "wb") as packed:
                    packed.write(old.read_bytes())
                old.unlink()
                os.utime(f"{old}.gz", (1e9 + rotated, 1e9 + rotated))
    assert seen + log.read(most) == lines(0, written)
