"""World and event in, what follows out. Composes the pure rooms in their fixed order.

An event goes through the rooms calls → operators → requests → queues → callbacks. What a room yields takes hold at
once in a draft that the rest of the turn reads; an event it yields goes through the later rooms before the room goes
on. An event that an earlier room (or the same one) reads goes round the loop instead: see `Outcome.again`.
"""

from dataclasses import dataclass
from typing import cast, get_args

from engine import callbacks, calls, operators, queues, requests
from engine.callbacks import lists
from engine.effects import Effect
from engine.events import Event
from engine.requests.chats.standing import standings
from engine.room import Room
from engine.world import Append, Change, Draft, Drop, Entity, Put, World

ROOMS: tuple[Room, ...] = (calls.ROOM, operators.ROOM, requests.ROOM, queues.ROOM, callbacks.ROOM, lists.ROOM)

_CHANGES = frozenset(get_args(Change))
_EFFECTS = frozenset(get_args(Effect))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one event leads to: in order, and every change once.

    `changes` for the world and the database, `effects` for the loop to perform, `events` for the record,
    `again` for the loop to reduce next.
    """

    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = ()
    events: tuple[Event, ...] = ()
    again: tuple[Event, ...] = ()


def reduce(world: World, event: Event) -> Outcome:
    """Reduce one event over the world, which stays as it was."""
    return _reduce(world, event, ROOMS)


def reduce_calls(world: World, event: Event) -> Outcome:
    """Reduce one event by the calls room alone: which calls there are, with no operators, requests or queues told.

    The journal's own tracker lives by it; `Outcome.events` has the calls' events all the same.
    """
    return _reduce(world, event, ROOMS[:1])


def _reduce(world: World, event: Event, rooms: tuple[Room, ...]) -> Outcome:
    turn = _Turn(world, rooms)
    turn.take(event, 0)
    changes = merged(turn.changes)
    turn.effects += standings(world, turn.draft, changes, event.at)
    return Outcome(tuple(changes), tuple(turn.effects), tuple(turn.events), tuple(turn.again))


class _Turn:
    """One event's way through the rooms."""

    __slots__ = ("again", "changes", "draft", "effects", "events", "rooms")

    def __init__(self, world: World, rooms: tuple[Room, ...]) -> None:
        self.rooms = rooms
        self.draft = Draft(world)
        self.changes: list[Change] = []
        self.effects: list[Effect] = []
        self.events: list[Event] = []
        self.again: list[Event] = []

    def take(self, event: Event, first: int) -> None:
        """Give an event to the rooms from number `first` on."""
        kind = type(event)
        for number in range(first, len(self.rooms)):
            handler = self.rooms[number].get(kind)
            if handler is None:
                continue
            for item in handler(self.draft, event):
                if type(item) in _CHANGES:
                    self.draft.apply(cast("Change", item))
                    self.changes.append(cast("Change", item))
                elif type(item) in _EFFECTS:
                    self.effects.append(cast("Effect", item))
                else:
                    self._conclude(cast("Event", item), number)

    def _conclude(self, event: Event, number: int) -> None:
        if any(type(event) in room for room in self.rooms[: number + 1]):
            self.again.append(event)
            return
        self.events.append(event)
        self.take(event, number + 1)


def merged(changes: list[Change]) -> list[Change]:
    """The changes with every entity put once, as it is in the end; one that is put and dropped keeps both."""
    last: dict[tuple[type[Entity], str], int] = {}
    kept: list[Change | None] = list(changes)
    for place, change in enumerate(changes):
        match change:
            case Put(entity):
                earlier = last.get((type(entity), entity.key))
                if earlier is not None:
                    kept[earlier] = None
                last[type(entity), entity.key] = place
            case Drop(kind, key):
                last.pop((kind, key), None)
            case Append():
                pass
    return [change for change in kept if change is not None]
