"""Both ways through the gate of `mis`, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from prometheus_client import CollectorRegistry

from engine.effects import ForgetPatients, KnowPatients
from engine.events import Event
from engine.patients.listening import Listening, Requests
from engine.patients.prefetching import Mis, Prefetching
from okno.bus.streams import Redis
from okno.database import Database
from okno.seal import Sealer


class Take(Protocol):
    """Gives an event to the loop; `done` is told once it is written, or given up."""

    def __call__(self, event: Event, done: Callable[[bool], None] | None = None, /) -> None:
        """Take it."""


class Client(Mis, Protocol):
    """What of `mis.client.MisClient` is needed here."""

    async def close(self) -> None:
        """Close the connections."""


class Gate:
    """The engine's end of what goes between it and `mis`.

    Args:
        mis: its client; closed by `close`.
        database: the engine's.
        redis: the bus.
        bus: opens what is sealed for it.
        take: gives an event to the loop.
        history: what is written.
        connected: whether the settings name a MIS at all; else nothing is listened to.
        registry: where the figures go.
    """

    def __init__(
        self, mis: Client, database: Database, redis: Redis, bus: Sealer, *, take: Take, history: Requests,
        connected: bool, registry: CollectorRegistry,
    ) -> None:
        self._mis = mis
        self._connected = connected
        self._prefetching = Prefetching(mis, take, registry)
        self._listening = Listening(database, redis, bus, take=take, history=history, registry=registry)

    def perform(self, effect: KnowPatients | ForgetPatients) -> None:
        """Begin a look-up or end one; never waits."""
        self._prefetching.perform(effect)

    async def run(self) -> None:
        """Listen to `mis` until cancelled."""
        if self._connected:
            await self._listening.run()
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Break off what is under way and close the connections."""
        await self._prefetching.close()
        await self._mis.close()
