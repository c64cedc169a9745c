"""A SIP phone that does what SIPp cannot: transfers, consults, holds, forwards; it notes its own times.

    async with Softphone("2001", at, pbx) as phone:
        call = await phone.rings()          # the next call that comes in, ringing
        await call.answer()
        consult = await phone.dial("2002").up()
        await call.refer("2002", replaces=consult)
        assert await call.transferred() == 200

A patient outside is the same phone at an address of the trunk. One phone holds any number of calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Coroutine
from types import TracebackType
from typing import Self

from demo.sipp import Address
from tests.pbx import sip
from tests.pbx.dialog import Dialog, NotAnswered
from tests.pbx.sip import BRANCH, Message

__all__ = ["Dialog", "NotAnswered", "Softphone"]
# RFC 3261: T1 doubles up to T2; on one machine a message is lost only when a buffer is full.
FIRST_REPEAT_S, LONGEST_REPEAT_S, PATIENCE_S = 0.5, 4.0, 32.0


class Softphone(asyncio.DatagramProtocol):
    """One phone at one UDP port. `calls` are all it ever had, in order."""

    def __init__(self, name: str, at: Address, pbx: Address) -> None:
        self.name, self.at, self.pbx = name, at, pbx
        self.contact = f"<sip:{name.removeprefix('+')}@{at.host}:{at.port}>"
        self.calls: list[Dialog] = []
        self._incoming: asyncio.Queue[Dialog] = asyncio.Queue()
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._said: dict[tuple[str, str], bytes] = {}
        self._invites: dict[str, Message] = {}
        self._acks: dict[str, bytes] = {}
        self._tasks: set[asyncio.Future[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        taken.setblocking(False)
        taken.bind((self.at.host, self.at.port))
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=taken)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for call in self.calls:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(call.hang_up(), 3)
            call.voice.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self._transport is not None
        self._transport.close()

    async def rings(self, timeout_s: float = 30) -> Dialog:
        """The next call that comes in; it rings here already. Raises TimeoutError, naming the phone."""
        try:
            return await asyncio.wait_for(self._incoming.get(), timeout_s)
        except TimeoutError:
            raise TimeoutError(f"{self.name} did not ring in {timeout_s} s") from None

    async def lifts(self, after_s: float = 0.3, timeout_s: float = 30) -> Dialog:
        """Let it ring so long and lift."""
        call = await self.rings(timeout_s)
        await asyncio.sleep(after_s)
        return await call.answer()

    def dial(self, number: str) -> Dialog:
        """Call a number; wait for `ringing()` or `up()`."""
        call = self._new(f"{secrets.token_hex(8)}@{self.at.host}")
        call.target = f"sip:{number}@{self.pbx.host}:{self.pbx.port}"
        call.own = f"<sip:{self.name}@{self.pbx.host}>;tag={call.tag}"
        call.other = f"<{call.target}>"
        invite = self._make(call, "INVITE", body=sip.session(self.at.host, call.voice.port))
        self._keep(self._place(call, invite))
        return call

    async def request(
        self, call: Dialog, method: str, *, more: tuple[tuple[str, str], ...] = (), body: str = ""
    ) -> Message:
        """Ask something within a call; returns the last answer. Raises TimeoutError."""
        call.cseq += 1
        made = self._make(call, method, more=more, body=body)
        said = await self._ask(made)
        if method == "INVITE":
            self._acknowledge(call, made, said)
        return said

    async def cancel(self, call: Dialog) -> None:
        """Give up a call nobody lifted."""
        invite = self._invites[call.call_id]
        number = invite.get("cseq").split()[0]
        kept = [(key, f"{number} CANCEL" if key == "CSeq" else value) for key, value in invite.headers]
        made = Message(f"CANCEL {invite.start.split()[1]} SIP/2.0", [one for one in kept if one[0] != "Contact"])
        self._send(made.wire())

    def answered(self, request: Message, said: Message) -> None:
        """Send an answer, and the same again should the request be repeated."""
        self._said[request.branch, request.method] = said.wire()
        self._send(said.wire())

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A message has come."""
        message = sip.read(data)
        if message.code:
            waiting = self._waiting.get(f"{message.branch} {message.method}")
            call = self._call(message)
            if call is not None and message.method == "INVITE" and 100 < message.code < 200:
                call.peer_tag = message.tag("to")
                call.rang()
            if message.code < 200 or waiting is None:
                return
            if not waiting.done():
                waiting.set_result(message)
            elif message.branch in self._acks:
                self._send(self._acks[message.branch])
        elif said := self._said.get((message.branch, message.method)):
            self._send(said)
        else:
            self._asked(message)

    def _asked(self, message: Message) -> None:
        call = self._call(message)
        if message.method == "ACK":
            if call is not None:
                call.acknowledged.set()
        elif message.method == "INVITE" and (call is None or call.ringing_of(message)):
            self._rung(message, call)
        elif message.method == "CANCEL" and call is not None and call.incoming is not None:
            self._reply(message, "200 OK")
            if call.answered_at is None:
                self._reply(call.incoming, "487 Request Terminated", call.tag)
                call.end("them")
        else:
            body = ""
            if call is not None and message.method in ("INVITE", "UPDATE") and message.body:
                body = sip.session(self.at.host, call.voice.port, _mirrored(message.body))
                call.voice.peer = sip.heard_at(message.body) or call.voice.peer
            known = call is not None or message.method == "OPTIONS"
            self._reply(message, "200 OK" if known else "481 No Such Call", body=body)
            if call is not None:
                _told(call, message)
            if call is not None and message.method == "NOTIFY" and call.moved:
                # Asterisk keeps a transferred phone's call for a minute unless the phone hangs up, as phones do.
                self._keep(self._gone(call))

    def _rung(self, invite: Message, known: Dialog | None) -> None:
        if known is not None:
            self._reply(invite, "180 Ringing", known.tag)
            return
        call = self._new(invite.get("call-id"), incoming=invite)
        call.target, call.peer_tag, call.other = invite.uri("contact"), invite.tag("from"), invite.get("from")
        call.own = f"{invite.get('to')};tag={call.tag}"
        self._reply(invite, "180 Ringing", call.tag)
        call.rang()
        self._incoming.put_nowait(call)

    async def _gone(self, call: Dialog) -> None:
        await call.hang_up()

    async def _place(self, call: Dialog, invite: Message) -> None:
        said = await self._ask(invite, repeat_until_any=True)
        call.status = said.code
        if said.code < 300:
            call.lifted(said)
        self._acknowledge(call, invite, said)
        if said.code >= 300:
            call.end("them")

    def _acknowledge(self, call: Dialog, invite: Message, said: Message) -> None:
        branch = None if said.code < 300 else invite.branch
        made = self._make(call, "ACK", branch=branch, number=invite.get("cseq").split()[0], to=said.get("to"))
        if branch is not None:
            made.start = f"ACK {invite.start.split()[1]} SIP/2.0"
        self._acks[invite.branch] = made.wire()
        self._send(self._acks[invite.branch])

    async def _ask(self, made: Message, *, repeat_until_any: bool = False) -> Message:
        key = f"{made.branch} {made.method}"
        waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
        if repeat_until_any:
            self._invites[made.get("call-id")] = made
            self._send(made.wire())
            return await waiting
        wait, spent = FIRST_REPEAT_S, 0.0
        while not waiting.done() and spent < PATIENCE_S:
            self._send(made.wire())
            await asyncio.wait([waiting], timeout=wait)
            spent, wait = spent + wait, min(2 * wait, LONGEST_REPEAT_S)
        if not waiting.done():
            raise TimeoutError(f"{self.name}: {made.method} was not answered")
        return waiting.result()

    def _make(
        self, call: Dialog, method: str, *, more: tuple[tuple[str, str], ...] = (), body: str = "",
        branch: str | None = None, number: str = "", to: str = "",
    ) -> Message:  # fmt: skip
        other = to or call.other
        if call.peer_tag and ";tag=" not in other:
            other += f";tag={call.peer_tag}"
        via = f"SIP/2.0/UDP {self.at.host}:{self.at.port};rport;branch={branch or BRANCH + secrets.token_hex(8)}"
        headers = [("Via", via), ("Max-Forwards", "70"), ("From", call.own), ("To", other), ("Call-ID", call.call_id)]
        headers += [("CSeq", f"{number or call.cseq} {method}"), ("Contact", self.contact), *more]
        headers.append(("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, UPDATE, REFER, INFO"))
        return Message(f"{method} {call.target} SIP/2.0", headers, body)

    def _reply(self, request: Message, status: str, tag: str = "", body: str = "") -> None:
        said = sip.answer(request, status, tag=tag or secrets.token_hex(4), contact=self.contact)
        said.body = body
        if request.method == "INVITE" and status.startswith("180"):
            self._send(said.wire())
        else:
            self.answered(request, said)

    def _new(self, call_id: str, incoming: Message | None = None) -> Dialog:
        call = Dialog(self, call_id, secrets.token_hex(6), incoming=incoming)
        self.calls.append(call)
        return call

    def _call(self, message: Message) -> Dialog | None:
        return next((call for call in self.calls if call.call_id == message.get("call-id")), None)

    def _keep(self, doing: Coroutine[object, object, None]) -> None:
        self._tasks.add(asyncio.ensure_future(doing))

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, (self.pbx.host, self.pbx.port))


def _told(call: Dialog, message: Message) -> None:
    """What the other side says within a call."""
    if message.method == "BYE":
        call.end("them")
    elif message.method == "NOTIFY" and message.body.startswith("SIP/2.0 "):
        code = int(message.body.split()[1])
        if code >= 200 and not call.notified.done():
            call.notified.set_result(code)


def _mirrored(offer: str) -> str:
    """The direction that answers the offered one."""
    if "a=inactive" in offer:
        return "inactive"
    return "recvonly" if "a=sendonly" in offer else "sendonly" if "a=recvonly" in offer else "sendrecv"
