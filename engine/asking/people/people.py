"""All that answers about people, put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from engine.asking.cards import Cards
from engine.asking.people.hints import Hints
from engine.asking.people.search import Search
from engine.asking.people.timeline import Timeline
from engine.asking.who import Asked
from engine.events import Asked as Order
from engine.events import LinkAsked
from engine.live.screens import Screens
from engine.store.codec import Codec
from engine.store.history import History
from engine.store.people.contacts import Contacts
from engine.store.people.hints import HintStore
from engine.store.people.moments import Moments
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
            Timeline(cards, history, Moments(database, codec), asked), hints, contacts,
        )

    async def known(self, order: Order) -> Order:
        """Return an order with what only the store knows: the number of the contact a request is linked to.

        A contact nobody knows stays without one, and the order is refused by the rooms. Raises DatabaseDown.
        """
        if not isinstance(order, LinkAsked) or order.contact is None:
            return order
        contact = await self.contacts.get(order.contact)
        return replace(order, phone=contact.phone if contact else "")
