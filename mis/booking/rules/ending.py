"""What is left once a time is won or lost: the old visit of a move, other times to offer, a slot to give back. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mis.booking.rules.deal import PASSING, REFUSALS, BookingStatus, Deal, Done, Fact, Failed
from mis.booking.rules.going import Can, again, go, unresolved
from mis.booking.rules.proving import proven
from mis.terms import LIVE, Appointment, Slot

# A loser waits for other times no longer than this many tries.
_OFFER_TRIES = 8


def released(deal: Deal) -> Deal:
    """Return a deal whose time is given back."""
    free = replace(deal, status="released", holding=False, error="")
    return go(free, "done" if deal.claimed is None else "unclaim")


def cancel_old(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """The new time stands and is read back; now the old one goes. Until it has gone `error` says so."""
    if not can.cancel:
        return unresolved(replace(deal, error="conflict"), at, over=True)
    match fact:
        case Done(Appointment(status=status)) if status not in LIVE:
            return proven(replace(deal, error=""), at)
        case Failed("not_found"):
            return proven(replace(deal, error=""), at)
        case Failed(code) if code in REFUSALS and code != "conflict":
            return unresolved(replace(deal, error=code), at, over=True)
    code = fact.code if isinstance(fact, Failed) else "malformed"
    if not can.look_at_visits:
        return unresolved(replace(deal, error=code), at, over=True)
    return unresolved(again(replace(deal, error=code), at, "look_old"), at)


def look_old(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """How the old visit stands. One that somebody has moved meanwhile is left to a person."""
    match fact:
        case Done(Appointment(status=status)) if status not in LIVE:
            return proven(replace(deal, error=""), at)
        case Done(Appointment() as now) if deal.visit is not None and now.start == deal.visit.start:
            return replace(deal, step="cancel_old", visit=now, next_at=None)
        case Done(Appointment()):
            return unresolved(replace(deal, error="conflict"), at, over=True)
        case Failed("not_found"):
            return proven(replace(deal, error=""), at)
    code = fact.code if isinstance(fact, Failed) else "malformed"
    return unresolved(again(replace(deal, error=code), at), at, over=code not in PASSING)


def achieved(deal: Deal, now: Appointment) -> bool:
    """Whether a visit is as the cancellation or confirmation wanted it."""
    if deal.action == "cancel":
        return now.status not in LIVE
    return now.confirmed and now.status in LIVE


def changed(deal: Deal, now: Appointment) -> Deal:
    """Return a deal whose visit is cancelled or confirmed."""
    status: BookingStatus = "cancelled" if deal.action == "cancel" else "booked"
    return replace(go(deal, "done"), status=status, appointment=now, error="")


def alternatives(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """Take the other times found; without them the loser still is told that he has lost."""
    step = go(deal, "done" if deal.claimed is None else "unclaim")
    if isinstance(fact, Done) and isinstance(fact.value, tuple):
        return replace(step, alternatives=tuple(one for one in fact.value if isinstance(one, Slot)))
    return step if deal.tries >= _OFFER_TRIES else again(deal, at)


def unclaim(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """The MIS holds the slot for us no more, or it says that there is nothing of ours to give back."""
    if isinstance(fact, Done) or fact.code in REFUSALS:
        return go(replace(deal, claimed=None), "done")
    late = deal.claimed is not None and deal.claimed.end <= at
    return go(deal, "done") if late else again(deal, at)
