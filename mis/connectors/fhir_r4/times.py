"""The doctors' time: free slots, one slot, and taking it for a while by its version."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mis.connectors.fhir_r4.fhir import Fhir
from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.forms.parts import Json
from mis.connectors.fhir_r4.reading import Around, moment, read, read_all, written
from mis.terms import Conflict, Context, Malformed, NotFound, Slot, SlotPage, SlotQuery
from mis.terms.visits import PartOfDay
from mis.wire import after, before
from okno import clock

# Whose hold it is: FHIR's busy-tentative does not say.
HELD_BY = "urn:okno:held-by"
ALONG = (("_include", "Slot:schedule"), ("_include:iterate", "Schedule:actor"))
# Order and part of day are made here, so more is looked through than is shown; beyond that, day by day.
LOOKED_THROUGH = 1000
MOST_SCHEDULES = 500
DAY = timedelta(days=1)


class Times(Fhir):
    """Slots of a FHIR server."""

    async def find_slots(self, ctx: Context, query: SlotQuery) -> SlotPage:
        """Return free times; what the server gave beside the question is left out.

        Whose schedules they are is asked first, then their slots: to sort, and to bring the same schedule along with
        each slot, costs the server tried thirty times as much.
        """
        as_of = clock.now()
        schedules = await self._schedules(ctx, query)
        around = self._around(schedules)
        known = [key for key in schedules if key.startswith("Schedule/")]
        own = [key for key in known if schedules[key].get("active") is not False]
        if not own:
            return SlotPage(as_of=as_of)
        asked = [("schedule", ",".join(own))] if _chosen(query) or len(own) < len(known) else []
        slots, whole = await self._free(ctx, query, asked, around)
        slots.sort(key=lambda one: (one.start, one.doctor.name, one.id))
        return SlotPage(slots=tuple(slots[: query.limit]), as_of=as_of, complete=whole and len(slots) <= query.limit)

    async def _schedules(self, ctx: Context, query: SlotQuery) -> dict[str, Json]:
        """The schedules in question, with whose and where they are."""
        params = [*_chosen(query), ("_include", "Schedule:actor")]
        found = await self._wire.search(ctx, "Schedule", params, limit=MOST_SCHEDULES)
        if not found.complete:
            raise Malformed
        return {**found.along, **{f"Schedule/{raw.get('id')}": raw for raw in found.matches}}

    async def _free(
        self, ctx: Context, query: SlotQuery, asked: list[tuple[str, str]], around: Around
    ) -> tuple[list[Slot], bool]:
        """Free slots that fit: of the whole window, or, where they are too many, day by day until they are enough."""
        short = query.until - query.since <= DAY
        if asked or short:
            slots, whole = await self._between(ctx, query, (query.since, query.until), asked, around)
            if whole or short:
                return slots, whole
        slots, at = [], query.since
        while at < query.until and len(slots) <= query.limit:
            more, day_whole = await self._between(ctx, query, (at, min(at + DAY, query.until)), asked, around)
            slots += more
            if not day_whole:
                return slots, False
            at += DAY
        return slots, at >= query.until

    async def _between(
        self, ctx: Context, query: SlotQuery, window: tuple[datetime, datetime], asked: list[tuple[str, str]],
        around: Around,
    ) -> tuple[list[Slot], bool]:  # fmt: skip
        since, until = map(written, window)
        free = [("status", "free"), ("start", f"ge{since}"), ("start", f"lt{until}")]
        found = await self._wire.search(ctx, "Slot", [*free, *asked], limit=LOOKED_THROUGH)
        forms, whole = read_all(fhir.Slot, found.matches)
        slots = []
        for form in forms:
            try:
                slots.append(around.slot(form))
            except Malformed:
                whole = False
        return [one for one in slots if _fits(one, query)], whole and found.complete

    async def slot(self, ctx: Context, slot: Slot) -> Slot:
        """Return the slot as it stands. Raises NotFound."""
        found = await self._wire.search(ctx, "Slot", [("_id", slot.id), *ALONG], limit=1)
        forms = [read(fhir.Slot, raw) for raw in found.matches]
        if not forms or forms[0].id != slot.id or forms[0].status == "entered-in-error":
            raise NotFound
        return self._around(found.along).slot(forms[0])

    async def claim(self, ctx: Context, slot: Slot) -> Slot:
        """Make a free slot busy-tentative, by If-Match on the slot itself: a Bundle's is not kept by every server."""
        raw, form = await self._slot(ctx, slot)
        if form.status == "busy-tentative" and held_by(form) == ctx.key != "":
            return _now(slot, form)
        if form.status != "free":
            raise Conflict("slot", form.meta.version_id)
        try:
            return _now(slot, await self._turn(ctx, raw, "busy-tentative", ctx.key))
        except Conflict as lost:
            _, form = await self._slot(ctx, slot)
            if form.status != "busy-tentative" or not held_by(form) == ctx.key != "":
                raise lost from None
            return _now(slot, form)  # the same order came twice, and the other one was faster

    async def release(self, ctx: Context, slot: Slot) -> None:
        """Make a slot we hold free. Raises Conflict("slot") when it is not ours to free."""
        raw, form = await self._slot(ctx, slot)
        if form.status == "free":
            return
        ours = held_by(form) == ctx.key != "" or form.meta.version_id == slot.version
        if form.status != "busy-tentative" or not ours:
            raise Conflict("slot", form.meta.version_id)
        await self._turn(ctx, raw, "free", "")

    async def _slot(self, ctx: Context, slot: Slot) -> tuple[Json, fhir.Slot]:
        """The slot as it stands; one that is gone or was put elsewhere is somebody else's by now."""
        try:
            raw = await before(self._wire.read(ctx, f"Slot/{slot.id}"))
        except NotFound:
            raise Conflict("slot") from None
        form = read(fhir.Slot, raw)
        if form.status == "entered-in-error" or _begins(form, slot.zone, self._zone) != slot.start:
            raise Conflict("slot", form.meta.version_id)
        return raw, form

    async def _turn(self, ctx: Context, raw: Json, status: fhir.SlotStatus, key: str) -> fhir.Slot:
        version = read(fhir.Slot, raw).meta.version_id
        try:
            done = await self._wire.write(ctx, "PUT", f"Slot/{raw['id']}", turned(raw, status, key), if_match=version)
        except (Conflict, NotFound):
            raise Conflict("slot") from None
        return read(fhir.Slot, done or await after(ctx, self._wire.read(ctx, f"Slot/{raw['id']}")))


def turned(raw: Json, status: fhir.SlotStatus, key: str = "") -> Json:
    """Return a slot's JSON with another status, held by `key` when that is given."""
    made = copy.deepcopy(raw)
    made["status"] = status
    others = [one for one in made.get("extension", []) if one.get("url") != HELD_BY]
    made["extension"] = [*others, {"url": HELD_BY, "valueString": key}] if key else others
    if not made["extension"]:
        del made["extension"]
    return made


def held_by(form: fhir.Slot) -> str:
    """Return the key that holds a slot; empty when it does not say."""
    told = form.extended(HELD_BY)
    return told.value_string if told else ""



def _begins(form: fhir.Slot, name: str, clinic: ZoneInfo) -> datetime:
    return moment(form.start, ZoneInfo(name) if name else clinic)


def _now(slot: Slot, form: fhir.Slot) -> Slot:
    return replace(slot, version=form.meta.version_id, state="held")


def _chosen(query: SlotQuery) -> list[tuple[str, str]]:
    """What of a question is about schedules."""
    named = (
        ("actor", query.doctor and f"Practitioner/{query.doctor}"),
        ("actor", query.branch and f"Location/{query.branch}"),
        ("specialty", query.specialty),
        ("service-type", query.service),
    )
    return [(name, value) for name, value in named if value]


def _fits(slot: Slot, query: SlotQuery) -> bool:
    return (
        slot.state == "free"
        and query.since <= slot.start < query.until
        and query.doctor in ("", slot.doctor.id)
        and query.branch in ("", slot.branch.id if slot.branch else "")
        and _in_part(slot, query.part)
    )


def _in_part(slot: Slot, part: PartOfDay) -> bool:
    hour = slot.start.astimezone(ZoneInfo(slot.zone)).hour
    return part in ("any", "morning" if hour < 12 else "day" if hour < 17 else "evening")
