"""The card of a call or request: who it is, what happened before. Audited before it is answered (P5, P6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from engine.asking.reading import read
from engine.asking.who import Asked, Who
from engine.live.rows import call_row, history_rows, request_row, wire
from engine.store.history import CallFilter, History, RequestFilter
from engine.store.people.contacts import Contacts, Known
from engine.world import Call, Conversation, Request, World
from engine.world.reading import number_of
from okno import clock, phones
from okno.errors import Refused

EARLIER = 20

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class NotFound(Refused):
    """There is no such thing."""


class CardAsked(BaseModel):
    """Whose card, for whom and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request: UUID | None = None
    call: UUID | None = None
    actor: Word
    role: Word
    operator: Word | None = None
    purpose: Word

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.request is None) == (self.call is None):
            raise ValueError("exactly one of request and call")
        return self


@dataclass(frozen=True, slots=True)
class Subject:
    """What a card is about: a request, a call, or both."""

    request: Request | None
    call: Call | None

    @property
    def phone(self) -> str:
        """Whose number it is; empty when nobody knows."""
        return (self.request.phone if self.request else "") or (self.call.phone if self.call else "")

    @property
    def contact(self) -> str | None:
        """Whose it is, if that is known."""
        return (self.request.contact if self.request else None) or (self.call.contact if self.call else None)

    def belongs_to(self, operator: str | None) -> bool:
        """Whether this operator owns the request, or the call rings at or is with him: he sees the full number."""
        if operator is None:
            return False
        if self.request is not None and self.request.owner == operator:
            return True
        return self.call is not None and any(leg.operator == operator and not leg.left_at for leg in self.call.legs)


class Cards:
    """Makes cards.

    Args:
        world: the open state.
        history: the rest.
        contacts: whose number it is.
        asked: audits.
    """

    def __init__(self, world: World, history: History, contacts: Contacts, asked: Asked) -> None:
        self.world = world
        self._history = history
        self._contacts = contacts
        self._asked = asked

    async def card(self, body: Any) -> dict[str, Any]:
        """Return a card (`engine.feed.Card`).

        Raises:
            BadQuery, NotFound: it cannot be understood, or there is none.
            DatabaseDown: it could not be audited: nothing is shown.
        """
        asked = read(CardAsked, body, "the card")
        subject = await self.subject(asked)
        contact = await self.contact(subject)
        full = subject.belongs_to(asked.operator)
        who = Who(asked.actor, asked.role, asked.purpose, asked.operator)
        request = subject.request.key if subject.request else None
        whose = contact.id if contact else subject.call.key if subject.call else request
        await self._asked.about(
            who, "card.show", whose, request=request,
            details={"call": subject.call.key if subject.call else None, "operator": asked.operator, "full": full},
        )  # fmt: skip
        return await self._drawn(subject, contact, full)

    async def subject(self, asked: CardAsked) -> Subject:
        """Return what is asked about. Raises NotFound, BadQuery, DatabaseDown."""
        if asked.request is not None:
            request = await self._request(str(asked.request))
            if request is None:
                raise NotFound
            return Subject(request, await self._call(request.calls[-1]) if request.calls else None)
        call = await self._call(str(asked.call))
        if call is None:
            raise NotFound
        return Subject(await self._request(call.request) if call.request else None, call)

    async def _request(self, id: str) -> Request | None:
        return self.world.get(Request, id) or await self._history.request(id)

    async def _call(self, id: str) -> Call | None:
        return self.world.get(Call, id) or await self._history.call(id)

    async def contact(self, subject: Subject) -> Known | None:
        """Return whose it is, None when nobody can know. Raises DatabaseDown."""
        if subject.contact is not None:
            known = await self._contacts.get(subject.contact)
            if known is not None:
                return known
        return await self._contacts.of(subject.phone, clock.now()) if subject.phone else None

    async def _drawn(self, subject: Subject, contact: Known | None, full: bool) -> dict[str, Any]:
        phone, world = contact.number if contact else number_of(subject.phone), self.world
        calls = await self._history.calls(CallFilter(phone=phone), limit=EARLIER) if phone else None
        wanted = RequestFilter(phone=phone) if phone else RequestFilter(contact=contact.id) if contact else None
        requests = await self._history.requests(wanted, limit=EARLIER) if wanted else None
        wrote = world.get(Conversation, subject.request.conversation) if subject.request else None
        entries = await self._history.entries(subject.request.key) if subject.request else []
        return {
            "request": request_row(world, subject.request) if subject.request else None,
            "call": call_row(world, subject.call) if subject.call else None,
            "contact": _contact(contact, phone, wrote, full) if phone or contact else None,
            "calls": [call_row(world, call) for call in calls.items] if calls else [],
            "requests": [request_row(world, request) for request in requests.items] if requests else [],
            "history": history_rows(subject.request, entries) if subject.request else [],
        }  # fmt: skip


def _contact(contact: Known | None, phone: str, wrote: Conversation | None, full: bool) -> dict[str, Any]:
    """Who it is; whom nobody has named is called as he calls himself where he writes."""
    shown = (phones.pretty(phone) if full else phones.mask(phone)) if phone else ""
    return {
        "id": contact.id if contact else None, "phone": phone if full and phone else None, "pretty": shown,
        "name": (contact.name if contact else "") or (wrote.name if wrote else ""),
        "earlier_calls": contact.earlier if contact else 0,
        "first_seen": wire(contact.first_seen) if contact else None,
    }  # fmt: skip
