"""A mended call in the figures of the queues it stood in today: as if the tally had seen it as the journal has it."""

from collections import defaultdict
from dataclasses import fields, replace
from datetime import datetime

from engine.events import CallRepaired
from engine.room import Said
from engine.world import Call, Put, Queue, QueueDay, View, Visit

COUNTS = tuple(field.name for field in fields(QueueDay) if field.name != "day")


def on_repaired(world: View, event: CallRepaired) -> Said:
    """Take out what the call had counted for, and put in what it counts for now."""
    before, now = _counted(world, event.was, event.midnight), _counted(world, event.call, event.midnight)
    for key in sorted(before.keys() | now.keys()):
        queue = world.get(Queue, key)
        if queue is None or before[key] == now[key]:
            continue
        today = {
            name: max(0, getattr(queue.today, name) + getattr(now[key], name) - getattr(before[key], name))
            for name in COUNTS
        }
        yield Put(replace(queue, today=replace(queue.today, **today)))


def _counted(world: View, call: Call | None, midnight: datetime | None) -> defaultdict[str, QueueDay]:
    """What a call counts for in each queue: `engine.queues.tally`'s rules over the whole of it."""
    found: defaultdict[str, QueueDay] = defaultdict(QueueDay)
    if call is None or call.direction != "inbound" or call.result == "out_of_hours":
        return found
    if call.queued_at is None and call.ended_at is None:
        return found  # refused at the door: the tally counts that at the end
    visits = _before_answer(call)
    if not visits and call.queue and call.queued_at is None and not any(leg.answered_at for leg in call.legs):
        if call.ended_at is not None and (midnight is None or call.ended_at >= midnight):
            abandoned = call.result == "abandoned"
            found[call.queue] = QueueDay(offered=1, abandoned=abandoned, unanswered=not abandoned)
        return found
    for place, visit in enumerate(visits):
        if midnight is not None and visit.joined_at < midnight:
            continue
        day = found[visit.queue]
        last = place == len(visits) - 1
        found[visit.queue] = _with(world, call, visit, replace(day, offered=day.offered + 1), last)
    return found


def _with(world: View, call: Call, visit: Visit, day: QueueDay, last: bool) -> QueueDay:
    """The figures after a stay is over; one that lasts is only offered."""
    if last and any(leg.answered_at for leg in call.legs):
        queue = world.get(Queue, visit.queue)
        in_time = queue is not None and call.wait_s <= queue.service_level_s
        return replace(
            day, answered=day.answered + 1, in_level=day.in_level + in_time, wait_s=day.wait_s + call.wait_s
        )
    if last and call.ended_at is None:
        return day
    abandoned = last and call.result == "abandoned"
    return replace(day, abandoned=day.abandoned + abandoned, unanswered=day.unanswered + (not abandoned))


def _before_answer(call: Call) -> list[Visit]:
    """The stays before the first answer, one that leads back into the same queue as one; a call counts until then."""
    first = min((leg.answered_at for leg in call.legs if leg.answered_at), default=None)
    visits = call.visits
    if not visits and call.queue and call.queued_at is not None:
        visits = (Visit(queue=call.queue, joined_at=call.queued_at),)
    stays: list[Visit] = []
    for visit in visits:
        if first is not None and visit.joined_at > first:
            break
        if not stays or stays[-1].queue != visit.queue:
            stays.append(visit)
    return stays
