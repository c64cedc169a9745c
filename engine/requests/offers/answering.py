"""What an operator says to an offer, or does not say. Each answer is a compare-and-set on the offer's state.

An offer that is over is over for everybody; the same yes twice is one yes (R16).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.effects import AnswerCommand
from engine.events import AcceptAsked, OfferMissed, ProlongAsked, RefuseAsked, TakeAsked
from engine.requests.offers.capacity import load
from engine.requests.opening import line
from engine.requests.transitions import TAKEN_BACK, accept, requeue
from engine.room import Said
from engine.world import Offer, Operator, Put, Request, Timer, View
from engine.world.reading import wrap_up_timer

# So much more a person gets to finish, each time he asks.
MORE = timedelta(seconds=30)
# An offer that ends so much later than it was to end had nobody who would have heard its answer: we were away.
AWAY = timedelta(seconds=10)


def on_accept(world: View, event: AcceptAsked) -> Said:
    """Yes."""
    offer = world.get(Offer, event.offer)
    request = world.get(Request, offer.request) if offer is not None else None
    operator = world.get(Operator, event.operator)
    if offer is None or request is None:
        yield _no(event, "offer_over", None)
    elif operator is None or not operator.active:
        yield _no(event, "no_operator", request)
    elif offer.operator != operator.key:
        yield _no(event, "not_yours", request, offer.operator)
    elif offer.state == "accepted":
        yield _yes(event, request)
    elif offer.state != "pending":
        yield _no(event, "offer_over", request)
    else:
        yield from accepting(world, event, offer, request, operator)


def accepting(
    world: View, event: AcceptAsked | TakeAsked, offer: Offer, request: Request, operator: Operator
) -> Said:
    """A pending offer becomes his, if a call has not come between; then it goes back, and nobody is to blame."""
    if offer.expires_at is not None and offer.expires_at <= event.at:
        yield from timed_out(world, offer, event.at)
        yield _no(event, "offer_over", request)
    elif load(world, operator) > operator.capacity:
        yield from requeue(world, request, event.at, TAKEN_BACK, TAKEN_BACK)
        yield _no(event, "no_capacity", request)
    else:
        yield from accept(world, request, event.at, event.actor)
        yield _yes(event, request)


def on_refuse(world: View, event: RefuseAsked) -> Said:
    """No; the request keeps its place and goes to somebody else."""
    offer = world.get(Offer, event.offer)
    request = world.get(Request, offer.request) if offer is not None else None
    if offer is None or request is None:
        yield _no(event, "offer_over", None)
    elif event.operator is None or offer.operator != event.operator:
        yield _no(event, "not_yours", request, offer.operator)
    elif offer.state != "pending":
        yield _no(event, "offer_over", request)
    else:
        yield from requeue(world, request, event.at, "rejected", "refused", actor=event.actor)
        yield _yes(event, request)


def timed_out(world: View, offer: Offer, at: datetime) -> Said:
    """He said nothing; two in a row, and he is asked no more (the `operators` room sees to it).

    Nobody is to blame for a silence while the engine itself was not there.
    """
    request = world.get(Request, offer.request)
    if request is None or offer.state != "pending":
        return
    if offer.expires_at is not None and at - offer.expires_at > AWAY:
        yield from requeue(world, request, at, TAKEN_BACK, TAKEN_BACK)
        return
    yield from requeue(world, request, at, "timeout", "timed_out")
    yield OfferMissed(at=at, offer=offer.key, operator=offer.operator)


def on_prolong(world: View, event: ProlongAsked) -> Said:
    """Half a minute more to finish, counted from when it would have ended. Nobody's command goes stale by it."""
    request = world.get(Request, event.request)
    timer = world.get(Timer, wrap_up_timer(event.request))
    if request is None:
        yield AnswerCommand(command=event.command, ok=False, why="not_found", request=event.request)
    elif request.owner is None or request.owner != event.operator:
        yield _no(event, "not_yours", request, request.owner or "")
    elif request.status != "wrap_up" or timer is None:
        yield _no(event, "not_wrapping", request)
    else:
        yield Put(replace(timer, due=max(timer.due, event.at) + MORE))
        yield line(request, event.at, "prolonged", event.actor, operator=request.owner)
        yield _yes(event, request)


def _yes(event: AcceptAsked | RefuseAsked | ProlongAsked | TakeAsked, request: Request) -> AnswerCommand:
    return AnswerCommand(command=event.command, ok=True, request=request.key)


def _no(
    event: AcceptAsked | RefuseAsked | ProlongAsked | TakeAsked, why: str, request: Request | None, by: str = ""
) -> AnswerCommand:
    return AnswerCommand(command=event.command, ok=False, why=why, by=by, request=request.key if request else None)
