"""Look-ups before anybody asks, and what follows from them: who is asked first, in which queue, how urgently.

A number is looked up when its call or request begins, again when somebody is rung or asked (`mis` looks anew only when
what it has is old), and forgotten when nobody can need it. Nobody is chosen by it. Only the answer to the first look-up
routes, and only work that is not a call: a caller's place is Asterisk's to give, for him the operator is but named.
"""

from dataclasses import replace

from engine.effects import ForgetPatients, KnowPatients
from engine.events import CallArrived, CallEnded, LegRang, PatientsKnown, RoutingDue
from engine.requests.offers.ledger import live_offer
from engine.requests.opening import changed, line
from engine.requests.transitions import TAKEN_BACK, requeue
from engine.room import Said
from engine.world import Call, Operator, PatientRoute, Put, Queue, Request, Rules, View
from engine.world.reading import number_known


def on_arrived(world: View, event: CallArrived) -> Said:
    """A call came or is made: who may it be?"""
    yield from _look(world, event.call, opening=True)


def on_rang(world: View, event: LegRang) -> Said:
    """The pop is here; what was found while he waited must not be old."""
    yield from _look(world, event.call, opening=False)


def on_ended(world: View, event: CallEnded) -> Said:
    """Nobody will ask by this call any more."""
    call = world.get(Call, event.call)
    if call is not None and call.phone and call.direction != "internal" and _connected(world):
        yield ForgetPatients(waits=call.key)


def on_known(world: View, event: PatientsKnown) -> Said:
    """What the clinic wants for who has this flag, or this doctor."""
    request, rule = world.get(Request, event.request), _rule(world, event)
    if request is None or rule is None or not event.opening:
        return
    if number_known(world, request) != event.phone or request.owner is not None:
        return
    operator = world.get(Operator, rule.operator)
    preferred = operator.key if operator is not None and operator.active else request.preferred
    if request.kind == "call":
        if preferred != request.preferred:
            yield Put(replace(request, preferred=preferred))
    elif request.status in ("queued", "offered"):
        yield from _routed(world, event, request, rule, preferred)


def _routed(world: View, event: PatientsKnown, request: Request, rule: PatientRoute, preferred: str) -> Said:
    queue, offer = world.get(Queue, rule.queue), live_offer(world, request)
    moves = queue is not None and queue.active and queue.key != request.queue
    place = queue.key if moves and queue is not None else request.queue
    priority = rule.priority or (queue.priority if moves and queue is not None else request.priority)
    if (place, priority, preferred) == (request.queue, request.priority, request.preferred):
        return
    another = preferred != request.preferred and offer is not None and offer.operator != preferred
    if offer is not None and (moves or another):
        yield from requeue(world, request, event.at, TAKEN_BACK, TAKEN_BACK)
        request = world.get(Request, request.key) or request
    routed = changed(request, event.at, queue=place, priority=priority, preferred=preferred)
    yield Put(routed)
    yield line(routed, event.at, "routed", queue=place, operator=preferred or None)
    yield RoutingDue(at=event.at)


def _rule(world: View, event: PatientsKnown) -> PatientRoute | None:
    """The first rule of the clinic that fits."""
    for rule in (world.get(Rules, "rules") or Rules()).routes:
        if (rule.flag and rule.flag in event.flags) or (rule.doctor and rule.doctor == event.doctor):
            return rule
    return None


def _look(world: View, key: str, *, opening: bool) -> Said:
    call = world.get(Call, key)
    if call is None or call.direction == "internal" or not call.phone or call.request is None:
        return
    if _connected(world):
        yield KnowPatients(phone=call.phone, waits=call.key, request=call.request, opening=opening)


def _connected(world: View) -> bool:
    return (world.get(Rules, "rules") or Rules()).patients
