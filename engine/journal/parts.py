"""What goes from the reader of the files, beside the PBX, to the reader of their records, in the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.world import Call

FileName = Literal["cel", "queue_log"]
Position = tuple[int, int]
# The reason that tells of a file which was cut short and begins anew under its old inode.
TRUNCATED = "truncated"


class OutOfPlace(ValueError):
    """A part does not begin where the one before it ended."""


class Unreadable(ValueError):
    """A record that is none; its text says what is wrong with it, and never what stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A place in a journal's file that could not be read: what was wrong with it, never what stood there."""

    offset: int
    reason: str
    file: str = ""
    inode: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Whole records of one file from byte `start` to byte `end`, and whether more was there to read.

    Each character of a record is one byte of the file (Latin-1), its line end included, so that a record's place can
    be counted. What was skipped stands before the first record: `end - start` may be more than the records' length.
    `inode` is that of the file in which the records were written; of a compressed one, that of before.
    """

    inode: int
    start: int
    end: int
    records: tuple[str, ...] = ()
    at_end: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Batch):
    """A batch of one of a PBX's two files."""

    file: FileName


def part_of(file: FileName, batch: Batch) -> Part:
    """A batch as the part of the file it was read from."""
    return Part(
        file=file, inode=batch.inode, start=batch.start, end=batch.end, records=batch.records, at_end=batch.at_end,
        problems=batch.problems,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What followed of a part.

    `ended` are calls that are over, as the journal has them; one may be told again after a restart, by the same id.
    `confirmed` is, for each file, how far it need not be read again: the oldest record an open call may still need;
    and under `told` up to where in CEL what ended was told. All of it is to be kept together and given to `begin`.
    `rows` counts the records that were understood. With `more`, what was read could not all be told without holding up
    the loop: let it go round, then ask `Reader.go_on`.
    """

    ended: tuple[Call, ...] = ()
    confirmed: dict[str, Position] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    rows: int = 0
    more: bool = False
