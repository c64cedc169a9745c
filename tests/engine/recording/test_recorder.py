"""The recorder: every byte in order, new files, old ones removed; a disk that fails costs only the recording."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.recording import recorder as recording
from engine.recording.files import Chunk, Reading, Writing
from engine.recording.recorder import Recorder
from okno import clock
from okno.seal import Keyring
from okno.settings.model import Recording


class Place:
    """A recorder and what it made."""

    def __init__(self, folder: Path, **limits: int) -> None:
        self.folder = folder / "main"
        self.sealer = Keyring.create(folder / "keyring.json").sealer("engine")
        self.count: Counter[str] = Counter()
        self.recorder = Recorder(
            self.folder, "main", Recording(**limits), self.sealer,
            wrote=lambda size: self.count.update(wrote=size), lost=lambda size: self.count.update(lost=size),
        )  # fmt: skip

    @property
    def files(self) -> list[Path]:
        """The recordings, the oldest first."""
        return sorted(self.folder.glob("*"))

    def read(self) -> list[tuple[bytes, bool]]:
        """What they hold, pieces that continue joined."""
        found: list[tuple[bytes, bool]] = []
        for file in self.files:
            for chunk in Reading(file, self.sealer):
                if chunk.fresh or not found:
                    found.append((chunk.data, chunk.fresh))
                else:
                    found[-1] = (found[-1][0] + chunk.data, found[-1][1])
        return found

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """It records inside, and has ended after."""
        task = asyncio.create_task(self.recorder.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_every_byte_in_order_and_connections_apart(place: Place) -> None:
    async with place.running():
        place.recorder.begin()
        for number in range(500):
            place.recorder.take(b"%d," % number)
            if number % 100 == 0:
                await asyncio.sleep(0)
        place.recorder.begin()
        place.recorder.begin()
        place.recorder.take(b"second")
        await asyncio.sleep(0)
    first = b"".join(b"%d," % number for number in range(500))
    assert place.read() == [(first, True), (b"second", True)]
    assert place.count == {"wrote": len(first) + 6}
    assert len(place.files) == 1


async def test_a_new_file_when_one_is_full_and_only_so_many_are_kept(tmp_path: Path) -> None:
    place = Place(tmp_path, size_mb=1, keep_files=3)
    async with place.running():
        for _ in range(6):
            place.recorder.take(os.urandom(1 << 20))
            for _ in range(500):
                if place.count["wrote"] == sum(place.count.values()) and not place.recorder._waiting:
                    break
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
    assert len(place.files) == 3
    assert place.count["lost"] == 0


async def test_old_files_are_removed_by_their_age(tmp_path: Path) -> None:
    place = Place(tmp_path, keep_days=2)
    place.folder.mkdir(parents=True)
    for days in (1, 3):
        old = place.folder / f"main-2000010{days}T000000.000000Z.okami"
        old.write_bytes(b"")
        at = clock.now().timestamp() - days * 86400
        os.utime(old, (at, at))
    async with place.running():
        place.recorder.take(b"now")
        await asyncio.sleep(0)
    assert place.files[0].name[:13] == "main-20000101"
    assert len(place.files) == 2


async def test_a_disk_that_refuses_costs_only_the_recording(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recording, "FLUSH_S", 0.02)
    monkeypatch.setattr(recording, "RETRY_S", 0.2)
    add = Writing.add
    full = True

    def refuse(self: Writing, chunk: Chunk) -> None:
        if full:
            raise OSError(28, "No space left on device")
        add(self, chunk)

    monkeypatch.setattr(Writing, "add", refuse)
    async with place.running():
        place.recorder.take(b"lost")
        await asyncio.sleep(0.1)
        place.recorder.take(b"lost too")
        await asyncio.sleep(0.3)
        full = False
        place.recorder.take(b"kept")
        await asyncio.sleep(0.1)
    assert place.read() == [(b"kept", True)]
    assert place.count == {"lost": 12, "wrote": 4}
    assert [record.message for record in caplog.records].count("ami_not_recorded") == 1


async def test_what_a_slow_disk_cannot_take_is_dropped_and_counted(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WAITING_BYTES", 10)
    place.recorder.take(b"12345678")
    place.recorder.take(b"9 too many")
    place.recorder.take(b"!!")
    async with place.running():
        await asyncio.sleep(0)
    assert place.read() == [(b"12345678", True), (b"!!", True)]
    assert place.count == {"lost": 10, "wrote": 10}
