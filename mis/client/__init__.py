"""The gate of `mis`: the only thing other services may import of it, beside `mis.feed`."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from mis.client.answers import (
    Asker,
    Booking,
    BookingAction,
    BookingStatus,
    CardAnswer,
    DirectoryAnswer,
    Lookup,
    NewPatient,
    OfferedSlot,
    Person,
    SlotsAnswer,
    Status,
    Wish,
)
from mis.terms import (
    Appointment,
    Card,
    DirectoryKind,
    Entry,
    Identifier,
    Insurance,
    Named,
    PatientDraft,
    Relative,
    Slot,
    SlotQuery,
)
from okno.seal import Sealer
from okno.service import ServiceClient

__all__ = [
    "Appointment", "Asker", "Booking", "BookingAction", "BookingStatus", "Card", "CardAnswer", "DirectoryAnswer",
    "DirectoryKind", "Entry", "Identifier", "Insurance", "Lookup", "MisClient", "Named", "NewPatient", "OfferedSlot",
    "PatientDraft", "Person", "Relative", "Slot", "SlotQuery", "SlotsAnswer", "Status", "Wish", "plain",
]

# What is said about a person crosses sealed for the bus, bound to the request it is for.
BODY_PLACE = {"table": "mis_ask", "column": "body"}
# The service itself answers within its own deadlines; beyond this it is gone.
ANSWER_S = 15.0

Answer = TypeVar("Answer")


def plain(value: object) -> Any:
    """Return an answer or a term as plain JSON values."""
    return _adapter(type(value)).dump_python(value, mode="json")


class MisClient:
    """Asks `mis`. Make it in a service's composition root; close it with `close`.

    Every method raises ServiceDown (for a write: whether it was done is not known; ask `booking` with the same key)
    and ServiceRefused (400 it is not understood, 409 the MIS does not offer it). What the MIS itself does wrong is no
    exception but `error` in the answer, a code of `mis.terms.errors`.

    Args:
        base_url: "http://127.0.0.1:8083".
        secret: the service credential.
        bus: `keyring.sealer("bus")`, under which what is said of a person crosses.
    """

    def __init__(self, base_url: str, secret: str, bus: Sealer) -> None:
        self._wire = ServiceClient(base_url, secret, timeout_s=ANSWER_S)
        self._bus = bus

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def status(self) -> Status:
        """Return how the connection to the MIS is, and what it can do."""
        return _adapter(Status).validate_python(await self._wire.get("/status"))

    async def prefetch(self, e164: str, *, call: UUID, request: UUID | None = None) -> Lookup:
        """Look a waiting caller up and hold what is found until `release`; refreshed when older than 30 s.

        Args:
            e164: his number.
            call: who waits: a call, or a request or conversation that has none.
            request: the request it is for, if there is one yet.
        """
        asker = Asker(actor="engine", role="engine", purpose="prefetch", request=request or call)
        return await self._ask("/prefetch", asker, Lookup, {"phone": e164, "call": str(call)})

    async def release(self, call: UUID) -> None:
        """Forget what was held for somebody who waits no longer."""
        await self._wire.post("/release", {"call": str(call)})

    async def candidates(self, e164: str, asker: Asker, *, call: UUID | None = None) -> Lookup:
        """Return the patients a number may belong to; audited, one entry for each shown. `call`: whose prefetch."""
        return await self._ask("/candidates", asker, Lookup, {"phone": e164, "call": str(call) if call else None})

    async def search(
        self, asker: Asker, *, name: str = "", born: date | None = None, card_number: str = "", phone: str = ""
    ) -> Lookup:
        """Return patients by what the caller says of himself; audited with a blinded query."""
        wanted = {"name": name, "born": born, "card_number": card_number, "phone": phone}
        return await self._ask("/search", asker, Lookup, wanted)

    async def identified(self, patient: str, verified: tuple[Identifier, ...], asker: Asker, *, e164: str = "") -> None:
        """Note who an operator says it is about and how he made sure (the kinds, not the answers). Audited.

        Raises ServiceRefused 400 with fewer than two identifiers.
        """
        wanted = {"patient": patient, "verified": verified, "phone": e164}
        await self._post("/identified", asker, wanted)

    async def disowned(self, patient: str, e164: str, asker: Asker) -> None:
        """Note that a number is not this patient's: not shown for it again. Audited."""
        await self._post("/disowned", asker, {"patient": patient, "phone": e164})

    async def card(self, patient: str, asker: Asker, *, reason: str = "") -> CardAnswer:
        """Return the card of a patient the operator has confirmed; audited before it is answered.

        Args:
            patient: his id in the MIS.
            asker: who asks; that the patient is the one confirmed for `asker.request` is the asking service's duty.
            reason: of opening a restricted card; without one a restricted card comes without its contents.
        """
        return await self._ask("/card", asker, CardAnswer, {"patient": patient, "reason": reason})

    async def directory(self, kind: DirectoryKind) -> DirectoryAnswer:
        """Return a directory of the MIS: nobody's data."""
        return _adapter(DirectoryAnswer).validate_python(await self._wire.get(f"/directory/{kind}"))

    async def slots(self, query: SlotQuery, asker: Asker) -> SlotsAnswer:
        """Return free times."""
        return await self._ask("/slots", asker, SlotsAnswer, {"query": plain(query)})

    async def hold(self, key: UUID, slot: Slot, patient: str, asker: Asker) -> Booking:
        """Keep a time for a patient while the operator talks; `Booking.expires_at` says how long."""
        return await self._ask("/bookings/hold", asker, Booking, {
            "key": str(key), "slot": plain(slot), "patient": patient,
        })  # fmt: skip

    async def release_slot(self, key: UUID, asker: Asker) -> Booking:
        """Give a kept time back."""
        return await self._ask("/bookings/release", asker, Booking, {"key": str(key)})

    async def book(
        self, key: UUID, slot: Slot, patient: str, asker: Asker, *, service: str = "", comment: str = ""
    ) -> Booking:
        """Book; the same key again is the same booking (of a hold: that of the hold)."""
        return await self._ask("/bookings/book", asker, Booking, {
            "key": str(key), "slot": plain(slot), "patient": patient, "service": service, "comment": comment,
        })  # fmt: skip

    async def move(self, key: UUID, visit: Appointment, slot: Slot, asker: Asker, *, comment: str = "") -> Booking:
        """Move a visit to another time: the new one is booked and read back before the old one is cancelled."""
        return await self._ask("/bookings/move", asker, Booking, {
            "key": str(key), "visit": plain(visit), "slot": plain(slot), "comment": comment,
        })  # fmt: skip

    async def cancel(self, key: UUID, visit: Appointment, reason: str, asker: Asker) -> Booking:
        """Cancel a visit; `reason` is an id of the directory `cancel_reasons`, or empty."""
        return await self._ask("/bookings/cancel", asker, Booking, {
            "key": str(key), "visit": plain(visit), "reason": reason,
        })  # fmt: skip

    async def confirm(self, key: UUID, visit: Appointment, asker: Asker) -> Booking:
        """Note that the patient will come."""
        return await self._ask("/bookings/confirm", asker, Booking, {"key": str(key), "visit": plain(visit)})

    async def booking(self, key: UUID, asker: Asker) -> Booking:
        """Return how a booking stands. Raises ServiceRefused 404."""
        return await self._ask("/bookings/status", asker, Booking, {"key": str(key)})

    async def bookings(self, asker: Asker) -> list[Booking]:
        """Return the bookings of a request, the newest first."""
        return await self._ask("/bookings/list", asker, list[Booking], {})

    async def create_patient(self, draft: PatientDraft, asker: Asker) -> NewPatient:
        """Make a patient, unless there are like ones and the draft does not say `anyway`. Audited."""
        return await self._ask("/patients", asker, NewPatient, {"draft": plain(draft)})

    async def wish(self, wish: Wish, e164: str, asker: Asker) -> Wish:
        """Put a patient on the waiting list; the same key changes it."""
        return await self._ask("/wishes", asker, Wish, {"wish": plain(wish), "phone": e164})

    async def wishes(self, patient: str, asker: Asker) -> list[Wish]:
        """Return a patient's places on the waiting list. Audited."""
        return await self._ask("/wishes/list", asker, list[Wish], {"patient": patient})

    async def give_up(self, key: UUID, asker: Asker) -> Wish:
        """Take a patient off the waiting list."""
        return await self._ask("/wishes/give_up", asker, Wish, {"key": str(key)})

    async def _ask(self, path: str, asker: Asker, form: type[Answer], body: Mapping[str, Any]) -> Answer:
        return _adapter(form).validate_python(await self._post(path, asker, body))

    async def _post(self, path: str, asker: Asker, body: Mapping[str, Any]) -> Any:
        text = json.dumps(body, ensure_ascii=False, default=str)
        sealed = self._bus.seal(text, row=str(asker.request), **BODY_PLACE)
        return await self._wire.post(path, {
            "actor": asker.actor, "role": asker.role, "purpose": asker.purpose, "request": str(asker.request),
            "body": base64.b64encode(sealed).decode(),
        })  # fmt: skip


_ADAPTERS: dict[object, TypeAdapter[Any]] = {}


def _adapter(form: type[Answer]) -> TypeAdapter[Answer]:
    if form not in _ADAPTERS:
        _ADAPTERS[form] = TypeAdapter(form)
    return _ADAPTERS[form]
