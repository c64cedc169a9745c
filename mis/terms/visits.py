"""Slots, appointments, and what is asked of them. Moments are aware; `zone` is the branch's (IANA)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

# FHIR R4's AppointmentStatus; `unknown` for whatever a MIS says besides.
AppointmentStatus = Literal[
    "proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error", "checked-in",
    "waitlist", "unknown",
]
# Those that still take the doctor's time, or will.
LIVE: frozenset[AppointmentStatus] = frozenset(("proposed", "pending", "booked", "arrived", "checked-in", "unknown"))
SlotState = Literal["free", "held", "busy"]
PartOfDay = Literal["any", "morning", "day", "evening"]
DirectoryKind = Literal["branches", "specialties", "doctors", "services", "cancel_reasons"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something of the MIS's directories: a doctor, a branch, a specialty, a service."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a directory. Of a doctor `specialties` and `branches`, of a service `price` and `minutes`."""

    id: str
    name: str
    specialties: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str = "RUB"
    minutes: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A piece of a doctor's time. `id` is the MIS's, or made of doctor and start where it has none; see `version`."""

    id: str
    start: datetime
    end: datetime
    doctor: Named
    version: str = ""
    state: SlotState = "free"
    branch: Named | None = None
    specialty: Named | None = None
    service: Named | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQuery:
    """Which times. Ids of the directories, empty = any; `since` and `until` bound the start, `until` excluded."""

    since: datetime
    until: datetime
    doctor: str = ""
    specialty: str = ""
    branch: str = ""
    service: str = ""
    part: PartOfDay = "any"
    limit: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPage:
    """Times as they were at `as_of`; `complete` is False when there are more."""

    slots: tuple[Slot, ...] = ()
    as_of: datetime
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A visit. `key` is our own identifier on it, empty on another's. `confirmed`: the patient said that he comes."""

    id: str
    status: AppointmentStatus
    patient: str
    start: datetime
    end: datetime
    doctor: Named
    version: str = ""
    slot: str = ""
    key: str = ""
    confirmed: bool = False
    branch: Named | None = None
    specialty: Named | None = None
    service: Named | None = None
    comment: str = ""
    created_at: datetime | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentQuery:
    """Whose visits, or those of a doctor, or all that start in a window; `patient` or both moments must be given."""

    patient: str = ""
    doctor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointments:
    """What was found; `complete` is False when there are more."""

    items: tuple[Appointment, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingOrder:
    """A visit wanted. `key` (a UUID) is ours and stands on the appointment, so that it can be found again (P2)."""

    key: str
    slot: Slot
    patient: str
    service: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The MIS took it. It is booked, for people, only after it was read back (P7)."""

    appointment: Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """The MIS took a wish which its own people must confirm; never shown as booked."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something changed in the MIS. The same (resource, id, version) twice is one change."""

    resource: Literal["appointment", "patient", "slot"]
    id: str
    version: str
    at: datetime
    appointment: Appointment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Changes in their order and the cursor after them."""

    items: tuple[Change, ...]
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReport:
    """What came of a contact with a patient: written back to the MIS, once for each `key`. No recording, its id."""

    key: str
    patient: str
    at: datetime
    kind: str
    outcome: str
    operator: str
    appointment: str = ""
    recording: str = ""
