"""What was before with a contact, over all channels: the newest first, older on demand, audited as his card is.

One kind of entry is one function over `_Read`, listed in `KINDS`. A kind whose source does not answer is named in
`missing`, and the others are shown all the same. What was written stays with `chat`: here is by which channel, and what
came of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from engine.asking.cards import CardAsked, Cards
from engine.asking.reading import read
from engine.asking.who import Asked, Who
from engine.live.rows import call_row, history_rows, request_row, wire
from engine.store.history import History, place_of, read_cursor
from engine.store.people.moments import Moments, Place, Whose
from engine.world import Call, HistoryEntry, Request, World
from okno.service import ServiceDown

Notes = Mapping[str, list[HistoryEntry]]


class TimelineAsked(CardAsked):
    """A page of it; rights and purpose are those of the card."""

    cursor: Annotated[str, StringConstraints(max_length=400)] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One moment: when it began, and what is shown of it."""

    at: datetime
    id: str
    row: dict[str, Any]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.at, UUID(self.id)


@dataclass(frozen=True, slots=True)
class _Read:
    """What kinds of entries are made from."""

    world: World
    history: History
    moments: Moments

    async def notes(self, requests: list[str]) -> Notes:
        """What people wrote about requests."""
        written: dict[str, list[HistoryEntry]] = defaultdict(list)
        for entry in await self.moments.notes(requests) if requests else []:
            written[entry.request].append(entry)
        return written


Kind = Callable[[_Read, Whose, Place | None, int], Awaitable[list[Entry]]]


async def _calls(read: _Read, whose: Whose, before: Place | None, limit: int) -> list[Entry]:
    """His calls; the one that made a request tells its outcome and what was written about it."""
    ids = await read.moments.calls(whose, before, limit)
    calls = [read.world.get(Call, one.key) or one for one in await read.history.calls_of(ids)]
    wanted = {call.request for call in calls if call.request}
    found = await read.history.requests_of(list(wanted))
    requests = {one.key: read.world.get(Request, one.key) or one for one in found}
    made = {one.key for one in requests.values() if one.calls}
    notes = await read.notes(list(made))
    entries = []
    for call in calls:
        request = requests.get(call.request or "")
        first = request is not None and bool(request.calls) and request.calls[0] == call.key
        entries.append(Entry(call.started_at, call.key, {
            "kind": "call", "id": call.key, "at": wire(call.started_at), "call": call_row(read.world, call),
            "request": request_row(read.world, request) if request else None, "made": first,
            "notes": history_rows(request, notes.get(request.key, ())) if request and first else [],
        }))  # fmt: skip
    return entries


async def _requests(read: _Read, whose: Whose, before: Place | None, limit: int) -> list[Entry]:
    """His callbacks, conversations, letters and the like: requests that no call made."""
    ids = await read.moments.requests(whose, before, limit)
    requests = [read.world.get(Request, one.key) or one for one in await read.history.requests_of(ids)]
    notes = await read.notes(ids)
    talks = await read.history.talks([one.conversation for one in requests if one.conversation])
    return [
        Entry(one.created_at, one.key, {
            "kind": "request", "id": one.key, "at": wire(one.created_at), "call": None,
            "request": request_row(read.world, one, talks.get(one.conversation or "")), "made": True,
            "notes": history_rows(one, notes.get(one.key, ())),
        })
        for one in requests
    ]  # fmt: skip


KINDS: Mapping[str, Kind] = MappingProxyType({"calls": _calls, "requests": _requests})


class Timeline:
    """Makes timelines.

    Args:
        cards: knows whose a call or request is.
        history: the past.
        moments: which of it is his.
        asked: audits.
        kinds: of entries, by the name of their source.
    """

    def __init__(
        self, cards: Cards, history: History, moments: Moments, asked: Asked, kinds: Mapping[str, Kind] = KINDS
    ) -> None:
        self._cards = cards
        self._read = _Read(cards.world, history, moments)
        self._asked = asked
        self._kinds = kinds

    async def page(self, body: Any) -> dict[str, Any]:
        """Return {items, cursor, missing}: `missing` names the sources that did not answer.

        Raises:
            BadQuery, NotFound: it cannot be understood, or there is no such call or request.
            DatabaseDown: it could not be audited: nothing is shown.
        """
        asked = read(TimelineAsked, body, "the card")
        before = read_cursor(asked.cursor) if asked.cursor else None
        subject = await self._cards.subject(asked)
        contact = await self._cards.contact(subject)
        request, call = subject.request, subject.call
        who = Who(asked.actor, asked.role, asked.purpose, asked.operator)
        whose = contact.id if contact else call.key if call else request.key if request else None
        await self._asked.about(
            who, "timeline.show", whose, request=request.key if request else None,
            details={"operator": asked.operator, "older": before is not None},
        )  # fmt: skip
        phone = contact.phone if contact else subject.phone
        return await self._page(Whose(
            phone, contact.id if contact else None,
            tuple(request.calls if request else ()) + ((call.key,) if call else ()),
            (request.key,) if request else (), contact.phones if contact else (),
        ), before, asked.limit)  # fmt: skip

    async def _page(self, whose: Whose, before: Place | None, limit: int) -> dict[str, Any]:
        entries: list[Entry] = []
        missing: list[str] = []
        for name, kind in self._kinds.items():
            try:
                entries += await kind(self._read, whose, before, limit + 1)
            except ServiceDown:
                missing.append(name)
        entries.sort(key=lambda entry: entry.place, reverse=True)
        shown = entries[:limit]
        cursor = place_of(*shown[-1].place) if len(entries) > limit else None
        return {"items": [entry.row for entry in shown], "cursor": cursor, "missing": missing}
