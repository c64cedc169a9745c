"""Nobody talked with a caller: what becomes of his request."""

from datetime import datetime

from engine.events import RoutingDue
from engine.requests.deadlines import due_of
from engine.requests.opening import changed, line
from engine.requests.patients.prefetching import know
from engine.requests.persons.blocking import BLOCKED, block_of
from engine.requests.persons.joins import join, promise_of
from engine.requests.transitions import close
from engine.room import Said
from engine.world import Call, Line, Put, Queue, Request, View
from engine.world.reading import last_talk

# How the request of a call ends that came from a number of the clinic itself.
OURS = "own_number"


def missed(world: View, call: Call, request: Request, at: datetime) -> Said:
    """Somebody must call back, unless the number is blocked or our own; who is to be called back anyway is so once."""
    if is_ours(world, request.phone or call.phone):
        yield from close(world, request, at, OURS)
        return
    if block_of(world, request.phone or call.phone, at) is not None:
        yield from close(world, request, at, BLOCKED)
        return
    promise = promise_of(world, call, request)
    if promise is not None:
        yield from join(world, call, request, promise, at)
    else:
        yield from stands(world, call, request, at)


def is_ours(world: View, phone: str) -> bool:
    """Whether it is a number of the clinic: a call of ours that came back by another way is nobody's to return."""
    return bool(phone) and (world.get(Line, phone) or world.get(Line, phone.removeprefix("+"))) is not None


def stands(world: View, call: Call, request: Request, at: datetime) -> Said:
    """It waits for somebody to call back: the clock runs from the end of the call. Who talked to him is asked first."""
    talk, queue = last_talk(call), world.get(Queue, request.queue)
    waiting = changed(
        request, at, kind="missed_call", status="queued", owner=None, priority=queue.priority if queue else 0,
        queued_at=at, due_at=due_of(world, request.queue, "missed_call", at), missed=request.missed + 1,
        preferred=talk.operator if talk else request.preferred,
    )  # fmt: skip
    yield Put(waiting)
    yield line(waiting, at, "missed", call=call.key, queue=waiting.queue)
    yield from know(world, waiting, opening=True)
    yield RoutingDue(at=at)
