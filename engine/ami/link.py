"""One PBX: two logins, a state machine, one ordered queue with one consumer (ami.md §5).

    down -> connecting (buffering) -> snapshot -> replay -> live

From the first byte after the login every event is buffered. The snapshot is taken on the same connection, then what
was buffered follows in order: it began before the snapshot, so the last word wins and nothing is missed in between.
Orders go over the second connection: a slow order freezes the events of its own session, never of ours.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from engine.ami import orders, wire
from engine.ami.audit import Audit
from engine.ami.client import AmiClient, Credentials, Pace
from engine.ami.metrics import Metrics
from engine.ami.protocol import ActionFailed, LinkDown, Tap
from engine.ami.snapshot import Boot, clock_offset, read_boot, take_snapshot
from engine.ami.translate import ROUTES, at_of, translate, whole
from engine.effects import Order
from engine.events.engine import LinkState, PbxLinkChanged
from engine.events.facts import Fact
from okno import clock, logs
from okno.settings.model import PbxSettings

log = logs.get(__name__)
# 100 000 events are 40 MB and minutes of a busy PBX: later than that a snapshot is the shorter way.
CAPACITY = 100_000
BATCH = 100  # events taken between two turns of the event loop
# Asterisk takes logins before it has loaded its modules (ami.md 4.14); a user without `system` is never told.
BOOT_WAIT_S, NO_SYSTEM_WAIT_S = 60.0, 2.0
# The watchdog beside the PBX gives our pauses back when this is 40 s old (routing.md R12).
ALIVE_EVERY_S, ALIVE_LOOK_S = 10.0, 0.2
# The two logins come back one after the other: what is ordered between waits for the second one.
ORDER_WAIT_S = 5.0
LAG_WARNING_S = 0.5
_NAMES = {name: name.decode() for name in ROUTES}


class PbxLink:
    """The engine's link to one Asterisk.

    Args:
        pbx: how it is reached.
        secrets: resolves a secret's reference (`Runtime.secret`).
        take: gets `PbxLinkChanged`, `SnapshotTaken` and facts, in order; what it raises is counted.
        metrics: where the figures of all links are.
        pace: time limits.
        capacity: how many events may wait before the link gives up and resynchronises.
        sure: whether we lead, by our own clock; asked right before the PBX is told that the engine lives.
        tap: records what the events login brings.
    """

    def __init__(
        self,
        pbx: PbxSettings,
        secrets: Callable[[str], str],
        take: Callable[[Fact | PbxLinkChanged], None],
        metrics: Metrics,
        *,
        pace: Pace | None = None,
        capacity: int = CAPACITY,
        boot_wait_s: float = BOOT_WAIT_S,
        sure: Callable[[], bool] = lambda: True,
        tap: Tap | None = None,
    ) -> None:
        self.state: LinkState = "down"
        self.reason = ""
        self.alive = False  # whether OKNO_ALIVE is to be set: only the leader says so, every 10 s (P3)
        self._pbx = pbx
        self._take = take
        self._figures = metrics.of(pbx.name)
        self._capacity, self._boot_wait_s = capacity, boot_wait_s
        self._sure = sure
        self._queue: deque[tuple[bytes, bytes]] = deque()
        self._wake, self._booted = asyncio.Event(), asyncio.Event()
        self._uptime: timedelta | None = None
        self._boot: Boot | None = None
        self._audit = Audit()
        self._offset = timedelta()
        self._heard: datetime | None = None
        self._warn_again = clock.now()
        self._overflowed = False
        self._tasks: list[asyncio.Task[None]] = []
        ami = pbx.ami
        self._events = AmiClient(
            ami, Credentials(ami.events_user, lambda: secrets(ami.events_secret)), self._figures,
            routes=ROUTES, sink=self._sink, on_up=self._follow, on_down=self._down, pace=pace, tap=tap,
        )  # fmt: skip
        self._actions = AmiClient(
            ami, Credentials(ami.actions_user, lambda: secrets(ami.actions_secret), events="off"), self._figures,
            on_up=self._keep_alive, pace=pace,
        )  # fmt: skip

    @property
    def lag_s(self) -> float:
        """How old, in seconds, the oldest event of the last batch was when it was taken."""
        return self._figures.lag_seconds

    @property
    def queued(self) -> int:
        """Events received and not yet taken."""
        return len(self._queue)

    @property
    def can_order(self) -> bool:
        """Whether orders can be given now."""
        return self._actions.up

    async def run(self) -> None:
        """Follow the PBX until `close`."""
        self._tasks = [asyncio.ensure_future(self._events.run()), asyncio.ensure_future(self._actions.run())]
        try:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                if not task.cancelled():
                    task.result()
        finally:
            await self.close()

    async def close(self) -> None:
        """End both connections."""
        await self._events.close()
        await self._actions.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self.state, self.reason = "down", "closed"

    async def perform(self, effect: Order) -> None:
        """Give an order: done when the PBX took it (an originate has only begun then). Never repeated by us.

        Raises:
            ActionFailed: the PBX refused. NotGiven: nothing was sent. LinkDown: the outcome is unknown.
        """
        await self._actions.ready(ORDER_WAIT_S)
        if not (self._actions.up and self._sure()):
            raise orders.NotGiven
        for name, headers in orders.actions(effect):
            try:
                await self._actions.action(name, headers)
            except ActionFailed as refused:
                if not orders.is_done(effect, str(refused)):
                    raise

    def _enter(self, state: LinkState, reason: str = "") -> None:
        """The next state, told once."""
        if (state, reason) == (self.state, self.reason):
            return
        self.state, self.reason = state, reason
        self._figures.live = int(state == "live")
        log.info("pbx_link", extra={"pbx": self._pbx.name, "state": state, "reason": reason})
        self._give(PbxLinkChanged(at=clock.now(), pbx=self._pbx.name, state=state, reason=reason))

    def _sink(self, name: bytes, block: bytes) -> None:
        """One routed event, as it came; called by the protocol, in order."""
        if name == b"FullyBooted" and not self._booted.is_set():
            # Written straight to a new session, or by broadcast when we came before the boot had ended.
            self._uptime = timedelta(seconds=min(whole(wire.parse(block), "Uptime"), 10**9))
            self._booted.set()
            return
        if len(self._queue) >= self._capacity:
            self._figures.overflows += not self._overflowed
            self._overflowed = True
            self._events.drop("overflow")
            return
        self._queue.append((name, block))
        self._wake.set()

    async def _follow(self) -> None:
        """From a fresh login to live, and on until the connection ends."""
        self._enter("connecting")
        uptime = await self._wait_for_boot()
        silent_for = clock.now() - self._heard if self._heard is not None else timedelta()
        self._offset = await clock_offset(self._events)
        self._figures.clock_offset_seconds = self._offset.total_seconds()
        boot = await read_boot(self._events, self._offset, uptime)
        restarted = self._boot is not None and boot.is_after(self._boot, uptime, silent_for)
        self._enter("snapshot")
        snapshot = await take_snapshot(self._events, self._pbx.name, boot, restarted=restarted, gap_from=self._heard)
        self._boot = boot
        self._figures.resynced(boot.system, boot.local, restarted=restarted)
        self._audit.begin(snapshot)
        self._give(snapshot)
        self._enter("replay")
        await self._consume(len(self._queue))
        self._enter("live")
        auditing = asyncio.ensure_future(self._look_after())
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._consume(len(self._queue))
        finally:
            auditing.cancel()

    async def _look_after(self) -> None:
        """Should we and the PBX ever disagree, the PBX is right: count it and begin anew."""
        wrong = await self._audit.run(self._events)
        self._figures.repairs += wrong
        log.error("pbx_repaired", extra={"pbx": self._pbx.name, "channels": wrong})
        self._events.drop("audit")

    async def _wait_for_boot(self) -> timedelta | None:
        """Asterisk's uptime once its modules are loaded; None when it does not tell us."""
        try:
            async with asyncio.timeout(self._boot_wait_s):
                await self._booted.wait()
        except TimeoutError:
            # The AMI user lacks read `system`; from now on we do not wait for what cannot come.
            log.warning("ami_not_told_of_boot", extra={"pbx": self._pbx.name})
            self._boot_wait_s = min(self._boot_wait_s, NO_SYSTEM_WAIT_S)
            return None
        return self._uptime

    async def _consume(self, count: int) -> None:
        """Take `count` events in order, letting others run between batches."""
        while count > 0:
            batch = min(count, BATCH)
            self._take_batch(batch)
            count -= batch
            await asyncio.sleep(0)

    def _take_batch(self, count: int) -> None:
        received = clock.now()
        figures, queue, pbx, offset, take = self._figures, self._queue, self._pbx.name, self._offset, self._take
        oldest = None
        for _ in range(count):
            name_bytes, block = queue.popleft()
            name = _NAMES[name_bytes]
            figures.events[name] += 1
            headers = wire.parse(block)
            fact = translate(pbx, name, headers, at_of(headers, received, offset))
            if fact is None:
                figures.untranslated += 1
                continue
            oldest = oldest or fact.at
            if type(fact) in Audit.KINDS:
                self._audit.took(fact)
            try:
                take(fact)
            except Exception:
                self._not_taken(fact)
        figures.queue_length = len(queue)
        figures.lag_seconds = (received - (oldest or received)).total_seconds()
        if figures.lag_seconds > LAG_WARNING_S and self.state == "live" and received >= self._warn_again:
            self._warn_again = received + timedelta(seconds=10)
            log.warning("ami_lag", extra={"pbx": pbx, "lag_s": round(figures.lag_seconds, 3)})

    def _give(self, fact: Fact | PbxLinkChanged) -> None:
        try:
            self._take(fact)
        except Exception:
            self._not_taken(fact)

    def _not_taken(self, fact: Fact | PbxLinkChanged) -> None:
        """A taker that raises loses that one fact; the stream goes on. Called while handling its exception."""
        self._figures.take_failures += 1
        log.exception("fact_not_taken", extra={"pbx": self._pbx.name, "fact": type(fact).__name__})

    def _down(self, reason: str) -> None:
        """The events connection ended: what it still brought is taken, then everybody is told."""
        if self.state in ("replay", "live"):
            self._heard = self._events.last_heard or self._heard
            if not self._overflowed:
                self._take_batch(len(self._queue))
        self._queue.clear()
        self._overflowed, self._figures.queue_length = False, 0
        self._wake.clear()
        self._booted.clear()
        self._uptime = None
        self._enter("down", reason)

    async def _keep_alive(self) -> None:
        """While told so, say every 10 s that the engine lives; the PBX's watchdog and dialplan read it."""
        while True:
            while not (self.alive and self._sure()):  # noqa: ASYNC110  # a clock has no event to wait for
                await asyncio.sleep(ALIVE_LOOK_S)
            now = clock.now() - self._offset
            try:
                await self._actions.action("Setvar", {"Variable": "OKNO_ALIVE", "Value": str(int(now.timestamp()))})
            except (ActionFailed, LinkDown) as failure:
                log.warning("alive_not_told", extra={"pbx": self._pbx.name, "error": type(failure).__name__})
            await asyncio.sleep(ALIVE_EVERY_S)
