"""The connector of a map: its visits, besides what is only read. Every write is sent once and then looked at."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mis.connectors.mapping.asking import Found
from mis.connectors.mapping.building import overlapping
from mis.connectors.mapping.changes import Changed
from mis.connectors.mapping.format import OperationName
from mis.terms import (
    LIVE,
    Appointment,
    AppointmentQuery,
    Appointments,
    AppointmentStatus,
    Booked,
    BookingOrder,
    Conflict,
    Context,
    Invalid,
    Malformed,
    MisError,
    NotFound,
    OutcomeUnknown,
    Requested,
    Slot,
)
from mis.wire import after
from okno import clock

# What is asked when a question names no days: a MIS wants some.
BACK, AHEAD = timedelta(days=365), timedelta(days=365)
# A visit without a question by its id is looked for among those of these days.
LOOK_BACK, LOOK_AHEAD = timedelta(days=1), timedelta(days=60)


class MappingConnector(Changed):
    """A MIS as its map says."""

    async def book(self, ctx: Context, order: BookingOrder) -> Booked | Requested:
        """Make the appointment; a time taken by this very visit is no conflict (trap 13). Raises Conflict("slot")."""
        self._offered("book", "request_only")
        try:
            found = await self._write(replace(ctx, key=order.key), "book", order.slot, self._of_order(order))
        except Conflict as conflict:
            ours = await self._ours(ctx, order) if conflict.kind == "slot" and "book" in self.capabilities else None
            if ours is None:
                raise
            return Booked(appointment=ours)
        if "book" not in self.capabilities:
            return Requested(id=self._id(found, order.key))
        return Booked(appointment=await self._booked(ctx, order, self._id(found, order.key)))

    async def on_slot(self, ctx: Context, slot: Slot) -> tuple[Appointment, ...]:
        """Return every live visit that overlaps this piece of this doctor's time."""
        self._offered("book")
        return overlapping(await self._on_day(ctx, slot), slot)

    async def by_key(self, ctx: Context, order: BookingOrder) -> Appointment | None:
        """Return our appointment: by its key, or, where the MIS keeps none, by patient, doctor and start."""
        self._offered("book")
        there = await self._on_day(ctx, order.slot)
        if self._asking.map.operations["visits_in_window"].fields.get("key") is not None:
            return next((one for one in there if one.key == order.key), None)
        same = [one for one in there if one.patient == order.patient and one.start == order.slot.start
                and one.doctor.id == order.slot.doctor.id]  # fmt: skip
        same.sort(key=lambda one: one.status not in LIVE)
        return replace(same[0], key=order.key) if same else None

    async def reschedule(self, ctx: Context, visit: Appointment, order: BookingOrder) -> Booked:
        """Move a visit in one step. Raises Conflict("slot"), Conflict("version"), OutcomeUnknown."""
        self._offered("reschedule_atomic")
        await self._unchanged(ctx, visit)
        about = {**self._of_order(order), "visit": visit}
        found = await self._write(replace(ctx, key=order.key), "reschedule", order.slot, about)
        return Booked(appointment=await self._booked(ctx, order, self._id(found, order.key)))

    async def cancel(self, ctx: Context, visit: Appointment, reason: str) -> Appointment:
        """Cancel a visit; it is cancelled when the MIS shows it so, or shows it no more."""
        self._offered("cancel")
        await self._unchanged(ctx, visit)
        await self._write(ctx, "cancel", visit, {"visit": visit, "patient": visit.patient, "reason": reason})
        there = await self._after(ctx, visit)
        if there is None:
            return replace(visit, status="cancelled")
        if there.status != "cancelled":
            raise OutcomeUnknown(ctx.key)
        return there

    async def confirm(self, ctx: Context, visit: Appointment) -> Appointment:
        """Note that the patient will come. Raises Conflict("version"), NotFound."""
        self._offered("confirm")
        await self._unchanged(ctx, visit)
        await self._write(ctx, "confirm", visit, {"visit": visit, "patient": visit.patient})
        there = await self._after(ctx, visit)
        if there is None:
            raise NotFound
        shown = self._asking.map.operations["visit" if self._asking.can("visit") else "visits_in_window"].fields
        if "confirmed" in shown and not there.confirmed:
            raise OutcomeUnknown(ctx.key)
        return replace(there, confirmed=True)

    async def mark(self, ctx: Context, visit: Appointment, status: AppointmentStatus) -> Appointment:
        """Note that he came or did not. Raises Conflict("version"), NotFound."""
        self._offered("mark")
        await self._unchanged(ctx, visit)
        await self._write(ctx, "mark", visit, {"visit": visit, "patient": visit.patient, "status": status})
        there = await self._after(ctx, visit)
        if there is None:
            raise NotFound
        return there

    async def appointment(self, ctx: Context, visit: str) -> Appointment:
        """Return one visit. Raises NotFound."""
        self._offered("appointments")
        if self._asking.can("visit"):
            return await self._shown(ctx, visit)
        now = clock.now()
        near = await self._window(ctx, now - LOOK_BACK, now + LOOK_AHEAD)
        for one in near.items:
            if one.id == visit:
                return one
        raise NotFound

    async def appointments(self, ctx: Context, query: AppointmentQuery) -> Appointments:
        """Return visits in any status, in order. Raises Invalid when nobody's and no window's are asked for."""
        self._offered("appointments")
        if not query.patient and (query.since is None or query.until is None):
            raise Invalid("query")
        now = clock.now()
        since, until = query.since or now - BACK, query.until or now + AHEAD
        if query.patient and self._asking.can("visits_of_patient"):
            about = {"patient": query.patient, "since": since, "until": until, "limit": query.limit}
            found = self._visits(await self._asked(ctx, "visits_of_patient", about))
        else:
            found = await self._window(ctx, since, until, doctor=query.doctor)
        kept = sorted((one for one in found.items if _asked_for(one, query)), key=lambda one: (one.start, one.id))
        return Appointments(items=tuple(kept[: query.limit]), complete=found.complete and len(kept) <= query.limit)

    async def _write(
        self, ctx: Context, name: OperationName, where: Slot | Appointment, about: dict[str, Any]
    ) -> Found:
        zone = self._asking.zones.at(where.branch.id if where.branch else "")
        return await self._asking.ask(ctx, name, about, zone)

    def _of_order(self, order: BookingOrder) -> dict[str, Any]:
        slot = order.slot
        return {
            "order": order, "slot": slot, "patient": order.patient, "service": order.service, "comment": order.comment,
            "branch": slot.branch.id if slot.branch else "", "doctor": slot.doctor.id,
        }  # fmt: skip

    async def _ours(self, ctx: Context, order: BookingOrder) -> Appointment | None:
        """Return our visit that stands on the time we were refused, None when it is another's or cannot be seen."""
        with contextlib.suppress(MisError):
            found = await self.by_key(ctx, order)
            return found if found is not None and found.status in LIVE else None
        return None

    async def _booked(self, ctx: Context, order: BookingOrder, made: str) -> Appointment:
        """Return the appointment as the MIS shows it; when it does not just now, as it was ordered."""
        if self._asking.can("visit"):
            with contextlib.suppress(MisError):
                return replace(await self._shown(ctx, made), key=order.key)
        slot = order.slot
        return Appointment(
            id=made, status="booked", patient=order.patient, start=slot.start, end=slot.end, doctor=slot.doctor,
            slot=slot.id, key=order.key, branch=slot.branch, specialty=slot.specialty, service=slot.service,
            comment=order.comment, zone=slot.zone,
        )  # fmt: skip

    async def _on_day(self, ctx: Context, slot: Slot) -> tuple[Appointment, ...]:
        branch = slot.branch.id if slot.branch else ""
        since, until = self._day_of(slot.start, branch)
        there = await self._window(ctx, since, until, doctor=slot.doctor.id, branch=branch)
        if not there.complete:
            raise Malformed  # what is not all cannot say that nobody else is there, nor that ours is not
        return there.items

    async def _window(
        self, ctx: Context, since: datetime, until: datetime, doctor: str = "", branch: str = ""
    ) -> Appointments:
        about = {"since": since, "until": until, "doctor": doctor, "branch": branch, "limit": self._asking.map.cut_at}
        zone = self._asking.zones.at(branch)
        return self._visits(await self._asking.ask(ctx, "visits_in_window", about, zone))

    def _visits(self, found: Found) -> Appointments:
        return Appointments(items=tuple(map(self._build.appointment, found.items)), complete=found.complete)

    async def _shown(self, ctx: Context, visit: str) -> Appointment:
        item = (await self._asking.ask(ctx, "visit", {"visit_id": visit})).first
        if item is None:
            raise NotFound
        return self._build.appointment(item)

    async def _again(self, ctx: Context, visit: Appointment) -> Appointment | None:
        """Return a visit as it stands now, None when the MIS shows it no more."""
        if self._asking.can("visit"):
            try:
                return await self._shown(ctx, visit.id)
            except NotFound:
                return None
        branch = visit.branch.id if visit.branch else ""
        since, until = self._day_of(visit.start, branch)
        there = await self._window(ctx, since, until, doctor=visit.doctor.id, branch=branch)
        return next((one for one in there.items if one.id == visit.id), None)

    async def _unchanged(self, ctx: Context, visit: Appointment) -> None:
        """Look before a write, where the MIS marks versions but does not lock by them. Raises Conflict, NotFound."""
        if not visit.version:
            return
        now = await self._again(ctx, visit)
        if now is None:
            raise NotFound
        if now.version != visit.version:
            raise Conflict("version", now.version)

    async def _after(self, ctx: Context, visit: Appointment) -> Appointment | None:
        """Read a visit back after a write; when it cannot be read, what was done is not known."""
        return await after(ctx, self._again(ctx, visit))


def _asked_for(visit: Appointment, query: AppointmentQuery) -> bool:
    return (
        (not query.patient or visit.patient == query.patient)
        and (not query.doctor or visit.doctor.id == query.doctor)
        and (query.since is None or visit.start >= query.since)
        and (query.until is None or visit.start < query.until)
    )
