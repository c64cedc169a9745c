"""The calls of a recorded run, by AMI alone and by the journal alone."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.ami.replay import facts
from engine.turns.configuration import configuration
from engine.world import World
from okno.settings.model import Settings
from tests.engine.clinic import Ended
from tests.engine.playbook import perform
from tests.pbx.matrix.run import Played
from tests.pbx.matrix.verdict import Got, got


def world_of(settings: Settings) -> World:
    """The world of a clinic with these settings before its first call."""
    world = World()
    perform(world, configuration(settings, datetime.fromtimestamp(0, UTC)))
    return world


def by_ami(settings: Settings, played: Played) -> list[Got]:
    """The calls of the recorded AMI bytes."""
    ended = Ended(world_of(settings)).play(facts(played.ami, pbx=settings.pbxes[0].name))
    return got(ended.calls.values())
