"""What a room is: a table from the class of an event to what the room says about it. Pure: no clock, no I/O."""

from collections.abc import Callable, Iterator
from typing import Any

from engine.effects import Effect
from engine.events import Event
from engine.world import Change, View

Said = Iterator[Change | Event | Effect]
"""What a room says, in order; each change takes hold before the next line of the room runs."""

Handler = Callable[[View, Any], Said]
Room = dict[type, Handler]


def in_turn(*handlers: Handler) -> Handler:
    """Return what says what each of these says, one after another."""

    def handler(world: View, event: Any) -> Said:
        for one in handlers:
            yield from one(world, event)

    return handler


