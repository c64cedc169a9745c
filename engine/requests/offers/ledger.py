"""Offers as they begin and end, each with its timer. Only live ones are in the open world (R5: nothing is counted)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from engine.events import QuietEnded, QuietWanted
from engine.requests.opening import drop_timer
from engine.room import Said
from engine.world import Drop, Offer, Operator, Put, Request, Rules, Timer, View
from engine.world.offers import OfferState
from okno.ids import uuid7_of

# Work that is done by telephone: while somebody dials for it no queue may ring him (R11).
PHONE_WORK = frozenset({"missed_call", "callback", "voicemail"})


def offer_timer(offer: str) -> str:
    """The timer that ends a pending offer."""
    return f"offer:{offer}"


def live_offer(world: View, request: Request) -> Offer | None:
    """The one offer of this request that is not over."""
    return next(iter(world.by(Offer, "request", request.key)), None)


def pending(world: View, operator: str) -> Iterator[Offer]:
    """What he is asked and has not answered."""
    return (offer for offer in world.by(Offer, "operator", operator) if offer.state == "pending")


def weight_of(world: View, request: Request) -> int:
    """What a request weighs against its operator's capacity."""
    return (world.get(Rules, "rules") or Rules()).work_of(request.kind).weight


def ask(world: View, request: Request, operator: Operator, at: datetime, seconds: int, *, sticky: bool = False) -> Said:
    """Begin a pending offer; its timer ends it."""
    offer = replace(
        _new(world, request, operator.key, at), expires_at=at + timedelta(seconds=seconds), sticky=sticky,
    )  # fmt: skip
    yield Put(offer)
    yield Put(Timer(key=offer_timer(offer.key), due=at + timedelta(seconds=seconds)))


def hold(world: View, request: Request, operator: Operator, at: datetime) -> Said:
    """Begin an offer nobody was asked about: he took the request, or it was given to him."""
    offer = replace(_new(world, request, operator.key, at), by_hand=True)
    yield from accept(world, offer, request, at)


def accept(world: View, offer: Offer, request: Request, at: datetime) -> Said:
    """He has it. For work by telephone his phones must first be kept quiet; until then he may not dial."""
    yield from drop_timer(world, offer_timer(offer.key))
    quiet = request.kind in PHONE_WORK
    yield Put(replace(offer, state="accepted", accepted_at=at, expires_at=None, confirmed=not quiet))
    if quiet:
        yield QuietWanted(at=at, offer=offer.key, operator=offer.operator)


def end(world: View, offer: Offer, at: datetime, state: OfferState) -> Said:
    """It is over, its timer with it, in the same turn (R10); it leaves the open world, and the load with it."""
    yield from drop_timer(world, offer_timer(offer.key))
    yield Put(replace(offer, state=state, ended_at=at))
    yield Drop(Offer, offer.key)
    request, operator = world.get(Request, offer.request), world.get(Operator, offer.operator)
    kept_quiet = operator is not None and any(owner.endswith(offer.key) for owner in operator.pauses)
    by_phone = request is None or request.kind in PHONE_WORK or not offer.confirmed
    if kept_quiet or (offer.accepted_at is not None and by_phone):
        yield QuietEnded(at=at, offer=offer.key, operator=offer.operator)


def _new(world: View, request: Request, operator: str, at: datetime) -> Offer:
    parts = ("offer", request.key, operator, str(request.version), str(request.attempts))
    return Offer(
        key=str(uuid7_of(at, *parts)), request=request.key, operator=operator, weight=weight_of(world, request), at=at,
    )  # fmt: skip
