"""What a connector can do. Each is one file (or folder) of `mis.connectors` and imports the kernel and `mis.terms`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

from mis.terms.errors import NotOffered
from mis.terms.people import Candidates, Card, Created, Duplicate, PatientDraft, PatientQuery, Relative
from mis.terms.visits import (
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
    Requested,
    Slot,
    SlotPage,
    SlotQuery,
)

Capability = Literal[
    "search_phone", "search_name", "card", "relations", "directory", "slots", "hold", "book", "request_only",
    "reschedule_atomic", "cancel", "confirm", "mark", "waitlist", "coverage", "balance", "consents", "create_patient",
    "appointments", "push", "delta", "idem_key", "version_lock", "overlap_check", "report_contact", "sandbox",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Who asks, why, and until when. `deadline` is of `okno.clock.monotonic`, in seconds; connectors keep it.

    `key` is ours for a write; a write that could not be seen to its end raises OutcomeUnknown(key).
    """

    actor: str
    purpose: str
    deadline: float
    request: str = ""
    call: str = ""
    key: str = ""


class Connector:
    """A MIS. What a subclass does not override it must not name in `capabilities`.

    Every method raises only `mis.terms.errors.MisError` besides NotOffered. Reads of absence return empty, not errors,
    save where an id was asked for (NotFound). A connector keeps no cache and makes no retry, but for one refresh of its
    own credentials; deadlines, breakers and single flight are around it.
    """

    capabilities: frozenset[Capability] = frozenset()

    async def state(self, ctx: Context) -> None:
        """Ask the MIS something cheap that needs our credentials. Raises MisError when it cannot be used now."""
        self._missing("state")

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        """Return who fits (`search_phone`, `search_name`), guardians' wards included."""
        self._missing("find_patients")

    async def card(self, ctx: Context, patient: str) -> Card:
        """Return a card without visits (`card`); a merged patient is followed, see `Card.replaced`."""
        self._missing("card")

    async def relatives(self, ctx: Context, patient: str) -> tuple[Relative, ...]:
        """Return who belongs to a patient (`relations`)."""
        self._missing("relatives")

    async def directory(self, ctx: Context, kind: DirectoryKind) -> tuple[Entry, ...]:
        """Return a directory whole (`directory`)."""
        self._missing("directory")

    async def find_slots(self, ctx: Context, query: SlotQuery) -> SlotPage:
        """Return free times (`slots`), ordered by start. They are only a view: `claim` decides."""
        self._missing("find_slots")

    async def slot(self, ctx: Context, slot: Slot) -> Slot:
        """Return the same piece of time as it stands now (`slots`). Raises NotFound when it is no longer there."""
        self._missing("slot")

    async def claim(self, ctx: Context, slot: Slot) -> Slot:
        """Take a free slot for a while (`hold`), by its version; return it held. Raises Conflict("slot")."""
        self._missing("claim")

    async def release(self, ctx: Context, slot: Slot) -> None:
        """Give a slot we claimed back (`hold`); one that is free already stays so."""
        self._missing("release")

    async def book(self, ctx: Context, order: BookingOrder) -> Booked | Requested:
        """Make the appointment with our key on it (`book`, or `request_only`); a claimed slot becomes busy.

        Raises Conflict("slot") when the MIS itself refuses the time, OutcomeUnknown when that cannot be told.
        """
        self._missing("book")

    async def on_slot(self, ctx: Context, slot: Slot) -> tuple[Appointment, ...]:
        """Return every live appointment that overlaps this piece of this doctor's time, ours included (`book`)."""
        self._missing("on_slot")

    async def by_key(self, ctx: Context, order: BookingOrder) -> Appointment | None:
        """Return the appointment that bears `order.key`, in whatever status; None when there is none (`book`)."""
        self._missing("by_key")

    async def reschedule(self, ctx: Context, visit: Appointment, order: BookingOrder) -> Booked:
        """Move a visit in one step (`reschedule_atomic`)."""
        self._missing("reschedule")

    async def cancel(self, ctx: Context, visit: Appointment, reason: str) -> Appointment:
        """Cancel a visit (`cancel`) by its version and free its slot. Raises Conflict("version")."""
        self._missing("cancel")

    async def confirm(self, ctx: Context, visit: Appointment) -> Appointment:
        """Note that the patient will come (`confirm`). Raises Conflict("version")."""
        self._missing("confirm")

    async def mark(self, ctx: Context, visit: Appointment, status: AppointmentStatus) -> Appointment:
        """Note that he came or did not (`mark`). Raises Conflict("version")."""
        self._missing("mark")

    async def appointment(self, ctx: Context, visit: str) -> Appointment:
        """Return one visit (`appointments`). Raises NotFound."""
        self._missing("appointment")

    async def appointments(self, ctx: Context, query: AppointmentQuery) -> Appointments:
        """Return visits in any status, ordered by start (`appointments`)."""
        self._missing("appointments")

    async def create_patient(self, ctx: Context, draft: PatientDraft) -> Created | Duplicate:
        """Make a patient (`create_patient`); the same key again finds the one made."""
        self._missing("create_patient")

    async def changes(self, ctx: Context, cursor: str) -> Changes:
        """Return what changed since the cursor (`delta`); an empty cursor begins now, with no items."""
        self._missing("changes")

    async def subscribe(self, ctx: Context, url: str, secret: str) -> None:
        """See that the MIS pushes changes to `url` with `Authorization: Bearer secret` (`push`); idempotent."""
        self._missing("subscribe")

    def pushed(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[Change, ...]:
        """Read what the MIS pushed (`push`); it may come twice and out of order. Raises Malformed."""
        self._missing("pushed")

    async def report_contact(self, ctx: Context, report: ContactReport) -> None:
        """Write back what came of a contact (`report_contact`); the same key twice is one."""
        self._missing("report_contact")

    async def close(self) -> None:
        """Close the connections."""

    def _missing(self, what: str) -> NoReturn:
        raise NotOffered(f"{type(self).__name__} does not offer {what}")
