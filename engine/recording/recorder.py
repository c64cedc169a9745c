"""Keeps what one Asterisk says. The reader of the link hands its bytes over and goes on; the disk works in a thread.

When the disk does not keep up, or fails, bytes are dropped and counted, and the next chunk says that some are missing:
the clinic's calls never wait for a recording of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from engine.ami.metrics import Metrics
from engine.recording.files import SUFFIX, Chunk, Writing
from okno import clock, logs
from okno.seal import Sealer
from okno.settings import Runtime
from okno.settings.model import Recording

log = logs.get(__name__)

# What may be lost by a kill -9, in seconds and bytes.
FLUSH_S = 1.0
FLUSH_BYTES = 64 << 10
# What waits for a slow disk; more is dropped.
WAITING_BYTES = 16 << 20
# After the disk refused.
RETRY_S = 10.0


def recorders(runtime: Runtime, sealer: Sealer, metrics: Metrics) -> dict[str, Recorder]:
    """Return a recorder for each PBX that is to be recorded, by its name."""
    home = runtime.path(runtime.settings.paths.ami)
    return {
        pbx.name: Recorder(
            home / pbx.name, pbx.name, pbx.recording, sealer,
            wrote=metrics.of(pbx.name).record, lost=metrics.of(pbx.name).miss,
        )
        for pbx in runtime.settings.pbxes if pbx.recording is not None
    }  # fmt: skip


class Recorder:
    """Records one PBX.

    Args:
        folder: of this PBX's recordings.
        pbx: its name.
        limits: when to begin a new file, and what to keep.
        sealer: the engine's.
        wrote: counts bytes that were recorded, as they came. lost: counts those that were not.
    """

    def __init__(
        self, folder: Path, pbx: str, limits: Recording, sealer: Sealer, *,
        wrote: Callable[[int], None], lost: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._folder = folder
        self._pbx = pbx
        self._limits = limits
        self._sealer = sealer
        self._wrote, self._lost = wrote, lost
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._since = clock.now()
        self._fresh = True
        self._wake = asyncio.Event()
        self._writing: Writing | None = None
        self._until = self._since
        self._retry_at = float("-inf")
        self._one = threading.Lock()  # a cancelled `run` leaves its thread writing

    def begin(self) -> None:
        """Note that another connection begins: what comes now does not continue what came before."""
        if self._waiting and self._waiting[-1]:
            self._waiting.append(b"")  # keeps the two apart, see `_chunks`
        self._fresh = self._fresh or not self._waiting

    def take(self, data: bytes) -> None:
        """Take bytes as they came; never waits."""
        if self._bytes + len(data) > WAITING_BYTES:
            self._lost(len(data))
            self.begin()
            return
        if not self._waiting:
            self._since = clock.now()
        self._waiting.append(data)
        self._bytes += len(data)
        if self._bytes >= FLUSH_BYTES:
            self._wake.set()

    async def run(self) -> None:
        """Write until cancelled; what waits then is still written."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FLUSH_S):
                        await self._wake.wait()
                self._wake.clear()
                chunks = self._chunks()
                if chunks:
                    await asyncio.to_thread(self._write, chunks)
        finally:
            self._write(self._chunks())
            self._end()

    def _chunks(self) -> list[Chunk]:
        """Take what waits, cut where connections ended."""
        waiting, since, fresh = self._waiting, self._since, self._fresh
        self._waiting, self._bytes = [], 0
        chunks: list[Chunk] = []
        if not waiting:
            return chunks
        pieces: list[bytes] = []
        for piece in [*waiting, b""]:
            if piece:
                pieces.append(piece)
                continue
            if pieces:
                chunks.append(Chunk(since, b"".join(pieces), fresh))
            pieces, fresh = [], True
        self._fresh = waiting[-1] == b""
        return chunks

    def _write(self, chunks: list[Chunk]) -> None:
        """Write chunks, in a thread; a disk that refuses costs them, and is tried again in ten seconds."""
        with self._one:
            for number, chunk in enumerate(chunks):
                try:
                    if clock.monotonic() < self._retry_at:
                        raise OSError("not yet")
                    self._file(clock.now()).add(chunk)
                    self._wrote(len(chunk.data))
                except Exception as error:  # whatever it is, calls go on unrecorded
                    self._refused(error, sum(len(one.data) for one in chunks[number:]))
                    return

    def _refused(self, error: Exception, size: int) -> None:
        self._lost(size)
        self._fresh = True
        if clock.monotonic() >= self._retry_at:
            log.error("ami_not_recorded", exc_info=error, extra={"pbx": self._pbx, "again_s": RETRY_S})
            self._retry_at = clock.monotonic() + RETRY_S
        self._end()

    def _file(self, at: datetime) -> Writing:
        """The present file, or the next one when it is full or old."""
        present = self._writing
        if present is not None and present.size < self._limits.size_mb << 20 and at < self._until:
            return present
        self._end()
        self._writing = Writing.begin(self._folder, self._pbx, self._sealer, at)
        self._until = at + timedelta(hours=self._limits.hours)
        self._remove(at)
        return self._writing

    def _end(self) -> None:
        present, self._writing = self._writing, None
        if present is not None:
            try:
                present.close()
            except OSError as error:
                log.error("ami_recording_not_closed", extra={"pbx": self._pbx, "why": error.strerror or ""})

    def _remove(self, at: datetime) -> None:
        """Remove what is more than should be kept, the oldest first; names sort by time."""
        files = sorted(self._folder.glob(f"{self._pbx}-*{SUFFIX}"))
        oldest = (at - timedelta(days=self._limits.keep_days)).timestamp()
        for number, file in enumerate(files[:-1]):
            if len(files) - number > self._limits.keep_files or file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)
                log.info("ami_recording_removed", extra={"pbx": self._pbx})
