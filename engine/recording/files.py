"""A recording: a line that says whose it is, then sealed chunks, each led by its length.

Theory of operation. A chunk is some seconds of bytes, compressed and sealed for its place in its file: none can be
changed, moved, left out in the middle or put into another file without being noticed. A file that ends anywhere, as
after a power cut, is read up to its last whole chunk. `fresh` marks a chunk before which bytes are missing: a new
connection began, or the disk did not keep up.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Self

from okno.errors import TheirFault
from okno.ids import uuid7
from okno.seal import Sealer
from okno.seal.sealed import SealBroken

MAGIC = b'{"okno-ami":1,'
SUFFIX = ".okami"
LENGTH_BYTES = 4
# A chunk is some 64 KiB; more is no length of ours but damage.
LONGEST = 64 << 20
TABLE, COLUMN = "ami_recording", "chunk"


class NoRecording(TheirFault):
    """The file is no recording, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes as Asterisk sent them; `at` is when the first came, `fresh` says that bytes before them are missing."""

    at: datetime
    data: bytes
    fresh: bool = False


class Writing:
    """A recording being written. Make it with `Writing.begin`."""

    def __init__(self, file: BinaryIO, sealer: Sealer, id: str, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file = file
        self._sealer = sealer
        self._id = id
        self._count = 0

    @classmethod
    def begin(cls, folder: Path, pbx: str, sealer: Sealer, at: datetime) -> Self:
        """Make a new file, readable by its owner only. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        id = str(uuid7())
        path = folder / f"{pbx}-{at:%Y%m%dT%H%M%S.%fZ}{SUFFIX}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        writing = cls(os.fdopen(descriptor, "wb"), sealer, id, path)
        head = json.dumps({"okno-ami": 1, "id": id, "pbx": pbx, "at": at.isoformat()}, separators=(",", ":"))
        writing._put(head.encode() + b"\n")
        return writing

    def add(self, chunk: Chunk) -> None:
        """Seal and write one chunk, whole. Raises OSError; what is half written is then the file's torn end."""
        text = json.dumps({
            "at": chunk.at.isoformat(), "fresh": chunk.fresh,
            "data": base64.b64encode(zlib.compress(chunk.data, 1)).decode(),
        })  # fmt: skip
        blob = self._sealer.seal(text, table=TABLE, column=COLUMN, row=f"{self._id}/{self._count}")
        self._put(len(blob).to_bytes(LENGTH_BYTES, "big") + blob)
        self._count += 1

    def close(self) -> None:
        """Write it to the disk itself and end. Raises OSError."""
        try:
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()  # to the kernel: our own death loses nothing that was added
        self.size += len(data)


class Reading:
    """A recording being read. `pbx` is whose it is; `damaged` counts chunks that could not be opened, `torn` an end.

    Args:
        path: the file.
        sealer: the engine's.

    Raises:
        NoRecording: it cannot be read, or is none.
    """

    def __init__(self, path: Path, sealer: Sealer) -> None:
        self.damaged = 0
        self.torn = False
        self._path = path
        self._sealer = sealer
        try:
            with path.open("rb") as file:
                head = json.loads(file.readline(4096))
            self.pbx, self._id = str(head["pbx"]), str(head["id"])
            if head["okno-ami"] != 1:
                raise NoRecording(f"{path}: a recording of another version of Okno")
        except OSError as error:
            raise NoRecording(f"{path}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError):
            raise NoRecording(f"{path}: not a recording of Okno, or its first line is cut off") from None

    def __iter__(self) -> Iterator[Chunk]:
        """Yield every chunk that can be opened, in order; after one that cannot, the next is `fresh`."""
        with self._path.open("rb") as file:
            file.readline()
            count, missing = 0, False
            while blob := self._next(file):
                chunk = self._opened(blob, count)
                count += 1
                if chunk is None:
                    self.damaged += 1
                else:
                    yield Chunk(chunk.at, chunk.data, chunk.fresh or missing)
                missing = chunk is None

    def _next(self, file: BinaryIO) -> bytes:
        """The next sealed chunk; empty at the end, whole or torn."""
        head = file.read(LENGTH_BYTES)
        length = int.from_bytes(head, "big")
        blob = file.read(length) if len(head) == LENGTH_BYTES and length <= LONGEST else b""
        if head and (not length or len(blob) != length):
            self.torn = True
            return b""
        return blob

    def _opened(self, blob: bytes, count: int) -> Chunk | None:
        try:
            told = json.loads(self._sealer.open(blob, table=TABLE, column=COLUMN, row=f"{self._id}/{count}"))
            data = zlib.decompress(base64.b64decode(told["data"]))
            return Chunk(datetime.fromisoformat(told["at"]), data, bool(told["fresh"]))
        except (SealBroken, ValueError, KeyError, TypeError, zlib.error, binascii.Error):
            return None


def is_sealed(path: Path) -> bool:
    """Say whether a file is a recording of ours, and not raw bytes. Raises NoRecording when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise NoRecording(f"{path}: {error.strerror}") from error
