"""Work by telephone against the ring of a queue (R11): he may dial once his phones are known to be quiet.

The `operators` room pauses them and waits for every queue to say so; when one rang meanwhile, the request goes back to
its place and nobody is to blame. What he took himself stays his all the same: only dialling waits, and is tried again.
"""

from dataclasses import replace
from datetime import datetime

from engine.events import PhoneQuiet, QuietWanted
from engine.requests.offers.capacity import on_the_phone
from engine.requests.transitions import TAKEN_BACK, requeue
from engine.room import Said
from engine.world import Offer, Operator, Put, Request, View


def on_quiet(world: View, event: PhoneQuiet) -> Said:
    """What came of the pause; an answer about an offer that is over changes nothing."""
    offer = world.get(Offer, event.offer)
    request = world.get(Request, offer.request) if offer is not None else None
    if offer is None or request is None or offer.operator != event.operator or offer.state != "accepted":
        return
    if event.quiet and not offer.confirmed:
        yield Put(replace(offer, confirmed=True))
    elif not event.quiet and not offer.confirmed and not offer.by_hand:
        yield from requeue(world, request, event.at, TAKEN_BACK, TAKEN_BACK)


def ask_again(world: View, at: datetime) -> Said:
    """Of whom the phones were not quiet when he took something: try again while they are idle."""
    for offer in list(world.all(Offer)):
        operator = world.get(Operator, offer.operator)
        if operator is None or operator.voice != "idle" or on_the_phone(operator):
            continue
        asked = any(owner.endswith(offer.key) for owner in operator.pauses)
        if offer.state == "accepted" and offer.by_hand and not offer.confirmed and not asked:
            yield QuietWanted(at=at, offer=offer.key, operator=offer.operator)
