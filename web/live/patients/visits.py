"""Free times, visits booked, moved, cancelled and confirmed, the waiting list: of the request's own patient only."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from mis.client import Appointment, Asker, Booking, MisClient, plain
from web.accounts.roles import permission
from web.live.desk import Caller, Handler
from web.live.engine import Answer
from web.live.patients.asks import (
    BookAsk,
    CancelAsk,
    HoldAsk,
    KeyAsk,
    MoveAsk,
    OfRequest,
    SlotsAsk,
    VisitAsk,
    WishAsk,
)
from web.live.patients.whose import No, Whose, told


class Visits:
    """Answers about visits. Whose they are the engine says, never the browser; `key` makes a second click harmless.

    Args:
        mis: its client.
        whose: judges.
    """

    def __init__(self, mis: MisClient, whose: Whose) -> None:
        self._mis, self._whose = mis, whose

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event."""
        return {
            "slots": self.on_slots, "hold": self.on_hold, "slot_release": self.on_release, "book": self.on_book,
            "move": self.on_move, "visit_cancel": self.on_cancel, "visit_confirm": self.on_confirm,
            "booking": self.on_booking, "bookings": self.on_bookings, "wish": self.on_wish,
            "wishes": self.on_wishes, "give_up": self.on_give_up,
        }  # fmt: skip

    @permission("card.read")
    async def on_slots(self, caller: Caller, body: Any) -> Answer:
        """Return free times; they are about nobody, so a caller who only asks need not be identified."""
        ask = SlotsAsk.model_validate(body)
        return {"ok": True, **plain(await told(self._mis.slots(ask.query.query(), self._asker(caller, ask))))}

    @permission("requests.work")
    async def on_hold(self, caller: Caller, body: Any) -> Answer:
        """Keep a time while the operator talks."""
        ask = HoldAsk.model_validate(body)
        patient = self._whose.patient(caller, ask.request)
        return await self._done(self._mis.hold(ask.key, ask.slot, patient, self._asker(caller, ask)))

    @permission("requests.work")
    async def on_release(self, caller: Caller, body: Any) -> Answer:
        """Give a kept time back, also of a patient who was disowned meanwhile."""
        ask = KeyAsk.model_validate(body)
        return await self._done(self._mis.release_slot(ask.key, self._asker(caller, ask)))

    @permission("requests.work")
    async def on_book(self, caller: Caller, body: Any) -> Answer:
        """Book for the patient confirmed for the request."""
        ask = BookAsk.model_validate(body)
        patient, asker = self._whose.patient(caller, ask.request), self._asker(caller, ask)
        return await self._done(
            self._mis.book(ask.key, ask.slot, patient, asker, service=ask.service, comment=ask.comment)
        )

    @permission("requests.work")
    async def on_move(self, caller: Caller, body: Any) -> Answer:
        """Move a visit."""
        ask = MoveAsk.model_validate(body)
        visit = await self._own(caller, ask)
        return await self._done(
            self._mis.move(ask.key, visit, ask.slot, self._asker(caller, ask), comment=ask.comment)
        )

    @permission("requests.work")
    async def on_cancel(self, caller: Caller, body: Any) -> Answer:
        """Cancel a visit."""
        ask = CancelAsk.model_validate(body)
        visit = await self._own(caller, ask)
        return await self._done(self._mis.cancel(ask.key, visit, ask.reason, self._asker(caller, ask)))

    @permission("requests.work")
    async def on_confirm(self, caller: Caller, body: Any) -> Answer:
        """Note that the patient will come."""
        ask = VisitAsk.model_validate(body)
        visit = await self._own(caller, ask)
        return await self._done(self._mis.confirm(ask.key, visit, self._asker(caller, ask)))

    @permission("card.read")
    async def on_booking(self, caller: Caller, body: Any) -> Answer:
        """Return how a booking of this request stands."""
        ask = KeyAsk.model_validate(body)
        self._whose.patient(caller, ask.request)
        return {"ok": True, "booking": plain(await told(self._mis.booking(ask.key, self._asker(caller, ask))))}

    @permission("card.read")
    async def on_bookings(self, caller: Caller, body: Any) -> Answer:
        """Return the bookings of this request, the newest first."""
        ask = OfRequest.model_validate(body)
        self._whose.patient(caller, ask.request)
        found = await told(self._mis.bookings(self._asker(caller, ask)))
        return {"ok": True, "bookings": [plain(one) for one in found]}

    @permission("requests.work")
    async def on_wish(self, caller: Caller, body: Any) -> Answer:
        """Put the request's patient on the waiting list."""
        ask = WishAsk.model_validate(body)
        patient, row = self._whose.patient(caller, ask.request), self._whose.row(caller, ask.request)
        wish = ask.wish.wish(patient)
        made = await told(
            self._mis.wish(wish, str(row.get("phone") or ""), self._asker(caller, ask)), write=True
        )
        return {"ok": True, "wish": plain(made)}

    @permission("card.read")
    async def on_wishes(self, caller: Caller, body: Any) -> Answer:
        """Return the patient's places on the waiting list."""
        ask = OfRequest.model_validate(body)
        patient = self._whose.patient(caller, ask.request)
        return {"ok": True, "wishes": [plain(one) for one in await told(self._mis.wishes(
            patient, self._asker(caller, ask)
        ))]}  # fmt: skip

    @permission("requests.work")
    async def on_give_up(self, caller: Caller, body: Any) -> Answer:
        """Take the request's patient off the waiting list."""
        ask = KeyAsk.model_validate(body)
        patient, asker = self._whose.patient(caller, ask.request), self._asker(caller, ask)
        if all(one.key != ask.key for one in await told(self._mis.wishes(patient, asker))):
            raise No("not_found")
        return {"ok": True, "wish": plain(await told(self._mis.give_up(ask.key, asker), write=True))}

    async def _own(self, caller: Caller, ask: VisitAsk) -> Appointment:
        """Return the visit as the confirmed patient's: `mis` looks again whether it is. Raises No: it says it is not.

        A patient the MIS has merged into another has his visits under the id that stayed.
        """
        patient = self._whose.patient(caller, ask.request)
        if ask.visit.patient == patient:
            return ask.visit
        answer = await told(self._mis.card(patient, self._asker(caller, ask)))
        if answer.card is None or answer.card.replaced != patient or answer.card.id != ask.visit.patient:
            raise No("other_patient")
        return replace(ask.visit, patient=answer.card.id)

    async def _done(self, asked: Awaitable[Booking]) -> Answer:
        return {"ok": True, "booking": plain(await told(asked, write=True))}

    def _asker(self, caller: Caller, ask: OfRequest) -> Asker:
        return self._whose.asker(caller, self._whose.row(caller, ask.request), "booking")
