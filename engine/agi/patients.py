"""What the MIS says for a caller in a flow. Of a visit nothing is told to whoever holds the phone, unless he types the
birth date: a second identifier (P6).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import date, datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import pydantic

from engine.ivr.orders import Found
from mis.client import Appointment, Asker, Booking, CardAnswer, Lookup
from okno import logs
from okno.ids import time_of, uuid7_of
from okno.service import ServiceDown, ServiceRefused

log = logs.get(__name__)

# A caller hears nothing meanwhile.
ANSWER_S = 6.0
_LOOK_S = 0.4
# One number may be that of a family; beyond it nobody is looked at.
PEOPLE = 6
# Found visits are kept for callers who are inside.
KEPT = 2000
# A number can be pretended, and called from again and again: beyond so many wrong birth dates within the time nothing
# is looked up for it (a step counts those of one call only).
WRONG, WRONG_FOR = 6, timedelta(hours=24)
_TROUBLES = (ServiceDown, ServiceRefused, TimeoutError, pydantic.ValidationError)
_UNDECIDED = frozenset({"pending", "sending", "unknown"})
_DONE: dict[str, frozenset[str]] = {"confirm": frozenset({"booked", "requested"}), "cancel": frozenset({"cancelled"})}


class Mis(Protocol):
    """What of `mis.client.MisClient` is needed here. Every method raises ServiceDown, ServiceRefused."""

    async def candidates(self, e164: str, asker: Asker, *, call: UUID | None = None) -> Lookup:
        """The patients a number may belong to."""

    async def card(self, patient: str, asker: Asker, *, reason: str = "") -> CardAnswer:
        """A card."""

    async def confirm(self, key: UUID, visit: Appointment, asker: Asker) -> Booking:
        """Note that the patient will come."""

    async def cancel(self, key: UUID, visit: Appointment, reason: str, asker: Asker) -> Booking:
        """Cancel a visit."""

    async def booking(self, key: UUID, asker: Asker) -> Booking:
        """How it stands."""


class Patients:
    """Asks the MIS in the name of `ivr`.

    Args:
        mis: its client; None when no MIS is connected.
        zone: the clinic's: visits are said in its time.
    """

    def __init__(self, mis: Mis | None, zone: ZoneInfo) -> None:
        self._mis = mis
        self._zone = zone
        self._visits: OrderedDict[tuple[str, str], Appointment] = OrderedDict()
        self._wrong: OrderedDict[str, list[datetime]] = OrderedDict()

    async def known(self, phone: str, call: str, request: str, at: datetime) -> tuple[bool, bool, bool]:
        """Return whether anybody could say, whether a patient has the number, whether a visit of one lies ahead."""
        if self._mis is None or not phone:
            return self._mis is not None, False, False
        try:
            async with asyncio.timeout(ANSWER_S):
                found = await self._mis.candidates(phone, _asker(request), call=UUID(call))
                if found.error or found.state != "ready":
                    return False, False, False
                cards = [await self._card(one.id, request) for one in found.people[:PEOPLE] if not one.restricted]
        except _TROUBLES as trouble:
            log.info("ivr_mis_silent", extra={"reason": type(trouble).__name__})
            return False, False, False
        visit = any(_next(card, at) is not None for card in cards)
        return True, bool(found.people), visit

    async def visit(self, phone: str, born: str, call: str, request: str, at: datetime) -> Found:
        """Return the next visit of the one patient with this number who was born then."""
        if self._mis is None or not phone:
            return Found(answered=self._mis is not None)
        try:
            birthday = date.fromisoformat(born)
        except ValueError:
            return Found()
        if self._guessing(phone, at):
            return Found()
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._visit(phone, birthday, call, request, at)
        except _TROUBLES as trouble:
            log.info("ivr_mis_silent", extra={"reason": type(trouble).__name__})
            return Found(answered=False)

    async def decide(self, visit: str, what: Literal["confirm", "cancel"], call: str, request: str) -> bool:
        """Confirm or cancel a visit that `visit` found in this call; False when nobody knows whether it was done.

        The same visit in the same call is one deal however often it is asked (P2).
        """
        found = self._visits.get((call, visit))
        if self._mis is None or found is None:
            return False
        key, asker = _of_call(call, visit, what), _asker(request)
        try:
            async with asyncio.timeout(ANSWER_S):
                if what == "confirm":
                    deal = await self._mis.confirm(key, found, asker)
                else:
                    deal = await self._mis.cancel(key, found, "", asker)
                while deal.status in _UNDECIDED:
                    await asyncio.sleep(_LOOK_S)
                    deal = await self._mis.booking(key, asker)
        except _TROUBLES as trouble:
            log.info("ivr_mis_silent", extra={"reason": type(trouble).__name__})
            return False
        return deal.status in _DONE[what] and not deal.error

    async def _visit(self, phone: str, born: date, call: str, request: str, at: datetime) -> Found:
        mis = self._mis
        found = await mis.candidates(phone, _asker(request), call=UUID(call)) if mis is not None else None
        if found is None or found.error or found.state != "ready":
            return Found(answered=False)
        likely = [one for one in found.people if one.birth_year in (None, born.year) and not one.restricted]
        cards = [await self._card(one.id, request) for one in likely[:PEOPLE] if not one.deceased]
        fitting = [card for card in cards if card.card is not None and card.card.born == born]
        if not fitting:
            self._was_wrong(phone, at)
        visit = _next(fitting[0], at) if len(fitting) == 1 else None
        if visit is None:
            return Found()
        # Nothing of the MIS goes into the flow's facts: there the visit has a name of this call only.
        name = str(_of_call(call, visit.id).int % 10**6)
        self._visits[call, name] = visit
        while len(self._visits) > KEPT:
            self._visits.popitem(last=False)
        return Found(visit=name, starts_at=visit.start.astimezone(self._zone))

    def _guessing(self, phone: str, at: datetime) -> bool:
        """Whether dates are being tried out for this number."""
        return sum(1 for one in self._wrong.get(phone, ()) if at - one < WRONG_FOR) >= WRONG

    def _was_wrong(self, phone: str, at: datetime) -> None:
        tried = [one for one in self._wrong.pop(phone, []) if at - one < WRONG_FOR]
        self._wrong[phone] = [*tried, at]
        while len(self._wrong) > KEPT:
            self._wrong.popitem(last=False)

    async def _card(self, patient: str, request: str) -> CardAnswer:
        if self._mis is None:
            return CardAnswer()
        return await self._mis.card(patient, _asker(request))


def _of_call(call: str, *parts: str) -> UUID:
    """Return an id that is the same whenever it is made in the same call."""
    return uuid7_of(time_of(UUID(call)), call, *parts)


def _asker(request: str) -> Asker:
    return Asker(actor="ivr", role="engine", purpose="call", request=UUID(request))


def _next(answer: CardAnswer, at: datetime) -> Appointment | None:
    """The first visit ahead; a card of yesterday (`stale`) may know a visit that is off."""
    if answer.card is None or answer.stale:
        return None
    ahead = [one for one in answer.card.upcoming if one.start > at and one.status in ("proposed", "pending", "booked")]
    return min(ahead, key=lambda one: one.start, default=None)
