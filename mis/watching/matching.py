"""Which wish a time that came free may fulfil, and which change of a visit a person must hear of. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from mis.client.answers import Wish
from mis.terms import LIVE, Appointment

# Of those who wait so many are called for one time: who takes it first has it, the next often is not reached.
OFFERED_TO = 3
# Nobody can come sooner than this.
SOONEST = timedelta(hours=1)


def fits(wish: Wish, visit: Appointment) -> bool:
    """Whether the time of a visit is one the patient waits for. Where the MIS does not say, it does not exclude."""
    def same(wanted: str, there: str | None) -> bool:
        return wanted == "" or there is None or wanted == there

    return (
        wish.since <= visit.start < wish.until
        and wish.doctor in ("", visit.doctor.id)
        and same(wish.specialty, visit.specialty.id if visit.specialty else None)
        and same(wish.branch, visit.branch.id if visit.branch else None)
        and (wish.doctor != "" or wish.specialty != "" or visit.service is None or same(wish.service, visit.service.id))
    )


def called(wishes: Iterable[Wish], freed: Appointment, at: datetime) -> list[Wish]:
    """Return who is called for a time that came free: the urgent first, then who waits longest."""
    if freed.start < at + SOONEST:
        return []
    waiting = [one for one in wishes if one.status == "waiting" and one.patient != freed.patient and fits(one, freed)]
    return sorted(waiting, key=lambda one: (not one.urgent, one.made_at or at, str(one.key)))[:OFFERED_TO]


def matters(before: Appointment | None, now: Appointment, at: datetime) -> bool:
    """Whether a change of a visit made in the MIS is one its patient must be told: cancelled, moved, another doctor.

    Only visits made through us (they bear our key): who cancels his own booking at the desk tells the patient himself.
    """
    if not now.key or (before or now).start <= at:
        return False
    if now.status not in LIVE:
        return now.status == "cancelled" and (before is None or before.status in LIVE)
    return before is not None and (before.start != now.start or before.doctor.id != now.doctor.id)


def frees(before: Appointment | None, now: Appointment) -> Appointment | None:
    """Return the visit whose time came free by a change, as it was; None when none did."""
    if now.status not in LIVE:
        cancelled = now.status in ("cancelled", "noshow") and (before is None or before.status in LIVE)
        return (before or now) if cancelled else None
    moved = before is not None and (before.start != now.start or before.doctor.id != now.doctor.id)
    return before if moved else None
