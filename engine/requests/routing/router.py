"""Wakes by events and by the sweep, offers what waits to whoever can take it (R9).

Cheap when nothing waits: one look at an index. When much waits, only those who can take anything are looked at, and
the look ends with the last of them.
"""

from datetime import UTC, datetime

from engine.events import RoutingDue, Swept
from engine.requests.offers.capacity import load, on_the_phone
from engine.requests.offers.leaving import on_duty
from engine.requests.offers.ledger import PHONE_WORK
from engine.requests.routing.eligible import candidates, held
from engine.requests.routing.sweeping import mend
from engine.requests.transitions import ask
from engine.room import Said
from engine.world import Operator, Queue, Request, Rules, View

_NEVER = datetime.max.replace(tzinfo=UTC)


def on_due(world: View, event: RoutingDue) -> Said:
    """Something changed by which a request may find an operator."""
    yield from route(world, event.at)


def on_swept(world: View, event: Swept) -> Said:
    """Whatever no event told of: first what does not fit together is put right, then everything is offered."""
    yield from mend(world, event.at)
    yield from route(world, event.at)


def route(world: View, at: datetime) -> Said:
    """Offer what waits, the most urgent first, until nobody can take more."""
    waiting = world.by(Request, "routed", "yes")
    if not waiting:
        return
    hands = _Hands(world)
    for request in sorted(waiting, key=urgency):
        if not hands.free:
            return
        if not hands.any_for(request) or held(world, request):
            continue
        best = next(iter(candidates(world, request, hands.of(request), at)), None)
        if best is not None:
            seconds, sticky = _step(world, request, best)
            yield from ask(world, request, best, at, seconds, sticky=sticky)
            hands.asked(best, request)


class _Hands:
    """Those on duty, by queue, and who of them may have room; read once for a run of the router."""

    def __init__(self, world: View) -> None:
        self._world = world
        self._all = [one for one in world.all(Operator) if on_duty(one)]
        self._queues: dict[str, list[Operator]] = {}
        self.free = {one.key for one in self._all if not on_the_phone(one) and load(world, one) < one.capacity}

    def of(self, request: Request) -> list[Operator]:
        """Those of the request's queue; a queue that is no more is everybody's."""
        found = self._queues.get(request.queue)
        if found is None:
            queue = self._world.get(Queue, request.queue)
            nobodys = queue is None or not queue.active
            found = [one for one in self._all if nobodys or request.queue in one.queues]
            self._queues[request.queue] = found
        return found

    def any_for(self, request: Request) -> bool:
        """Whether any of them may have room."""
        return any(one.key in self.free for one in self.of(request))

    def asked(self, operator: Operator, request: Request) -> None:
        """He was asked, and may have no more room."""
        if request.kind in PHONE_WORK or load(self._world, operator) >= operator.capacity:
            self.free.discard(operator.key)


def urgency(request: Request) -> tuple[int, datetime, datetime, str]:
    """The place of a request: priority, then its promise, then its age."""
    return -request.priority, request.due_at or _NEVER, request.queued_at or request.created_at, request.key


def _step(world: View, request: Request, operator: Operator) -> tuple[int, bool]:
    """For how many seconds he is asked, and whether because he knows the person: that step has its own time."""
    queue = world.get(Queue, request.queue)
    sticky_s = queue.sticky_s if queue is not None else 0
    if operator.key == request.preferred and sticky_s:
        return sticky_s, True
    return (world.get(Rules, "rules") or Rules()).work_of(request.kind).offer_s, False
