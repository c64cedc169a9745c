"""A MIS in memory that speaks the connector's interface and misbehaves on order. For tests of `mis.booking`."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar
from uuid import UUID

from mis.terms import (
    LIVE,
    Appointment,
    AppointmentQuery,
    Appointments,
    Booked,
    BookingOrder,
    Candidate,
    Candidates,
    Capability,
    Card,
    Change,
    Changes,
    Conflict,
    Connector,
    ContactReport,
    Context,
    DirectoryKind,
    Entry,
    MisError,
    Named,
    NotFound,
    OutcomeUnknown,
    PatientQuery,
    Requested,
    Slot,
    SlotPage,
    SlotQuery,
    Unavailable,
)

# What goes wrong with one question: it is not asked; it is done, its answer lost; it is neither done nor answered;
# it is done while other questions are asked already, and its answer lost.
T = TypeVar("T")
Fault = Literal["away", "lost", "dropped", "stall", "late"]
# After so many more questions a late one is done.
LATE = 3
DAY = datetime(2031, 3, 4, 6, tzinfo=UTC)
DOCTOR = Named(id="d1", name="Doctor One")
ALL: frozenset[Capability] = frozenset((
    "search_phone", "search_name", "card", "directory", "slots", "hold", "book", "cancel", "confirm", "appointments", "idem_key",
    "version_lock", "delta", "push", "report_contact",
))  # fmt: skip


def slot_at(number: int, doctor: Named = DOCTOR) -> Slot:
    """Return the half hour with this number."""
    start = DAY + timedelta(minutes=30 * number)
    return Slot(
        id=f"{doctor.id}-{number}", start=start, end=start + timedelta(minutes=30), doctor=doctor, version="1",
        branch=Named(id="b1", name="Main"), zone="Asia/Yekaterinburg",
    )  # fmt: skip


@dataclass
class Clinic(Connector):
    """A MIS. `fault(name)` is asked before each question; `overlaps` lets two visits stand at once, as GNU Health does."""

    capabilities: frozenset[Capability] = ALL
    fault: Callable[[str], Fault | None] = lambda name: None
    overlaps: bool = True
    one_by_key: bool = True
    slots: dict[str, Slot] = field(default_factory=dict)
    visits: dict[str, Appointment] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    reports: list[ContactReport] = field(default_factory=list)
    news: list[Change] = field(default_factory=list)
    cards: dict[str, Card] = field(default_factory=dict)
    phones: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    latency_s: float = 0.0
    late: list[tuple[int, Callable[[], object]]] = field(default_factory=list)

    def open(self, count: int, doctor: Named = DOCTOR) -> list[Slot]:
        """Make so many free half hours."""
        for number in range(count):
            one = slot_at(number, doctor)
            self.slots[one.id] = one
        return [slot_at(number, doctor) for number in range(count)]

    def live(self, key: UUID | None = None) -> list[Appointment]:
        """Return the visits that take time (with this key)."""
        return [one for one in self.visits.values() if one.status in LIVE and (key is None or one.key == str(key))]

    def put(self, slot: Slot, patient: str = "p9", key: str = "", **more: object) -> Appointment:
        """Make a visit as somebody in the clinic does."""
        number = next(self.ids)
        values: dict[str, object] = {
            "id": f"a{number:04}", "status": "booked", "patient": patient, "start": slot.start, "end": slot.end,
            "doctor": slot.doctor, "version": "1", "slot": slot.id, "key": key, "branch": slot.branch,
            "created_at": DAY - timedelta(days=1) + timedelta(seconds=number), "zone": slot.zone,
        }  # fmt: skip
        made = Appointment(**(values | more))  # type: ignore[arg-type]
        self.visits[made.id] = made
        self._state(slot.id, "busy")
        return made

    async def state(self, ctx: Context) -> None:
        await self._ask("state", lambda: None)

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        return await self._ask("find_patients", lambda: Candidates(people=tuple(
            Candidate(id=id, name=self.cards[id].name, phones=phones) for id, phones in self.phones.items()
            if query.card_number in ("", self.cards[id].card_number) and query.name in ("", self.cards[id].name)
        )))  # fmt: skip

    async def card(self, ctx: Context, patient: str) -> Card:
        return await self._ask("card", lambda: _known(self.cards, patient))

    async def directory(self, ctx: Context, kind: DirectoryKind) -> tuple[Entry, ...]:
        return await self._ask("directory", lambda: (Entry(id="d1", name="Doctor One"),) if kind == "doctors" else ())

    async def find_slots(self, ctx: Context, query: SlotQuery) -> SlotPage:
        def do() -> SlotPage:
            free = [
                one for one in self.slots.values()
                if one.state == "free" and query.doctor in ("", one.doctor.id) and query.since <= one.start < query.until
            ]  # fmt: skip
            return SlotPage(slots=tuple(sorted(free, key=lambda one: one.start)[: query.limit]), as_of=DAY)

        return await self._ask("find_slots", do)

    async def slot(self, ctx: Context, slot: Slot) -> Slot:
        return await self._ask("slot", lambda: _known(self.slots, slot.id))

    async def claim(self, ctx: Context, slot: Slot) -> Slot:
        def do() -> Slot:
            now = _known(self.slots, slot.id)
            if now.state != "free" or now.version != slot.version:
                raise Conflict("slot")
            return self._state(slot.id, "held")

        return await self._ask("claim", do, ctx)

    async def release(self, ctx: Context, slot: Slot) -> None:
        def do() -> None:
            now = _known(self.slots, slot.id)
            if now.state == "held" and now.version == slot.version:
                self._state(slot.id, "free")

        await self._ask("release", do, ctx)

    async def book(self, ctx: Context, order: BookingOrder) -> Booked | Requested:
        def do() -> Booked:
            same = [one for one in self.visits.values() if one.key == order.key]
            if same and self.one_by_key:
                return Booked(appointment=same[0])
            if not self.overlaps and self._on(order.slot):
                raise Conflict("slot")
            return Booked(appointment=self.put(order.slot, order.patient, order.key))

        return await self._ask("book", do, ctx)

    async def on_slot(self, ctx: Context, slot: Slot) -> tuple[Appointment, ...]:
        return await self._ask("on_slot", lambda: tuple(self._on(slot)))

    async def by_key(self, ctx: Context, order: BookingOrder) -> Appointment | None:
        def do() -> Appointment | None:
            found = [one for one in self.visits.values() if one.key == order.key]
            return min(found, key=lambda one: one.status not in LIVE) if found else None

        return await self._ask("by_key", do)

    async def reschedule(self, ctx: Context, visit: Appointment, order: BookingOrder) -> Booked:
        def do() -> Booked:
            old = _known(self.visits, visit.id)
            if old.version != visit.version or old.status not in LIVE:
                raise Conflict("version")
            if not self.overlaps and self._on(order.slot):
                raise Conflict("slot")
            moved = replace(old, key=order.key, start=order.slot.start, end=order.slot.end, doctor=order.slot.doctor,
                            slot=order.slot.id, version=str(int(old.version) + 1))  # fmt: skip
            self.visits[visit.id] = moved
            self._state(old.slot, "free")
            self._state(order.slot.id, "busy")
            return Booked(appointment=moved)

        return await self._ask("reschedule", do, ctx)

    async def cancel(self, ctx: Context, visit: Appointment, reason: str) -> Appointment:
        def do() -> Appointment:
            now = self._at(visit)
            self.visits[visit.id] = replace(now, status="cancelled", version=str(int(now.version) + 1))
            if now.slot in self.slots and not self._on(self.slots[now.slot]):
                self._state(now.slot, "free")
            return self.visits[visit.id]

        return await self._ask("cancel", do, ctx)

    async def confirm(self, ctx: Context, visit: Appointment) -> Appointment:
        def do() -> Appointment:
            now = self._at(visit)
            self.visits[visit.id] = replace(now, confirmed=True, version=str(int(now.version) + 1))
            return self.visits[visit.id]

        return await self._ask("confirm", do, ctx)

    async def appointment(self, ctx: Context, visit: str) -> Appointment:
        return await self._ask("appointment", lambda: _known(self.visits, visit))

    async def appointments(self, ctx: Context, query: AppointmentQuery) -> Appointments:
        def do() -> Appointments:
            fit = [
                one for one in self.visits.values()
                if query.patient in ("", one.patient) and (query.since is None or one.start >= query.since)
                and (query.until is None or one.start < query.until)
            ]  # fmt: skip
            return Appointments(items=tuple(sorted(fit, key=lambda one: one.start)))

        return await self._ask("appointments", do)

    async def changes(self, ctx: Context, cursor: str) -> Changes:
        begun = len(self.news) if not cursor else int(cursor)
        return await self._ask("changes", lambda: Changes(items=tuple(self.news[begun:]), cursor=str(len(self.news))))

    def pushed(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[Change, ...]:
        return tuple(one for one in self.news if one.id == body.decode())

    async def report_contact(self, ctx: Context, report: ContactReport) -> None:
        await self._ask("report_contact", lambda: self.reports.append(report), ctx)

    async def _ask(self, name: str, do: Callable[[], T], ctx: Context | None = None) -> T:
        """Answer, unless there is a fault; `ctx` is given for a write."""
        self.asked.append(name)
        self._catch_up()
        fault = self.fault(name)
        await asyncio.sleep(self.latency_s)
        if fault == "away":
            raise Unavailable
        if fault == "stall":
            await asyncio.sleep(3600)
        if ctx is None:
            if fault is not None:
                raise Unavailable
            return do()
        if fault == "late":
            self.late.append((len(self.asked) + LATE, do))
        if fault in ("dropped", "late"):
            raise OutcomeUnknown(ctx.key)
        try:
            answer = do()
        except MisError:
            if fault == "lost":
                raise OutcomeUnknown(ctx.key) from None
            raise
        if fault == "lost":
            raise OutcomeUnknown(ctx.key)
        return answer

    def _catch_up(self) -> None:
        for due, do in [one for one in self.late if one[0] <= len(self.asked)]:
            self.late.remove((due, do))
            with contextlib.suppress(MisError):  # nobody hears of it
                do()

    def _at(self, visit: Appointment) -> Appointment:
        now = _known(self.visits, visit.id)
        if now.version != visit.version or now.status not in LIVE:
            raise Conflict("version", now.version)
        return now

    def _on(self, slot: Slot) -> list[Appointment]:
        return [
            one for one in self.visits.values()
            if one.status in LIVE and one.doctor.id == slot.doctor.id and one.start < slot.end and slot.start < one.end
        ]  # fmt: skip

    def _state(self, id: str, state: Literal["free", "held", "busy"]) -> Slot:
        if id in self.slots:
            now = self.slots[id]
            self.slots[id] = replace(now, state=state, version=str(int(now.version) + 1))
            return self.slots[id]
        return slot_at(0)


def _known(things: Mapping[str, T], id: str) -> T:
    if id not in things:
        raise NotFound
    return things[id]
