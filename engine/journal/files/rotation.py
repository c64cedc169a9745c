"""The files a rotated one consists of: the live one, those of before, compressed or not; how each is known again."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# `.1`, `-20261121`, `.2.gz` …: what logrotate and Asterisk itself make.
KIN = re.compile(r"[.-]\d[\dT:._-]*(\.gz)?")
PACKED = ".gz"
HEAD = 512
# Reading a damaged archive: of the archive, not of what it held.
DAMAGED = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is now. `size` of a compressed one is unknown, -1."""

    path: Path
    inode: int
    changed: float
    size: int
    live: bool

    def open(self) -> BinaryIO:
        """Open it for its contents. Raises OSError."""
        return gzip.open(self.path) if self.path.suffix == PACKED else self.path.open("rb", buffering=0)  # type: ignore[return-value]


def kin(path: Path) -> list[File]:
    """The files of this name, oldest first, the live one last; what vanishes while we look is not among them."""
    found = []
    try:
        names = [entry.name for entry in os.scandir(path.parent) if entry.name.startswith(path.name)]
    except OSError:
        return []
    for name in names:
        live = name == path.name
        if not live and not KIN.fullmatch(name, len(path.name)):
            continue
        file = path.parent / name
        try:
            seen = file.stat()
        except OSError:
            continue
        size = -1 if file.suffix == PACKED and not live else seen.st_size
        found.append(File(file, seen.st_ino, seen.st_mtime, size, live))
    # gzip writes beside what it packs; as long as both are there, the archive may be unfinished.
    plain = {str(file.path) for file in found}
    found = [file for file in found if file.size >= 0 or str(file.path).removesuffix(PACKED) not in plain]
    return sorted(found, key=lambda file: (file.live, file.changed, file.path.name))


def mark_of(head: bytes) -> str:
    """By what a file is known again, whatever its name and inode: its first record. Empty while that is not whole."""
    line = head[: head.find(b"\n") + 1] or (head if len(head) >= HEAD else b"")
    return hashlib.sha256(line[:HEAD]).hexdigest()[:16] if line else ""


def mark_at(file: File) -> str:
    """The mark of a file; empty when it cannot be read."""
    return mark_of(head_of(file))


def head_of(file: File) -> bytes:
    """How a file begins; empty when it cannot be read."""
    try:
        with file.open() as handle:
            return handle.read(HEAD) or b""
    except DAMAGED:
        return b""
