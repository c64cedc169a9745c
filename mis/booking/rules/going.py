"""How a deal moves: to another step, once more after a pause, to a refusal, to a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from mis.booking.rules.deal import ABSENCES, REFUSALS, BookingStatus, Deal, Fact, Failed, Step
from mis.terms import Capability

# The first answers within what an operator waits; the later let a MIS that is down come back in peace.
PAUSES_S = (0.3, 0.7, 1.5, 3.0, 5.0, 5.0, 5.0, 8.0, 10.0, 15.0, 30.0, 60.0)
# After so many failures in a row somebody is asked to look after it; we go on looking meanwhile.
GIVE_UP_TRIES = 9
# So many looks in vain, over some ten seconds, make sure that a write of unknown outcome will not be done any more.
SURE = 5
# A time that shows alternatives to its loser; the rest are refusals for other reasons.
_LOST = frozenset(("conflict", "gone", "held", "mismatch"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Can:
    """What the connected MIS offers, as far as the rules ask.

    `patience` is after how many looks in vain a write of unknown outcome is sent again. A server may still do it after
    we have stopped to wait; where our key makes the same order twice one appointment, that harms nobody.
    """

    hold: bool = False
    cancel: bool = False
    look_by_key: bool = False
    look_at_slots: bool = False
    look_at_visits: bool = False
    atomic: bool = False
    patience: int = SURE

    @classmethod
    def of(cls, capabilities: frozenset[Capability]) -> Self:
        """Return what a connector's capabilities mean here."""
        return cls(
            hold="hold" in capabilities, cancel="cancel" in capabilities, look_by_key="book" in capabilities,
            look_at_slots="slots" in capabilities, look_at_visits="appointments" in capabilities,
            atomic="reschedule_atomic" in capabilities, patience=2 if "idem_key" in capabilities else SURE,
        )  # fmt: skip


def go(deal: Deal, step: Step) -> Deal:
    """Return the deal at another step, with fresh patience."""
    return replace(deal, step=step, tries=0, next_at=None)


def again(deal: Deal, at: datetime, step: Step | None = None) -> Deal:
    """Return the deal at this (or another) step after a pause that grows with each failure in a row."""
    pause = timedelta(seconds=PAUSES_S[min(deal.tries, len(PAUSES_S) - 1)])
    return replace(deal, step=step or deal.step, tries=deal.tries + 1, next_at=at + pause)


def sending(deal: Deal, *, write: bool = False) -> Deal:
    """Return the deal as one that is on its way; `write`: the appointment itself is (or may be) sent now."""
    status: BookingStatus = "unknown" if deal.status == "unknown" else "sending"
    return replace(deal, status=status, sends=deal.sends + write, misses=0 if write else deal.misses)


def given_up(deal: Deal, at: datetime) -> bool:
    """Whether nobody waits for it any more: the operator has left it, its time is over, or it is refused already."""
    over = deal.expires_at is not None and deal.expires_at <= at
    return deal.leaving or over or (deal.sends > 0 and deal.error in REFUSALS)


def pending(deal: Deal, code: str, at: datetime) -> Deal:
    """Return a deal nothing of which is in the MIS yet, as far as anybody knows: it waits until the MIS is back."""
    if deal.expires_at is not None and deal.expires_at <= at:
        return _over(replace(deal, status="refused", error=code))
    status: BookingStatus = "unknown" if deal.status == "unknown" else "pending"
    return again(replace(deal, status=status, error=code), at)


def doubtful(deal: Deal, fact: Fact, at: datetime, look: Step, can: Can) -> Deal:
    """Return the deal after a write that may have been done: it is looked for."""
    code = fact.code if isinstance(fact, Failed) else "malformed"
    if not (can.look_by_key if look == "look" else can.look_at_visits):
        return unresolved(replace(deal, status="unknown", error=code), at, over=True)
    if code in ABSENCES and deal.status != "unknown":
        return again(replace(deal, status="pending", error=code), at, look)
    return again(replace(deal, status="unknown", error=code), at, look)


def refused(deal: Deal, code: str, can: Can) -> Deal:
    """Return the deal as refused, with other times to offer where it is the time that was lost."""
    over = replace(deal, status="refused", error=code, holding=False)
    if code in _LOST and deal.slot is not None and deal.action in ("book", "move") and can.look_at_slots:
        return go(over, "alternatives")
    return _over(over)


def unresolved(deal: Deal, at: datetime, *, over: bool = False) -> Deal:
    """Return the deal with somebody asked to look after it, once it has failed often enough or cannot go on.

    Looking ends by itself when the visit's time has come: then only a person can know.
    """
    ends = deal.slot or deal.visit
    if over or (ends is not None and ends.start <= at):
        return replace(deal, step="done", told=True, next_at=None)
    return replace(deal, told=deal.told or deal.tries >= GIVE_UP_TRIES)


def _over(deal: Deal) -> Deal:
    """Return a deal that is over but for the slot the MIS may still hold for us."""
    return go(deal, "done" if deal.claimed is None else "unclaim")
