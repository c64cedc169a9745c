"""One AMI login that connects, checks, watches and reconnects for ever (ami.md 1.3)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from panoramisk.manager import Manager
from panoramisk.message import Message

from engine.ami import wire
from engine.ami.metrics import Figures
from engine.ami.protocol import (
    ActionFailed,
    LinkDown,
    LoginRefused,
    NoAnswer,
    NotAsterisk,
    Order,
    SafeProtocol,
    SecretUnreadable,
    Tap,
    obstacle,
    tls_context,
)
from okno import clock, logs
from okno.errors import OknoError
from okno.settings.model import Ami

log = logs.get(__name__)
# Four times the kernel's usual buffer: Asterisk drops a reader whose buffer stays full (ami.md 3, «Slow reader»).
RECEIVE_BUFFER = 4 << 20
_dice = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: how long to wait for what, and how soon to come back."""

    connect: float = 5.0
    action: float = 5.0
    first: float = 0.5
    # Screens are blind while nobody listens: a PBX that is back must be seen soon.
    longest: float = 5.0
    # A login it refuses will go on being refused, and each try is a line in its log.
    refused: float = 30.0
    # A connection that lived this long was a good one: the next attempt starts from `first` again.
    settled: float = 10.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """An AMI user. `secret` is read at every login, so a corrected file is taken without a restart."""

    user: str
    secret: Callable[[], str]
    events: str = "on"


class AmiClient(Manager):  # type: ignore[misc]
    """One session with an Asterisk Manager; `up` while orders can be given.

    Args:
        ami: where it listens and how patient we are.
        credentials: who we are.
        figures: what is counted.
        routes: names of the events that `sink` gets.
        sink: called with (name, block) in order, never concurrently.
        on_up: runs as long as the connection lives; when it raises, the connection is dropped.
        on_down: called with the reason each time a connection ended or could not be made.
        pace: time limits.
        tap: keeps what comes, byte for byte.
    """

    def __init__(
        self,
        ami: Ami,
        credentials: Credentials,
        figures: Figures,
        *,
        routes: Collection[bytes] = (),
        sink: Callable[[bytes, bytes], None] = lambda name, block: None,
        on_up: Callable[[], Awaitable[None]] | None = None,
        on_down: Callable[[str], None] = lambda reason: None,
        pace: Pace | None = None,
        tap: Tap | None = None,
    ) -> None:
        super().__init__(host=ami.host, port=ami.port, log=log)
        self.up = False
        self.version = ""
        self._ami = ami
        self._credentials = credentials
        self._figures = figures
        self._routes, self._sink = routes, sink
        self._on_up, self._on_down = on_up, on_down
        self._pace, self._tap = pace or Pace(), tap
        self.protocol: SafeProtocol | None = None
        self._reason = self._told = ""
        self._lost, self._hurry = asyncio.Event(), asyncio.Event()
        self._closed = False

    @property
    def address(self) -> str:
        """Where the PBX listens, as a person writes it."""
        return f"{self._ami.host}:{self._ami.port}"

    @property
    def last_heard(self) -> datetime | None:
        """When the last byte came on the present connection, or on the last one."""
        if self.protocol is None:
            return None
        return clock.now() - timedelta(seconds=asyncio.get_running_loop().time() - self.protocol.last_rx)

    async def run(self) -> None:
        """Connect and stay connected until `close`."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            reason = await self._session()
            if asyncio.get_running_loop().time() - began >= self._pace.settled:
                failures, self._told = 0, ""
            if self._closed:
                return
            self._figures.reconnects += 1
            self._on_down(reason)
            # A wrong secret mends itself only when somebody corrects it; hammering fills his log and wakes fail2ban.
            wait = self._pace.refused if reason == "secret" else min(self._pace.longest, self._pace.first * 2**failures)
            failures = min(failures + 1, 16)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait * _dice.uniform(0.75, 1.0)):
                    await self._hurry.wait()
            self._hurry.clear()

    async def ready(self, within_s: float) -> None:
        """Wait so long for a connection that is down, and try at once to make it."""
        if not (self.up or self._closed):
            if self._reason != "secret":
                self._hurry.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    while not self.up:  # noqa: ASYNC110  # for a moment, rarely
                        await asyncio.sleep(0.05)

    async def connect_once(self) -> None:
        """Connect and log in, once.

        Raises:
            OSError, ssl.SSLError, NotAsterisk, LoginRefused, LinkDown: what stands in the way.
        """
        await self._connect()
        await self._log_in()
        self.up = True

    async def action(
        self, name: str, headers: dict[str, Any] | None = None, *, complete: str | None = None, timeout_s: float = 0
    ) -> list[Message]:
        """Give one order and await its answers: one response, or the response, the items and the completing event.

        Args:
            name: the action, e.g. `QueuePause`.
            headers: its other headers.
            complete: the event that ends its list.
            timeout_s: seconds to wait, 0 = the usual time.

        Raises:
            ActionFailed: the PBX refused. LinkDown: not connected, or lost meanwhile; never sent again.
            NoAnswer: no answer in time. ListIncomplete: items are missing. wire.BadOrder: unfit values.
        """
        protocol = self.protocol
        if protocol is None or protocol.lost:
            raise LinkDown()
        order = Order({"Action": name, **(headers or {})}, complete)
        try:
            async with asyncio.timeout(timeout_s or self._pace.action):
                answers: list[Message] = await protocol.send(order)
                return answers
        except TimeoutError as late:
            raise NoAnswer() from late
        finally:
            protocol.forget(order)

    def drop(self, reason: str) -> None:
        """End the present connection on purpose; `run` makes a new one."""
        self._reason = self._reason or reason
        if self.protocol is not None:
            self.protocol.close()

    async def close(self) -> None:
        """End for good."""
        self._closed = True
        self.drop("closed")

    async def _session(self) -> str:
        """One connection from dialling to its end; returns the reason of the end."""
        self._reason = ""
        try:
            await self.connect_once()
            await self._live()
        except (OSError, OknoError) as failure:
            self._failed(failure)
        except Exception:
            # A mistake of ours in the snapshot must not leave the clinic without a link: try again.
            self._reason = "fault"
            log.exception("ami_session_fault")
        finally:
            self.up = False
            if self.protocol is not None:
                self.protocol.close()
        return self._reason or "closed"

    def _failed(self, failure: Exception) -> None:
        """Say why, and what to do, once: hours of tries against a closed port are one line."""
        reason, advice = obstacle(failure)
        self._reason = self._reason or reason
        if self._reason != self._told:
            self._told = self._reason
            level = logging.ERROR if reason == "secret" else logging.WARNING
            told = {"reason": self._reason, "address": self.address, "user": self._credentials.user, "advice": advice}
            log.log(level, "ami_connection_failed", extra=told)

    async def _live(self) -> None:
        """Watch the connection and let `on_up` work until either ends."""
        tasks = [asyncio.ensure_future(self._lost.wait()), asyncio.ensure_future(self._watch())]
        if self._on_up is not None:
            tasks.append(asyncio.ensure_future(self._on_up()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _connect(self) -> None:
        # Its own for each connection: the last words of an old socket do not end the new one.
        self._lost = lost = asyncio.Event()
        self.protocol = None
        context = tls_context(self._ami)
        figures = self._figures
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._pace.connect):
            transport, protocol = await loop.create_connection(
                lambda: SafeProtocol(self._routes, self._sink, figures.skip, figures.waste, lost.set, tap=self._tap),
                self._ami.host, self._ami.port, ssl=context,
            )  # fmt: skip
        self.protocol = protocol
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        await self._greeting(protocol)

    async def _greeting(self, protocol: SafeProtocol) -> None:
        """Asterisk speaks first; anything else on the port is not Asterisk."""
        greeted = asyncio.ensure_future(protocol.greeted.wait())
        lost = asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait((greeted, lost), timeout=self._pace.connect, return_when=asyncio.FIRST_COMPLETED)
        finally:
            greeted.cancel()
            lost.cancel()
        if not protocol.greeted.is_set():
            protocol.close()
            raise LinkDown("the PBX closed the connection") if protocol.lost else NotAsterisk()
        self.version = protocol.banner.removeprefix(wire.BANNER).decode("ascii", "replace")

    async def _log_in(self) -> None:
        user, events = self._credentials.user, self._credentials.events
        try:
            secret = self._credentials.secret()
        except (OSError, ValueError, OknoError) as unreadable:
            why = f": {unreadable}" if isinstance(unreadable, OknoError) else ""
            raise SecretUnreadable(f"the secret of the AMI user {user} cannot be read{why}") from unreadable
        try:
            await self.action("Login", {"Username": user, "Secret": secret, "Events": events})
        except ActionFailed as refused:
            raise LoginRefused() from refused

    async def _watch(self) -> None:
        """Ask for a sign of life when it is quiet; drop a connection that stays silent."""
        loop, protocol = asyncio.get_running_loop(), self.protocol
        while protocol is not None:
            quiet = loop.time() - protocol.last_rx
            if quiet >= self._ami.dead_after_s:
                self.drop("silent")
                return
            if quiet >= self._ami.ping_s:
                with contextlib.suppress(LinkDown, ActionFailed):
                    await self.action("Ping", timeout_s=min(self._ami.ping_s, self._ami.dead_after_s - quiet))
            await asyncio.sleep(min(self._ami.ping_s, self._ami.dead_after_s - quiet) / 4)
