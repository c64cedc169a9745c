"""Sends what is on its way: to each person one after another, to all of them side by side.

Each message is taken in a transaction of its own before a byte of it is written, so whatever dies between the wire and
the answer leaves a taken row behind: nobody repeats that blindly (P2). What its channel can do decides: one that knows
our id is asked again, one that can be looked into is looked into, else it is `unknown` and a person decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter

from chat.channels import Messenger
from chat.conversations.live import Hub
from chat.conversations.sealing import Seals
from chat.conversations.threads import Threads
from chat.conversations.writing import Writing
from chat.sending.attempts import Attempts
from chat.sending.gestures import Gestures
from chat.sending.line import Head, Line
from chat.sending.paces import Paces
from chat.sending.settling import Settling
from okno import clock, logs
from okno.database import HELD_UP, Connection, Database, DatabaseDown
from okno.seal import SealBroken, Sealer

LOOK_EVERY_S, LOST_EVERY_S = 1.0, 3.0
# A sender that lost the database, and its lock with it, is back within a second or two.
GRACE_S = 3.0
AT_ONCE, PER_ROUND = 64, 200
# Of one account's messages with files so many lie in memory at once.
HEAVY_AT_ONCE = 3
_FAREWELL_S = 4.0

log = logs.get(__name__)

Ill = Callable[[str, str], Awaitable[None]]


class Sender:
    """Sends. As many as like may run beside one another, in one process or several.

    Args:
        database: of `chat`.
        own: seals what `chat` keeps.
        messengers: the accounts that are switched on, by key; looked up anew each time.
        hub: says when something is to be sent.
        metrics: where it counts.
        ill: told when an account is ill (key, code): its lamp goes out.
    """

    def __init__(  # noqa: PLR0917
        self, database: Database, own: Sealer, messengers: Mapping[str, Messenger], hub: Hub,
        metrics: CollectorRegistry, ill: Ill,
    ) -> None:  # fmt: skip
        seals = Seals(own)
        writing = Writing(seals, Threads(seals))
        ends = Counter(
            "okno_chat_sent", "Messages written to a channel, by what became of them.", ["account", "end"],
            registry=metrics,
        )  # fmt: skip
        self._database, self._messengers, self._hub = database, messengers, hub
        self._line = Line(database, own, writing, secrets.randbits(31))
        self._settling = Settling(database, seals, writing)
        self._attempts = Attempts(database, self._settling, ends, ill)
        self._gestures = Gestures(database, seals, messengers, metrics)
        self._paces: dict[str, Paces] = {}
        self._heavy: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(HEAVY_AT_ONCE))
        self._busy: dict[UUID, str] = {}
        self._on_wire: set[int] = set()
        self._unwritten: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._silent = asyncio.Event()
        self._silent.set()
        self._closing = False

    def typing(self, conversation: UUID) -> None:
        """Show him that we type, when the channel can and it was not shown just now. Returns at once."""
        self._gestures.typing(conversation)

    def seen(self, conversation: UUID) -> None:
        """Show him that we have read what he wrote last, when the channel can. Returns at once."""
        self._gestures.seen(conversation)

    async def run(self) -> None:
        """Send until cancelled."""
        deaf = self._hub.on(lambda said: self._wake.set() if said["what"] in ("outgoing", "begun") else None)
        try:
            while True:
                with contextlib.suppress(DatabaseDown):  # /ready says so
                    async with self._database.acquire() as connection:
                        await self._live(connection)
                await self._database.wait_available()
                await asyncio.sleep(0.1)
        finally:
            deaf()
            await self._end()

    async def farewell(self) -> None:
        """Take nothing more, and wait for what is on the wire: what is not answered by the end is found as lost."""
        self._closing = True
        await self._silent.wait()

    async def _live(self, connection: Connection) -> None:
        """Send for as long as this connection, and the lock with it, lives."""
        await self._line.live(connection)
        since, looked = clock.monotonic(), 0.0
        try:
            while not connection.is_closed():
                self._wake.clear()
                try:
                    await self._round()
                    if clock.monotonic() - max(looked, since) >= LOST_EVERY_S:
                        looked = clock.monotonic()
                        await self._sweep()
                except HELD_UP as error:  # somebody holds one conversation: the others go on
                    log.warning("sending_held_up", extra={"reason": type(error).__name__})
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):  # wait_for loses a cancellation that comes with the wake
                        await self._wake.wait()
        finally:
            if not connection.is_closed():
                await self._line.die(connection)

    async def _round(self) -> None:
        if self._closing:
            return
        accounts = [key for key in self._messengers if self._may(key)]
        for head in await self._line.heads(accounts, list(self._busy), PER_ROUND):
            if self._may(head.account):
                self._begin(head)

    def _may(self, account: str) -> bool:
        """Say whether an account may have one more at once; one that was ill is tried with one."""
        most = 1 if self._attempts.doubtful(account) else AT_ONCE
        return list(self._busy.values()).count(account) < most and not self._attempts.resting(
            account, clock.monotonic()
        )

    async def _sweep(self) -> None:
        """See to what dead senders left, and to what nobody waits for any more."""
        unwritten = set(self._unwritten)
        for head in await self._line.lost(list(self._messengers), list(self._on_wire), GRACE_S):
            if head.n in unwritten:
                await self._line.release(head)
            else:
                self._begin(head)
        self._unwritten -= unwritten
        for n, message in await self._line.late():
            await self._settling.given_up(n, message, "late")
        await self._settling.forget()

    def _begin(self, head: Head) -> None:
        if head.identity not in self._busy:
            self._busy[head.identity] = head.account
            self._spawn(self._serve(head), head.identity)

    def _spawn(self, work: Coroutine[Any, Any, None], identity: UUID) -> None:
        task = asyncio.create_task(work, name="sending")
        self._tasks.add(task)

        def over(done: asyncio.Task[None]) -> None:
            self._tasks.discard(done)
            del self._busy[identity]
            self._wake.set()
            if not done.cancelled() and (error := done.exception()) is not None:
                log.error("sending_failed", extra={"reason": type(error).__name__})

        task.add_done_callback(over)

    async def _serve(self, first: Head) -> None:
        """Send to one person until nothing is due for him."""
        head: Head | None = first
        while head is not None:
            messenger = self._messengers.get(head.account)
            if messenger is None or self._closing or self._attempts.resting(head.account, clock.monotonic()):
                return
            with contextlib.suppress(DatabaseDown):  # it is found again when the database is back
                async with self._heavy[head.account] if head.heavy else contextlib.nullcontext():
                    await self._one(messenger, head)
                head = await self._line.next(head.account, head.identity)
                continue
            return

    async def _one(self, messenger: Messenger, head: Head) -> None:
        paces = self._paces.setdefault(head.account, Paces(messenger.abilities))
        if head.owner is None:
            await asyncio.sleep(paces.peer(head.identity, clock.monotonic()))
            await asyncio.sleep(paces.account(clock.monotonic()))
        self._on_wire.add(head.n)  # before it is taken: nobody here thinks it forgotten
        self._silent.clear()
        try:
            try:
                taken = await self._line.take(head)
            except DatabaseDown:
                if head.owner is None:
                    self._unwritten.add(head.n)  # whether it is taken nobody knows; that it is not on the wire we do
                raise
            self._unwritten.discard(head.n)
            if taken is None:
                return
            if head.owner is None:
                await self._attempts.make(messenger, taken, paces)
            else:
                await self._attempts.resolve(messenger, taken)
        except SealBroken:
            log.error("sending_unreadable", extra={"account": head.account})
            await self._line.drop(head, self._settling)
        finally:
            self._on_wire.discard(head.n)
            if not self._on_wire:
                self._silent.set()

    async def _end(self) -> None:
        """End; whoever was not told to say farewell before has a little for what is on the wire."""
        tasks = self._tasks | self._gestures.tasks
        try:
            if tasks and not self._closing:
                await asyncio.wait(tasks, timeout=_FAREWELL_S)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
