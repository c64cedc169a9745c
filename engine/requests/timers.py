"""What is due: the end of a wrap-up, the return of a postponed request."""

from engine.events import TimerFired
from engine.requests.opening import changed, close, drop_timer, line
from engine.room import Said
from engine.world import Put, Request, View


def on_fired(world: View, event: TimerFired) -> Said:
    """A timer that no longer fits its request changes nothing; fired or not, it is over."""
    what, _, key = event.key.partition(":")
    request = world.get(Request, key)
    if request is not None and what == "wrap_up" and request.status == "wrap_up":
        yield from close(world, request, event.at, "")
    elif request is not None and what == "postponed" and request.status == "postponed":
        back = changed(request, event.at, status="queued", postponed_until=None)
        yield Put(back)
        yield line(back, event.at, "returned", queue=back.queue)
    yield from drop_timer(world, event.key)
