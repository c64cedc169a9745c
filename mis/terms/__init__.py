"""The vocabulary of `mis`: what a connector gives is what crosses the gate and what a screen is drawn from."""

from mis.terms.connector import Capability, Connector, Context
from mis.terms.errors import (
    Ambiguous,
    Conflict,
    DeadlineExceeded,
    Forbidden,
    Invalid,
    Malformed,
    MisError,
    NotConnected,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from mis.terms.people import (
    Candidate,
    Candidates,
    Card,
    Created,
    Duplicate,
    Flag,
    Identifier,
    Insurance,
    PatientDraft,
    PatientQuery,
    Relation,
    Relative,
)
from mis.terms.visits import (
    LIVE,
    Appointment,
    AppointmentQuery,
    Appointments,
    AppointmentStatus,
    Booked,
    BookingOrder,
    Change,
    Changes,
    ContactReport,
    DirectoryKind,
    Entry,
    Named,
    PartOfDay,
    Requested,
    Slot,
    SlotPage,
    SlotQuery,
)

__all__ = [
    "LIVE", "Ambiguous", "Appointment", "AppointmentQuery", "AppointmentStatus", "Appointments", "Booked",
    "BookingOrder", "Candidate", "Candidates", "Capability", "Card", "Change", "Changes", "Conflict", "Connector",
    "ContactReport", "Context", "Created", "DeadlineExceeded", "DirectoryKind", "Duplicate", "Entry", "Flag",
    "Forbidden", "Identifier", "Insurance", "Invalid", "Malformed", "MisError", "Named", "NotConnected", "NotFound",
    "NotOffered", "OutcomeUnknown", "PartOfDay", "PatientDraft", "PatientQuery", "RateLimited", "Relation", "Relative",
    "Requested", "Slot", "SlotPage", "SlotQuery", "Unauthenticated", "Unavailable",
]
