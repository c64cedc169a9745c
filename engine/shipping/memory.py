"""What the shipper remembers: since when it reads, how far the engine has confirmed, what files were known by.

The engine's own table is the authority; this file lets a backlog be seen while no engine is there, and tells an engine
that knows nothing of the PBX yet where to begin: a journal is read from the moment the shipper first ran beside it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.journal.parts import FileName, Position
from okno import logs
from okno.files import write_private

log = logs.get(__name__)

# A managed PBX starts a moment before its shipper.
BEFORE_S = 60.0
_BLOCK = 65_536


class Memory:
    """Remembers.

    Args:
        place: the file.
        files: the journal's.
        from_the_beginning: whether the files are wholly ours, so that a first start reads all that is there.
    """

    def __init__(self, place: Path, files: Mapping[FileName, Path], *, from_the_beginning: bool = False) -> None:
        self._place = place
        self._files = dict(files)
        self.began = 0.0
        self.base: dict[str, Position | None] = {}
        self.confirmed: dict[str, Position] = {}
        self.marks: dict[str, dict[int, str]] = {}
        if not self._read():
            self._begin(from_the_beginning)

    def start(self, told: Mapping[str, Position | None]) -> dict[str, Position | None]:
        """Return where each file is to be gone on with, by what the engine told (None: it does not know)."""
        if self.confirmed and not any(told.get(file) for file in self._files):
            log.warning("journal_unknown_to_engine")  # another database: what is older is not its business
            self._begin(from_the_beginning=False)
        return {file: told.get(file) or self.base.get(file) for file in self._files}

    def confirm(self, confirmed: Mapping[str, Position], marks: Mapping[str, dict[int, str]]) -> None:
        """Note what need not be sent again. Raises OSError."""
        if dict(confirmed) != self.confirmed or dict(marks) != self.marks:
            self.confirmed, self.marks = dict(confirmed), {file: dict(known) for file, known in marks.items()}
            self._write()

    def _begin(self, from_the_beginning: bool) -> None:
        self.began = time.time() - (BEFORE_S if from_the_beginning else 0.0)
        self.base = {file: None if from_the_beginning else end_of(path) for file, path in self._files.items()}
        self.confirmed = {}
        self._write()

    def _write(self) -> None:
        text = {"began": self.began, "base": self.base, "confirmed": self.confirmed, "marks": self.marks}
        write_private(self._place, json.dumps(text) + "\n")

    def _read(self) -> bool:
        try:
            text: dict[str, Any] = json.loads(self._place.read_text("utf-8"))
            self.began = float(text["began"])
            self.base = {file: _position(told) for file, told in text["base"].items()}
            self.confirmed = {file: (int(told[0]), int(told[1])) for file, told in text["confirmed"].items()}
            self.marks = {
                file: {int(inode): str(sign) for inode, sign in known.items()} for file, known in text["marks"].items()
            }
        except FileNotFoundError:
            return False
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            log.error("journal_memory_lost", extra={"why": type(error).__name__})
            return False
        return True


def end_of(path: Path) -> Position | None:
    """The place after the last whole line of a file; None when there is no file, which is then read from its start."""
    try:
        with path.open("rb") as file:
            told = os.fstat(file.fileno())
            inode, at = told.st_ino, told.st_size
            while at > 0:
                begin = max(0, at - _BLOCK)
                file.seek(begin)
                found = file.read(at - begin).rfind(b"\n")
                if found >= 0:
                    return inode, begin + found + 1
                at = begin
            return inode, 0
    except FileNotFoundError:
        return None


def _position(told: Any) -> Position | None:
    return None if told is None else (int(told[0]), int(told[1]))
