"""The engine's rooms, flows and FastAGI server on a real Asterisk, without a database; callers press keys over real RTP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import yaml
from prometheus_client import CollectorRegistry

from demo.sipp import Address
from engine.agi.asking import Addresses
from engine.agi.clinic import Present
from engine.agi.counting import Counts
from engine.agi.patients import Patients
from engine.agi.runner import Runner
from engine.agi.server import Server
from engine.effects import OrderCall
from engine.events import Event
from engine.ivr import saying
from engine.journal.reading import Reader
from engine.world import Call, Drop, Line, Operator, Pbx, Queue
from mis.client import Appointment, Asker, Booking, Card, CardAnswer, Lookup, Named, Person
from okno import clock
from okno.settings.model import Settings
from tests.engine.playbook import perform
from tests.pbx.bench import Bench, bench_settings, free_port
from tests.pbx.matrix.feeds import _parts as parts_of
from tests.pbx.matrix.feeds import world_of
from tests.pbx.ordering import Ordering
from tests.pbx.softphone import Softphone

DEMO = Path(__file__).parents[2] / "demo/okno.demo.yaml"
DAY, NIGHT = "+73430000090", "+73430000091"
BORN = "05031980"
ZONE = ZoneInfo("Asia/Yekaterinburg")


def flow_settings(**queue: Any) -> Settings:
    """The bench with the demo clinic's flows behind two numbers: one always open, one never."""
    demo = yaml.safe_load(DEMO.read_text("utf-8"))
    plain = bench_settings(max_wait_s=20).model_dump(mode="json")
    flows: dict[str, Any] = demo["flows"]
    night = {**flows["main"], "steps": {**flows["main"]["steps"], "clock": {
        "kind": "hours", "hours": "never", "open": "menu", "closed": "night"}}}  # fmt: skip
    plain["hours"]["desk"] = {"week": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}}
    plain |= {"flows": {**flows, "night": night}, "prompts": demo["prompts"]}
    plain["engine"]["agi_port"] = free_port()
    plain["queues"][0] |= queue
    for one in plain["queues"]:
        one["callbacks"]["offer"] = one["name"] == "silent"
        one["max_wait_s"] = 60 if one["name"] == "silent" else 20
        one["survey"] = "rating" if one["name"] == "hangs" else None
    plain["lines"] += [
        {"number": number, "source": {"ru": flow, "en": flow}, "queue": "registry", "flow": flow}
        for number, flow in ((DAY, "main"), (NIGHT, "night"))
    ]
    return Settings.model_validate(plain)


def record_prompts(bench: Bench) -> None:
    """Give the PBX a short sound for every prompt and every piece of a phrase."""
    for language in ("ru", "en"):
        names = [f"{language}/{name}" for name in bench.settings.prompts]
        names += [sound.removeprefix("okno/") for sound in saying.pieces(language)]
        names += [f"{language}/{name}" for name in ("consent", "callback_offer", "callback_failed", "callback_promised")]
        for name in names:
            file = bench.asterisk.home / "data/sounds/okno" / f"{name}.alaw"
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(b"\xd5" * (400 if "/say/" in name else 1600))


class Flowing(Ordering):
    """A world that follows one PBX, and runs its flows. `ended` are calls that are over, by key; `events` all taken."""

    def __init__(self, bench: Bench, mis: OneVisit | None = None) -> None:
        self.ended: dict[str, Call] = {}
        self.events: list[Event] = []
        self.slow = asyncio.Event()
        self.slow.set()
        super().__init__(bench)
        self.settings, self.home = bench.settings, bench.asterisk.home
        self.counts = Counts()
        self.present = Present(
            self.world, lambda: (self.settings, 1), self.told, Patients(mis, ZONE), Addresses({}, str)
        )
        self.server = Server(Runner(self.present, self.counts).serve, CollectorRegistry())

    def take(self, event: Event) -> None:
        """Reduce an event, keep what ends, give the orders."""
        self.events.append(event)
        before = {call.key: call for call in self.world.all(Call)}
        for outcome in perform(self.world, event):
            ended = {change.key for change in outcome.changes if isinstance(change, Drop) and change.kind is Call}
            before |= {change.entity.key: change.entity for change in outcome.changes
                       if hasattr(change, "entity") and isinstance(change.entity, Call)}  # fmt: skip
            self.ended |= {key: before[key] for key in ended}
            for effect in outcome.effects:
                if isinstance(effect, OrderCall):
                    self._giving.add(asyncio.create_task(self._give(effect)))

    def told(self, event: Event, done: Callable[[bool], None] | None = None) -> None:
        """As the loop takes it; what is taken is written."""
        self.take(event)
        if done is not None:
            asyncio.get_running_loop().call_soon(done, True)

    async def listen(self) -> None:
        """Let callers into flows."""
        await self.server.listen("127.0.0.1", self.settings.engine.agi_port)

    async def begin_anew(self) -> None:
        """The engine's side of flows is killed and starts again with nothing remembered."""
        await self.server.close()
        self.server = Server(Runner(self.present, self.counts).serve, CollectorRegistry())

    async def over(self, phone: str, within_s: float = 15) -> Call:
        """The one call of a number, once it is over."""
        await self.until(lambda: any(call.phone == phone for call in self.ended.values()), "the call is not over", within_s)
        (call,) = (call for call in self.ended.values() if call.phone == phone)
        return call

    def call_id(self, phone: str) -> str:
        """The id of the one call of a number that is over."""
        (call,) = (call for call in self.ended.values() if call.phone == phone)
        return call.key

    async def inside(self, flow: str, step: str, count: int = 1, within_s: float = 15) -> None:
        """Wait until so many are in a step just now."""
        def now() -> int:
            rows: Any = self.counts.rows()["flows"].get(flow, {"steps": {}})["steps"]
            return int(rows.get(step, {"now": 0})["now"])

        await self.until(lambda: now() == count, f"not {count} in {flow}.{step}", within_s)


@asynccontextmanager
async def flowing(bench: Bench, mis: OneVisit | None = None, *, listening: bool = True) -> AsyncIterator[Flowing]:
    """A live world with its flows, ended after the body."""
    made = Flowing(bench, mis)
    running = asyncio.create_task(made.link.run())
    try:
        await made.until(lambda: made.link.state == "live", "the link is not live", 20)
        if listening:
            await made.listen()
        yield made
    finally:
        await made.server.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await made.link.close()


def caller(bench: Bench, number: str) -> Softphone:
    """A patient outside."""
    return Softphone(number, Address("127.0.0.2", free_port(socket.SOCK_DGRAM, "127.0.0.2")), bench.sip)


class OneVisit:
    """A MIS that knows one patient of each number, born on 5 March 1980, with a visit tomorrow. `done`: what was asked."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.hangs = False

    async def candidates(self, e164: str, asker: Asker, *, call: UUID | None = None) -> Lookup:
        """One person."""
        if self.hangs:
            await asyncio.Event().wait()
        return Lookup(state="ready", people=(Person(id="p1", name="", birth_year=1980),))

    async def card(self, patient: str, asker: Asker, *, reason: str = "") -> CardAnswer:
        """His card."""
        return CardAnswer(card=replace(_CARD, upcoming=(_visit(),)))

    async def confirm(self, key: UUID, visit: Appointment, asker: Asker) -> Booking:
        """Noted."""
        self.done.append(f"confirm {visit.id}")
        return Booking(key=key, action="confirm", status="booked")

    async def cancel(self, key: UUID, visit: Appointment, reason: str, asker: Asker) -> Booking:
        """Noted, at the second look."""
        self.done.append(f"cancel {visit.id}")
        return Booking(key=key, action="cancel", status="sending")

    async def booking(self, key: UUID, asker: Asker) -> Booking:
        """It is done now."""
        return Booking(key=key, action="cancel", status="cancelled")


_CARD = Card(id="p1", name="", born=clock.now().date().replace(year=1980, month=3, day=5))


def _visit() -> Appointment:
    at = clock.now() + timedelta(days=1)
    return Appointment(
        id="v1", status="booked", patient="p1", start=at, end=at + timedelta(minutes=30), doctor=Named(id="d", name="")
    )


def by_journal(bench: Bench) -> list[Call]:
    """The calls that are over by the files of this Asterisk's journal."""
    world = world_of(bench.settings)
    reader = Reader(bench.pbx.name, [row for kind in (Pbx, Operator, Line, Queue) for row in world.all(kind)])
    calls: dict[str, Call] = {}
    with TemporaryDirectory(prefix="okno-ivr-") as folder:
        for name, path in (("queue_log", "log/queue_log"), ("cel", "log/cel-custom/okno.csv")):
            file = bench.asterisk.home / path
            for part in parts_of(Path(folder), name, file.read_bytes() if file.exists() else b"", 1000):
                taken = reader.take(part, clock.now() + timedelta(minutes=5))
                calls |= {call.key: call for call in taken.ended}
                while taken.more:
                    taken = reader.go_on()
                    calls |= {call.key: call for call in taken.ended}
    return list(calls.values())
