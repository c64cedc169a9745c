"""`okno serve pbx`, beside each Asterisk: keeps its configuration, ships its journal (`engine.shipping`), and gives
operators back when the engine is dead.

A pause whose reason begins with `eng:` is the engine's promise to end it. While the engine lives it sets the global
OKNO_ALIVE to something new every 10 s. When that is missing, or has not changed for 40 s, nothing the engine paused
stays paused (routing.md R12); a human's pause is never touched. Age is judged by our own clock: no clocks to compare.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import Counter, Gauge

from engine.ami.client import AmiClient, Credentials
from engine.ami.metrics import Figures
from engine.ami.protocol import ActionFailed
from engine.asterisk import commands
from engine.asterisk.phones import PagePhones, helper_port
from engine.client import EngineClient
from engine.following import Keeper
from engine.following.sounds import SoundKeeper
from engine.journal.tail import Tail
from engine.operators.pausing import GIVEN_BACK
from engine.shipping import places
from engine.shipping.memory import Memory
from engine.shipping.messages import Figures as Spool
from engine.shipping.messages import Messages
from engine.shipping.shipper import Figures as Shipping
from engine.shipping.shipper import Shipper
from engine.speech.speaking import Speaking
from okno import logs
from okno.service import Service
from okno.settings import PbxSettings, Runtime

ALIVE = "OKNO_ALIVE"
OURS = "eng:"
LOOK_S = 5.0
DEAD_S = 40.0
# Stands in the event and in queue_log: who gave the operator back, and why.
REASON = GIVEN_BACK

NO_JOURNAL = "where this Asterisk writes its journal is not known: name both files in pbxes[].journal"

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Pulse:
    """The engine's last sign of life: what it wrote, and when (monotonic seconds) we first saw that."""

    value: str = ""
    since: float = 0.0

    def seen(self, value: str, at: float) -> Pulse:
        """The pulse after a look at `at` found `value`."""
        return self if value == self.value else Pulse(value, at)

    def dead(self, at: float, after_s: float = DEAD_S) -> bool:
        """Whether the engine is gone: never wrote, or wrote nothing new for `after_s` seconds."""
        return not self.value or at - self.since >= after_s


class Watchdog:
    """Looks for the engine's pulse; unpauses what a dead engine left paused.

    Args: settings and state; the PBX; what to call for each release; seconds between looks; seconds after which an
    unchanged pulse means death. The watch login gets no events and has no right but reading and pausing.
    """

    def __init__(
        self, runtime: Runtime, pbx: PbxSettings, on_release: Callable[[], None] = lambda: None, *,
        look_s: float = LOOK_S, dead_s: float = DEAD_S,
    ) -> None:  # fmt: skip
        credentials = Credentials(pbx.ami.watch_user, lambda: runtime.secret(pbx.ami.watch_secret), events="off")
        self.client = AmiClient(pbx.ami, credentials, Figures(), on_up=self.watch)
        self._on_release = on_release
        self._look_s = look_s
        self._dead_s = dead_s
        self._pulse = Pulse()
        self.engine_alive = False

    async def watch(self) -> None:
        """Look for as long as the connection lives. Raises what ends a connection; the client makes a new one."""
        while True:
            await self.look(time.monotonic())
            await asyncio.sleep(self._look_s)

    async def look(self, at: float) -> None:
        """One look at monotonic second `at`. Raises LinkDown."""
        answer = (await self.client.action("Getvar", {"Variable": ALIVE}))[0]
        self._pulse = self._pulse.seen(str(answer.get("Value", "")), at)
        alive = not self._pulse.dead(at, self._dead_s)
        if alive != self.engine_alive:
            log.warning("engine_seen" if alive else "engine_gone")
        self.engine_alive = alive
        if not alive:
            await self._release()

    async def _release(self) -> None:
        """Unpause every member whose pause is the engine's, queue by queue: another queue's pause may be a human's."""
        items = await self.client.action("QueueStatus", complete="QueueStatusComplete")
        for item in items:
            if item.get("Event") != "QueueMember" or item.get("Paused") != "1":
                continue
            if not str(item.get("PausedReason", "")).startswith(OURS):
                continue
            order = {"Queue": item["Queue"], "Interface": item["Location"], "Paused": "false", "Reason": REASON}
            try:
                await self.client.action("QueuePause", order)
            except ActionFailed:
                # He left the queue meanwhile: nothing is paused there any more.
                log.info("member_already_gone", extra={"queue": item["Queue"]})
                continue
            self._on_release()
            log.warning("operator_given_back", extra={"queue": item["Queue"]})


def compose(runtime: Runtime, name: str) -> Service:
    """The whole service for one PBX. Raises Refused for an unknown one, SecretMissing without a service secret."""
    pbx = commands.pbx_of(runtime, name)
    service = Service("pbx", runtime)
    released = Counter("okno_pbx_released", "Pauses of a dead engine that were ended.", registry=service.metrics)
    watchdog = Watchdog(runtime, pbx, released.inc)
    engine = EngineClient(runtime)
    keeper = Keeper(runtime, pbx, engine)
    service.on_stop(engine.close)
    service.ready(lambda: None if watchdog.client.up else "the PBX does not answer the watch login")
    service.ready(lambda: keeper.problem)
    sounds = SoundKeeper(pbx, keeper, engine)
    service.ready(lambda: sounds.problem)
    Speaking().attach(service.app)
    PagePhones(runtime, pbx, keeper.refresh).attach(service.app)
    _measure(service, watchdog)
    service.background(watchdog.client.run, "watchdog")
    service.background(keeper.keep, "configuration")
    service.background(sounds.keep, "sounds")
    service.on_stop(watchdog.client.close)
    _ship(service, runtime, pbx)
    _ship_messages(service, runtime, pbx, engine)
    return service


def _ship(service: Service, runtime: Runtime, pbx: PbxSettings) -> None:
    """The journal goes to the leading engine, when its files are on this machine."""
    files = places.files_of(runtime, pbx)
    if not files:
        log.error("journal_not_found", extra={"pbx": pbx.name, "words": NO_JOURNAL})
        service.ready(lambda: NO_JOURNAL)
        return
    engine = EngineClient(runtime)
    service.ready(lambda: places.unreadable(files))
    service.on_stop(engine.close)
    shipping = Shipping(service.metrics)

    async def ship() -> None:
        place = runtime.state / "journal" / f"{pbx.name}.json"
        memory = Memory(place, files, from_the_beginning=pbx.managed)
        tails = {file: Tail(file, path, memory.marks.get(file)) for file, path in files.items()}
        await Shipper(pbx.name, tails, engine, memory=memory, figures=shipping).run()

    service.background(ship, "journal")


def _ship_messages(service: Service, runtime: Runtime, pbx: PbxSettings, engine: EngineClient) -> None:
    """What callers leave goes to the leading engine, when this PBX's spool is on this machine."""
    if pbx.managed or pbx.config_dir is not None:
        figures = Spool(service.metrics)

        async def ship() -> None:
            await Messages(pbx.name, commands.folders_of(runtime, pbx).messages, engine, figures).run()

        service.background(ship, "messages")


def port_of(runtime: Runtime, name: str) -> int:
    """Where this PBX's service listens: managed ones share a machine, so each has the next port."""
    return helper_port(runtime.settings, name)


async def main(runtime: Runtime, name: str) -> None:
    """Serve until SIGTERM. Raises OknoError with what is in the way."""
    await compose(runtime, name).run(runtime.settings.pbx_service.host, port_of(runtime, name))


def _measure(service: Service, watchdog: Watchdog) -> None:
    link = Gauge("okno_pbx_watch_up", "1 while the watch login is connected.", registry=service.metrics)
    alive = Gauge("okno_pbx_engine_alive", "1 while the engine shows its pulse.", registry=service.metrics)
    link.set_function(lambda: float(watchdog.client.up))
    alive.set_function(lambda: float(watchdog.engine_alive))
