"""What is being done about one visit, and what can be learnt on the way: plain data, no rule and no wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from mis.client.answers import BookingAction, BookingStatus
from mis.terms import Appointment, Booked, Requested, Slot

__all__ = [
    "ABSENCES", "PASSING", "REFUSALS", "WRITES", "BookingAction", "BookingStatus", "Deal", "Done", "Fact", "Failed",
    "Step",
]

# What is done next, or is being done: it is written down before it is done, so a crash leaves a question, not a hole.
# `look…` ask what became of the write of the same name; `undo` takes back an appointment of ours that must not stand.
Step = Literal[
    "see", "check", "claim", "look_claim", "book", "look", "readback", "undo", "look_undo", "cancel_old", "look_old",
    "recheck", "change", "look_change", "alternatives", "unclaim", "parked", "done",
]
# Steps that change something in the MIS: whether they were done is not known until they are answered.
WRITES: frozenset[Step] = frozenset(("claim", "book", "undo", "cancel_old", "change", "unclaim"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One booking, move, cancellation or confirmation, from the wish to its end.

    Args:
        key: ours; it stands on the appointment.
        connector: which MIS the ids are of; in another one they would be somebody else's.
        visit: the visit that is moved, cancelled or confirmed, as last seen.
        slot: the time wanted, as last seen.
        holding: the operator keeps the time and has not yet said "book".
        claimed: the slot as the MIS holds it for us; None when it does not.
        appointment: what the MIS made, as last seen. It is the truth for people only in the status `booked`.
        doomed: an appointment of ours that is to be cancelled: lost, wrong, or made twice.
        sends: how often the write was begun.
        misses: how often it was looked for and not found since then.
        tries: how often this step failed in a row.
        told: somebody was asked to look after it.
    """

    key: UUID
    action: BookingAction
    status: BookingStatus
    step: Step
    request: UUID
    actor: str
    purpose: str = "booking"
    patient: str
    made_at: datetime
    connector: str = ""
    slot: Slot | None = None
    visit: Appointment | None = None
    service: str = ""
    comment: str = ""
    reason: str = ""
    holding: bool = False
    leaving: bool = False
    claimed: Slot | None = None
    appointment: Appointment | None = None
    doomed: Appointment | None = None
    error: str = ""
    alternatives: tuple[Slot, ...] = ()
    sends: int = 0
    misses: int = 0
    tries: int = 0
    told: bool = False
    next_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A step was answered, with this."""

    value: Slot | Appointment | Booked | Requested | tuple[Appointment, ...] | tuple[Slot, ...] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A step ended in a code of the closed error set."""

    code: str


Fact = Done | Failed

# Of a write, these say that it was not done and asking again cannot help.
REFUSALS = frozenset(("conflict", "invalid", "not_found", "forbidden", "ambiguous", "not_configured"))
# Of a write, these say that it was not done, as far as the MIS knows: it is looked for all the same before it is
# sent again, because a gateway says 503 of what its MIS has done.
ABSENCES = frozenset(("unavailable", "rate_limited", "unauthenticated"))
# Of a read, these may go by; of a write, what is neither a refusal nor an absence leaves it open.
PASSING = ABSENCES | {"deadline", "malformed", "unknown"}
