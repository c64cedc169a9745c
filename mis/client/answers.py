"""What crosses the gate: what `mis` answers, as JSON of these and of `mis.terms`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from mis.feed import ConnectorState
from mis.terms import Appointment, Capability, Card, Entry, Relation, Slot
from mis.terms.people import FlagKind

# Of a booking. `pending`: our intent, the MIS has not been told; `unknown`: it may have been done; only `booked` was
# read back (P7). `requested`: the MIS's own people must confirm it.
BookingStatus = Literal[
    "held", "pending", "sending", "unknown", "booked", "requested", "refused", "cancelled", "released",
]
BookingAction = Literal["book", "move", "cancel", "confirm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks and why: it is audited before anything is answered.

    Args:
        actor: the account's name, "engine" for a prefetch.
        role: of the account.
        purpose: in the words of the policy ("call", "request", "booking").
        request: the request it is for.
    """

    actor: str
    role: str
    purpose: str
    request: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Which MIS is connected, how the connection is, and what it can do."""

    connector: str
    state: ConnectorState
    capabilities: tuple[Capability, ...] = ()
    since: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A candidate as far as P6 lets him be shown before anybody is identified.

    A restricted one has no name; nor has one of a stale look-up that is known by his id only, nor any of a prefetch.
    """

    id: str
    name: str
    birth_year: int | None = None
    relation: Relation | None = None
    deceased: bool = False
    restricted: bool = False
    minor: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What a look-up found. `error` is a code of the closed set, and then `people` are from the cache (`at` says when).

    `state` says why nobody was asked. Those of whom an operator said that the number is not theirs are left out.
    Of a prefetch only, and only when `mis.routes` needs them: `flags` of any of them, and the `doctor` all agree on.
    """

    state: ConnectorState
    people: tuple[Person, ...] = ()
    complete: bool = True
    at: datetime | None = None
    stale: bool = False
    error: str = ""
    flags: tuple[FlagKind, ...] = ()
    doctor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAnswer:
    """A card; `stale` one is what we had, and `error` says why no newer one."""

    card: Card | None = None
    stale: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedSlot:
    """A slot as an operator sees it: `held` by another of ours, `mine` held for this very request."""

    slot: Slot
    held: bool = False
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsAnswer:
    """Times as they were at `as_of`. `next_free` is the first free one after the window when there is none in it."""

    slots: tuple[OfferedSlot, ...] = ()
    as_of: datetime | None = None
    complete: bool = True
    next_free: Slot | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """How a booking (or a move, a cancellation, a confirmation) stands. Poll it while `pending`, `sending`, `unknown`.

    `error` is a code of the closed set, or `gone`, `held`, `mismatch`; `alternatives` are free times near the lost one.
    """

    key: UUID
    action: BookingAction
    status: BookingStatus
    slot: Slot | None = None
    appointment: Appointment | None = None
    error: str = ""
    alternatives: tuple[Slot, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryAnswer:
    """A directory of the MIS; `stale` when the MIS could not be asked anew."""

    items: tuple[Entry, ...] = ()
    at: datetime | None = None
    stale: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A place on the waiting list. Ids of the directories, empty = any; `until` excluded."""

    key: UUID
    patient: str
    since: datetime
    until: datetime
    doctor: str = ""
    specialty: str = ""
    branch: str = ""
    service: str = ""
    urgent: bool = False
    status: Literal["waiting", "offered", "done", "given_up"] = "waiting"
    made_at: datetime | None = None
    made_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient:
    """What came of making a patient: he, or those like him (then nothing was made)."""

    made: Person | None = None
    like: tuple[Person, ...] = ()
    error: str = ""
    fields: tuple[str, ...] = ()
