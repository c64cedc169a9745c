"""What `mis` tells on the bus becomes events of the loop."""

from __future__ import annotations

import asyncio
from typing import Literal, Protocol
from uuid import UUID

from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict

from engine.events import VisitTold, WorkEnded, WorkTold
from engine.told import History, Once, Take, opened
from mis.feed import VISITS, WORK, WORK_PLACE, VisitChanged, WorkOver, WorkWanted
from okno import clock, phones
from okno.bus import BusEvent, Consumer
from okno.bus.streams import Redis
from okno.database import Connection, Database
from okno.seal import Sealer

GROUP = "engine"


class Of(Protocol):
    """A request, as far as it matters here."""

    @property
    def phone(self) -> str:
        """Its number (E.164); empty when nobody knows."""


class Requests(History, Protocol):
    """What of `engine.store.history.History` is needed here."""

    async def request(self, id: str) -> Of | None:
        """A request, done or not."""


class _Who(BaseModel):
    """Whom work is about; `mis` may say more."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    phone: str = ""
    patient: str = ""
    note: str = ""
    request: UUID | Literal[""] = ""


class Listening:
    """Takes `mis.visits` and `mis.work`.

    Args:
        database: the engine's: notes what was handled.
        redis: the bus.
        bus: opens what is sealed for it.
        take: gives an event to the loop.
        history: what is written.
        registry: where the bus's figures go.
    """

    def __init__(
        self, database: Database, redis: Redis, bus: Sealer, *, take: Take[VisitTold | WorkTold | WorkEnded],
        history: Requests, registry: CollectorRegistry,
    ) -> None:
        self._bus = bus
        self._once = Once(take, history)
        self._history = history
        self._consumers = [
            Consumer(redis, stream, GROUP, GROUP, handler, database, registry)
            for stream, handler in ((VISITS, self.visit), (WORK, self.work))
        ]

    async def run(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as group:
            for consumer in self._consumers:
                group.create_task(consumer.run(), name=f"consumer {consumer.stream}")

    async def visit(self, event: BusEvent, connection: Connection) -> None:
        """Handle one event of `mis.visits`. Raises DatabaseDown, pydantic.ValidationError."""
        told = VisitChanged.model_validate(event.payload)
        visit = VisitTold(at=told.at, key=str(told.key), request=str(told.request), what=told.what, actor=told.actor)
        await self._once(visit.line, visit)

    async def work(self, event: BusEvent, connection: Connection) -> None:
        """Handle one event of `mis.work`. Raises DatabaseDown, NotUnderstood, SealBroken, pydantic.ValidationError."""
        if event.kind == "WorkOver":
            over = WorkOver.model_validate(event.payload)
            ended = WorkEnded(at=clock.now(), key=str(over.key), why=over.why)
            await self._once(ended.line, ended)
            return
        wanted = WorkWanted.model_validate(event.payload)
        key = str(wanted.key)
        who = _Who.model_validate(opened(self._bus, wanted.who, key, WORK_PLACE))
        phone = phones.parse(who.phone or await self._number(str(who.request)))
        await self._once(key, WorkTold(
            at=clock.now(), key=key, reason=wanted.reason, queue=wanted.queue, priority=wanted.priority,
            due_at=wanted.due_at, phone=phone.e164 if phone else "", patient=who.patient, note=who.note,
        ))  # fmt: skip

    async def _number(self, request: str) -> str:
        """The number of the request that work comes of, also when it is done by now."""
        found = await self._history.request(request) if request else None
        return found.phone if found is not None else ""
