"""Searching: by number, its last four digits, a name or a request's number; audited before it is answered.

Open requests come first (they are in memory, found also by a name's beginning), then contacts, then calls and closed
requests of the past (found by whole words and whole numbers: there are only blind indexes to look in).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from engine.asking.who import Asked, Who
from engine.live.rows import call_row, request_row
from engine.store.codec import Codec
from engine.store.history import BadQuery, CallFilter, History, RequestFilter
from engine.store.people.contacts import Contacts, Known
from engine.world import Call, Contact, Request, World
from engine.world.reading import number_of
from okno import names, phones
from okno.settings.model import Clinic

AT_MOST = 20
# So many of each kind, so that the calls of a frequent caller do not push his contact out.
_OF_A_KIND = 8
# One letter is the beginning of half the town.
_BEGUN = 2
_NUMBER = re.compile(r"[№#]?\s*(?:(?P<year>[0-9]{4})-)?0*(?P<number>[1-9][0-9]{0,5})", re.ASCII)

Item = dict[str, Any]


class SearchAsked(BaseModel):
    """What somebody typed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a text may mean: a number, the end of one, a request's number, the words of a name."""

    phone: str = ""
    last4: str = ""
    year: int | None = None
    number: int | None = None
    readings: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, text: str, clinic: Clinic) -> Wanted:
        """Return what a text may mean; there may be nothing it can."""
        phone = phones.parse(text, country=clinic.country, area_code=clinic.area_code)
        if phone is not None:
            return cls(phone=phone.e164)
        numbered = _NUMBER.fullmatch(text)
        year = int(numbered["year"]) if numbered and numbered["year"] else None
        return cls(
            last4=text if re.fullmatch(r"[0-9]{4}", text, re.ASCII) else "", year=year,
            number=int(numbered["number"]) if numbered else None, readings=names.readings(text),
        )  # fmt: skip

    @property
    def kinds(self) -> list[str]:
        """By what is searched, for the audit."""
        named = {"phone": self.phone, "last4": self.last4, "number": self.number, "name": self.readings}
        return [kind for kind, value in named.items() if value]


class Search:
    """Searches.

    Args:
        world: the open state.
        history: the rest.
        contacts: finds whose a number or a name is.
        codec: blinds what was asked for, for the audit.
        asked: audits.
        clinic: completes local numbers.
    """

    def __init__(
        self, world: World, history: History, contacts: Contacts, *, codec: Codec, asked: Asked, clinic: Clinic
    ) -> None:
        self._world, self._history, self._contacts = world, history, contacts
        self._codec, self._asked, self._clinic = codec, asked, clinic

    async def find(self, who: Who, body: Any) -> dict[str, Any]:
        """Return {items}: at most twenty of {type: request | contact | call, row}.

        Raises:
            BadQuery: there is nothing to search by.
            DatabaseDown: it could not be audited: nothing is shown.
        """
        try:
            text = SearchAsked.model_validate(body).text
        except ValidationError:
            raise BadQuery("text: between one and 64 letters") from None
        wanted = Wanted.of(text, self._clinic)
        items = await self._found(wanted)
        subjects = [item["row"]["id"] for item in items if item["type"] == "contact"]
        await self._asked.about(who, "search", wanted.phone or None, details={
            "by": wanted.kinds, "query": self._codec.blind_words([text.casefold()])[0].hex(), "count": len(items),
            "contacts": subjects,
        })  # fmt: skip
        return {"items": items}

    async def _found(self, wanted: Wanted) -> list[Item]:
        now = list(self._open(wanted))[:_OF_A_KIND]
        known = await self._known(wanted)
        items = [{"type": "request", "row": request_row(self._world, one)} for one in now]
        items += [{"type": "contact", "row": await self._contact(one)} for one in known]
        calls = await self._calls(wanted)
        items += [{"type": "call", "row": call_row(self._world, one)} for one in calls]
        here = {one.key for one in now}
        closed = [one for one in await self._requests(wanted) if one.key not in here]
        items += [{"type": "request", "row": request_row(self._world, one)} for one in closed]
        return items[:AT_MOST]

    def _open(self, wanted: Wanted) -> Iterator[Request]:
        """Requests of the open world, the oldest first."""
        named = list(self._named_here(wanted))
        people, theirs = {one.phone for one in named}, {one.key for one in named}
        for one in sorted(self._world.all(Request), key=lambda request: (request.created_at, request.key)):
            numbered = one.number == wanted.number and wanted.year in (None, one.year)
            ends = bool(wanted.last4) and number_of(one.phone).endswith(wanted.last4)
            his = one.contact in theirs or (one.phone and (one.phone == wanted.phone or one.phone in people))
            if numbered or ends or his:
                yield one

    def _named_here(self, wanted: Wanted) -> Iterable[Contact]:
        readings = [one for one in wanted.readings if len(one[-1]) >= _BEGUN]
        for contact in self._world.all(Contact):
            words = names.words(contact.name) if contact.name and readings else ()
            if any(names.begins(reading, words) for reading in readings):
                yield contact

    async def _known(self, wanted: Wanted) -> list[Known]:
        if wanted.phone:
            return await self._contacts.with_phone(wanted.phone)
        if wanted.last4:
            return await self._contacts.ending_in(wanted.last4, _OF_A_KIND)
        here = [await self._contacts.get(one.key) for one in list(self._named_here(wanted))[:_OF_A_KIND]]
        found = {one.id: one for one in here if one is not None}
        for one in await self._contacts.named(wanted.readings, _OF_A_KIND):
            found.setdefault(one.id, one)
        return list(found.values())[:_OF_A_KIND]

    async def _contact(self, known: Known) -> Item:
        """A contact as a list shows him; `request` or `call` is what opens his card."""
        requests = self._world.by(Request, "phone", known.phone) or self._world.by(Request, "contact", known.id)
        if not requests:
            requests = (await self._history.requests(RequestFilter(contact=known.id), limit=1)).items
        if not known.number:
            known = await self._contacts.get(known.id) or known
        alone = not requests and known.number
        calls = (await self._history.calls(CallFilter(phone=known.number), limit=1)).items if alone else []
        return {
            "id": known.id, "name": names.short(known.name), "phone": known.number, "earlier_calls": known.earlier,
            "request": requests[-1].key if requests else None, "call": calls[0].key if calls else None,
        }  # fmt: skip

    async def _calls(self, wanted: Wanted) -> list[Call]:
        if not (wanted.phone or wanted.last4):
            return []
        wanted_calls = CallFilter(phone=wanted.phone or None, last4=wanted.last4 or None)
        page = await self._history.calls(wanted_calls, limit=_OF_A_KIND)
        return [self._world.get(Call, one.key) or one for one in page.items]

    async def _requests(self, wanted: Wanted) -> list[Request]:
        filters = []
        if wanted.number is not None:
            filters.append(RequestFilter(number=wanted.number, year=wanted.year))
        if wanted.phone or wanted.last4:
            filters.append(RequestFilter(phone=wanted.phone or None, last4=wanted.last4 or None))
        found: dict[str, Request] = {}
        for one in filters:
            found |= {item.key: item for item in (await self._history.requests(one, limit=_OF_A_KIND)).items}
        return list(found.values())
