"""A run of the scenario matrix as a real Asterisk told it: over AMI, in CEL and in queue_log. Numbers are synthetic."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from engine.ami.replay import facts
from engine.journal.files.records import cut
from engine.journal.parts import FileName
from engine.turns.configuration import configuration
from engine.world import Call, Entity, Line, Operator, Pbx, Queue, World
from okno.settings.model import Settings
from tests.engine.clinic import Ended
from tests.engine.playbook import perform

HERE = Path(__file__).parent / "recorded"
NAME = "matrix"


def contents(name: str) -> bytes:
    """One of the recorded files."""
    return gzip.decompress((HERE / f"{name}.gz").read_bytes())


@cache
def records(file: FileName) -> list[str]:
    """The records of one of the journal's files."""
    return cut(file, contents(file).decode("latin-1"), 1_000_000).records


def world() -> World:
    """The clinic of the run before its first call."""
    empty = World()
    perform(empty, configuration(Settings.model_validate_json(contents("settings.json")), datetime.fromtimestamp(0, UTC)))
    return empty


@cache
def entities() -> list[Entity]:
    """What a reader must know of it."""
    there = world()
    return [row for kind in (Pbx, Operator, Line, Queue) for row in there.all(kind)]


@cache
def by_ami() -> dict[str, Call]:
    """The calls as AMI told them."""
    return Ended(world()).play(facts(contents("ami"), pbx=NAME)).calls
