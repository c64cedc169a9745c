"""Those who can no longer be asked: the page is gone, he went, his phone rings, the patient himself calls in."""

from collections.abc import Iterable
from datetime import datetime

from engine.events import CallEnded, LegRang, OperatorLeft, PageLost, PresenceAsked, QueuesAsked
from engine.requests.offers.capacity import on_the_phone
from engine.requests.offers.ledger import PHONE_WORK, live_offer, pending
from engine.requests.persons.same import requests_of
from engine.requests.transitions import TAKEN_BACK, requeue
from engine.room import Said
from engine.world import Call, Offer, Operator, Queue, Request, View
from engine.world.reading import on_the_line


def on_duty(operator: Operator | None) -> bool:
    """Whether digital work may be offered to him: he says so, and a page of his shows it."""
    return operator is not None and operator.active and operator.presence == "available" and operator.page == "here"


def away(operator: Operator) -> bool:
    """Whether he has left: what he had went back to its place then, and what he is given now would lie there unseen."""
    return operator.presence == "offline" or operator.page == "lost"


def on_left(world: View, event: PageLost | OperatorLeft) -> Said:
    """What he was asked and what he had goes back to its place, for others to have (R8); a wrap-up ends by itself."""
    yield from take_back(world, pending(world, event.operator), event.at)
    for request in world.by(Request, "owner", event.operator):
        if request.status == "in_progress" and not any(world.get(Call, key) for key in request.calls):
            yield from requeue(world, request, event.at, TAKEN_BACK, "requeued")


def on_rang(world: View, event: LegRang) -> Said:
    """A queue rings his phone: nothing is asked of him meanwhile."""
    yield from take_back(world, pending(world, event.operator), event.at)


def on_talked(world: View, event: CallEnded) -> Said:
    """He finishes what he talked about: what was asked of him when only his phone was down is asked of others."""
    call = world.get(Call, event.call)
    for key in sorted({leg.operator for leg in call.legs if leg.answered_at is not None}) if call is not None else ():
        operator = world.get(Operator, key)
        if operator is not None and operator.wrap_up is not None:
            yield from take_back(world, pending(world, key), event.at)


def on_presence(world: View, event: PresenceAsked) -> Said:
    """He goes on a break: what he has not answered is asked of others at once."""
    key = event.target or event.operator
    if key is not None and not on_duty(world.get(Operator, key)):
        yield from take_back(world, pending(world, key), event.at)


def on_steered(world: View, event: QueuesAsked) -> Said:
    """A supervisor gave him other queues: what he is asked of the others goes to those who serve them."""
    operator = world.get(Operator, event.target)
    if operator is not None:
        others = [one for one in pending(world, operator.key) if not _serves(world, operator, one)]
        yield from take_back(world, others, event.at)


def on_number_live(world: View, call: Call, at: datetime) -> Said:
    """The patient calls in himself, from whichever of his numbers: nobody is asked about him meanwhile (R15).

    Who was offered it and was about to dial lets go of it too: his phone is kept quiet for nothing, and may be the one
    that is free for this call. What somebody took himself stays his.
    """
    for request in requests_of(world, call.phone, call.contact):
        offer = live_offer(world, request)
        if offer is None:
            continue
        talks = any(world.get(Call, key) is not None for key in request.calls)
        to_dial = call.direction == "inbound" and offer.state == "accepted" and not offer.by_hand
        if offer.state == "pending" or (to_dial and request.kind in PHONE_WORK and not talks):
            yield from requeue(world, request, at, TAKEN_BACK, TAKEN_BACK)


def take_back(world: View, offers: Iterable[Offer], at: datetime) -> Said:
    """End offers that nobody has answered, and nobody is to blame for; their requests keep their place."""
    for offer in list(offers):
        request = world.get(Request, offer.request)
        if request is not None:
            yield from requeue(world, request, at, TAKEN_BACK, TAKEN_BACK)


def unaskable(world: View, at: datetime) -> list[Offer]:
    """Pending offers of those who cannot answer them any more, or are not to, for whatever reason no event told us.

    One that was made later than now is of a clock that has been set back since: its end is as wrong as its beginning.
    """
    return [
        offer for offer in list(world.all(Offer)) if offer.state == "pending" and (offer.at > at or _gone(world, offer))
    ]  # fmt: skip


def _gone(world: View, offer: Offer) -> bool:
    operator = world.get(Operator, offer.operator)
    if operator is None or not on_duty(operator) or on_the_phone(operator):
        return True
    request = world.get(Request, offer.request)
    return (request is not None and on_the_line(world, request)) or not _serves(world, operator, offer)


def _serves(world: View, operator: Operator, offer: Offer) -> bool:
    """Whether the request is of one of his queues, or of none there is."""
    request = world.get(Request, offer.request)
    queue = world.get(Queue, request.queue) if request is not None else None
    return queue is None or not queue.active or queue.key in operator.queues


