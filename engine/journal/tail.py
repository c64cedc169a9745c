"""The end of a file that another program writes, renames, truncates, compresses and replaces: whole records only.

A file is known by its inode, and known again by its first record: an inode is given to another file after a deletion,
stays when a file is cut short, and is a new one after compression. Where inode and first record disagree the number
that stands for the inode is made from the record. Offsets count the bytes of the text, also of a compressed file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from engine.journal.files.records import CUT_OFF, TOO_LONG, cut
from engine.journal.files.rotation import DAMAGED, HEAD, File, head_of, kin, mark_at, mark_of
from engine.journal.parts import TRUNCATED, Batch, FileName, Position, Problem

CHUNK = 128 * 1024
# Whoever writes may still finish a record in the file that was renamed under him.
GRACE_S = 2.0
MARKS = 200
MISSING, UNREADABLE, LOST = "missing", "cannot be read", "not found, read again from the oldest file"


@dataclass(slots=True)
class _Source:
    """An open file. `number` stands for its inode; `place` is the next byte to read, `text` what was read past it."""

    file: File
    handle: BinaryIO
    number: int
    mark: str
    place: int
    text: str = ""
    skipping: bool = False
    noticed: list[Problem] = field(default_factory=list)


class Tail:
    """Reads one journal file of a PBX from a position on, through every rotation of it.

    Args: which of the two; where Asterisk writes it; `marks` of an earlier reader, by which a file is known again
    after it was compressed; seconds for which a file that was renamed may still be written to. Never raises for what
    stands in a file or for one that is missing.
    """

    def __init__(
        self, file: FileName, path: Path, marks: Mapping[int, str] | None = None, *, grace_s: float = GRACE_S
    ) -> None:
        self._file = file
        self._path = path
        self._marks: dict[int, str] = dict(marks or {})
        self._source: _Source | None = None
        self._wanted: Position | None = None
        self._complained = ""
        self._grace_s = grace_s

    @property
    def marks(self) -> dict[int, str]:
        """What the files were known by, for the next reader: inode to a sign of their first record."""
        return dict(self._marks)

    def seek(self, position: Position | None) -> None:
        """Go on from this (inode, byte); None is the beginning of the oldest file there is."""
        self.close()
        self._wanted = position

    def read(self, most: int = 500) -> Batch:
        """The next records, at most so many. Empty and not `at_end`: look again a moment later."""
        if self._source is None:
            self._source = self._find()
        source = self._source
        if source is None:
            number, place = self._wanted or (0, 0)
            return Batch(inode=number, start=place, end=place, at_end=True, problems=self._complain())
        start = source.place
        records: list[str] = []
        try:
            if not self._same(source):
                return self._cut_short(source)
            while not records and not source.noticed:
                records = self._take(source, most)
                if not records and not source.noticed and not self._fill(source):
                    return self._next(source, start) or self._batch(source, start, at_end=True)
        except DAMAGED:
            source.noticed.append(Problem(offset=source.place, reason=UNREADABLE))
            return self._next(source, start) or self._batch(source, start, at_end=True)
        return self._batch(source, start, records)

    def behind(self) -> int:
        """Bytes that are written and not yet read, in this file and those after it (compressed ones as they are)."""
        files = kin(self._path)
        source = self._source
        if source is None:
            return sum(max(file.size, 0) for file in files)
        after = [file for file in files if file.changed >= source.file.changed and file.inode != source.file.inode]
        return max(0, self._size(source) - source.place) + sum(max(file.size, 0) for file in after)

    def close(self) -> None:
        """Let go of the open file; its position is kept."""
        if self._source is not None:
            self._wanted = (self._source.number, self._source.place)
            self._source.handle.close()
            self._source = None

    def _complain(self) -> tuple[Problem, ...]:
        """Say once that there is nothing to read."""
        reason = UNREADABLE if self._path.exists() else MISSING
        if self._complained == reason:
            return ()
        self._complained = reason
        return (Problem(offset=0, reason=reason),)

    def _find(self) -> _Source | None:
        """Open the file of the wanted position; when it is nowhere, the oldest there is."""
        files = kin(self._path)
        if self._wanted is not None:
            number, place = self._wanted
            mark = self._marks.get(number, "")
            for file in [*(file for file in files if file.inode == number), *(files if mark else ())]:
                source = self._open(file)
                if source is None:
                    continue
                if (source.number == number or (mark and source.mark == mark)) and _goes_to(source, place):
                    source.number = number
                    return source
                source.handle.close()
        for file in files:
            source = self._open(file)
            if source is not None:
                if self._wanted is not None and self._wanted[1]:
                    # Of the number that was wanted: it was cut short while nobody knew by what it was known.
                    reason = TRUNCATED if source.number == self._wanted[0] else LOST
                    source.noticed.append(Problem(offset=0, reason=reason))
                return source
        return None

    def _open(self, file: File) -> _Source | None:
        """Open a file at its beginning; None when that cannot be."""
        try:
            handle = file.open()
            mark = mark_of(handle.read(HEAD) or b"")
        except DAMAGED:
            return None
        return _Source(file, handle, self._number(file.inode, mark), mark, 0)

    def _number(self, inode: int, mark: str) -> int:
        """The number by which a file is known: its inode, unless that was another file's."""
        known = self._marks.get(inode)
        if not mark or known == mark:
            return inode
        if known is not None:
            inode = (1 << 62) + int(mark[:15], 16)
        self._marks[inode] = mark
        while len(self._marks) > MARKS:
            del self._marks[next(iter(self._marks))]
        return inode

    def _size(self, source: _Source) -> int:
        return source.place if source.file.size < 0 else os.fstat(source.handle.fileno()).st_size

    def _same(self, source: _Source) -> bool:
        """Whether the open file is still what it was: not cut short, not written anew."""
        if source.file.size < 0:
            return True
        if self._size(source) < source.place + len(source.text):
            return False
        head = os.pread(source.handle.fileno(), HEAD, 0)
        mark = mark_of(head)
        if not source.mark and not _begins(source, head):
            return False
        if not source.mark and mark:
            source.mark = mark
            source.number = self._number(source.file.inode, mark)
        return mark == source.mark

    def _cut_short(self, source: _Source) -> Batch:
        """The file was truncated. What was not read of it may be in a copy; else it begins anew."""
        start = source.place
        for file in kin(self._path):
            head = b"" if file.inode == source.file.inode else head_of(file)
            if not head or (mark_of(head) != source.mark if source.mark else not _begins(source, head)):
                continue
            copy = self._open(file)
            if copy is None:
                continue
            if _goes_to(copy, start):
                source.handle.close()
                copy.number = source.number
                self._marks[copy.number] = copy.mark
                self._source = copy
                return self._batch(copy, start)
            copy.handle.close()
        fresh = self._open(source.file)
        if fresh is None or not fresh.mark:
            # Nothing whole stands there yet: what it will be called is not known.
            if fresh is not None:
                fresh.handle.close()
            return Batch(inode=source.number, start=start, end=start, at_end=True)
        source.handle.close()
        self._source = fresh
        fresh.noticed.append(Problem(offset=0, reason=TRUNCATED))
        return self._batch(fresh, 0)

    def _take(self, source: _Source, most: int) -> list[str]:
        """The records that were read already."""
        if source.skipping:
            end = source.text.find("\n") + 1
            source.skipping = not end
            self._advance(source, end or len(source.text))
            if source.skipping:
                return []
        found = cut(self._file, source.text, most)
        for place, reason in found.problems:
            source.noticed.append(Problem(offset=source.place + place, reason=reason))
            source.skipping = reason == TOO_LONG and not source.text[place : found.used].endswith("\n")
        self._advance(source, found.used)
        return found.records

    def _advance(self, source: _Source, count: int) -> None:
        source.place += count
        source.text = source.text[count:]

    def _fill(self, source: _Source) -> bool:
        """Read on; whether there was something."""
        source.handle.seek(source.place + len(source.text))
        data = source.handle.read(CHUNK) or b""
        source.text += data.decode("latin-1")
        return bool(data)

    def _next(self, source: _Source, start: int) -> Batch | None:
        """At the end of the open file go on to the one after it, once there is something in it; None: wait here."""
        files = kin(self._path)
        following = _after(source, files)
        if not following:
            if not files:
                source.noticed += self._complain()
            return None
        # A time yet to come is a clock put back, not a write of just now.
        if source.file.size >= 0 and 0 <= time.time() - os.fstat(source.handle.fileno()).st_mtime < self._grace_s:
            return self._batch(source, start)
        for file in following:
            fresh = self._open(file)
            if fresh is not None:
                if source.text.strip():
                    source.noticed.append(Problem(offset=source.place, reason=CUT_OFF))
                source.handle.close()
                self._source = fresh
                last = self._batch(source, start)
                return last if last.problems else self.read()
        return None

    def _batch(self, source: _Source, start: int, records: Sequence[str] = (), *, at_end: bool = False) -> Batch:
        problems, source.noticed = tuple(source.noticed), []
        if records:
            self._complained = ""
        return Batch(
            inode=source.number, start=start, end=source.place, records=tuple(records), at_end=at_end,
            problems=problems,
        )  # fmt: skip


def _goes_to(source: _Source, place: int) -> bool:
    """Go there, if the file is long enough and a record ends there."""
    try:
        source.handle.seek(max(0, place - 1))
        source.place = place
        return place == 0 or source.handle.read(1) == b"\n"
    except DAMAGED:
        return False


def _begins(source: _Source, head: bytes) -> bool:
    """Whether a file begins as one of which no whole record was read yet."""
    read = source.text[:HEAD].encode("latin-1")
    return source.place == 0 and head.startswith(read)


def _after(source: _Source, files: Sequence[File]) -> list[File]:
    """The files after this one that have something in them."""
    mine = next((number for number, file in enumerate(files) if _is(source, file)), None)
    if mine is not None:
        return [file for file in files[mine + 1 :] if file.size]
    changed = source.file.changed if source.file.size < 0 else os.fstat(source.handle.fileno()).st_mtime
    return [file for file in files if file.size and (file.live or file.changed > changed)]


def _is(source: _Source, file: File) -> bool:
    if file.size >= 0 and source.file.size >= 0:
        return file.inode == source.file.inode
    return bool(source.mark) and mark_at(file) == source.mark
