"""What `mis` tells: what became of a visit is a line of history, what a person must look after is a request.

Work about a patient for whom work of the MIS is open already joins it: he is called once. It never joins a request that
a patient made: that one is settled by talking with him, this one by doing what it says.
"""

from collections.abc import Iterator
from dataclasses import replace

from engine.effects import FindContact
from engine.events import RequestOpened, RoutingDue, VisitTold, WorkEnded, WorkTold
from engine.requests.commands import live_call
from engine.requests.opening import changed, line, next_number
from engine.requests.patients.prefetching import know
from engine.requests.transitions import withdraw
from engine.room import Said
from engine.world import Append, HistoryEntry, Put, Queue, Request, Rules, View

# What a request's source begins with when the MIS caused it; the reason follows.
FROM_MIS = "mis:"
MIS = "mis"
# Told the same way, but of the patient's card, not of a visit.
OF_THE_CARD = frozenset({"restricted_opened"})


def on_visit(world: View, event: VisitTold) -> Said:
    """Also of a request that is done by now: its history is read all the same. Nobody's command goes stale by it."""
    what = event.what if event.what in OF_THE_CARD else f"visit_{event.what}"
    yield Append(HistoryEntry(request=event.request, at=event.at, actor=event.actor, what=what, line=event.line))


def on_work(world: View, event: WorkTold) -> Said:
    """The same work twice is one: the second time finds its own request."""
    if world.get(Request, event.key) is not None:
        return
    earlier = next(_about(world, event), None)
    if earlier is not None:
        due = min((one for one in (earlier.due_at, event.due_at) if one is not None), default=None)
        joined = changed(
            earlier, event.at, priority=max(earlier.priority, event.priority), due_at=due,
            works=(*earlier.works, event.key),
        )  # fmt: skip
        yield Put(replace(joined, phone=joined.phone or event.phone))
        yield line(joined, event.at, f"work_{event.reason}", MIS, note=event.note, line=event.line)
    else:
        yield from _made(world, event)
    yield RoutingDue(at=event.at)


def on_over(world: View, event: WorkEnded) -> Said:
    """Withdrawn with the last of its work, unless somebody has it in hand: he learns of it from the history."""
    request = next((one for one in world.all(Request) if event.key in one.works), None)
    if request is None:
        return
    left = replace(request, works=tuple(one for one in request.works if one != event.key))
    yield Put(left)
    yield line(left, event.at, "work_over", MIS, line=event.line)
    if not left.works and left.owner is None and live_call(world, left) is None:
        yield from withdraw(world, left, event.at)


def _about(world: View, event: WorkTold) -> Iterator[Request]:
    """Open work of the MIS about the same patient that is not being finished just now."""
    for request in world.by(Request, "meant", event.patient) if event.patient else ():
        if request.source.startswith(FROM_MIS) and request.status != "wrap_up":
            yield request


def _made(world: View, event: WorkTold) -> Said:
    number, queue = next_number(world, event.at), _queue(world, event.queue)
    priority = max(event.priority, queue.priority) if queue is not None else event.priority
    request = Request(
        key=event.key, year=event.at.year, number=number.value, kind="callback", status="queued",
        queue=queue.key if queue is not None else "", priority=priority, due_at=event.due_at, phone=event.phone,
        meant=event.patient, works=(event.key,), source=f"{FROM_MIS}{event.reason}", created_at=event.at,
        queued_at=event.at, since=event.at,
    )  # fmt: skip
    yield Put(number)
    yield Put(request)
    yield line(request, event.at, "opened", MIS, queue=request.queue or None)
    yield line(request, event.at, f"work_{event.reason}", MIS, note=event.note, line=event.line)
    yield RequestOpened(at=event.at, request=request.key)
    if request.phone:
        yield FindContact(phone=request.phone)
    yield from know(world, request, opening=True)


def _queue(world: View, wanted: str) -> Queue | None:
    """The queue that is wanted, else the directory's first."""
    named = world.get(Queue, wanted)
    if named is not None and named.active:
        return named
    titles = (world.get(Rules, "rules") or Rules()).titles
    listed = (world.get(Queue, name) for section, name, _, _ in titles if section == "queues")
    known = (one for one in (*listed, *world.all(Queue)) if one is not None and one.active)
    return next(known, None)
