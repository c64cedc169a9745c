"""A queue's figures since midnight, kept as calls go. A call counts in a queue until its first answer.

`offered` when he joins (or is refused at the door), then exactly one of `answered`, `abandoned`, `unanswered`. Leaving
for another queue leaves the first one unanswered. Closed hours and calls past the queues do not count.
"""

from dataclasses import replace

from engine.events import CallAnswered, CallEnded, CallQueued, DayBegan
from engine.queues.moment import counted
from engine.room import Said
from engine.world import Call, Put, Queue, QueueDay, View


def on_queued(world: View, event: CallQueued) -> Said:
    """He waits here, and no longer there."""
    call = world.get(Call, event.call)
    if call is None or call.direction != "inbound" or any(leg.answered_at for leg in call.legs):
        return
    previous, queue = world.get(Queue, event.previous), world.get(Queue, event.queue)
    if previous is not None:
        yield Put(replace(previous, today=replace(previous.today, unanswered=previous.today.unanswered + 1)))
        yield from counted(world, previous.key, event.at, lost=1)
    if queue is not None and (previous is not None or call.queued_at == event.at):
        yield Put(replace(queue, today=replace(queue.today, offered=queue.today.offered + 1)))


def on_answered(world: View, event: CallAnswered) -> Said:
    """His first answer."""
    call = world.get(Call, event.call)
    if call is None or call.direction != "inbound" or call.queued_at is None:
        return
    queue = world.get(Queue, call.queue)
    if queue is None or sum(leg.answered_at is not None for leg in call.legs) != 1:
        return
    if call.legs[event.leg].answered_at != event.at:
        return  # the one leg came back to him: answered already
    day = queue.today
    yield Put(replace(queue, today=replace(
        day, answered=day.answered + 1, in_level=day.in_level + (call.wait_s <= queue.service_level_s),
        wait_s=day.wait_s + call.wait_s,
    )))
    in_time = call.wait_s <= queue.service_level_s
    yield from counted(world, queue.key, event.at, answered=1, in_level=int(in_time), wait_s=call.wait_s)


def on_ended(world: View, event: CallEnded) -> Said:
    """He left without an answer, or was never let in."""
    call = world.get(Call, event.call)
    queue = world.get(Queue, call.queue) if call is not None else None
    if call is None or queue is None or call.direction != "inbound" or call.result == "out_of_hours":
        return
    if any(leg.answered_at for leg in call.legs):
        return
    abandoned = call.result == "abandoned"
    day = queue.today
    yield Put(replace(queue, today=replace(
        day, offered=day.offered + (call.queued_at is None), abandoned=day.abandoned + abandoned,
        unanswered=day.unanswered + (not abandoned),
    )))
    yield from counted(world, queue.key, event.at, lost=1)


def on_day(world: View, event: DayBegan) -> Said:
    """Midnight in the clinic's zone."""
    for queue in list(world.all(Queue)):
        if queue.today != QueueDay(day=event.day):
            yield Put(replace(queue, today=QueueDay(day=event.day)))
