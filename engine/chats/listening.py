"""What `chat` tells on the bus becomes events of the loop."""

from __future__ import annotations

import asyncio
from typing import Protocol

from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict

from chat.feed import (
    CALLBACKS,
    CONVERSATIONS,
    FORM_PLACE,
    WHO_PLACE,
    CallbackAskedFor,
    ConversationAnswered,
    ConversationOver,
    ConversationRated,
    ConversationWaits,
    PhoneClaimed,
)
from engine.events import (
    CallbackWanted,
    ConversationClosed,
    ConversationReplied,
    ConversationScored,
    ConversationWrote,
    PhoneSaid,
)
from engine.told import History, NotUnderstood, Once, Take, opened
from engine.world.reading import point_of
from okno import clock, logs, phones
from okno.bus import BusEvent, Consumer
from okno.bus.streams import Redis
from okno.database import Connection, Database
from okno.seal import Sealer

log = logs.get(__name__)

GROUP = "engine"

Told = (
    CallbackWanted | ConversationWrote | ConversationReplied | ConversationClosed | ConversationScored | PhoneSaid
)


class Had(Protocol):
    """A request, as far as it matters here."""

    @property
    def owner(self) -> str | None:
        """Who had it."""

    @property
    def queue(self) -> str:
        """Where it was."""


class Requests(History, Protocol):
    """What of `engine.store.history.History` is needed here."""

    async def request(self, id: str) -> Had | None:
        """A request, done or not."""


class Contacts(Protocol):
    """What of `engine.store.people.contacts.Contacts` is needed here."""

    async def knows(self, point: str) -> str:
        """Who talked or wrote last with whose point this is; empty when nobody did."""

    async def settled(self, point: str) -> bool:
        """Whether a person said last whose a point is."""


class _Who(BaseModel):
    """Who asks or writes, and what about; `chat` may say more."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    phone: str
    name: str = ""
    topic: str = ""


class Listening:
    """Takes `chat.callbacks` and `chat.conversations`.

    Args:
        database: the engine's: notes what was handled.
        redis: the bus.
        bus: opens what is sealed for it.
        take: gives an event to the loop.
        history: what is written.
        contacts: knows who answered somebody last.
        registry: where the bus's figures go.
    """

    def __init__(
        self, database: Database, redis: Redis, bus: Sealer, *, take: Take[Told], history: Requests,
        contacts: Contacts, registry: CollectorRegistry,
    ) -> None:
        self._bus = bus
        self._once: Once[Told] = Once(take, history)
        self._history, self._contacts = history, contacts
        self._consumers = [
            Consumer(redis, CALLBACKS, GROUP, GROUP, self.asked, database, registry),
            # Each waits for its turn of the loop: of different conversations, several share one.
            Consumer(redis, CONVERSATIONS, GROUP, GROUP, self.said, database, registry, apart=_conversation),
        ]

    async def run(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as group:
            for consumer in self._consumers:
                group.create_task(consumer.run(), name=f"consumer {consumer.stream}")

    async def asked(self, event: BusEvent, connection: Connection) -> None:
        """Handle one event of `chat.callbacks`. Raises DatabaseDown, NotUnderstood, SealBroken, ValidationError."""
        told = CallbackAskedFor.model_validate(event.payload)
        key = str(told.key)
        who = _Who.model_validate(opened(self._bus, told.who, key, FORM_PLACE))
        phone = phones.parse(who.phone)
        if phone is None:
            raise NotUnderstood("there is no number to call")
        await self._once(key, CallbackWanted(
            at=clock.now(), key=key, origin=told.origin, phone=phone.e164, queue=told.queue, wanted_at=told.wanted_at,
            note=" · ".join(words for words in (who.name, who.topic) if words), source=f"{told.origin}:{told.site}",
        ))  # fmt: skip

    async def said(self, event: BusEvent, connection: Connection) -> None:
        """Handle one event of `chat.conversations`; one of a kind nobody here knows is passed over.

        Raises DatabaseDown, NotUnderstood, SealBroken, ValidationError.
        """
        match event.kind:
            case "ConversationWaits":
                told: Told = await self._wrote(ConversationWaits.model_validate(event.payload))
            case "ConversationAnswered":
                answered = ConversationAnswered.model_validate(event.payload)
                told = ConversationReplied(
                    at=answered.at, key=str(answered.key), conversation=str(answered.conversation), seq=answered.seq,
                    operator=answered.operator,
                )  # fmt: skip
            case "ConversationOver":
                over = ConversationOver.model_validate(event.payload)
                told = ConversationClosed(
                    at=clock.now(), key=str(over.key), conversation=str(over.conversation), seq=over.seq, why=over.why
                )
            case "PhoneClaimed":
                told = await self._claimed(PhoneClaimed.model_validate(event.payload))
            case "ConversationRated":
                told = await self._rated(ConversationRated.model_validate(event.payload))
            case _:
                log.info("chat_event_passed_over", extra={"kind": event.kind})
                return
        await self._once(told.key, told)

    async def _wrote(self, told: ConversationWaits) -> ConversationWrote:
        key, identity = str(told.key), str(told.identity)
        who = _Who.model_validate(opened(self._bus, told.who, key, WHO_PLACE))
        phone = phones.parse(who.phone)
        return ConversationWrote(
            at=clock.now(), key=key, conversation=str(told.conversation), identity=identity, kind=told.kind,
            channel=told.channel, account=told.account, queue=told.queue, seq=told.seq, said_at=told.at,
            unheard=told.unheard, priority=told.priority, emergency=told.emergency, window_until=told.window_until,
            name=who.name, phone=phone.e164 if phone else "", topic=who.topic,
            preferred=await self._contacts.knows(point_of(identity)),
        )  # fmt: skip

    async def _claimed(self, told: PhoneClaimed) -> PhoneSaid:
        key, identity = str(told.key), str(told.identity)
        who = _Who.model_validate(opened(self._bus, told.who, key, WHO_PLACE))
        phone = phones.parse(who.phone)
        if phone is None:
            raise NotUnderstood("it is no number")
        return PhoneSaid(
            at=clock.now(), key=key, identity=identity, conversation=str(told.conversation), phone=phone.e164,
            name=who.name, source=told.source, verified=told.verified,
            settled=told.verified and await self._contacts.settled(point_of(identity)),
        )  # fmt: skip

    async def _rated(self, told: ConversationRated) -> ConversationScored:
        request = await self._history.request(str(told.request))
        return ConversationScored(
            at=told.at, key=str(told.key), conversation=str(told.conversation), request=str(told.request),
            score=told.score, operator=(request.owner or "") if request else "", queue=request.queue if request else "",
        )  # fmt: skip


def _conversation(event: BusEvent) -> str:
    return str(event.payload.get("conversation", ""))
