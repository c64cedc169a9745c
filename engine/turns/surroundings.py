"""What the loop works with, named in one place so that tests can put others there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from engine.effects import Effect
from engine.live.screens import Screens
from engine.turns.turn import Reduce
from engine.turns.writer import BUFFER, Saver

# Seconds of the busiest PBX; above it a PBX's facts are refused and its link begins anew with a snapshot.
CAPACITY = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the loop works with.

    Args:
        reduce: `engine.reducer.reduce`.
        saver: writes turns, under the lease's `epoch`, after `turn`.
        screens: are told.
        perform: begins an effect after its commit.
        overflowed: told a PBX's name when its facts were refused.
        zone: the clinic's.
    """

    reduce: Reduce
    saver: Saver
    epoch: int
    turn: int
    screens: Screens
    perform: Callable[[Effect], None]
    overflowed: Callable[[str], None]
    zone: ZoneInfo
    buffer: int = BUFFER
    capacity: int = CAPACITY
