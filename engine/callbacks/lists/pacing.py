"""Whose turn has come: no more than there are free hands or lines for, no faster than the list says.

Live callers come first: a free operator for whom a caller waits is not free for a list. Who is on the line, whom
somebody else is calling, and who has a matter of his own open here, waits; so does everybody for whom it is a bad hour.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heapify, heappop

from engine.callbacks.lists.asking import unwanted
from engine.callbacks.lists.ringing import ENGINE, lines_in_use, lost, ring
from engine.callbacks.lists.states import OPEN, called_off, close, of_list, settle
from engine.callbacks.lists.window import may_call
from engine.events import CallbackWanted, Swept, TryPlanned
from engine.room import Said
from engine.world import Call, CallList, Offer, Operator, Put, Queue, Request, Target, View
from engine.world.reading import is_live
from okno.ids import uuid7_of

# What a list asks of operators has this before its title, as the source of a request.
SOURCE = "list:"
# A list that was stopped may go on again for so long, and people of one that is done be put back; then it is closed.
UNDO = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# The promise of a request goes round the loop: one that is not there by now was not made.
MADE_WITHIN = timedelta(seconds=30)


def on_swept(world: View, event: Swept) -> Said:
    """Look at every list."""
    for made in sorted(world.all(CallList), key=lambda one: (one.at, one.key)):
        yield from lost(world, made, event.at)
        yield from _look(world, made, event.at)


def _look(world: View, made: CallList, at: datetime) -> Said:
    yield from _unmade(world, made, at)
    over = made.ends_at is not None and at >= made.ends_at
    if made.state == "stopped":
        if not _begun(world, made) and at - (made.said_at or at) >= UNDO:
            yield from close(world, made, at)
        return
    if over:
        for target in [*of_list(world, made.key, "asked")]:
            yield from called_off(world, target, at, ENGINE)
        for target in [*of_list(world, made.key, "waiting")]:
            yield from settle(world, target, "not_tried" if target.attempt == 0 else "not_reached", at)
    if not any(True for _ in of_list(world, made.key, *OPEN)):
        yield from _done(world, made, at)
    elif made.state == "done":
        yield Put(replace(made, state="running", ended_at=None))  # somebody was put back
    elif made.state == "running" and not over and (made.starts_at is None or at >= made.starts_at):
        yield from _give(world, made, at)


def _done(world: View, made: CallList, at: datetime) -> Said:
    """Nobody is left. A while later it is closed."""
    if made.state != "done" or made.ended_at is None:
        yield Put(replace(made, state="done", ended_at=at))
    elif at - made.ended_at >= UNDO:
        yield from close(world, made, at)


def _begun(world: View, made: CallList) -> bool:
    return any(True for _ in of_list(world, made.key, "asked", "dialling"))


def _give(world: View, made: CallList, at: datetime) -> Said:
    room = min(paced(made, at), free_lines(world, made) if made.mode == "ivr" else free_hands(world, made))
    given = 0
    for target in _in_turn(world, made, at) if room > 0 else ():  # a long list is not looked through for nothing
        if given >= room:
            break
        if unwanted(world, target.phone):
            yield from settle(world, target, "refused", at)
        elif made.source == "mis" and world.get(Request, target.request) is None:
            yield from settle(world, target, "withdrawn", at)  # while he was being rung
        elif not engaged(world, target):
            yield from ring(world, made, target, at) if made.mode == "ivr" else _ask(world, made, target, at)
            given += 1
    if given:
        yield Put(replace(made, paced_at=_since(made, at) + given * MINUTE / made.per_minute))


def _since(made: CallList, at: datetime) -> datetime:
    """Up to when the pace is used up; what nobody used before the last minute is gone."""
    return max(made.paced_at or at - MINUTE, at - MINUTE)


def paced(made: CallList, at: datetime) -> int:
    """How many the pace allows now."""
    return max(0, int((at - _since(made, at)) * made.per_minute / MINUTE))


def _in_turn(world: View, made: CallList, at: datetime) -> Iterator[Target]:
    """Those who may be called now: who was to be called again first, then by their place."""
    queue, good = world.get(Queue, made.queue) if made.queue else None, {}
    waiting = []
    for target in of_list(world, made.key, "waiting"):
        if target.zone not in good:
            good[target.zone] = may_call(made, queue, target.zone, at)
        if good[target.zone] and (target.next_at is None or target.next_at <= at):
            waiting.append((target.next_at is None, target.next_at or at, target.place, target.key, target))
    heapify(waiting)
    while waiting:
        yield heappop(waiting)[-1]


def engaged(world: View, target: Target) -> bool:
    """Whether he is on the line, is being called, or has a matter of his own open: then a list need not call him."""
    if world.by(Call, "phone", target.phone):
        return True
    if any(one.key != target.request or one.owner for one in world.by(Request, "phone", target.phone)):
        return True
    others = world.by(Target, "phone", target.phone)
    return any(one.key != target.key and one.state in ("asked", "dialling") for one in others)


def free_lines(world: View, made: CallList) -> int:
    """How many more a flow may talk to at once; none while the PBX cannot be commanded."""
    return made.at_once - lines_in_use(world, made) if is_live(world, made.pbx) else 0


def free_hands(world: View, made: CallList) -> int:
    """How many operators of its queue are free beyond those the callers who wait and other open work will take."""
    free = sum(1 for one in world.all(Operator) if _free(world, made, one))
    waiting = sum(one.phase in ("queued", "ringing") for one in world.by(Call, "queue", made.queue))
    asked = sum(1 for one in world.by(Request, "queue", made.queue) if one.kind != "call" and _waits(one))
    under_way = sum(1 for one in of_list(world, made.key, "asked") if not _put_aside(world, one))
    return min(free - waiting - asked, made.at_once - under_way)


def _put_aside(world: View, target: Target) -> bool:
    """Whether he was called in vain and waits for his next try: that takes nobody's time now."""
    request = world.get(Request, target.request)
    return request is not None and request.status == "postponed"


def _waits(request: Request) -> bool:
    """Whether it will take somebody who is free now; whoever is asked already is not."""
    return request.owner is None and request.status in ("new", "queued")


def _free(world: View, made: CallList, operator: Operator) -> bool:
    ready = operator.active and operator.presence == "available" and operator.page == "here" and not operator.pauses
    idle = operator.voice == "idle" and operator.wrap_up is None and not world.by(Offer, "operator", operator.key)
    return ready and idle and made.queue in operator.queues


def _ask(world: View, made: CallList, target: Target, at: datetime) -> Said:
    """An operator is to call him: the MIS's own work comes back to its queue, another's is made."""
    if made.source == "mis":
        yield Put(replace(target, state="asked", attempt=target.attempt + 1, tried_at=at))
        if target.request is not None:
            yield TryPlanned(at=at, request=target.request, until=at)
        return
    key = str(uuid7_of(at, "request", target.key))
    note = "; ".join(one for one in (target.name, target.note) if one)
    yield Put(replace(target, state="asked", attempt=target.attempt + 1, tried_at=at, request=key))
    yield CallbackWanted(
        at=at, key=key, origin="list", phone=target.phone, queue=made.queue, note=note, source=f"{SOURCE}{made.title}",
    )


def _unmade(world: View, made: CallList, at: datetime) -> Said:
    """Whose work is not there, though nobody told that it was closed: it was not made, or is gone with a repair."""
    for target in [*of_list(world, made.key, "asked")]:
        late = target.tried_at is None or at - target.tried_at > MADE_WITHIN
        if late and world.get(Request, target.request) is None:
            yield from settle(world, target, "not_tried", at, "no_request")
