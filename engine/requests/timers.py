"""What is due: the end of a wrap-up, a postponed request, the end of a silent offer, the router's next run."""

from engine.events import TimerFired
from engine.requests.deadlines import due_of
from engine.requests.offers.answering import timed_out
from engine.requests.opening import drop_timer, line
from engine.requests.routing.router import REST, keep, route
from engine.requests.transitions import close, queue_up
from engine.room import Said
from engine.world import Offer, Operator, Request, View


def on_fired(world: View, event: TimerFired) -> Said:
    """A timer that no longer fits its request changes nothing; fired or not, it is over."""
    what, _, key = event.key.partition(":")
    request, offer = world.get(Request, key), world.get(Offer, key) if what == "offer" else None
    if request is not None and what == "wrap_up" and request.status == "wrap_up":
        owner = world.get(Operator, request.owner)
        if owner is not None:
            yield from keep(world, owner, event.at, request.key)
        yield from close(world, request, event.at, "", by=request.owner or "")
    elif request is not None and what == "postponed" and request.status == "postponed":
        due = due_of(world, request.queue, request.kind, event.at)
        yield from queue_up(world, request, event.at, by=None, due_at=due)
        yield line(request, event.at, "returned", queue=request.queue)
    elif offer is not None:
        yield from timed_out(world, offer, event.at)
    elif event.key == REST:
        yield from route(world, event.at)
    yield from drop_timer(world, event.key)
