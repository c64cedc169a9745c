"""The calls of a recorded run, by AMI alone and by the journal alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.ami.replay import facts
from engine.journal.parts import Part
from engine.journal.reading import Reader
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
    for file, data in (("queue_log", played.queue_log), ("cel", played.cel)):
        lines = data.decode("latin-1").splitlines(keepends=True)
        start = 0
        for place in range(0, len(lines), most):
            records = tuple(lines[place:place + most])
            end = start + sum(map(len, records))
            part = Part(file=file, inode=1, start=start, end=end, records=records, at_end=place + most >= len(lines))
            start = end
            taken = reader.take(part, played.until + AFTERWARDS)
            assert not taken.problems, "a record of a real Asterisk was not understood"
            calls |= {call.key: call for call in taken.ended}
            while taken.more:
                taken = reader.go_on()
                calls |= {call.key: call for call in taken.ended}
    assert reader.open == 0, "calls are still open by the journal"
    return got(calls.values())
