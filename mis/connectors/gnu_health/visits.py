"""Visits: a free row of the calendar becomes one, by its version, and bears our key in its comment.

The row is the lock: Tryton takes a write only if the row is as it was seen, so of ten bookings of one row nine are told
ConcurrencyException. Over two rows of one time it checks nothing: `on_slot` is there for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mis.connectors.gnu_health.forms import VISIT, State, Visit, read
from mis.connectors.gnu_health.health import APPOINTMENT, CONFIRMED, line, lines, number
from mis.connectors.gnu_health.times import BY_START, Times, over
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
    NotFound,
    OutcomeUnknown,
    Slot,
)
from mis.wire import after, before
from okno import clock

CANCELLED = ("user_cancelled", "center_cancelled")
# Of these nothing is cancelled, confirmed or marked any more.
OVER = frozenset((*CANCELLED, "done", "no_show", "free"))
MARKS: dict[AppointmentStatus, State] = {
    "booked": "confirmed", "arrived": "checked_in", "checked-in": "checked_in", "fulfilled": "done",
    "noshow": "no_show",
}  # fmt: skip


class Visits(Times):
    """Appointments of a GNU Health."""

    async def book(self, ctx: Context, order: BookingOrder) -> Booked:
        """Put the patient on the free row; the same key again is the same visit."""
        ctx = replace(ctx, key=order.key)
        form, visits = await before(self._seen(ctx, order.slot, _bearing(order.key)))
        made = _best(visits, order.key)
        if made is not None:
            return Booked(appointment=made)
        if form is None:
            raise Conflict("slot")
        stands = self._slot(form, "free")
        moved = (stands.start, stands.doctor.id) != (order.slot.start, order.slot.doctor.id)
        if form.state != "free" or moved or over(stands, [one for one in visits if one.status in LIVE]):
            raise Conflict("slot", form.version)
        try:
            await self._wire.write(ctx, APPOINTMENT, form.id, _ordered(order), form.version)
        except Conflict:
            made = await before(self.by_key(ctx, order))  # the same order came twice, and the other one was faster
            if made is None:
                raise Conflict("slot") from None
            return Booked(appointment=made)
        made = await after(ctx, self.by_key(ctx, order))
        if made is None:
            raise OutcomeUnknown(ctx.key)
        return Booked(appointment=made)

    async def on_slot(self, ctx: Context, slot: Slot) -> tuple[Appointment, ...]:
        """Return all live visits over this time of the doctor, on whatever row they are."""
        visits = await self._standing(ctx, [number(slot.doctor.id)], slot.start, slot.end)
        found = over(slot, [one for one in visits if one.status in LIVE])
        return tuple(sorted(found, key=lambda one: (one.start, int(one.id))))

    async def by_key(self, ctx: Context, order: BookingOrder) -> Appointment | None:
        """Return the visit whose comment bears the key."""
        rows = await self._wire.rows(ctx, APPOINTMENT, [_bearing(order.key)], VISIT)
        return _best([self._visit(read(Visit, row)) for row in rows], order.key)

    async def cancel(self, ctx: Context, visit: Appointment, reason: str) -> Appointment:
        """Cancel the visit, and leave its time free in the calendar; a second time it only sees to both."""
        form = await before(self._row(ctx, visit.id))
        if form.state not in CANCELLED:
            state = reason if reason in CANCELLED else CANCELLED[0]
            values: dict[str, Any] = {"state": state}
            if reason and reason not in CANCELLED:
                values["comments"] = _said(form, reason)
            await self._change(ctx, visit, form, values)
        await self._freed(ctx, form)
        return await after(ctx, self.appointment(ctx, visit.id))

    async def confirm(self, ctx: Context, visit: Appointment) -> Appointment:
        """Write into the visit's comment that its patient will come: GNU Health has no other place for it."""
        form = await before(self._row(ctx, visit.id))
        if CONFIRMED not in lines(form.comments or ""):
            await self._change(ctx, visit, form, {"comments": _said(form, line(CONFIRMED, clock.now()))})
        return await after(ctx, self.appointment(ctx, visit.id))

    async def mark(self, ctx: Context, visit: Appointment, status: AppointmentStatus) -> Appointment:
        """Give the visit another state."""
        if status not in MARKS:
            raise Invalid("state")
        form = await before(self._row(ctx, visit.id))
        await self._change(ctx, visit, form, {"state": MARKS[status]})
        return await after(ctx, self.appointment(ctx, visit.id))

    async def appointment(self, ctx: Context, visit: str) -> Appointment:
        """Return one visit. Raises NotFound."""
        form = await self._row(ctx, visit)
        if form.state == "free":
            raise NotFound
        return self._visit(form)

    async def appointments(self, ctx: Context, query: AppointmentQuery) -> Appointments:
        """Return visits; one that cannot be read makes the list incomplete, not wrong."""
        if not query.patient and (query.since is None or query.until is None):
            raise Invalid("patient")
        domain: list[Any] = [["OR", ["state", "!=", "free"], ["state", "=", None]], ["patient", "!=", None]]
        for field, how, value in (
            ("patient", "=", number(query.patient) if query.patient else None),
            ("healthprof", "=", number(query.doctor) if query.doctor else None),
            ("appointment_date", ">=", query.since),
            ("appointment_date", "<", query.until),
        ):
            if value is not None:
                domain.append([field, how, value])
        rows = await self._wire.rows(ctx, APPOINTMENT, domain, VISIT, limit=query.limit + 1, order=BY_START)
        complete, items = len(rows) <= query.limit, []
        for row in rows[: query.limit]:
            try:
                items.append(self._visit(read(Visit, row)))
            except Malformed:
                complete = False
        return Appointments(items=tuple(items), complete=complete)

    async def _change(self, ctx: Context, visit: Appointment, form: Visit, values: Mapping[str, Any]) -> None:
        """Change a visit that still is what was seen. Raises Conflict("version")."""
        if (visit.version and form.version != visit.version) or form.state in OVER:
            raise Conflict("version", form.version)
        await self._wire.write(ctx, APPOINTMENT, form.id, values, form.version)

    async def _freed(self, ctx: Context, form: Visit) -> None:
        """Leave a free row in place of a cancelled one: those of the calendar's wizard have an end, others had no row.

        One that is past, or over which another row stands already, is not.
        """
        if form.start is None or form.end is None or form.doctor is None or form.start <= clock.now():
            return
        slot = self._slot(form, "free")
        same = [
            ["healthprof", "=", form.doctor.id], ["state", "=", "free"],
            ["appointment_date", ">=", slot.start], ["appointment_date", "<", slot.end],
        ]  # fmt: skip
        if await after(ctx, self._wire.rows(ctx, APPOINTMENT, same, ("state",), limit=1)):
            return
        if over(slot, await after(ctx, self._standing(ctx, [form.doctor.id], slot.start, slot.end))):
            return
        free = {
            "state": "free", "healthprof": form.doctor.id, "appointment_date": form.start,
            "appointment_date_end": form.end, "institution": form.branch.id if form.branch else None,
            "speciality": form.specialty.id if form.specialty else None,
        }  # fmt: skip
        await self._wire.create(ctx, APPOINTMENT, free)


def _ordered(order: BookingOrder) -> dict[str, Any]:
    """What makes a visit of a free row."""
    comments = "\n".join(part for part in (order.comment, line(order.key, clock.now())) if part)
    made: dict[str, Any] = {
        "patient": number(order.patient), "state": "confirmed", "comments": comments, "appointment_type": "outpatient",
    }  # fmt: skip
    if order.service:
        made["consultations"] = number(order.service)
    return made


def _bearing(key: str) -> list[Any]:
    """The domain of the visits whose comment bears the key."""
    return [["comments", "like", f"%[okno {_literal(key)} %"], ["state", "!=", "free"]]


def _best(visits: Iterable[Appointment], key: str) -> Appointment | None:
    """Of the visits that bear the key a live one, else any."""
    ours = [one for one in visits if one.key == key]
    return next(iter([one for one in ours if one.status in LIVE] or ours), None)


def _said(form: Visit, more: str) -> str:
    return f"{form.comments}\n{more}" if form.comments else more


def _literal(text: str) -> str:
    """Text with what LIKE reads as its own signs escaped."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
