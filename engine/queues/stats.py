"""The figures of a queue's row, each a pure function found by its name.

A new figure for the wallboard is one function here with `@figure`. Those that need the open world read it through
indexes, so that a row costs what its own queue holds, not what the clinic does.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.queues.moment import WAITING, WINDOW
from engine.world import Call, Operator, Queue, QueueNow, Request, View

# So many of the oldest waiting calls a row names; a supervisor sees more in the list itself.
OLDEST = 5


@dataclass(frozen=True, slots=True)
class Row:
    """What the figures of one queue are made from: read once, used by all of them."""

    queue: Queue
    waiting: tuple[Call, ...]
    operators: tuple[Operator, ...]
    requests: tuple[Request, ...]
    now: QueueNow | None


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
        requests=tuple(one for one in world.by(Request, "queue", queue.key) if one.kind != "call"),
        now=world.get(QueueNow, queue.key),
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
    return sum(one.kind == "missed_call" for one in row.requests)


@figure
def missed_again(row: Row) -> int:
    """Of those to be called back, whose calls were missed more than once."""
    return sum(one.missed > 1 for one in row.requests)


@figure
def overdue(row: Row) -> int:
    """Requests that wait past their deadline, as of the last look (five seconds)."""
    return row.now.overdue if row.now is not None else 0


@figure
def digital_waiting(row: Row) -> int:
    """Requests that wait for an operator and are no calls."""
    return sum(one.status in WAITING for one in row.requests)


@figure
def waiting_by_kind(row: Row) -> dict[str, int]:
    """The same by kind; a kind of which none waits is not named."""
    return dict(sorted(Counter(one.kind for one in row.requests if one.status in WAITING).items()))


@figure
def digital_since(row: Row) -> datetime | None:
    """Since when the oldest of them waits."""
    waits = [one.queued_at or one.created_at for one in row.requests if one.status in WAITING]
    return min(waits, default=None)


@figure
def callbacks_open(row: Row) -> int:
    """Promises to call somebody back that nobody has kept yet."""
    return sum(one.kind == "callback" for one in row.requests)


@figure
def chats_open(row: Row) -> int:
    """Conversations that are somebody's work, or wait to be."""
    return sum(one.conversation is not None for one in row.requests)


@figure
def chats_unheard(row: Row) -> int:
    """Of them, those in which the patient waits for an answer that has its time."""
    return sum(one.conversation is not None and one.due_at is not None for one in row.requests)


@figure
def service_level_now(row: Row) -> int | None:
    """Per cent of the waits that ended in the last half hour answered in time; None of none."""
    if row.now is None:
        return None
    finished = sum(one.answered + one.lost for one in row.now.minutes)
    return round(100 * sum(one.in_level for one in row.now.minutes) / finished) if finished else None


@figure
def wait_now_s(row: Row) -> float | None:
    """Seconds those answered in the last half hour waited, on average; None of none."""
    if row.now is None:
        return None
    answers = sum(one.answered for one in row.now.minutes)
    return round(sum(one.wait_s for one in row.now.minutes) / answers, 1) if answers else None


@figure
def now_full_at(row: Row) -> datetime | None:
    """When the figures of the last half hour will rest on the whole of it; in the past once they do."""
    return row.now.since + WINDOW if row.now is not None else None


@figure
def opens_at(row: Row) -> datetime | None:
    """When somebody answers again; None while somebody does."""
    return row.now.opens_at if row.now is not None else None


@figure
def available(row: Row) -> int:
    """Operators who say that they are there."""
    return sum(one.presence == "available" for one in row.operators)


@figure
def on_break(row: Row) -> int:
    """Operators on a break."""
    return sum(one.presence == "break" for one in row.operators)


@figure
def not_responding(row: Row) -> int:
    """Operators who let offers pass."""
    return sum(one.presence == "not_responding" for one in row.operators)


@figure
def logged_in(row: Row) -> int:
    """Operators on duty: all but those who are offline."""
    return sum(one.presence != "offline" for one in row.operators)
