"""What can be read by a map: patients, their cards, directories, free times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from mis.connectors.mapping.asking import Asking, Found
from mis.connectors.mapping.building import Builder, fits, folded, merged
from mis.connectors.mapping.fields import Item
from mis.connectors.mapping.format import OperationName
from mis.terms import (
    Candidate,
    Candidates,
    Capability,
    Card,
    Connector,
    Context,
    DirectoryKind,
    Entry,
    Invalid,
    MisError,
    Named,
    NotFound,
    PatientQuery,
    Relative,
    Slot,
    SlotPage,
    SlotQuery,
)
from okno import clock

# So many doctors are asked for their times when no doctor is named; more make the page incomplete.
DOCTORS_AT_ONCE = 12
PARTS = {"any": (0, 24), "morning": (0, 12), "day": (12, 17), "evening": (17, 24)}
Part = TypeVar("Part")
_STATE: tuple[OperationName, ...] = ("state", "branches", "doctors", "specialties", "services", "cancel_reasons")


class Reading(Connector):
    """A connector as far as it only reads. What a map does not have is not among its capabilities."""

    def __init__(self, asking: Asking) -> None:
        self.capabilities: frozenset[Capability] = asking.map.capabilities
        self._asking = asking
        self._build = Builder(asking.zones)

    async def state(self, ctx: Context) -> None:
        """Ask the cheapest thing that needs our credentials. Raises MisError."""
        name = next((name for name in _STATE if self._asking.can(name)), None)
        if name is None:
            self._missing("state")
        await self._asking.ask(ctx, name, {})

    def _offered(self, *any_of: Capability) -> None:
        """See that a map names one of these. Raises NotOffered: an operation alone is not an offer."""
        if not self.capabilities & set(any_of):
            self._missing(" or ".join(any_of))

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        """Return who fits; a question with nothing in it never leaves (trap 5). Raises Invalid, NotOffered."""
        self._offered("search_phone", "search_name")
        return await self._find(ctx, query)

    async def _find(self, ctx: Context, query: PatientQuery) -> Candidates:
        name = self._search(query)
        about = {
            "phones": query.phones, "tails": [phone[-10:] for phone in _digits(query.phones)], "name": query.name,
            "folded": folded(query.name), "born": query.born, "card_number": query.card_number, "limit": query.limit,
        }  # fmt: skip
        try:
            found = await self._asking.ask(ctx, name, about)
        except NotFound:
            return Candidates()
        people = self._people(found, query)
        return Candidates(people=people[: query.limit], complete=found.complete and len(people) <= query.limit)

    async def card(self, ctx: Context, patient: str) -> Card:
        """Return a card; one the MIS has merged into another is that other (trap 15). Raises NotFound."""
        self._offered("card")
        item = await self._patient(ctx, patient)
        other = item.text("replaced_by")
        if other and other != patient:
            item = await self._patient(ctx, other)
        made = self._build.card(item, replaced=patient if item.text("id") != patient else "")
        return await self._with_parts(ctx, made)

    async def relatives(self, ctx: Context, patient: str) -> tuple[Relative, ...]:
        """Return who belongs to a patient."""
        self._offered("relations")
        found = await self._asked(ctx, "relatives", {"patient": patient})
        return tuple(self._build.relative(item) for item in found.items)

    async def directory(self, ctx: Context, kind: DirectoryKind) -> tuple[Entry, ...]:
        """Return a directory whole; one the map does not have is empty."""
        self._offered("directory", "slots")
        if not self._asking.can(kind):
            return ()
        found = await self._asking.ask(ctx, kind, {})
        return merged(self._build.entry(item) for item in found.items)

    async def find_slots(self, ctx: Context, query: SlotQuery) -> SlotPage:
        """Return free times in order; of many doctors so many as are asked at once."""
        self._offered("slots")
        as_of = clock.now()
        slots, complete = await self._slots(ctx, query)
        wanted = sorted((slot for slot in slots if slot.state == "free" and self._wanted(slot, query)),
                        key=lambda slot: (slot.start, slot.doctor.name, slot.id))  # fmt: skip
        cut = wanted[: query.limit]
        return SlotPage(slots=tuple(cut), as_of=as_of, complete=complete and len(cut) == len(wanted))

    async def slot(self, ctx: Context, slot: Slot) -> Slot:
        """Return the same piece of time as it stands now. Raises NotFound when the MIS does not show it any more."""
        self._offered("slots")
        branch = slot.branch.id if slot.branch else ""
        since, until = self._day_of(slot.start, branch)
        slots, _ = await self._slots(ctx, SlotQuery(since=since, until=until, doctor=slot.doctor.id, branch=branch))
        for one in slots:
            if one.id == slot.id and one.doctor.id == slot.doctor.id:
                return one
        raise NotFound

    async def close(self) -> None:
        """Close the connections."""
        await self._asking.close()

    def _day_of(self, moment: datetime, branch: str) -> tuple[datetime, datetime]:
        """Return the day of a branch in which a moment lies: some MIS are asked by days only."""
        zone = self._asking.zones.at(branch)
        first = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return first, first + timedelta(days=1)

    def _search(self, query: PatientQuery) -> OperationName:
        """Return which of the map's searches answers a question best."""
        ways: list[tuple[OperationName, object]] = [
            ("patients_by_phone", query.phones), ("patients_by_card", query.card_number),
            ("patients_by_name", folded(query.name)),
        ]  # fmt: skip
        if not any(given for _, given in ways):
            raise Invalid("query")  # a birth date alone is no question: it would list strangers
        for name, given in ways:
            if given and self._asking.can(name):
                return name
        self._missing("this kind of search")

    def _people(self, found: Found, query: PatientQuery) -> tuple[Candidate, ...]:
        people = {one.id: one for item in found.items if fits(one := self._build.candidate(item), query)}
        return tuple(people.values())

    async def _patient(self, ctx: Context, patient: str) -> Item:
        item = (await self._asking.ask(ctx, "patient", {"patient": patient})).first
        if item is None:
            raise NotFound
        return item

    async def _with_parts(self, ctx: Context, card: Card) -> Card:
        """Add what the map asks apart; what it cannot ask, or what fails now, is named as missing: the rest helps."""
        insurance, flags, balance = await asyncio.gather(
            self._part(ctx, "insurance", card.id, self._build.insurance),
            self._part(ctx, "flags", card.id, self._build.flag),
            self._part(ctx, "balance", card.id, lambda item: item.money("balance")),
        )
        told = {"insurance": insurance, "flags": flags, "balance": balance}
        lacking = [name for name, part in told.items() if part is None]
        if not self._asking.can("flags"):
            lacking.remove("flags")  # the map has them in the card itself, or the MIS has none
        return replace(
            card,
            insurance=insurance or (),
            flags=card.flags + (flags or ()),
            balance=next((one for one in balance or () if one is not None), None),
            missing=(*lacking, *(() if self._asking.can("relatives") else ("relatives",))),
        )

    async def _part(
        self, ctx: Context, name: OperationName, patient: str, build: Callable[[Item], Part]
    ) -> tuple[Part, ...] | None:
        """Return a part of a card; None when the map does not have it or the MIS does not give it now."""
        if not self._asking.can(name):
            return None
        try:
            return tuple(build(item) for item in (await self._asked(ctx, name, {"patient": patient})).items)
        except MisError:
            return None

    async def _asked(self, ctx: Context, name: OperationName, about: dict[str, Any]) -> Found:
        """Ask what the map may not have; nothing is found then, and nothing where there is none."""
        if not self._asking.can(name):
            return Found(())
        try:
            return await self._asking.ask(ctx, name, about)
        except NotFound:
            return Found(())

    async def _slots(self, ctx: Context, query: SlotQuery) -> tuple[list[Slot], bool]:
        """Return times of any state. The days around are asked too: a MIS bounds by its own days."""
        zone = self._asking.zones.at(query.branch)
        about = {
            "since": query.since, "until": query.until, "doctor": query.doctor, "doctor_name": "",
            "specialty": query.specialty, "branch": query.branch, "service": query.service, "limit": query.limit,
        }  # fmt: skip
        if self._asking.map.operations["slots"].each != "doctor":
            founds: list[Found] = [await self._asking.ask(ctx, "slots", about, zone)]
            complete = True
        elif query.doctor:  # his name is asked at the same time: a time is wanted soon
            return await self._of_doctor(ctx, about, zone)
        else:
            doctors = await self._doctors(ctx, query)
            complete = len(doctors) <= DOCTORS_AT_ONCE
            asked = [{**about, "doctor": one.id, "doctor_name": one.name} for one in doctors[:DOCTORS_AT_ONCE]]
            founds = await asyncio.gather(*(self._asking.ask(ctx, "slots", one, zone) for one in asked))
        slots = [self._build.slot(item) for found in founds for item in found.items]
        return slots, complete and all(found.complete for found in founds)

    async def _of_doctor(self, ctx: Context, about: dict[str, Any], zone: ZoneInfo) -> tuple[list[Slot], bool]:
        """Return one doctor's times; without a name when the directory does not give it."""
        found, known = await asyncio.gather(
            self._asking.ask(ctx, "slots", about, zone), self.directory(ctx, "doctors"), return_exceptions=True
        )
        if isinstance(found, BaseException):
            raise found
        if isinstance(known, BaseException) and not isinstance(known, MisError):
            raise known
        names = {} if isinstance(known, BaseException) else {one.id: one.name for one in known}
        name = names.get(about["doctor"], "")
        slots = [self._build.slot(item) for item in found.items]
        named = [one if one.doctor.name else replace(one, doctor=Named(id=one.doctor.id, name=name)) for one in slots]
        return named, found.complete

    async def _doctors(self, ctx: Context, query: SlotQuery) -> list[Entry]:
        """Return whose times are asked."""
        known = await self.directory(ctx, "doctors")
        return [one for one in known if _among(query.specialty, one.specialties) and _among(query.branch, one.branches)]

    def _wanted(self, slot: Slot, query: SlotQuery) -> bool:
        first, last = PARTS[query.part]
        hour = slot.start.astimezone(self._asking.zones.at(slot.branch.id if slot.branch else "")).hour
        return (
            query.since <= slot.start < query.until
            and first <= hour < last
            and (not query.doctor or slot.doctor.id == query.doctor)
            and (not query.branch or slot.branch is None or slot.branch.id == query.branch)
            and (not query.specialty or slot.specialty is None or slot.specialty.id == query.specialty)
        )


def _among(wanted: str, told: Iterable[str]) -> bool:
    """Say whether what is wanted is there; what is not wanted, or of what nothing is told, does not matter."""
    told = tuple(told)
    return not wanted or not told or wanted in told


def _digits(phones: Iterable[str]) -> list[str]:
    return ["".join(sign for sign in phone if sign.isdigit()) for phone in phones]
