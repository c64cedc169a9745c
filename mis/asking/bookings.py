"""Free times, and visits booked, moved, cancelled, confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from mis import booking
from mis.asking.opening import Body, Door, Id, Nothing, Text
from mis.client import Appointment, Asker, Booking, Slot, SlotQuery, SlotsAnswer
from mis.finding import Cards


class _Slots(Body):
    query: SlotQuery


class _Hold(Body):
    key: UUID
    slot: Slot
    patient: Id


class _Book(_Hold):
    service: Text = ""
    comment: Text = ""


class _Move(Body):
    key: UUID
    visit: Appointment
    slot: Slot
    comment: Text = ""


class _Cancel(Body):
    key: UUID
    visit: Appointment
    reason: Text = ""


class _Confirm(Body):
    key: UUID
    visit: Appointment


class _Key(Body):
    key: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookings:
    """The routes about visits; a card whose visits may have changed is dropped."""

    door: Door
    bookings: booking.Bookings
    cards: Cards

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        post = self.door.post
        return [
            post("/slots", _Slots, self._slots),
            post("/bookings/hold", _Hold, self._hold),
            post("/bookings/release", _Key, self._release),
            post("/bookings/book", _Book, self._book),
            post("/bookings/move", _Move, self._move),
            post("/bookings/cancel", _Cancel, self._cancel),
            post("/bookings/confirm", _Confirm, self._confirm),
            post("/bookings/status", _Key, self._status),
            post("/bookings/list", Nothing, self._list),
        ]

    async def _slots(self, body: _Slots, asker: Asker) -> SlotsAnswer:
        return await self.bookings.slots(body.query, asker)

    async def _hold(self, body: _Hold, asker: Asker) -> Booking:
        return await self.bookings.hold(body.key, body.slot, body.patient, asker)

    async def _release(self, body: _Key, asker: Asker) -> Booking:
        return await self.bookings.release(body.key, asker)

    async def _book(self, body: _Book, asker: Asker) -> Booking:
        made = await self.bookings.book(
            body.key, body.slot, body.patient, asker, service=body.service, comment=body.comment
        )
        return self._changed(made, body.patient)

    async def _move(self, body: _Move, asker: Asker) -> Booking:
        made = await self.bookings.move(body.key, body.visit, body.slot, asker, comment=body.comment)
        return self._changed(made, body.visit.patient)

    async def _cancel(self, body: _Cancel, asker: Asker) -> Booking:
        made = await self.bookings.cancel(body.key, body.visit, body.reason, asker)
        return self._changed(made, body.visit.patient)

    async def _confirm(self, body: _Confirm, asker: Asker) -> Booking:
        return self._changed(await self.bookings.confirm(body.key, body.visit, asker), body.visit.patient)

    async def _status(self, body: _Key, asker: Asker) -> Booking:
        found = await self.bookings.status(body.key, asker)
        return self._changed(found, found.appointment.patient if found.appointment else "")

    async def _list(self, body: Nothing, asker: Asker) -> list[Booking]:
        return await self.bookings.of_request(asker)

    def _changed(self, made: Booking, patient: str) -> Booking:
        if patient:
            self.cards.forget(patient)
        return made
