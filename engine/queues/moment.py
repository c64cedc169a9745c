"""A queue's last half hour, what of it is late, and whether somebody answers now."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.room import Said
from engine.world import Minute, Put, Queue, QueueNow, Request, Rules, View

WINDOW = timedelta(minutes=30)
# So many days a queue may be closed in a row and still say when it opens.
_AHEAD = 14
WAITING = frozenset({"new", "queued", "offered"})


def counted(
    world: View, queue: str, at: datetime, *, answered: int = 0, in_level: int = 0, lost: int = 0, wait_s: float = 0.0
) -> Said:
    """A caller's wait in this queue ended."""
    known = world.get(QueueNow, queue) or QueueNow(key=queue, since=at)
    number = int(at.timestamp()) // 60
    rest = tuple(one for one in known.minutes if one.number != number)
    now = next((one for one in known.minutes if one.number == number), Minute(number=number))
    now = replace(
        now, answered=now.answered + answered, in_level=now.in_level + in_level, lost=now.lost + lost,
        wait_s=now.wait_s + wait_s,
    )  # fmt: skip
    yield Put(replace(known, minutes=(*rest, now)))


def refreshed(world: View, at: datetime) -> Said:
    """What the clock alone changes: minutes that have passed, deadlines that have, an opening."""
    zone = (world.get(Rules, "rules") or Rules()).timezone
    for queue in [queue for queue in world.all(Queue) if queue.active]:
        known = world.get(QueueNow, queue.key)
        oldest = int((at - WINDOW).timestamp()) // 60
        base = known or QueueNow(key=queue.key, since=at)
        now = replace(
            base, minutes=tuple(one for one in base.minutes if one.number > oldest),
            overdue=sum(is_overdue(one, at) for one in world.by(Request, "queue", queue.key)),
            opens_at=opens_at(queue, at, ZoneInfo(zone)),
        )  # fmt: skip
        if now != known:
            yield Put(now)


def is_overdue(request: Request, at: datetime) -> bool:
    """Whether it waits past its deadline; callers in a queue have figures of their own.

    Who writes waits for each answer, also of whoever has him in hand.
    """
    late = request.due_at is not None and request.due_at <= at
    written = request.conversation is not None and request.status == "in_progress"
    return late and request.kind != "call" and (request.status in WAITING or written)


def opens_at(queue: Queue, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When somebody answers again; None while it is open, or when it is not known to open."""
    if queue.week is None:
        return None
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    holidays = dict(queue.holidays)
    for ahead in range(_AHEAD):
        day = local.date() + timedelta(days=ahead)
        for begin, end in sorted(_spans(queue, day, holidays)):
            if ahead == 0 and begin <= minute < end:
                return None
            if ahead or begin > minute:
                return datetime(day.year, day.month, day.day, begin // 60, begin % 60, tzinfo=zone)
    return None


def _spans(queue: Queue, day: date, holidays: dict[str, tuple[tuple[int, int], ...]]) -> Iterator[tuple[int, int]]:
    unlike = holidays.get(day.isoformat())
    if unlike is not None:
        yield from unlike
        return
    yield from ((begin, end) for weekday, begin, end in queue.week or () if weekday == day.weekday())
