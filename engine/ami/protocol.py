"""panoramisk's protocol made safe (ami.md 1.2): nothing a peer sends or a handler raises ends the connection.

Blocks that answer an order go to that order; blocks whose name is routed go, unparsed, to one sink, in order; the
rest are counted by name alone. An order is answered once, fails once when the connection is lost, and is never sent
again by us.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Collection
from typing import Any, Protocol

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from engine.ami import wire
from okno import logs
from okno.errors import Refused, TheirFault
from okno.settings.model import Ami

log = logs.get(__name__)
ACTION_ID = b"\r\nActionID: "
# After a read of events the next waits so long: a busy PBX writes each event by itself, and waking for each of them
# cost the engine more than what it made of them. The first after a pause is read at once.
REST_S = 0.01


class LinkDown(TheirFault):
    """The connection to the PBX is down; nothing was sent, or its outcome is unknown."""


class ActionFailed(Refused):
    """The PBX refused the order."""


class ListIncomplete(TheirFault):
    """A list of the PBX was shorter than the PBX itself counted."""


class LoginRefused(TheirFault):
    """Asterisk refused our AMI user or its secret."""


class SecretUnreadable(LoginRefused):
    """The secret of the AMI user cannot be read."""


class NotAsterisk(TheirFault):
    """What answers on the AMI port does not greet as an Asterisk Manager; a TLS port spoken to in clear is silent."""


class NoAnswer(LinkDown):
    """The PBX did not answer in time; whether it acted is unknown."""


def obstacle(failure: Exception) -> tuple[str, str]:
    """The static word for what went wrong, shown as `pbx.reason.<word>`, and what a person can do about it."""
    match failure:
        case ssl.SSLCertVerificationError():
            return "tls", "TLS mismatch: its certificate is not of ami.ca_file, or is made out for another name"
        case ssl.SSLError():
            return "tls", "TLS mismatch: compare ami.tls, ami.port and ami.ca_file with manager.conf"
        case SecretUnreadable():
            return "secret", str(failure)
        case LoginRefused():
            return "secret", "it refuses our AMI user: compare the secret and permit with manager.conf"
        case NotAsterisk():
            return "not_asterisk", "does not greet as Asterisk; is it the TLS port (then ami.tls: true)?"
        case OSError():
            return "unreachable", "cannot be reached: is Asterisk running, with enabled=yes in manager.conf?"
        case ActionFailed():
            return "refused", "it refuses an order: `okno check` names the rights that are missing"
        case NoAnswer():
            return "silent", "does not answer; see Asterisk's own log"
        case LinkDown():
            return "closed", "hangs up; see Asterisk's own log"
    return ("incomplete", "its lists are not whole") if isinstance(failure, TheirFault) else ("fault", "our fault")


def tls_context(ami: Ami) -> ssl.SSLContext | None:
    """The pinned trust for this PBX, None in clear. Raises OSError (ssl.SSLError) when the CA cannot be read."""
    if not ami.tls:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ami.ca_file is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cafile=ami.ca_file)
    except OSError as unreadable:
        raise ssl.SSLError("the CA file of the PBX cannot be read") from unreadable
    return context


class Order(Action):  # type: ignore[misc]
    """An action with the event that completes its list, if it asks for one.

    Args:
        headers: the action's headers; an ActionID is added.
        complete: name of the event that ends the list, None when there is one response only.
    """

    def __init__(self, headers: dict[str, Any], complete: str | None = None) -> None:
        super().__init__(headers, as_list=complete is not None)
        self.complete = complete

    def add_message(self, message: Message) -> bool:
        """Take one answer; True when it was the last one."""
        self.responses.append(message)
        if self.future.done():
            return True
        first = self.responses[0]
        if not first.response:
            # Items before the response: Asterisk never does this, a forged or broken peer may.
            self.future.set_exception(ActionFailed("the PBX answered out of order"))
        elif first.response != "Success":
            self.future.set_exception(ActionFailed(wire.clean(str(first.message)) or None))
        elif self.complete is None:
            self.future.set_result([first])
        elif message.event == self.complete:
            self._complete(message)
        return bool(self.future.done())

    def _complete(self, last: Message) -> None:
        items = self.responses[1:-1]
        promised = str(last.listitems)
        if str(last.eventlist).lower() == "cancelled" or (promised.isdigit() and int(promised) != len(items)):
            self.future.set_exception(ListIncomplete())
        else:
            self.future.set_result(self.responses)


class Tap(Protocol):
    """Keeps what connections bring; must neither wait nor raise."""

    def begin(self) -> None:
        """Another connection begins."""

    def take(self, data: bytes) -> None:
        """Bytes as they came."""


class SafeProtocol(AMIProtocol):  # type: ignore[misc]
    """One connection to an Asterisk Manager.

    Args:
        routes: names of the events worth parsing.
        sink: called with (name, block) for each of them, in order.
        on_skipped: called with how many blocks of a chunk were of no interest.
        on_garbage: called with how many were no AMI at all.
        on_lost: called once when the connection is over.
        tap: gets every byte as it came.
    """

    def __init__(
        self,
        routes: Collection[bytes],
        sink: Callable[[bytes, bytes], None],
        on_skipped: Callable[[int], None],
        on_garbage: Callable[[int], None],
        on_lost: Callable[[], None],
        *,
        tap: Tap | None = None,
    ) -> None:
        self._routes = frozenset(routes)
        self._sink = sink
        self._on_skipped = on_skipped
        self._on_garbage = on_garbage
        self._on_lost = on_lost
        self._tap = tap
        self._framer = wire.Framer()
        self.lost = False
        self.last_rx = 0.0
        self.greeted = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open; Asterisk greets first."""
        super().connection_made(transport)
        self._loop = asyncio.get_running_loop()
        self.last_rx = self._loop.time()
        if self._tap is not None:
            self._tap.begin()

    def data_received(self, data: bytes) -> None:
        """Cut, route or skip. Never raises: asyncio would close the socket."""
        self.last_rx = self._loop.time()
        if self._routes:
            self.transport.pause_reading()
            self._loop.call_later(REST_S, self._read_on)
        if self._tap is not None:
            self._tap.take(data)
        before = self._framer.oversize
        blocks = self._framer.feed(data)
        garbage = self._framer.oversize - before
        if self._framer.banner and not self.greeted.is_set():
            self.greeted.set()
        skipped = 0
        routes, responses, sink = self._routes, self.responses, self._sink
        for block in blocks:
            # wire.name_of, written out for the usual block: this line runs for every event of the PBX.
            end = block.find(b"\r\n", 7)
            name = block[7:end] if end > 0 and block.startswith(wire.EVENT) else wire.name_of(block)
            if (responses or not name) and self._answers(block):
                continue
            if name in routes:
                try:
                    sink(name, block)
                except Exception:
                    # A sink of ours must not cost us the PBX: asyncio would close the socket.
                    log.exception("ami_sink_failed")
            elif name:
                skipped += 1
            elif block.strip() and not block.lstrip().startswith(b"Response: "):
                garbage += 1
        if skipped:
            self._on_skipped(skipped)
        if garbage:
            self._on_garbage(garbage)

    def _read_on(self) -> None:
        if not self.lost:
            self.transport.resume_reading()

    def _answers(self, block: bytes) -> bool:
        """Give a block to the order it answers; False when no order of ours waits for it."""
        if ACTION_ID not in block:
            return False
        message = Message(wire.parse(block))
        order = self.responses.get(message.action_id)
        if order is None:
            return False
        if order.add_message(message):
            self.responses.pop(order.id, None)
        return True

    def send(self, order: Order, as_list: bool | None = None) -> asyncio.Future[Any]:
        """Write one order; its future holds the answers. Raises LinkDown, wire.BadOrder."""
        data = wire.serialise(order)
        if self.lost or self.transport.is_closing():
            raise LinkDown()
        self.responses[order.id] = order
        self.transport.write(data)
        return order.future  # type: ignore[no-any-return]

    def forget(self, order: Order) -> None:
        """Stop waiting for an order; what still comes for it is skipped."""
        self.responses.pop(order.id, None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone: every order in flight fails once. It is not sent again."""
        if self.lost:
            return
        self.lost = self.closed = True
        waiting: list[Order] = list(self.responses.values())
        self.responses.clear()
        for order in waiting:
            if not order.future.done():
                order.future.set_exception(LinkDown())
        self._on_lost()

    def close(self) -> None:
        """Drop the connection at once."""
        if not self.lost:
            self.transport.abort()

    @property
    def banner(self) -> bytes:
        """Asterisk's greeting, empty before it came."""
        return self._framer.banner
