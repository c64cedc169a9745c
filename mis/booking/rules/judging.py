"""What a read-back means. Pure: two processes that see the same appointments come to the same verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from mis.booking.rules.deal import Deal
from mis.terms import LIVE, Appointment, Slot

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kept` is ours and right; `lost` was earlier somebody else's; `twice` names a second one of ours."""

    what: Literal["missing", "kept", "lost", "mismatch", "twice"]
    ours: Appointment | None = None


def judge(deal: Deal, live: tuple[Appointment, ...]) -> Verdict:
    """Say what the appointments on a slot mean for a deal.

    Of two that overlap the earlier made one stays, by the MIS's own time of making, then by its id (mis.md §2.4). A
    visit that is being moved is no rival to its own new time.

    Args:
        deal: with the slot wanted.
        live: every live appointment that overlaps it, ours included.
    """
    mine = sorted((one for one in live if is_ours(deal, one)), key=age)
    if not mine:
        return Verdict("missing")
    ours = mine[0]
    if not fits(deal, ours):
        return Verdict("mismatch", ours)
    old = deal.visit.id if deal.visit is not None else None
    rivals = [one for one in live if not is_ours(deal, one) and one.id != old and one.status in LIVE]
    if any(age(one) < age(ours) and overlap(one, ours) for one in rivals):
        return Verdict("lost", ours)
    if len(mine) > 1:
        return Verdict("twice", mine[1])
    return Verdict("kept", ours)


def is_ours(deal: Deal, one: Appointment) -> bool:
    """Whether an appointment is this deal's: by the key on it, or because the MIS told us its id."""
    return one.key == str(deal.key) or (deal.appointment is not None and one.id == deal.appointment.id)


def fits(deal: Deal, one: Appointment) -> bool:
    """Whether an appointment is what was ordered: start, doctor, patient, branch."""
    slot = deal.slot
    if slot is None:
        return False
    branches = slot.branch is None or one.branch is None or slot.branch.id == one.branch.id
    return one.start == slot.start and one.doctor.id == slot.doctor.id and one.patient == deal.patient and branches


def same_time(seen: Slot, now: Slot) -> bool:
    """Whether a slot still is the piece of time that was chosen."""
    branches = seen.branch is None or now.branch is None or seen.branch.id == now.branch.id
    return seen.start == now.start and seen.doctor.id == now.doctor.id and branches


def same_visit(seen: Appointment, now: Appointment) -> bool:
    """Whether a visit still is what the operator saw when he decided."""
    return seen.start == now.start and seen.doctor.id == now.doctor.id and seen.patient == now.patient


def overlap(one: Appointment, other: Appointment) -> bool:
    """Whether two visits take the same doctor at the same time."""
    return one.doctor.id == other.doctor.id and one.start < other.end and other.start < one.end


def age(one: Appointment) -> tuple[datetime, str]:
    """Return what decides who was first; one whose making the MIS does not date is taken for the earlier."""
    return (one.created_at or _NEVER, one.id)
