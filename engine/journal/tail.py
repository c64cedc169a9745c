"""The end of a file that another program writes, renames, truncates, compresses and replaces: whole records only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.journal.parts import Batch, FileName


class Tail:
    """Reads one journal file of a PBX from a position on, through every rotation of it.

    Args: which of the two; where Asterisk writes it; `marks` of an earlier reader, by which a file is known again
    after it was compressed. Never raises for what stands in a file or for one that is missing.
    """

    def __init__(self, file: FileName, path: Path, marks: Mapping[int, str] | None = None) -> None:
        raise NotImplementedError

    @property
    def marks(self) -> dict[int, str]:
        """What the files were known by, for the next reader: inode to a sign of their first record."""
        raise NotImplementedError

    def seek(self, position: tuple[int, int] | None) -> None:
        """Go on from this (inode, byte); None is the beginning of the oldest file there is."""
        raise NotImplementedError

    def read(self, most: int = 500) -> Batch:
        """The next records, at most so many. Empty and not `at_end`: look again a moment later."""
        raise NotImplementedError

    def behind(self) -> int:
        """Bytes that are written and not yet read, in this file and those after it."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the open file."""
        raise NotImplementedError
