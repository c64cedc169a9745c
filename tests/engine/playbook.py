"""A play: events go in with `>>`, what the rooms conclude and order is expected with `<<`; a mismatch prints a diff.

    assert Playbook(world) >> event << expected << Other >> event2

An expected class stands for any instance of it. `see` narrows what is looked at. Events for an earlier room go round
at once, as the loop does it. Every step also proves that reducing leaves the world alone and that undo is exact.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from engine.events import Event
from engine.reducer import Outcome, reduce
from engine.world import Entity, World
from engine.world.entities import KINDS


def everything(world: World) -> dict[tuple[str, str], Entity]:
    """The world as a plain dict, to compare."""
    return {(kind.__name__, entity.key): entity for kind in KINDS for entity in world.all(kind)}


def perform(world: World, event: Event) -> list[Outcome]:
    """Reduce an event and all it sends round the loop, and apply it."""
    outcomes, waiting = [], [event]
    while waiting:
        outcome = reduce(world, waiting.pop(0))
        world.apply(outcome.changes)
        outcomes.append(outcome)
        waiting += outcome.again
    return outcomes


class Playbook:
    """See the module."""

    def __init__(self, world: World, see: tuple[type, ...] = (object,)) -> None:
        self.world = world
        self._see = see
        self._script: list[tuple[str, Any]] = []

    def __rshift__(self, event: Event) -> Playbook:
        self._script.append((">>", event))
        return self

    def __lshift__(self, expected: Any) -> Playbook:
        self._script.append(("<<", expected))
        return self

    def play(self, events: Iterable[Event]) -> Playbook:
        """Several events in a row."""
        for event in events:
            self._script.append((">>", event))
        return self

    def __bool__(self) -> bool:
        script, self._script = self._script, []
        wanted, got = [], []
        for place, (arrow, item) in enumerate(script):
            if arrow == "<<":
                continue
            got.append(f">> {item!r}")
            wanted.append(f">> {item!r}")
            seen = [what for outcome in self._perform(item) for what in (*outcome.events, *outcome.effects)]
            seen = [what for what in seen if isinstance(what, self._see)]
            expected = []
            for later, expectation in script[place + 1 :]:
                if later == ">>":
                    break
                expected.append(expectation)
            wanted += [_text(expectation) for expectation in expected]
            got += [_shown(what, expected, number) for number, what in enumerate(seen)]
        if wanted != got:
            raise AssertionError("\n" + "\n".join(difflib.ndiff(wanted, got)))
        return True

    def _perform(self, event: Event) -> list[Outcome]:
        before = everything(self.world)
        outcome = reduce(self.world, event)
        assert everything(self.world) == before, "reduce touched the world"
        undo = self.world.apply(outcome.changes)
        after = everything(self.world)
        self.world.apply(undo)
        assert everything(self.world) == before, "undo is not exact"
        self.world.apply(outcome.changes)
        assert everything(self.world) == after
        return [outcome, *(more for event in outcome.again for more in self._perform(event))]


def _text(expectation: Any) -> str:
    return f"<< any {expectation.__name__}" if isinstance(expectation, type) else f"<< {expectation!r}"


def _shown(what: Any, expected: list[Any], number: int) -> str:
    wanted = expected[number] if number < len(expected) else None
    return _text(wanted) if isinstance(wanted, type) and isinstance(what, wanted) else f"<< {what!r}"
