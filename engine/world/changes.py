"""What a turn replaces, removes or adds: the one list that the world, the database and the screens get."""

from dataclasses import dataclass

from engine.world.entities import Entity
from engine.world.work import HistoryEntry


@dataclass(frozen=True, slots=True)
class Put:
    """This entity is new or replaces the one with its key."""

    entity: Entity


@dataclass(frozen=True, slots=True)
class Drop:
    """This entity leaves the open world. A durable one stays in the database as history."""

    kind: type[Entity]
    key: str


@dataclass(frozen=True, slots=True)
class Append:
    """A line of history; it is never replaced."""

    entry: HistoryEntry


Change = Put | Drop | Append
