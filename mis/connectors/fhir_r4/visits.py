"""Visits: made with our key on them, found again by it, moved, cancelled, confirmed, each by its version."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.forms.parts import Json
from mis.connectors.fhir_r4.reading import concept, instant, read, read_all, version, written
from mis.connectors.fhir_r4.times import Times, held_by, turned
from mis.connectors.fhir_r4.wire import Found, Write, token
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
from mis.wire import after, before
from okno import clock

ALONG = (("_include", "Appointment:practitioner"), ("_include", "Appointment:location"))
REASON_SYSTEM = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
# A search knows only when a visit starts: those that may still last are looked for so far back.
LONGEST = timedelta(hours=12)
ALL = 500
# Of these nothing is cancelled or confirmed any more.
OVER = frozenset(("cancelled", "noshow", "fulfilled", "entered-in-error"))


class Visits(Times):
    """Appointments of a FHIR server."""

    async def book(self, ctx: Context, order: BookingOrder) -> Booked | Requested:
        """Make the appointment and its slot busy as one; the same key again is the same appointment."""
        ctx = replace(ctx, key=order.key)
        made = await before(self.by_key(ctx, order))
        if made is not None:
            return Booked(appointment=made)
        try:
            raw = await self._held(ctx, order.slot)
        except Conflict as lost:
            made = await before(self.by_key(ctx, order))
            if made is None:
                raise lost from None
            return Booked(appointment=made)
        once, url = urlencode({"identifier": f"{self._options.key_system}|{order.key}"}), f"urn:uuid:{order.key}"
        visit = Write("POST", "Appointment", self._resource(order), if_none_exist=once, full_url=url)
        busy = Write("PUT", f"Slot/{order.slot.id}", turned(raw, "busy"), if_match=version(raw))
        refused = None
        try:
            await self._together(ctx, visit, busy, taking=order.slot)
        except (Conflict, NotFound):
            refused = Conflict("slot")
        made = await after(ctx, self.by_key(ctx, order))
        if made is None:
            raise refused or OutcomeUnknown(ctx.key)
        return Booked(appointment=made)

    async def on_slot(self, ctx: Context, slot: Slot) -> tuple[Appointment, ...]:
        """Return all live visits over this time of the doctor, on whatever slot they are."""
        window = [("date", f"ge{written(slot.start - LONGEST)}"), ("date", f"lt{written(slot.end)}")]
        found = await asyncio.gather(
            self._wire.search(ctx, "Appointment", [("practitioner", f"Practitioner/{slot.doctor.id}"), *window, *ALONG],
                              limit=ALL),
            self._wire.search(ctx, "Appointment", [("slot", f"Slot/{slot.id}"), *ALONG], limit=ALL),
        )  # fmt: skip
        visits: dict[str, Appointment] = {}
        for part in found:
            if not part.complete:
                raise Malformed  # what is not all cannot say that nobody else is there
            visits.update((one.id, one) for one in self._strictly(part))
        live = [one for one in visits.values() if one.status in LIVE]
        over = [one for one in live if one.slot == slot.id or (one.start < slot.end and one.end > slot.start)]
        return tuple(sorted(over, key=lambda one: (one.start, one.id)))

    async def by_key(self, ctx: Context, order: BookingOrder) -> Appointment | None:
        """Return the visit that bears the key; of several (a server without If-None-Exist) a live one."""
        wanted = [("identifier", f"{self._options.key_system}|{token(order.key)}"), *ALONG]
        visits = self._strictly(await self._wire.search(ctx, "Appointment", wanted, limit=ALL))
        live = [one for one in visits if one.status in LIVE]
        return next(iter(live or visits), None)

    async def reschedule(self, ctx: Context, visit: Appointment, order: BookingOrder) -> Booked:
        """Put the same visit on another slot, free the old one and take the new one, as one."""
        ctx = replace(ctx, key=order.key)
        moved = await before(self.by_key(ctx, order))
        if moved is not None:
            return Booked(appointment=moved)
        raw = await self._seen(ctx, visit)
        slot = await self._held(ctx, order.slot)
        made = {**raw, **_times(order.slot), "status": "booked"}
        made["identifier"] = [*raw.get("identifier", []), self._identifier(order.key)]
        patient = [{**one, "status": "needs-action"} for one in raw.get("participant", []) if _is(one, "Patient")]
        made["participant"] = [*patient, *_place(order.slot)]
        writes = [
            Write("PUT", f"Appointment/{visit.id}", made, if_match=version(raw)),
            Write("PUT", f"Slot/{order.slot.id}", turned(slot, "busy"), if_match=version(slot)),
            *await self._freed(ctx, visit),
        ]
        await self._together(ctx, *writes, taking=order.slot)
        moved = await after(ctx, self.by_key(ctx, order))
        if moved is None:
            raise OutcomeUnknown(ctx.key)
        return Booked(appointment=moved)

    async def cancel(self, ctx: Context, visit: Appointment, reason: str) -> Appointment:
        """Cancel the visit and free its slot, unless somebody else's visit stands there too."""
        raw = await self._seen(ctx, visit, unless=("cancelled",))
        if raw.get("status") == "cancelled":
            return await self.appointment(ctx, visit.id)
        made = {**raw, "status": "cancelled"}
        if reason:
            word = self._options.cancel_reasons.get(reason, reason)
            made["cancelationReason"] = {"coding": [{"system": REASON_SYSTEM, "code": reason}], "text": word}
        write = Write("PUT", f"Appointment/{visit.id}", made, if_match=version(raw))
        await self._together(ctx, write, *await self._freed(ctx, visit))
        return await after(ctx, self.appointment(ctx, visit.id))

    async def confirm(self, ctx: Context, visit: Appointment) -> Appointment:
        """Note on the visit that its patient accepted it."""

        def accept(raw: Json) -> Json:
            people = [
                {**one, "status": "accepted"} if _is(one, "Patient") else one for one in raw.get("participant", [])
            ]
            return {**raw, "participant": people}

        return await self._rewritten(ctx, visit, accept)

    async def mark(self, ctx: Context, visit: Appointment, status: AppointmentStatus) -> Appointment:
        """Give the visit another status."""
        if status == "unknown":
            raise Invalid("Appointment.status")
        return await self._rewritten(ctx, visit, lambda raw: {**raw, "status": status})

    async def appointment(self, ctx: Context, visit: str) -> Appointment:
        """Return one visit. Raises NotFound."""
        found = await self._wire.search(ctx, "Appointment", [("_id", visit), *ALONG], limit=1)
        visits = self._strictly(found)
        if not visits:
            raise NotFound
        return visits[0]

    async def appointments(self, ctx: Context, query: AppointmentQuery) -> Appointments:
        """Return visits; one that cannot be read makes the list incomplete, not wrong."""
        params = [
            (name, value)
            for name, value in (
                ("patient", query.patient and f"Patient/{query.patient}"),
                ("practitioner", query.doctor and f"Practitioner/{query.doctor}"),
                ("date", f"ge{written(query.since)}" if query.since else ""),
                ("date", f"lt{written(query.until)}" if query.until else ""),
            )
            if value
        ]
        if not query.patient and (query.since is None or query.until is None):
            raise Invalid("patient")
        found = await self._wire.search(ctx, "Appointment", [*params, ("_sort", "date"), *ALONG], limit=query.limit)
        forms, all_read = read_all(fhir.Appointment, found.matches)
        around = self._around(found.along)
        items = []
        for form in forms:
            if not form.start:
                continue
            try:
                items.append(around.appointment(form))
            except Malformed:
                all_read = False
        # A server that overlooked whose visits were asked for must not show a stranger's.
        items = [one for one in items if query.patient in ("", one.patient)]
        items.sort(key=lambda one: (one.start, one.id))
        return Appointments(items=tuple(items), complete=found.complete and all_read)

    def _strictly(self, found: Found) -> list[Appointment]:
        """Every visit found, read; one that cannot be read is Malformed, one without times nobody's time."""
        around = self._around(found.along)
        forms = [read(fhir.Appointment, raw) for raw in found.matches]
        return [around.appointment(form) for form in forms if form.start and form.end]

    async def _held(self, ctx: Context, slot: Slot) -> Json:
        """The slot's JSON once it is held by us: claimed before, or claimed now."""
        raw, form = await self._slot(ctx, slot)
        if form.status == "busy-tentative" and (held_by(form) == ctx.key or form.meta.version_id == slot.version):
            return raw
        await self.claim(ctx, slot)
        return (await self._slot(ctx, slot))[0]

    async def _seen(self, ctx: Context, visit: Appointment, unless: tuple[str, ...] = ()) -> Json:
        """The visit's JSON, if it still is what was seen. Raises Conflict("version")."""
        raw = await before(self._wire.read(ctx, f"Appointment/{visit.id}"))
        if raw.get("status") in unless:
            return raw
        if (visit.version and version(raw) != visit.version) or raw.get("status") in OVER:
            raise Conflict("version", version(raw))
        return raw

    async def _rewritten(self, ctx: Context, visit: Appointment, change: Callable[[Json], Json]) -> Appointment:
        raw = await self._seen(ctx, visit)
        await self._wire.write(ctx, "PUT", f"Appointment/{visit.id}", change(raw), if_match=version(raw))
        return await after(ctx, self.appointment(ctx, visit.id))

    async def _freed(self, ctx: Context, visit: Appointment) -> list[Write]:
        """What frees a visit's slot: nothing when it has none, is gone, or another live visit is on it."""
        if not visit.slot:
            return []
        on_it = [("slot", f"Slot/{visit.slot}"), *ALONG]
        found = await before(self._wire.search(ctx, "Appointment", on_it, limit=ALL))
        if any(one.id != visit.id and one.status in LIVE for one in self._strictly(found)):
            return []
        try:
            raw = await before(self._wire.read(ctx, f"Slot/{visit.slot}"))
        except NotFound:
            return []
        return [Write("PUT", f"Slot/{visit.slot}", turned(raw, "free"), if_match=version(raw))]

    async def _together(self, ctx: Context, *writes: Write, taking: Slot | None = None) -> None:
        """Do all as one where the server can; else one after the other, what matters to people first.

        A slot that was being taken is given back when the server refused the rest.
        """
        try:
            if await before(self._transactions(ctx)):
                await self._wire.transact(ctx, writes)
                return
            for one in writes:
                await self._wire.write(
                    ctx, one.method, one.path, one.resource, if_match=one.if_match, if_none_exist=one.if_none_exist
                )
        except OutcomeUnknown:
            raise
        except MisError:
            if taking is not None:
                with contextlib.suppress(MisError):
                    await self.release(ctx, taking)
            raise

    def _identifier(self, key: str) -> Json:
        return {"system": self._options.key_system, "value": key, "period": {"start": instant(clock.now())}}

    def _resource(self, order: BookingOrder) -> Json:
        slot = order.slot
        made: Json = {
            "resourceType": "Appointment",
            "status": "booked",
            "identifier": [self._identifier(order.key)],
            "created": instant(clock.now()),
            **_times(slot),
            "participant": [
                {"actor": {"reference": f"Patient/{order.patient}"}, "required": "required", "status": "needs-action"},
                *_place(slot),
            ],
        }
        if order.service or slot.service:
            made["serviceType"] = [concept(order.service or (slot.service.id if slot.service else ""))]
        if slot.specialty:
            made["specialty"] = [{**concept(slot.specialty.id), "text": slot.specialty.name}]
        if order.comment:
            made["comment"] = order.comment
        return made


def _place(slot: Slot) -> list[Json]:
    """Who else takes part: the doctor, and where."""
    actors = [("Practitioner", slot.doctor), *([("Location", slot.branch)] if slot.branch else [])]
    return [
        {"actor": {"reference": f"{kind}/{one.id}"} | ({"display": one.name} if one.name else {}), "status": "accepted"}
        for kind, one in actors
    ]


def _times(slot: Slot) -> Json:
    return {
        "slot": [{"reference": f"Slot/{slot.id}"}],
        "start": instant(slot.start),
        "end": instant(slot.end),
        "minutesDuration": max(1, round((slot.end - slot.start).total_seconds() / 60)),
    }


def _is(participant: Json, kind: str) -> bool:
    reference = participant.get("actor", {}).get("reference", "")
    return f"/{reference}".rpartition("/")[0].endswith(f"/{kind}")
