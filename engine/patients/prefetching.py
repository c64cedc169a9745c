"""Has `mis` look numbers up before anybody asks. Nothing waits for it: with `mis` dead or slow there is no answer.

Theory of operation. Look-ups run beside the loop, a few at once, each for so long as an answer can still be of use;
what does not come to its turn in time is left out and counted. One that is wanted for the same call again while it runs
is the same one. Whoever waits no longer is forgotten: his look-up is broken off, and `mis` is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

import pydantic
from prometheus_client import CollectorRegistry, Counter

from engine.effects import ForgetPatients, KnowPatients
from engine.events import Event, PatientsKnown
from mis.client import Lookup
from okno import clock, logs
from okno.service import ServiceDown, ServiceRefused

log = logs.get(__name__)

AT_ONCE = 16
# A crowd of callers with a MIS that hangs: beyond so many nobody new is looked up.
MOST = 256
# Longer than `mis` itself takes before it gives up; then the operator's own question is the better one.
ANSWER_S = 5.0
TURN_S = 10.0
_TROUBLES = (ServiceDown, ServiceRefused, TimeoutError, pydantic.ValidationError)


class Mis(Protocol):
    """What of `mis.client.MisClient` is needed here."""

    async def prefetch(self, e164: str, *, call: UUID, request: UUID | None = None) -> Lookup:
        """Look a waiting caller up. Raises ServiceDown, ServiceRefused."""

    async def release(self, call: UUID) -> None:
        """Forget what was held. Raises ServiceDown, ServiceRefused."""


class Prefetching:
    """Performs `KnowPatients` and `ForgetPatients`.

    Args:
        mis: its client.
        take: gives an event to the loop.
        registry: where the figures go.
    """

    def __init__(self, mis: Mis, take: Callable[[Event], None], registry: CollectorRegistry) -> None:
        self._mis = mis
        self._take = take
        self._going: dict[str, asyncio.Task[None]] = {}
        self._forgetting: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._ends = Counter(
            "okno_prefetches", "Look-ups of callers before anybody asks, by how they ended.", ["end"],
            registry=registry,
        )  # fmt: skip

    def perform(self, effect: KnowPatients | ForgetPatients) -> None:
        """Begin; never waits."""
        if isinstance(effect, ForgetPatients):
            self._forget(effect.waits)
        elif effect.waits not in self._going:
            if len(self._going) >= MOST:
                self._ends.labels("left_out").inc()
                return
            task = asyncio.create_task(self._look(effect), name="patients look-up")
            self._going[effect.waits] = task
            task.add_done_callback(lambda done: self._over(effect.waits, done))

    async def close(self) -> None:
        """Break everything off; late is as good as never."""
        tasks = (*self._going.values(), *self._forgetting)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _over(self, waits: str, done: asyncio.Task[None]) -> None:
        if self._going.get(waits) is done:
            del self._going[waits]

    def _forget(self, waits: str) -> None:
        going = self._going.pop(waits, None)
        if going is not None:
            going.cancel()
        if len(self._forgetting) < MOST:  # else `mis` forgets it by itself, only later
            task = asyncio.create_task(self._release(waits), name="patients release")
            self._forgetting.add(task)
            task.add_done_callback(self._forgetting.discard)

    async def _look(self, effect: KnowPatients) -> None:
        since = clock.monotonic()
        async with self._room:
            if clock.monotonic() - since > TURN_S:
                self._ends.labels("left_out").inc()
                return
            try:
                async with asyncio.timeout(ANSWER_S):
                    found = await self._mis.prefetch(
                        effect.phone, call=UUID(effect.waits), request=UUID(effect.request)
                    )
            except _TROUBLES as error:  # the operator's own question will say what is wrong
                self._ends.labels("failed").inc()
                log.debug("not_looked_up", extra={"reason": type(error).__name__})
                return
        self._ends.labels(_end_of(found)).inc()
        if not found.error and found.state == "ready":
            self._take(PatientsKnown(
                at=clock.now(), request=effect.request, phone=effect.phone, found=len(found.people),
                flags=found.flags, doctor=found.doctor, opening=effect.opening,
            ))  # fmt: skip

    async def _release(self, waits: str) -> None:
        async with self._room:
            try:
                async with asyncio.timeout(ANSWER_S):
                    await self._mis.release(UUID(waits))
            except _TROUBLES as error:  # it forgets by itself, only later
                log.debug("not_released", extra={"reason": type(error).__name__})


def _end_of(found: Lookup) -> str:
    if found.error:
        return "failed"
    if found.state != "ready":
        return found.state
    return "found" if found.people else "nobody"
