"""How much an operator may still have: derived from his live offers and his phone each time, never counted (R1, R5)."""

from engine.requests.offers.ledger import PHONE_WORK
from engine.world import Offer, Operator, Request, Rules, View

# A phone in these states keeps its operator's hands full.
BUSY = frozenset({"ringing", "incall", "wrap_up"})


def on_the_phone(operator: Operator) -> bool:
    """Whether his phone rings, or he talks, or finishes what he talked about."""
    return operator.voice in BUSY or operator.wrap_up is not None


def load(world: View, operator: Operator) -> int:
    """What he has, by weight: his live offers, and a call in any of its stages."""
    rules = world.get(Rules, "rules") or Rules()
    call = rules.work_of("call").weight if on_the_phone(operator) else 0
    return call + sum(offer.weight for offer in world.by(Offer, "operator", operator.key))


def fits(world: View, operator: Operator, weight: int) -> bool:
    """Whether so much more stays within his capacity."""
    return load(world, operator) + weight <= operator.capacity


def interrupts(world: View, operator: Operator, request: Request) -> bool:
    """Whether the matrix of work lets this request come beside what he does now (routing.md 2.3).

    Nothing beside a call or other work by telephone; beside work in writing only more of it; weights come on top.
    """
    if on_the_phone(operator):
        return False
    offers = world.by(Offer, "operator", operator.key)
    if not offers:
        return True
    if request.kind in PHONE_WORK:
        return False
    return not any(_by_phone(world, offer) for offer in offers)


def _by_phone(world: View, offer: Offer) -> bool:
    request = world.get(Request, offer.request)
    return request is not None and request.kind in PHONE_WORK
