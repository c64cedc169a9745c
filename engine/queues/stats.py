"""The figures of a queue's row, each a pure function found by its name.

A new figure for the wallboard is one function here with `@figure`. Those that need the open world read it through
indexes, so that a row costs what its own queue holds, not what the clinic does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.world import Call, Operator, Queue, Request, View

# So many of the oldest waiting calls a row names; a supervisor sees more in the list itself.
OLDEST = 5


@dataclass(frozen=True, slots=True)
class Row:
    """What the figures of one queue are made from: read once, used by all of them."""

    queue: Queue
    waiting: tuple[Call, ...]
    operators: tuple[Operator, ...]
    missed: tuple[Request, ...]


Figure = Callable[[Row], Any]
FIGURES: dict[str, Figure] = {}


def figure(function: Figure) -> Figure:
    """Register a figure under its function's name."""
    FIGURES[function.__name__] = function
    return function


def row_of(world: View, queue: Queue) -> Row:
    """Read what a queue's figures need."""
    waiting = [call for call in world.by(Call, "queue", queue.key) if call.phase in ("queued", "ringing")]
    return Row(
        queue=queue,
        waiting=tuple(sorted(waiting, key=lambda call: (call.queued_at or call.started_at, call.key))),
        operators=tuple(one for one in world.all(Operator) if one.active and queue.key in one.queues),
        missed=tuple(one for one in world.by(Request, "queue", queue.key) if one.kind == "missed_call"),
    )


def figures(world: View, queue: Queue) -> dict[str, Any]:
    """Every figure of a queue by name."""
    row = row_of(world, queue)
    return {name: count(row) for name, count in FIGURES.items()}


@figure
def waiting(row: Row) -> int:
    """Callers in the queue whom nobody has answered."""
    return len(row.waiting)


@figure
def longest_since(row: Row) -> datetime | None:
    """Since when the one who waits longest waits; None when nobody does."""
    return row.waiting[0].queued_at if row.waiting else None


@figure
def oldest(row: Row) -> list[str]:
    """The calls that wait longest, oldest first."""
    return [call.key for call in row.waiting[:OLDEST]]


@figure
def free(row: Row) -> int:
    """Operators Asterisk would ring now: idle and not paused."""
    return sum(one.voice == "idle" and not one.pauses for one in row.operators)


@figure
def talking(row: Row) -> int:
    """Operators of this queue who are in a call, whosever it is."""
    return sum(one.voice == "incall" for one in row.operators)


@figure
def wrap_up(row: Row) -> int:
    """Operators who finish a request."""
    return sum(one.wrap_up is not None for one in row.operators)


@figure
def offered(row: Row) -> int:
    """Calls that came to the queue today."""
    return row.queue.today.offered


@figure
def answered(row: Row) -> int:
    """Of them, answered."""
    return row.queue.today.answered


@figure
def in_level(row: Row) -> int:
    """Of them, answered within the service level."""
    return row.queue.today.in_level


@figure
def abandoned(row: Row) -> int:
    """Callers who left without an answer."""
    return row.queue.today.abandoned


@figure
def unanswered(row: Row) -> int:
    """Callers the queue let go without an answer."""
    return row.queue.today.unanswered


@figure
def service_level(row: Row) -> int | None:
    """Per cent of today's finished waits that were answered in time; None before the first."""
    day = row.queue.today
    finished = day.answered + day.abandoned + day.unanswered
    return round(100 * day.in_level / finished) if finished else None


@figure
def service_level_s(row: Row) -> int:
    """Within how many seconds a call should be answered."""
    return row.queue.service_level_s


@figure
def target(row: Row) -> int:
    """Per cent of calls that should be."""
    return row.queue.service_level_target


@figure
def average_wait_s(row: Row) -> float:
    """Seconds an answered caller waited today, on average; 0 before the first."""
    day = row.queue.today
    return round(day.wait_s / day.answered, 1) if day.answered else 0.0


@figure
def missed_open(row: Row) -> int:
    """Missed calls nobody has closed."""
    return len(row.missed)
