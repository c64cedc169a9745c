"""The read-back and what it may undo: nothing is `booked` before it was seen to stand alone. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mis.booking.rules.deal import PASSING, Deal, Done, Fact, Failed
from mis.booking.rules.going import Can, again, go, refused, unresolved
from mis.booking.rules.judging import fits, judge
from mis.terms import LIVE, Appointment

# A write that was sent twice may be done twice, the second time long after: it is looked at once more.
RECHECK_S = 20.0
_WISH_OF_THE_MIS = ("proposed", "pending")


def found(deal: Deal, one: Appointment, at: datetime, can: Can) -> Deal:
    """Go on with what was found by our key."""
    if one.status not in LIVE:
        return refused(replace(deal, appointment=one), "conflict", can)
    if not fits(deal, one):
        return _doom(replace(deal, error="mismatch"), one, at, can)
    if deal.appointment is not None and deal.appointment.id == one.id:  # the slot's own list lags behind
        return again(replace(deal, appointment=one), at, "readback")
    return go(replace(deal, appointment=one, error=""), "readback")


def readback(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """Judge every live appointment on the slot."""
    if isinstance(fact, Failed) and fact.code == "not_found":  # the slot itself is no longer there
        fact = Done(())
    if not isinstance(fact, Done) or not isinstance(fact.value, tuple):
        code = fact.code if isinstance(fact, Failed) else "malformed"
        doubt = replace(deal, status="unknown")
        return unresolved(again(doubt, at), at, over=code not in PASSING)
    verdict = judge(deal, tuple(one for one in fact.value if isinstance(one, Appointment)))
    match verdict.what:
        case "missing" if deal.error in ("conflict", "mismatch"):
            return refused(deal, deal.error, can)
        case "missing":
            return again(deal, at, "look")
        case "twice" if verdict.ours is not None:
            return _doom(deal, verdict.ours, at, can)
        case "lost" | "mismatch" if verdict.ours is not None:
            error = "conflict" if verdict.what == "lost" else "mismatch"
            return _doom(replace(deal, error=error), verdict.ours, at, can)
        case _ if deal.error in ("conflict", "mismatch") and verdict.ours is not None:
            return _doom(deal, verdict.ours, at, can)
    return _kept(replace(deal, appointment=verdict.ours, error=""), at, can)


def _kept(deal: Deal, at: datetime, can: Can) -> Deal:
    wished = deal.appointment is not None and deal.appointment.status in _WISH_OF_THE_MIS
    stands = replace(deal, status="requested" if wished else "booked", claimed=None)
    if deal.action == "move" and not can.atomic:
        return go(stands, "cancel_old")
    return proven(stands, at)


def proven(deal: Deal, at: datetime) -> Deal:
    """Return a deal that stands: over, or looked at once more when it was sent more than once."""
    if deal.sends > 1:
        return replace(go(deal, "recheck"), next_at=at + timedelta(seconds=RECHECK_S))
    return go(deal, "done")


def recheck(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """Look once more whether a late second appointment of ours has come; the first one stands."""
    if isinstance(fact, Done) and isinstance(fact.value, tuple):
        verdict = judge(deal, tuple(one for one in fact.value if isinstance(one, Appointment)))
        if verdict.what == "twice" and verdict.ours is not None:
            return _doom(deal, verdict.ours, at, can)
        return go(deal, "done")
    return unresolved(again(deal, at), at)


def _doom(deal: Deal, one: Appointment, at: datetime, can: Can) -> Deal:
    """Cancel one of ours. A visit moved in one step is the patient's own: only a person may give it up."""
    if not can.cancel or (deal.action == "move" and can.atomic):
        return unresolved(replace(deal, status="unknown"), at, over=True)
    return go(replace(deal, doomed=one), "undo")


def undo(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """The doomed one was cancelled, or not."""
    match fact:
        case Done(Appointment(status=status)) if status not in LIVE:
            return _undone(deal, at)
        case Failed("not_found"):
            return _undone(deal, at)
        case Failed("forbidden" | "invalid"):
            return unresolved(replace(deal, status="unknown"), at, over=True)
    return unresolved(again(deal, at, "look_undo"), at)


def look_undo(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """How the doomed one stands; a live one is cancelled by its present version."""
    match fact:
        case Done(Appointment(status=status)) if status not in LIVE:
            return _undone(deal, at)
        case Done(Appointment() as now):
            return replace(deal, step="undo", doomed=now, next_at=None)
        case Done() | Failed("not_found"):
            return _undone(deal, at)
    return unresolved(again(deal, at), at)


def _undone(deal: Deal, at: datetime) -> Deal:
    """Read back once more: there may be another of ours, and the list may lag behind."""
    gone = replace(deal, doomed=None, step="readback", tries=0, next_at=None)
    if deal.appointment is not None and deal.doomed is not None and deal.appointment.id == deal.doomed.id:
        gone = replace(gone, appointment=None)
    return gone
