"""A second tracker beside the live one: the same room over a world of its own, told by the journal alone."""

from __future__ import annotations

from collections.abc import Iterable

from engine.events.facts import Fact
from engine.reducer import reduce_calls
from engine.world import Call, Drop, Entity, Line, Operator, Pbx, Put, Queue, World

SETTINGS = (Pbx, Operator, Line, Queue)


class JournalTracker:
    """Builds the calls of one PBX. Args: what the calls room must know of the clinic."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._world = World(entity for entity in entities if isinstance(entity, SETTINGS))

    def refresh(self, entities: Iterable[Entity]) -> None:
        """The clinic's settings have changed."""
        new = [entity for entity in entities if isinstance(entity, SETTINGS)]
        kept = {(type(entity), entity.key) for entity in new}
        gone = [Drop(kind, old.key) for kind in SETTINGS for old in self._world.all(kind)
                if (kind, old.key) not in kept]  # fmt: skip
        self._world.apply([*gone, *map(Put, new)])

    def take(self, fact: Fact) -> list[Call]:
        """Reduce a fact; returns the calls that ended by it."""
        ended: list[Call] = []
        waiting: list[object] = [fact]
        while waiting:
            outcome = reduce_calls(self._world, waiting.pop(0))  # type: ignore[arg-type]
            if not outcome.changes:
                continue
            self._world.apply(outcome.changes)
            waiting += outcome.again
            for change in outcome.changes:
                if type(change) is Put and type(change.entity) is Call and change.entity.phase == "ended":
                    ended.append(change.entity)
        return ended

    @property
    def open(self) -> int:
        """Calls that go on."""
        return sum(1 for _ in self._world.all(Call))
