"""What the sweep puts right: nothing may stay as it is only because an event was lost or a version older wrote it."""

from datetime import datetime

from engine.requests.offers import ledger
from engine.requests.offers.answering import timed_out
from engine.requests.offers.leaving import take_back, unaskable
from engine.requests.offers.quiet import ask_again
from engine.requests.transitions import TAKEN_BACK, requeue
from engine.room import Said
from engine.world import Offer, Operator, Request, View


def mend(world: View, at: datetime) -> Said:
    """Late offers time out, those of people who are gone go back, every owner has his offer."""
    for offer in list(world.all(Offer)):
        if offer.state == "pending" and (offer.expires_at is None or offer.expires_at <= at):
            yield from timed_out(world, offer, at)
    yield from take_back(world, unaskable(world, at), at)
    for offer in list(world.all(Offer)):
        request = world.get(Request, offer.request)
        if request is None:
            yield from ledger.end(world, offer, at, "canceled")
        elif offer.state == "accepted" and not _known(world, offer.operator):
            yield from requeue(world, request, at, TAKEN_BACK, "requeued")
    for request in list(world.all(Request)):
        if request.kind != "call" and not _agree(request, ledger.live_offer(world, request)):
            yield from _put_right(world, request, at)
    yield from ask_again(world, at)


def _known(world: View, operator: str) -> bool:
    """Whether the directory names him."""
    known = world.get(Operator, operator)
    return known is not None and known.active


def _agree(request: Request, offer: Offer | None) -> bool:
    """Whether a request's status and its offer say the same."""
    if request.status == "offered":
        return offer is not None and offer.state == "pending"
    if request.owner is None or request.status not in ("in_progress", "wrap_up"):
        return offer is None
    return offer is not None and offer.state != "pending" and offer.operator == request.owner


def _put_right(world: View, request: Request, at: datetime) -> Said:
    """Give an owner his offer, and a request that nobody has back to its place."""
    offer = ledger.live_offer(world, request)
    if offer is not None:
        yield from ledger.end(world, offer, at, TAKEN_BACK)
    owner = world.get(Operator, request.owner)
    if owner is not None and owner.active and request.status in ("in_progress", "wrap_up"):
        yield from ledger.hold(world, request, owner, at)
    elif request.status in ("offered", "in_progress", "wrap_up"):
        yield from requeue(world, request, at, TAKEN_BACK, "requeued")
