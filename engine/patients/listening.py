"""What `mis` tells on the bus becomes events of the loop: each written once, whoever dies in between.

The loop writes in its own transaction, the bus notes what was handled in another. Between the two we may die, and be
told again: so each event leaves one line of history with an id of its own, which is looked for first.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from typing import Literal, Protocol
from uuid import UUID

from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict

from engine.events import VisitTold, WorkEnded, WorkTold
from mis.feed import VISITS, WORK, WORK_PLACE, VisitChanged, WorkOver, WorkWanted
from okno import clock, logs, phones
from okno.bus import BusEvent, Consumer
from okno.bus.streams import Redis
from okno.database import Connection, Database
from okno.errors import TheirFault
from okno.seal import Sealer

log = logs.get(__name__)

GROUP = "engine"


class NotUnderstood(TheirFault):
    """What `mis` told is not in the words agreed upon."""


class Take(Protocol):
    """Gives an event to the loop; `done` is told once it is written, or given up."""

    def __call__(self, event: VisitTold | WorkTold | WorkEnded, done: Callable[[bool], None], /) -> None:
        """Take it."""


class Of(Protocol):
    """A request, as far as it matters here."""

    @property
    def phone(self) -> str:
        """Its number (E.164); empty when nobody knows."""


class History(Protocol):
    """What of `engine.store.history.History` is needed here."""

    async def written(self, line: str) -> bool:
        """Whether a line with this id is there."""

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
        self, database: Database, redis: Redis, bus: Sealer, *, take: Take, history: History,
        registry: CollectorRegistry,
    ) -> None:
        self._bus = bus
        self._take = take
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
        await self._once(VisitTold(
            at=told.at, key=str(told.key), request=str(told.request), what=told.what, actor=told.actor,
        ))  # fmt: skip

    async def work(self, event: BusEvent, connection: Connection) -> None:
        """Handle one event of `mis.work`. Raises DatabaseDown, NotUnderstood, SealBroken, pydantic.ValidationError."""
        if event.kind == "WorkOver":
            over = WorkOver.model_validate(event.payload)
            await self._once(WorkEnded(at=clock.now(), key=str(over.key), why=over.why))
            return
        wanted = WorkWanted.model_validate(event.payload)
        key = str(wanted.key)
        try:
            blob = base64.b64decode(wanted.who, validate=True)
            who = _Who.model_validate(json.loads(self._bus.open(blob, row=key, **WORK_PLACE)))
        except (binascii.Error, json.JSONDecodeError):
            raise NotUnderstood("who it is about cannot be read") from None
        phone = phones.parse(who.phone or await self._number(str(who.request)))
        await self._once(WorkTold(
            at=clock.now(), key=key, reason=wanted.reason, queue=wanted.queue, priority=wanted.priority,
            due_at=wanted.due_at, phone=phone.e164 if phone else "", patient=who.patient, note=who.note,
        ))  # fmt: skip

    async def _number(self, request: str) -> str:
        """The number of the request that work comes of, also when it is done by now."""
        found = await self._history.request(request) if request else None
        return found.phone if found is not None else ""

    async def _once(self, event: VisitTold | WorkTold | WorkEnded) -> None:
        """Return when it is written; one that cannot be is kept by the loop as poisoned, for a person to look at."""
        if await self._history.written(event.line):
            return
        over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done(ok: bool) -> None:
            if not over.done():
                over.set_result(ok)

        self._take(event, done)
        await over
