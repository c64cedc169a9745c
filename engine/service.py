"""The engine process: the composition root, the only file that names concrete classes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any
from zoneinfo import ZoneInfo

from engine.agi.door import Entrance
from engine.agi.making import entrance
from engine.alerting.making import outside
from engine.ami.link import PbxLink
from engine.ami.metrics import Metrics
from engine.api import Api, Lead, pbx_status
from engine.asking.cards import Cards
from engine.asking.directory.keeping import Keeping
from engine.asking.people.people import People
from engine.asking.phones import Phones
from engine.asking.queries import Queries
from engine.asking.rivals import Rivals
from engine.asking.sounds.making import sounds
from engine.asking.statistics import Statistics
from engine.asking.who import Asked
from engine.chats import Chats
from engine.events import Event
from engine.live.door import Door
from engine.live.drawing import draw_all
from engine.live.screens import Screens
from engine.live.telling import Telling
from engine.loop import Loop
from engine.patients import Gate
from engine.recording.recorder import recorders
from engine.reducer import reduce
from engine.store import holder, opening
from engine.store.codec import Codec
from engine.store.directory import Directories
from engine.store.history import History
from engine.store.journal.offsets import Offsets
from engine.store.lease import Lease, LeaseLost, leader
from engine.store.people.contacts import Contacts
from engine.store.people.conversations import Talks
from engine.store.saving import CONSUMERS, TurnStore
from engine.store.statistics import QueueStatistics
from engine.turns.commands import Commands
from engine.turns.configuration import configuration
from engine.turns.figures import Figures
from engine.turns.hands import Hands
from engine.turns.journal.keeping import Journal
from engine.turns.journal.telling import Around
from engine.turns.links import Links
from engine.turns.surroundings import Surroundings
from engine.turns.ticking import tick
from engine.turns.turn import Done
from engine.world import Queue, World
from mis.client import MisClient
from okno import __version__, clock, logs
from okno.audit import AuditTrail
from okno.bus import Relay, connect, redis_url_for
from okno.database import Database, migrate, url_for
from okno.seal import Keyring
from okno.service import Service
from okno.settings import Runtime

log = logs.get(__name__)

STOP_S = 3.0
DRAIN_S = 25.0  # callers inside flows are given 20 s of it


class Engine:
    """The engine service.

    Args:
        runtime: settings and state.
        database: the engine's, migrated.
        service: the process around it.
    """

    def __init__(self, runtime: Runtime, database: Database, service: Service) -> None:
        settings = runtime.settings
        self._runtime, self._database, self._service = runtime, database, service
        keyring = Keyring.load(runtime.keyring_path)
        self._sealer, self._bus = keyring.sealer("engine"), keyring.sealer("bus")
        self._codec = Codec(self._sealer)
        self._contacts, self._history = Contacts(database, self._codec), History(database, self._codec)
        self._figures, self._ami_metrics = Figures(service.metrics), Metrics(service.metrics)
        self._door = Door()
        self._address = settings.engine.url
        self._lease = Lease(database, holder.present(), self._address)
        self._rivals = Rivals(self._lease, settings.engine.urls[1:], service.secret)
        self._recorders = recorders(runtime, self._sealer, self._ami_metrics)
        for name, recorder in self._recorders.items():
            service.background(recorder.run, f"recording {name}")
        self._outside = outside(runtime, lambda: self._lease.sure, service)
        self._links: Links | None = None
        self._way_in: Entrance | None = None
        self._poisoned = 0
        self.lead: Lead | None = None
        self._redis = connect(redis_url_for(settings))
        relay = Relay(database, self._redis, CONSUMERS, service.metrics)
        self._mis = MisClient(settings.mis.url, service.secret, self._bus)
        self._patients = Gate(
            self._mis, database, self._redis, self._bus, take=self._take, history=self._history,
            connected=settings.mis.connector != "none", registry=service.metrics,
        )  # fmt: skip
        self._chats = Chats(
            settings, service, database, redis=self._redis, bus=self._bus, contacts=self._contacts,
            talks=Talks(database, self._codec, self._contacts), history=self._history, take=self._take,
            sure=lambda: self._lease.sure,
        )  # fmt: skip
        service.ready(self._not_ready)
        service.background(self._run, "engine")
        service.background(relay.run, "relay")
        service.app.on_shutdown.append(lambda _: self._door.close())
        service.before_end(self._drain, DRAIN_S)
        service.on_stop(self._redis.aclose)
        service.on_stop(self._patients.close)
        Api(self, self._door, settings.clinic).add_to(service.app)

    @property
    def answers(self) -> bool:
        """Whether we may answer: not when the lease ran out and the database is there, so that another may lead."""
        return self.lead is not None and (self._lease.sure or not self._database.available)

    async def leader_address(self) -> str:
        """Return where the leader's door is, empty when nobody leads. Raises DatabaseDown."""
        address = (await leader(self._database)).address
        return "" if address == self._address and not self.answers else address

    async def status(self) -> dict[str, Any]:
        """Return how the engine is (`engine.feed.Status`)."""
        lead, links, twins = self.lead, self._links, self._ami_metrics.twins()
        address = self._address if self.answers else ""
        if not address and self._database.available:
            address = await self.leader_address()
        return {
            "leader": self.answers, "leader_address": address, "epoch": self._lease.epoch,
            "turn": lead.loop.writer.number if lead else 0, "seq": lead.screens.seq if lead else 0,
            "database": self._database.available and not (lead is not None and lead.loop.writer.away),
            "buffered": lead.loop.writer.buffered if lead else 0,
            "poisoned": self._poisoned + (lead.loop.poisoned if lead else 0),
            "pbxes": [
                pbx_status(name, links, lead) | {"twins": list(twins.get(name, ()))} for name in links.names
            ] if links else [],
            "alerting": self._outside.status(), "directory": lead.directory.version if lead else 0,
            "flows": self._way_in.state if self._way_in else "closed", "version": __version__,
        }  # fmt: skip

    def _not_ready(self) -> str | None:
        if self.lead is None or not self.answers:
            return "another engine leads, or nobody yet"
        if self.lead.loop.writer.away:
            return "the database is away; what is shown is not saved"
        return None

    async def _run(self) -> None:
        """Lead, once the lease is ours, until the end."""
        await self._lease.take()
        keeping = asyncio.create_task(self._lease.keep(), name="lease")
        try:
            loop, screens, hands, links = await self._load()
        except BaseException:
            keeping.cancel()
            raise
        kept = self._lead.directory
        way_in = self._way_in = entrance(
            self._runtime, loop.world, lambda: (kept.settings, kept.version), take=self._take, mis=self._mis,
            counts=self._lead.counts, registry=self._service.metrics,
        )  # fmt: skip
        turning = asyncio.create_task(loop.run(), name="loop")
        others: list[Coroutine[Any, Any, None]] = [
            links.run(), hands.run(), self._door.beat(screens), self._rivals.run(), self._lead.journal.run(),
            self._patients.run(), self._chats.run(loop.world, kept), way_in.run(),
            tick(screens, links, self._lead.journal, self._figures, lambda: self._lease.sure, self._ami_metrics),
        ]
        tasks = [keeping, *(asyncio.create_task(one) for one in others)]
        try:
            done, _ = await asyncio.wait([turning, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except LeaseLost:
            log.critical("another_engine_leads", extra={"epoch": self._lease.epoch, "words": "this one ends"})
            self._service.stop(failure="our lease")
        finally:
            await self._stop(loop, hands, turning, tasks)

    async def _stop(
        self, loop: Loop, hands: Hands, turning: asyncio.Task[None], tasks: list[asyncio.Task[None]]
    ) -> None:
        """Stop the links, finish the turn, release the lease."""
        keeping, *rest = tasks
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        if self._links is not None:
            await self._links.close()
        await hands.close()
        loop.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(turning, return_exceptions=True), STOP_S)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await self._lease.release()
        log.info("engine_stopped", extra={"turn": loop.writer.number, "left": loop.writer.buffered})

    async def _load(self) -> tuple[Loop, Screens, Hands, Links]:
        """Build the world as it was last written, and everything around it."""
        settings, zone = self._runtime.settings, ZoneInfo(self._runtime.settings.clinic.timezone)
        world = World(await opening.open_world(self._database, self._codec))
        commands = Commands(self._figures, await opening.answers(self._database))
        self._poisoned = await opening.poisoned(self._database)
        screens = Screens(f"{self._lease.epoch}-{time.time_ns() // 1_000_000}")
        screens.begin(draw_all(world))
        links = self._links = Links(
            [pbx.name for pbx in settings.pbxes], self._link, self._take, lambda: self._lead.loop.writer.full
        )
        history, asked = self._history, Asked(AuditTrail(self._database, self._sealer))
        journal = self._journal(world, history)
        telling = Telling(world, screens, self._outside, lambda: settings.clinic.language)
        hands = Hands(
            links, self._contacts, journal, database=self._database, sure=lambda: self._lease.sure,
            take=self._take, tell=telling.tell, patients=self._patients.perform, figures=self._figures,
        )  # fmt: skip
        loop = Loop(world, Surroundings(
            reduce=reduce, saver=TurnStore(self._database, self._codec, self._bus), epoch=self._lease.epoch,
            turn=self._lease.turn, screens=screens, perform=hands.perform, overflowed=links.begin_anew, zone=zone,
        ), commands, self._figures)  # fmt: skip
        at = clock.now()
        store = Directories(self._database, self._codec, AuditTrail(self._database, self._sealer))
        directory = await Keeping.begun(settings, store, world, epoch=self._lease.epoch, tell=self._take)
        loop.take(configuration(directory.settings, at, directory.version))
        if all(queue.today.day != at.astimezone(zone).date().isoformat() for queue in world.all(Queue)):
            loop.take(loop.day(at))
        cards = Cards(world, history, self._contacts, asked)
        people = await People.begun(
            cards, history, self._contacts, keys=self._sealer, database=self._database, screens=screens,
            clinic=settings.clinic,
        )  # fmt: skip
        self.lead = Lead(
            asked, loop, screens, cards, Queries(world, history, asked, settings.clinic), directory, people,
            Statistics(QueueStatistics(self._database, settings.clinic.timezone)), journal,
            Phones(world, settings, self._service.secret, asked), telling,
            sounds(self._database, self._sealer, settings, self._service.secret, world, history, asked, self._take),
        )  # fmt: skip
        log.info("world_loaded", extra={"epoch": self._lease.epoch, "entities": sum(map(len, screens.tables.values()))})
        return loop, screens, hands, links

    async def _drain(self) -> None:
        """Let callers inside flows come to their end; who leads not has none."""
        if self._way_in is not None:
            await self._way_in.drain()

    def _link(self, name: str) -> PbxLink:
        pbx = next(pbx for pbx in self._runtime.settings.pbxes if pbx.name == name)
        return PbxLink(
            pbx, self._runtime.secret, self._take, self._ami_metrics,
            sure=lambda: self._lease.sure, tap=self._recorders.get(name),
        )  # fmt: skip

    def _journal(self, world: World, history: History) -> Journal:
        """What the PBXs' journals are told to."""
        offsets, zone = Offsets(self._database, self._lease.epoch), ZoneInfo(self._runtime.settings.clinic.timezone)
        around = Around(
            world=world, take=self._take, history=history, contacts=self._contacts, offsets=offsets, zone=zone,
        )  # fmt: skip
        names = [pbx.name for pbx in self._runtime.settings.pbxes]
        return Journal(names, around, offsets, lambda: self._lead.loop.writer.behind, self._figures)

    @property
    def _lead(self) -> Lead:
        if self.lead is None:
            raise RuntimeError("links and hands are set in motion after the world is loaded")
        return self.lead

    def _take(self, event: Event, done: Done | None = None) -> None:
        self._lead.loop.take(event, done)


async def main(runtime: Runtime) -> None:
    """Run the engine until it is told to stop. Args: settings and state.

    Raises OknoError with what is in the way; SystemExit with code 1, when the lease was lost or a part failed.
    """
    settings = runtime.settings
    database = await Database.open(url_for(settings, "engine"), name="engine", size=12)
    try:
        await migrate(database, "okno", "migrations")
        await migrate(database, "engine", "store/migrations")
        service = Service("engine", runtime)
        Engine(runtime, database, service)
        await service.run(settings.engine.host, settings.engine.port)
    finally:
        await database.close()
