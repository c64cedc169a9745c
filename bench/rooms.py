"""What the rooms cost: microseconds of reducing and applying one answered call, with few and with many calls open.

Run by hand: `python -m bench.rooms`. The second figure must stay near the first: a fact reads its own call, not all.
"""

from __future__ import annotations

import time
from typing import Any

from engine.reducer import reduce
from engine.world import World
from tests.engine.clinic import clinic, joins, patient, play, simplest
from tests.engine.plays import APART, shifted

CALLS = 200


def crowd(waiting: int) -> World:
    """A clinic with this many callers in its queue."""
    world = clinic()
    for number in range(waiting):
        play(world, [shifted(fact, 10_000 + number) for fact in (patient(0), joins(1))])
    return world


def cost(world: World, first: int) -> tuple[float, float]:
    """Microseconds per answered call, and per fact."""
    streams: list[list[Any]] = [[shifted(fact, first + copy) for fact in simplest()] for copy in range(CALLS)]
    began = time.perf_counter()
    facts = 0
    for stream in streams:
        for fact in stream:
            world.apply(reduce(world, fact).changes)
            facts += 1
    spent = (time.perf_counter() - began) * 1e6
    return spent / CALLS, spent / facts


def main() -> None:
    """Print the figures and their ratio."""
    baseline = 0.0
    for waiting in (0, 50, 500, 5000):
        cost(crowd(10), 1)
        call, fact = cost(crowd(waiting), 1)
        baseline = baseline or call
        ratio = call / baseline
        print(f"{waiting:5} open calls: {call:7.0f} µs per answered call, {fact:5.1f} µs per fact, x{ratio:.2f}")
    assert len(list(simplest())) < APART


if __name__ == "__main__":
    main()
