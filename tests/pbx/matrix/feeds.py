"""The calls of a recorded run, by AMI alone and by the journal alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.ami.replay import facts
from engine.journal.parts import FileName, Part
from engine.journal.reading import Reader
from engine.journal.tail import Tail
from engine.turns.configuration import configuration
from engine.world import Call, Line, Operator, Pbx, Queue, World
from okno.settings.model import Settings
from tests.engine.clinic import Ended
from tests.engine.playbook import perform
from tests.pbx.matrix.run import Played
from tests.pbx.matrix.verdict import Got, got

# Long after the last record: nothing is waited for any more.
AFTERWARDS = timedelta(minutes=5)


def world_of(settings: Settings) -> World:
    """The world of a clinic with these settings before its first call."""
    world = World()
    perform(world, configuration(settings, datetime.fromtimestamp(0, UTC)))
    return world


def by_ami(settings: Settings, played: Played) -> list[Got]:
    """The calls of the recorded AMI bytes."""
    ended = Ended(world_of(settings)).play(facts(played.ami, pbx=settings.pbxes[0].name))
    return got(ended.calls.values())


def by_journal(settings: Settings, played: Played, most: int = 100) -> list[Got]:
    """The calls of the recorded CEL and queue_log, read `most` records at a time."""
    assert played.until is not None, "the run is not over"
    world = world_of(settings)
    reader = Reader(settings.pbxes[0].name, [row for kind in (Pbx, Operator, Line, Queue) for row in world.all(kind)])
    calls: dict[str, Call] = {}
    with TemporaryDirectory(prefix="okno-matrix-") as folder:
        for file, data in (("queue_log", played.queue_log), ("cel", played.cel)):
            for part in _parts(Path(folder), file, data, most):
                taken = reader.take(part, played.until + AFTERWARDS)
                assert not taken.problems, "a record of a real Asterisk was not understood"
                calls |= {call.key: call for call in taken.ended}
                while taken.more:
                    taken = reader.go_on()
                    calls |= {call.key: call for call in taken.ended}
    assert reader.open == 0, "calls are still open by the journal"
    return got(calls.values())


def _parts(folder: Path, file: FileName, data: bytes, most: int) -> Iterator[Part]:
    """A recorded file as the shipper reads it, once it is long at rest."""
    path = folder / file
    path.write_bytes(data)
    os.utime(path, (0, 0))
    tail = Tail(file, path)
    try:
        while True:
            batch = tail.read(most)
            yield Part(
                file=file, inode=batch.inode, start=batch.start, end=batch.end, records=batch.records,
                at_end=batch.at_end, problems=batch.problems,
            )  # fmt: skip
            if batch.at_end:
                return
    finally:
        tail.close()
