"""The engine's own rooms and hands on a real Asterisk, without a database: orders go out, what comes of them comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from engine.ami.link import PbxLink
from engine.ami.metrics import Metrics
from engine.ami.orders import NotGiven
from engine.ami.protocol import ActionFailed, LinkDown
from engine.effects import AnswerCommand, Order, OrderCall
from engine.events import Asked, Event, OrderEnded
from engine.world import Call, Operator, Put, Request, World
from okno import clock
from tests.engine.playbook import perform
from tests.pbx.bench import Bench
from tests.pbx.matrix.feeds import world_of

PATIENCE_S = 8.0


class Ordering:
    """A world that follows one PBX. `given` are the orders about calls that went out, `answers` what people were told."""

    def __init__(self, bench: Bench) -> None:
        self.world: World = world_of(bench.settings)
        self.given: list[OrderCall] = []
        self.answers: dict[str, AnswerCommand] = {}
        ami = bench.pbx.ami
        secrets = {ami.events_secret: bench.secrets.events, ami.actions_secret: bench.secrets.actions}
        self.link = PbxLink(bench.pbx, secrets.__getitem__, self.take, Metrics())
        self._giving: set[asyncio.Task[None]] = set()

    def take(self, event: Event) -> None:
        """Reduce an event, and carry out what it leads to."""
        for outcome in perform(self.world, event):
            for effect in outcome.effects:
                if isinstance(effect, AnswerCommand):
                    assert effect.command not in self.answers, "answered twice"
                    self.answers[effect.command] = effect
                elif isinstance(effect, Order):
                    self._giving.add(asyncio.create_task(self._give(effect)))

    async def _give(self, order: Any) -> None:
        if isinstance(order, OrderCall):
            self.given.append(order)
        ok: bool | None = True
        try:
            await self.link.perform(order)
        except (ActionFailed, NotGiven):
            ok = False
        except LinkDown:
            ok = None
        if isinstance(order, OrderCall):
            self.take(OrderEnded(at=clock.now(), command=order.command, pbx=order.pbx, ok=ok, why="" if ok else "failed"))

    async def ask(self, kind: type[Asked], operator: str, *, role: str = "operator", **args: Any) -> AnswerCommand:
        """What a person orders, and what he is told."""
        command = str(uuid4())
        self.take(kind(at=clock.now(), command=command, actor=operator, role=role, operator=operator, **args))
        await self.until(lambda: command in self.answers, f"{kind.__name__} was not answered")
        return self.answers[command]

    async def until(self, fact: Any, what: str, within_s: float = PATIENCE_S) -> None:
        """Wait until it is so."""
        try:
            async with asyncio.timeout(within_s):
                while not fact():  # facts come from outside
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(what) from None

    def request(self, owner: str, phone: str) -> Request:
        """An open request that somebody works on."""
        now = clock.now()
        request = Request(
            key=str(uuid4()), year=now.year, number=1, kind="call", status="in_progress", owner=owner, phone=phone,
            created_at=now, since=now,
        )  # fmt: skip
        self.world.apply([Put(request)])
        return request

    def call(self, phone: str) -> Call:
        """The open call of a number."""
        (found,) = self.world.by(Call, "phone", phone)
        return found

    def operator(self, extension: str) -> str:
        """The key of the operator at a desk."""
        (found,) = self.world.by(Operator, "extension", extension)
        return found.key


@asynccontextmanager
async def ordering(bench: Bench) -> AsyncIterator[Ordering]:
    """A world that is live, ended after the body."""
    made = Ordering(bench)
    running = asyncio.create_task(made.link.run())
    try:
        await made.until(lambda: made.link.state == "live" and made.link.can_order, "the link is not live", 20)
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await made.link.close()
