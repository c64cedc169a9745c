"""The rules of a booking: a deal and what was learnt give the deal as it goes on. Pure: time comes with the fact.

Theory of operation. A deal always stands at one step; whoever performs it has written it down before, and tells here
what came of it. After a crash `resumed` turns every write that was under way into the question whether it was done.
A write whose outcome is open is looked for by our key; it is sent again only after it was looked for in vain often
enough (P2). `booked` is said only by a read-back that finds our appointment as ordered and the first of its time (P7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from mis.booking.rules import ending, proving
from mis.booking.rules.deal import ABSENCES, PASSING, REFUSALS, WRITES, Deal, Done, Fact, Failed, Step
from mis.booking.rules.going import SURE, Can, again, doubtful, given_up, go, pending, refused, sending, unresolved
from mis.booking.rules.judging import same_time, same_visit
from mis.terms import LIVE, Appointment, Booked, Requested, Slot

_LOOKS: dict[Step, Step] = {
    "claim": "look_claim", "book": "look", "undo": "look_undo", "cancel_old": "look_old", "change": "look_change",
}


def begun(deal: Deal, can: Can) -> Deal:
    """Return a fresh deal at its first step: what the operator saw is looked at again before anything is done."""
    if deal.visit is not None and can.look_at_visits:
        return go(deal, "see")
    return go(sending(deal, write=True), "change") if deal.slot is None else go(deal, _first_look(can))


def asked_to_book(deal: Deal, until: datetime, can: Can, *, service: str, comment: str) -> Deal:
    """Return a held deal that is booked now; one that is under way or over stays as it is."""
    if not deal.holding or deal.status not in ("held", "pending", "sending"):
        return deal
    wanted = replace(deal, holding=False, service=service, comment=comment, expires_at=until)
    if deal.step != "parked":
        return wanted
    return go(sending(wanted), _first_look(can)) if deal.claimed is None else go(sending(wanted, write=True), "book")


def asked_to_leave(deal: Deal) -> Deal:
    """Return a deal whose operator gives the time back. What may have reached the MIS is looked for first."""
    if deal.status == "held" or (deal.status in ("pending", "sending") and deal.sends == 0):
        if deal.step in WRITES or deal.step == "look_claim":  # let go once it is answered
            return replace(deal, leaving=True, next_at=None)
        return ending.released(deal)
    return replace(deal, leaving=True) if deal.status == "pending" else deal


def resumed(deal: Deal, at: datetime, can: Can) -> Deal:
    """Return a deal as it goes on after a crash: a write that was under way may have been done."""
    look = _LOOKS.get(deal.step)
    if look is None:
        return deal
    status = "unknown" if deal.step in ("book", "change") else deal.status
    asked = replace(deal, step=look, status=status, misses=0, next_at=None)
    offered = {"look": can.look_by_key, "look_claim": can.look_at_slots}.get(look, can.look_at_visits)
    return asked if offered or look == "look_undo" else unresolved(asked, at, over=True)


def orphaned(deal: Deal, at: datetime) -> Deal:
    """Return a deal whose MIS is no longer the one connected: nothing of it is asked or done in another."""
    if deal.sends == 0 and deal.claimed is None and deal.status not in ("booked", "requested", "cancelled"):
        return replace(go(deal, "done"), status="refused", error="not_configured")
    return unresolved(deal, at, over=True)


def after(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """Return the deal after its step was answered.

    Args:
        deal: as it was written down.
        fact: the answer to its step.
        at: now.
        can: what the MIS offers.
    """
    return _RULES[deal.step](deal, fact, at, can)


def _first_look(can: Can) -> Step:
    return "check" if can.look_at_slots else "claim"


def _see(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """The visit as it stands now: nobody decides over one that has changed under his eyes."""
    match fact:
        case Failed(code) if code in PASSING:
            return pending(deal, code, at)
        case Failed(code):
            return refused(deal, code, can)
        case Done(Appointment() as now) if deal.visit is not None:
            if now.patient != deal.visit.patient:
                return refused(deal, "not_found", can)
            if deal.action == "cancel" and now.status == "cancelled":
                return replace(go(deal, "done"), status="cancelled", appointment=now)
            if now.status not in LIVE or not same_visit(deal.visit, now):
                return refused(deal, "conflict", can)
            seen = replace(deal, visit=now)
            if deal.slot is None:
                return go(sending(seen, write=True), "change")
            return go(seen, _first_look(can))
    return refused(deal, "malformed", can)


def _check(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    match fact:
        case Failed("not_found"):
            return refused(deal, "gone", can)
        case Failed(code) if code in PASSING:
            return pending(deal, code, at)
        case Failed(code):
            return refused(deal, code, can)
        case Done(Slot() as now) if deal.slot is not None:
            if now.start <= at:
                return refused(deal, "gone", can)
            if not same_time(deal.slot, now):
                return refused(deal, "mismatch", can)
            if now.state != "free":
                return refused(deal, "conflict", can)
            return _to_claim(replace(deal, slot=now), at, can)
    return refused(deal, "malformed", can)


def _to_claim(deal: Deal, at: datetime, can: Can) -> Deal:
    return go(sending(deal), "claim") if can.hold and not deal.leaving else _claimed(deal, None, at, can)


def _claimed(deal: Deal, slot: Slot | None, at: datetime, can: Can) -> Deal:
    held = replace(deal, claimed=slot)
    if deal.leaving:
        return ending.released(held)
    if given_up(deal, at):
        return refused(held, "unavailable", can)
    if deal.holding:
        return replace(go(held, "parked"), status="held", error="", next_at=deal.expires_at)
    return go(sending(held, write=True), "book")


def _claim(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    if not can.hold:  # stands here only when the slot could not be looked at first
        return _claimed(deal, None, at, can)
    match fact:
        case Done(Slot() as held):
            return _claimed(deal, held, at, can)
        case Failed("conflict") if deal.misses:  # an earlier sending of ours may have taken it, late
            return again(deal, at, "look_claim")
        case Failed(code) if code in REFUSALS:
            return refused(deal, code, can)
    absent = isinstance(fact, Failed) and fact.code in ABSENCES
    return again(replace(deal, status="pending") if absent else deal, at, "look_claim")


def _look_claim(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """A slot found held is taken for ours: our reservation keeps our own away, the read-back the others."""
    match fact:
        case Done(Slot(state="free") as now):
            missed = replace(deal, slot=now, misses=deal.misses + 1)
            if given_up(deal, at) and missed.misses < SURE:  # it may yet be held for us, late
                return again(missed, at)
            return replace(_to_claim(missed, at, can), tries=deal.tries)
        case Done(Slot(state="held") as now):
            return _claimed(deal, now, at, can)
        case Done():
            return refused(deal, "conflict", can)
        case Failed(code) if code in PASSING:  # never given up: the MIS may hold it for us
            return again(replace(deal, status="pending", error=code), at)
        case Failed(code):
            return refused(deal, "gone" if code == "not_found" else code, can)


def _book(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    match fact:
        case Done(Booked()) if not can.look_by_key:  # it cannot be read back, so nobody is told that it is booked
            return replace(go(deal, "done"), status="requested", error="")
        case Done(Booked(appointment=made)):
            return go(replace(deal, appointment=made, error=""), "readback")
        case Done(Requested()):
            return replace(go(deal, "done"), status="requested", error="")
        case Failed(code) if code in REFUSALS and deal.sends <= 1:
            return refused(deal, code, can)
        case Failed(code) if code in REFUSALS:  # an earlier sending of ours may be what is in the way
            return replace(go(deal, "look"), status="unknown", error=code, next_at=at + timedelta(seconds=1))
    return doubtful(deal, fact, at, "look", can)


def _look(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    match fact:
        case Done(Appointment() as found):
            return proving.found(deal, found, at, can)
        case Done() | Failed("not_found"):
            return _not_there(deal, at, can)
    code = fact.code if isinstance(fact, Failed) else "malformed"
    return unresolved(again(deal, at), at) if code in PASSING else unresolved(deal, at, over=True)


def _not_there(deal: Deal, at: datetime, can: Can) -> Deal:
    """The MIS has nothing with our key. It may be slow to do it, or to list it: one look is not enough."""
    missed = replace(deal, misses=deal.misses + 1)
    if deal.appointment is not None:  # it said that it was made
        return unresolved(again(replace(missed, status="unknown"), at), at)
    if missed.misses < (SURE if given_up(deal, at) else can.patience if deal.status == "unknown" else 0):
        return again(missed, at)
    if deal.error in REFUSALS:
        return refused(missed, deal.error, can)
    if deal.leaving:
        return ending.released(missed)
    if given_up(deal, at):
        return refused(missed, "unavailable", can)
    return replace(go(sending(missed, write=True), "book"), tries=deal.tries)


def _change(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    """A cancellation or a confirmation was sent."""
    match fact:
        case Done(Appointment() as now) if ending.achieved(deal, now):
            return ending.changed(deal, now)
        case Failed("not_found" | "conflict") if can.look_at_visits:
            return go(deal, "look_change")
        case Failed(code) if code in REFUSALS:
            return refused(deal, code, can)
    return doubtful(deal, fact, at, "look_change", can)


def _look_change(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    match fact:
        case Done(Appointment() as now) if ending.achieved(deal, now):
            return ending.changed(deal, now)
        case Done(Appointment() as now) if deal.visit is not None:
            if now.status not in LIVE or not same_visit(deal.visit, now):
                return refused(deal, "conflict", can)
            missed = replace(deal, misses=deal.misses + 1, visit=now)
            over = given_up(deal, at)
            if missed.misses < (SURE if over else can.patience if deal.status == "unknown" else 0):
                return again(missed, at)
            if over:
                return refused(missed, "unavailable", can)
            return replace(again(go(sending(missed, write=True), "change"), at), tries=deal.tries + 1)
        case Failed(code) if code in PASSING:
            return unresolved(again(deal, at), at)
        case Failed(code):
            return refused(deal, code, can)
    return unresolved(again(deal, at), at)


def _parked(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    if deal.expires_at is None or deal.expires_at > at:
        return replace(deal, next_at=deal.expires_at)
    return ending.released(deal)


def _done(deal: Deal, fact: Fact, at: datetime, can: Can) -> Deal:
    return deal


_RULES: dict[Step, Callable[[Deal, Fact, datetime, Can], Deal]] = {
    "see": _see, "check": _check, "claim": _claim, "look_claim": _look_claim, "book": _book, "look": _look,
    "readback": proving.readback, "undo": proving.undo, "look_undo": proving.look_undo,
    "recheck": proving.recheck, "cancel_old": ending.cancel_old, "look_old": ending.look_old,
    "change": _change, "look_change": _look_change, "alternatives": ending.alternatives, "unclaim": ending.unclaim,
    "parked": _parked, "done": _done,
}  # fmt: skip
