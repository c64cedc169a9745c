"""All that answers about people, put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from engine.asking.cards import Cards
from engine.asking.people.blocked import BlockedNumbers
from engine.asking.people.hints import Hints
from engine.asking.people.search import Search
from engine.asking.people.timeline import Timeline
from engine.asking.who import Asked
from engine.events import Asked as Order
from engine.events import LinkAsked, SplitAsked, UnlinkAsked
from engine.live.screens import Screens
from engine.requests.opening import request_of
from engine.store.codec import Codec
from engine.store.history import History
from engine.store.people.contacts import Contacts
from engine.store.people.hints import HintStore
from engine.store.people.lists import ListStore
from engine.store.people.moments import Moments
from engine.world import Request, World
from engine.world.reading import identity_of
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Sealer
from okno.settings.model import Clinic


@dataclass(frozen=True, slots=True)
class People:
    """What answers about people."""

    search: Search
    timeline: Timeline
    hints: Hints
    contacts: Contacts
    lists: ListStore
    blocked: BlockedNumbers
    history: History
    world: World

    @classmethod
    async def begun(
        cls, cards: Cards, history: History, contacts: Contacts, *, keys: Sealer, database: Database,
        screens: Screens, clinic: Clinic,
    ) -> Self:
        """Put it together, and learn what screens must know from the start. Raises DatabaseDown."""
        audit, codec = AuditTrail(database, keys), Codec(keys)
        asked = Asked(audit)
        hints = Hints(HintStore(database, audit), screens)
        await hints.begin()
        return cls(
            Search(cards.world, history, contacts, codec=codec, asked=asked, clinic=clinic),
            Timeline(cards, history, Moments(database, codec), asked), hints, contacts, ListStore(database, codec),
            BlockedNumbers(cards.world, asked), history, cards.world,
        )

    async def known(self, order: Order) -> Order:
        """Return an order with what only the store knows: the number of the contact a request is linked to; the call
        that is to be split off, and the request it had made.

        What nobody knows stays out of it, and the order is refused by the rooms. Raises DatabaseDown.
        """
        if isinstance(order, SplitAsked):
            moved = await self.history.call(order.call)
            # Only an id of ours has a time in it: anybody's may be of the year 10000, which no clock knows.
            own = await self.history.request(request_of(moved.key)) if moved is not None else None
            return replace(order, moved=moved, own=own)
        if isinstance(order, LinkAsked) and order.contact is not None:
            contact = await self.contacts.get(order.contact)
            return replace(order, phone=contact.phone if contact else "")
        if isinstance(order, LinkAsked | UnlinkAsked):
            return await self._meant(order)
        return order

    async def _meant(self, order: LinkAsked | UnlinkAsked) -> Order:
        """An order with the contact it means: of the number somebody of a messenger says is his, or the one before."""
        request = self.world.get(Request, order.request)
        if request is None:
            return order
        if isinstance(order, UnlinkAsked):
            known = await self.contacts.before(request.phone) if request.phone else None
            return replace(order, contact=known.id, phone=known.phone) if known is not None else order
        if not identity_of(request.phone) or not order.phone:
            return order
        return replace(order, contact=(await self.contacts.of(order.phone, order.at)).id)
