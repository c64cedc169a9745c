"""What an operator may want of a visit: keep a time, book it, move, cancel, confirm. The door to the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter, Gauge

from mis.booking.hands import Hands
from mis.booking.offers import Offers
from mis.booking.rules import saga
from mis.booking.rules.deal import Deal
from mis.booking.rules.going import refused
from mis.booking.runner import Runner
from mis.booking.store import Note, Store
from mis.booking.telling import Telling, Work
from mis.client.answers import Asker, Booking, BookingAction, SlotsAnswer
from mis.terms import Appointment, Connector, NotOffered, Slot, SlotQuery
from okno import clock
from okno.audit import AuditTrail
from okno.database import Connection, Database
from okno.errors import Refused
from okno.seal import Keyring
from okno.settings import MisSettings

# An operator waits so long for the end of a booking; then he is told how it stands, and asks again.
ANSWER_S = 11.0
_SHOWN = frozenset(("booked", "requested", "cancelled"))


class NoSuchBooking(Refused):
    """There is no such booking for this request."""


class Bookings:
    """Books. Every wish is audited and written before anything is done; `run` carries on what is open.

    Args:
        mis: the connector, guarded.
        settings: `mis` of okno.yaml.
        database: of `mis`.
        keyring: seals for `mis` and for the bus.
        audit: of `mis`.
    """

    def __init__(
        self, mis: Connector, settings: MisSettings, database: Database, keyring: Keyring, audit: AuditTrail
    ) -> None:
        self._mis = mis
        self._settings = settings
        self._audit = audit
        self._database = database
        self.work = Work(keyring.sealer("bus"), settings.queue)
        self.telling = Telling(self.work)
        self.store = Store(database, keyring.sealer("mis"), self.telling)
        self._hands = Hands(mis, settings, self.store.reserved)
        self._runner = Runner(self.store, self._hands, settings.connector)
        self._offers = Offers(mis, settings, self.store)

    def measure(self, registry: CollectorRegistry) -> None:
        """Count in /metrics what deals come to, by what was wanted and how it ended."""
        ends = Counter(
            "okno_mis_deals", "Bookings, moves, cancellations and confirmations by what they came to.",
            ["action", "status"], registry=registry,
        )  # fmt: skip

        failed = Gauge("okno_mis_steps_failed", "Steps of a deal stopped by a mistake of ours.", registry=registry)
        failed.set_function(lambda: self._runner.failed)

        async def count(connection: Connection, before: Deal, deal: Deal) -> None:
            if before.status != deal.status:
                ends.labels(deal.action, deal.status).inc()

        self.telling.follow(count)

    async def run(self) -> None:
        """Carry on what is open, for ever; a background task of the service."""
        await self._runner.run()

    async def close(self) -> None:
        """Leave what is under way as it is written; it goes on at the next start."""
        await self._runner.close()

    async def slots(self, query: SlotQuery, asker: Asker) -> SlotsAnswer:
        """Return free times, less what our own deals hold. Raises NotOffered, NotConnected, DatabaseDown."""
        if "slots" not in self._mis.capabilities:
            raise NotOffered("the MIS gives no free times")
        return await self._offers.find(query, asker)

    async def hold(self, key: UUID, slot: Slot, patient: str, asker: Asker) -> Booking:
        """Keep a time for a patient while the operator talks. Raises NotOffered, NoSuchBooking, DatabaseDown."""
        return await self._begin(self._deal(key, "book", patient, asker, slot=slot, holding=True), asker, "hold")

    async def book(
        self, key: UUID, slot: Slot, patient: str, asker: Asker, *, service: str = "", comment: str = ""
    ) -> Booking:
        """Book, or book what was held under this key; the same key again is the same booking.

        Raises:
            NotOffered, NoSuchBooking, DatabaseDown.
        """
        deal = self._deal(key, "book", patient, asker, slot=slot, service=service, comment=comment)
        until = deal.made_at + timedelta(seconds=self._settings.hold_s)
        rule = partial(
            saga.asked_to_book, until=until, can=self._hands.can, service=service, comment=comment
        )
        if await self._change(key, rule, asker, "book", patient):
            return await self._settled(key, asker)
        return await self._begin(deal, asker, "book")

    async def release(self, key: UUID, asker: Asker) -> Booking:
        """Give a kept time back, or leave what waits for the MIS. Raises NoSuchBooking, DatabaseDown."""
        if not await self._change(key, saga.asked_to_leave, asker, "release"):
            raise NoSuchBooking
        return await self._settled(key, asker)

    async def move(self, key: UUID, visit: Appointment, slot: Slot, asker: Asker, *, comment: str = "") -> Booking:
        """Move a visit: the new time is booked and read back before the old one goes. Raises as `book`."""
        deal = self._deal(key, "move", visit.patient, asker, slot=slot, visit=visit, comment=comment)
        return await self._begin(deal, asker, "move")

    async def cancel(self, key: UUID, visit: Appointment, reason: str, asker: Asker) -> Booking:
        """Cancel a visit. Raises as `book`."""
        return await self._begin(
            self._deal(key, "cancel", visit.patient, asker, visit=visit, reason=reason), asker, "cancel"
        )

    async def confirm(self, key: UUID, visit: Appointment, asker: Asker) -> Booking:
        """Note that the patient will come. Raises as `book`."""
        return await self._begin(self._deal(key, "confirm", visit.patient, asker, visit=visit), asker, "confirm")

    async def status(self, key: UUID, asker: Asker) -> Booking:
        """Return how a booking stands. Raises NoSuchBooking, DatabaseDown."""
        kept = await self.store.get(key)
        if kept is None or kept.deal.request != asker.request:
            raise NoSuchBooking
        await self._seen(kept.deal, asker)
        return told(kept.deal)

    async def of_request(self, asker: Asker) -> list[Booking]:
        """Return the bookings of a request, the newest first; audited. Raises DatabaseDown."""
        deals = await self.store.of_request(asker.request)
        for patient in sorted({deal.patient for deal in deals}):
            await self._audit.append(asker.actor, "booking.list", patient, asker.purpose, asker.request)
        return [told(deal) for deal in deals]

    def _deal(
        self, key: UUID, action: BookingAction, patient: str, asker: Asker, *, slot: Slot | None = None,
        visit: Appointment | None = None, service: str = "", comment: str = "", reason: str = "", holding: bool = False,
    ) -> Deal:
        now = clock.now()
        return Deal(
            key=key, action=action, status="sending", step="done", request=asker.request, actor=asker.actor,
            purpose=asker.purpose, patient=patient, made_at=now,
            connector=self._settings.connector, slot=slot, visit=visit, service=service,
            comment=comment, reason=reason, holding=holding,
            expires_at=now + timedelta(seconds=self._settings.hold_s),
        )  # fmt: skip

    async def _begin(self, wanted: Deal, asker: Asker, what: str) -> Booking:
        self._offered(wanted)
        await self._known(wanted)
        deal = saga.begun(wanted, self._hands.can)
        async with self._database.acquire() as connection, connection.transaction():
            await self._note(wanted.key, asker, what, wanted.patient)(connection)
            new = await self.store.begin(connection, deal, refused(deal, "held", self._hands.can))
        if new:
            self._runner.begun(deal.key)
        return await self._settled(deal.key, asker, wanted)

    async def _settled(self, key: UUID, asker: Asker, wanted: Deal | None = None) -> Booking:
        kept = await self.store.get(key)
        if kept is None or kept.deal.request != asker.request:
            raise NoSuchBooking
        if wanted is not None and (kept.deal.patient, kept.deal.action) != (wanted.patient, wanted.action):
            raise NoSuchBooking  # the key is that of something else
        self._offers.forget()
        deal = await self._runner.settle(key, ANSWER_S)
        self._offers.forget()
        return told(deal or kept.deal)

    async def _change(
        self, key: UUID, rule: Callable[[Deal], Deal], asker: Asker, what: str, patient: str = ""
    ) -> bool:
        """Apply a wish to a deal of this request; say whether there is one under this key."""
        kept = await self.store.get(key)
        if kept is None:
            return False
        if kept.deal.request != asker.request or (patient and kept.deal.patient != patient):
            raise NoSuchBooking
        await self._seen(kept.deal, asker)  # he is told of it also when there is nothing to change any more
        await self._runner.change(key, rule, self._note(key, asker, what, kept.deal.patient))
        return True

    async def _seen(self, deal: Deal, asker: Asker) -> None:
        """Audit that a colleague is told of a deal; whose it is was audited when he made it. Raises DatabaseDown."""
        if deal.actor != asker.actor:
            await self._audit.append(
                asker.actor, "booking.show", deal.patient, asker.purpose, asker.request, {"key": deal.key}
            )

    def _note(self, key: UUID, asker: Asker, what: str, patient: str) -> Note:
        async def write(connection: Connection) -> None:
            await self._audit.append(
                asker.actor, f"booking.{what}", patient, asker.purpose, asker.request, {"key": key}, connection
            )

        return write

    async def _known(self, deal: Deal) -> None:
        """See that a visit which cannot be looked at is one we made ourselves for this patient and request.

        Whose it is stands otherwise only in what the browser sent. Raises NoSuchBooking, DatabaseDown.
        """
        if deal.visit is None or self._hands.can.look_at_visits:
            return
        made = [one.appointment.id for one in await self.store.of_request(deal.request)
                if one.appointment is not None and one.patient == deal.patient]  # fmt: skip
        if deal.visit.id not in made:
            raise NoSuchBooking

    def _offered(self, deal: Deal) -> None:
        can = self._mis.capabilities
        ways = {"book": {"book", "request_only"}, "move": {"book"}, "cancel": {"cancel"}, "confirm": {"confirm"}}
        if not ways[deal.action] & can:
            raise NotOffered(f"the MIS does not offer to {deal.action}")


def told(deal: Deal) -> Booking:
    """Return what an operator is told of a deal: an appointment only once it was read back (P7), a loss with a way out.

    A time that is lost is told together with others to offer; looking for them takes a moment, and ends by itself.
    """
    return Booking(
        key=deal.key, action=deal.action, status="sending" if deal.step == "alternatives" else deal.status,
        slot=deal.slot,
        appointment=deal.appointment if deal.status in _SHOWN else deal.visit,
        error=deal.error, alternatives=deal.alternatives,
        expires_at=deal.expires_at if deal.status in ("held", "pending") else None,
    )  # fmt: skip


