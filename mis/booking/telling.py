"""What others are told of a deal: the request's history, and a person when something must be looked after."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mis.booking.rules.deal import BookingAction, Deal
from mis.feed import VISITS, WORK, WORK_PLACE, Reason, VisitChanged, VisitWhat, WorkWanted
from mis.terms import Appointment, Slot
from okno import clock
from okno.bus import Outbox
from okno.database import Connection
from okno.ids import uuid7_of
from okno.seal import Sealer

# A refusal so long after the wish reaches nobody who still looks at the screen.
_ALONE = timedelta(minutes=1)
Follower = Callable[[Connection, Deal, Deal], Awaitable[None]]
_STANDS: dict[BookingAction, VisitWhat] = {
    "book": "booked", "move": "moved", "cancel": "cancelled", "confirm": "confirmed",
}


class Work:
    """Asks for a person.

    Args:
        bus: seals whom it is about.
        queue: takes the requests; empty = the engine's first.
    """

    def __init__(self, bus: Sealer, queue: str) -> None:
        self._bus = bus
        self._queue = queue

    async def want(
        self, connection: Connection, key: UUID, reason: Reason, *, patient: str, phone: str = "", note: str = "",
        due_at: datetime | None = None, priority: int = 0, request: UUID | None = None,
    ) -> None:
        """Ask once for each key, in the caller's transaction.

        Args:
            connection: in whose transaction.
            key: the same key asks once.
            reason: why.
            patient: his id in the MIS.
            phone: E.164, empty when nobody knows.
            note: what the operator must know: a time and a doctor, nothing medical.
            due_at: by when; now when not given.
            priority: of the request.
            request: the one it comes of, whose number is then known.
        """
        about = {"phone": phone, "patient": patient, "note": note, "request": str(request) if request else ""}
        who = json.dumps(about, ensure_ascii=False)
        sealed = base64.b64encode(self._bus.seal(who, row=str(key), **WORK_PLACE)).decode()
        wanted = WorkWanted(
            key=key, reason=reason, queue=self._queue, priority=priority, due_at=due_at or clock.now(), who=sealed
        )
        await Outbox.add(connection, WORK, key, "WorkWanted", wanted.model_dump(mode="json"))


class Telling:
    """Tells of deals.

    Args:
        work: asks for a person.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Tell this one too, in the same transaction, of each step: the deal before and after."""
        self._followers.append(follower)

    async def of(self, connection: Connection, before: Deal, deal: Deal) -> None:
        """Tell what is new in a deal, in the transaction that writes it."""
        for follower in self._followers:
            await follower(connection, before, deal)
        what = happened(before, deal)
        if what is not None:
            await self._visit(connection, deal, what)
        if wants_person(before, deal, clock.now()):
            key = uuid7_of(deal.made_at, str(deal.key), "unresolved")
            note = words_of(deal.slot or deal.visit)
            await self._work.want(connection, key, "unresolved", patient=deal.patient, note=note, request=deal.request)

    async def _visit(self, connection: Connection, deal: Deal, what: VisitWhat) -> None:
        at = clock.now()
        told = VisitChanged(key=deal.key, request=deal.request, what=what, actor=deal.actor, at=at)
        event = uuid7_of(deal.made_at, str(deal.key), what)
        await Outbox.add(connection, VISITS, event, "VisitChanged", told.model_dump(mode="json"))


def happened(before: Deal, deal: Deal) -> VisitWhat | None:
    """Return the line for the request's history, None when there is nothing to tell."""
    if before.status == deal.status:
        return None
    match deal.status:
        case "booked":
            return _STANDS[deal.action]
        case "requested" | "cancelled" | "refused" | "unknown":
            return deal.status
    return None


def wants_person(before: Deal, deal: Deal, at: datetime) -> bool:
    """Whether nobody would see what has become of it: it cannot be resolved, or it was refused behind his back."""
    late = deal.status == "refused" and before.status in ("pending", "unknown") and at - deal.made_at > _ALONE
    return late or (deal.told and not before.told)


def words_of(one: Slot | Appointment | None) -> str:
    """Return what a person must know to look after a time: when and with whom, in the branch's time."""
    if one is None:
        return ""
    return f"{one.start.astimezone(_zone(one.zone)):%d.%m.%Y %H:%M} · {one.doctor.name}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):  # a MIS may call it as it likes
        return UTC
