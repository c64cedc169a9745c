"""Queues, lines and rules as the settings name them."""

from dataclasses import replace

from engine.events import ConfigurationLoaded
from engine.room import Said
from engine.world import Drop, Line, Put, Queue, Rules, View


def on_loaded(world: View, event: ConfigurationLoaded) -> Said:
    """The known keep their figures; a queue that vanished is kept for history, inactive."""
    for queue in event.queues:
        known = world.get(Queue, queue.key)
        now = replace(queue, today=known.today) if known is not None else queue
        if now != known:
            yield Put(now)
    keys = {queue.key for queue in event.queues}
    for gone in [queue for queue in world.all(Queue) if queue.active and queue.key not in keys]:
        yield Put(replace(gone, active=False))
    for line in event.lines:
        if world.get(Line, line.key) != line:
            yield Put(line)
    lines = {line.key for line in event.lines}
    for old in [line for line in world.all(Line) if line.key not in lines]:
        yield Drop(Line, old.key)
    if event.rules is not None and world.get(Rules, event.rules.key) != event.rules:
        yield Put(event.rules)
