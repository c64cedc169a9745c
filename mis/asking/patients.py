"""Who it may be, who it is, his card; a patient made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from aiohttp import web

from mis.asking.opening import Body, Door, Id, Number, Text
from mis.client import Asker, CardAnswer, Identifier, Lookup, NewPatient, PatientDraft
from mis.finding import Cards, Finder, Making


class _Release(Body):
    call: UUID


class _Prefetch(Body):
    phone: Number
    call: UUID


class _Candidates(Body):
    phone: Number
    call: UUID | None = None


class _Search(Body):
    name: Text = ""
    born: date | None = None
    card_number: Text = ""
    phone: Number = ""


class _Identified(Body):
    patient: Id
    verified: tuple[Identifier, ...]
    phone: Number = ""


class _Disowned(Body):
    patient: Id
    phone: Number = ""


class _Card(Body):
    patient: Id
    reason: Text = ""


class _Draft(Body):
    draft: PatientDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients:
    """The routes about people."""

    door: Door
    finder: Finder
    cards: Cards
    making: Making

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        post = self.door.post
        return [
            post("/prefetch", _Prefetch, self._prefetch),
            self.door.clear("/release", _Release, self._release),
            post("/candidates", _Candidates, self._candidates),
            post("/search", _Search, self._search),
            post("/identified", _Identified, self._identified),
            post("/disowned", _Disowned, self._disowned),
            post("/card", _Card, self._card),
            post("/patients", _Draft, self._make),
        ]

    async def _prefetch(self, body: _Prefetch, asker: Asker) -> Lookup:
        return await self.finder.prefetch(body.phone, body.call, asker)

    async def _release(self, body: _Release) -> None:
        self.finder.inquiry.waiting.release(body.call)

    async def _candidates(self, body: _Candidates, asker: Asker) -> Lookup:
        return await self.finder.candidates(body.phone, asker, body.call)

    async def _search(self, body: _Search, asker: Asker) -> Lookup:
        return await self.finder.search(asker, body.name, body.born, body.card_number.strip(), body.phone)

    async def _identified(self, body: _Identified, asker: Asker) -> None:
        await self.finder.identified(body.patient, body.verified, asker, body.phone)

    async def _disowned(self, body: _Disowned, asker: Asker) -> None:
        await self.finder.disowned(body.patient, asker, body.phone)

    async def _card(self, body: _Card, asker: Asker) -> CardAnswer:
        return await self.cards.show(body.patient, asker, body.reason)

    async def _make(self, body: _Draft, asker: Asker) -> NewPatient:
        return await self.making.make(body.draft, asker)
