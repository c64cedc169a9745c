"""One call at a softphone: what the phone does with it, and the times the phone itself noted."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from tests.pbx import sip
from tests.pbx.media import Voice
from tests.pbx.sip import Message

if TYPE_CHECKING:
    from tests.pbx.softphone import Softphone


class NotAnswered(AssertionError):
    """The other side refused, or did not lift in time."""


class Dialog:
    """One call. Times are of a monotonic clock, None until they happened; `ended_by` says whose BYE it was.

    `talk_s` counts from the answer (or `met`, said by the play) to the end (or `left`).
    """

    def __init__(self, phone: Softphone, call_id: str, tag: str, *, incoming: Message | None = None) -> None:
        self.phone, self.call_id, self.tag, self.peer_tag = phone, call_id, tag, ""
        self.incoming = incoming
        self.voice = Voice(phone.at.host)
        self.rang_at: float | None = None
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.met_at: float | None = None
        self.left_at: float | None = None
        self.ended_by: Literal["", "us", "them"] = ""
        self.status = 0
        self.target, self.own, self.other = "", "", ""
        self.cseq = 1
        self.notified: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.acknowledged = asyncio.Event()
        self._answered, self._over, self._ringing = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @property
    def talk_s(self) -> float:
        """Seconds of the talk as this phone measured them."""
        begin, end = self.met_at or self.answered_at, self.left_at or self.ended_at
        return end - begin if begin is not None and end is not None else 0.0

    @property
    def party(self) -> str:
        """The number or name the other side is known by."""
        found = re.search(r"sips?:([^@;>]*)", self.other)
        return found[1] if found else ""

    def met(self) -> None:
        """From now on this phone talks with the one who counts."""
        self.met_at = time.monotonic()

    def left(self) -> None:
        """From now on it does not any more."""
        self.left_at = time.monotonic()

    async def answer(self) -> Dialog:
        """Lift."""
        assert self.incoming is not None
        said = sip.answer(self.incoming, "200 OK", tag=self.tag, contact=self.phone.contact)
        said.body = sip.session(self.phone.at.host, self.voice.port)
        self._up(self.incoming)
        wait = 0.5
        while not self.acknowledged.is_set() and wait < 8:
            self.phone.answered(self.incoming, said)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.acknowledged.wait(), wait)
            wait *= 2
        return self

    def refuse(self, status: str = "486 Busy Here", *contact: str) -> None:
        """Do not take it; with a contact a 302 sends the call there."""
        assert self.incoming is not None
        said = sip.answer(self.incoming, status, tag=self.tag, contact=contact[0] if contact else self.phone.contact)
        self.phone.answered(self.incoming, said)
        self.end("us")

    def forward(self, extension: str) -> None:
        """Send the call on to an extension: 302."""
        self.refuse("302 Moved Temporarily", f"<sip:{extension}@{self.phone.pbx.host}:{self.phone.pbx.port}>")

    async def ringing(self, timeout_s: float = 15) -> Dialog:
        """Wait until the called phone rings."""
        await asyncio.wait_for(self._ringing.wait(), timeout_s)
        return self

    async def up(self, timeout_s: float = 15) -> Dialog:
        """Wait until the call we placed is answered. Raises NotAnswered."""
        waits = [asyncio.ensure_future(one.wait()) for one in (self._answered, self._over)]
        try:
            await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        if not self._answered.is_set():
            raise NotAnswered(f"{self.phone.name}: {self.status or 'no answer'}")
        return self

    async def over(self, timeout_s: float = 60) -> Dialog:
        """Wait until the call is over."""
        try:
            await asyncio.wait_for(self._over.wait(), timeout_s)
        except TimeoutError:
            raise TimeoutError(f"{self.phone.name}: the call did not end in {timeout_s} s") from None
        return self

    async def hang_up(self) -> Dialog:
        """Hang up, or give up when nobody lifted yet."""
        if self._over.is_set():
            return self
        if self.answered_at is None and self.incoming is not None:
            self.refuse("480 Temporarily Unavailable")
            return self
        if self.answered_at is None:
            await self.phone.cancel(self)
            return await self.over(5)
        self.end("us")
        await self.phone.request(self, "BYE")
        return self

    async def refer(self, to: str, *, replaces: Dialog | None = None) -> int:
        """Ask the PBX to transfer the other side to an extension, or into another call of ours. Returns its answer."""
        self.notified = asyncio.get_running_loop().create_future()
        uri = f"sip:{to}@{self.phone.pbx.host}:{self.phone.pbx.port}"
        if replaces is not None:
            uri += "?Replaces=" + quote(
                f"{replaces.call_id};to-tag={replaces.peer_tag};from-tag={replaces.tag}", safe=""
            )
        more = (("Refer-To", f"<{uri}>"), ("Referred-By", self.phone.contact))
        return (await self.phone.request(self, "REFER", more=more)).code

    async def transferred(self, timeout_s: float = 15) -> int:
        """How the transfer went (NOTIFY with the last status); 0 when the call ended before it was said."""
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait([self.notified, over], timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
        return self.notified.result() if self.notified.done() else 0

    @property
    def moved(self) -> bool:
        """Whether the transfer we asked for was made."""
        return self.notified.done() and 200 <= self.notified.result() < 300

    async def hold(self) -> None:
        """Put the other side on hold."""
        await self._direct("sendonly")

    async def unhold(self) -> None:
        """Take it back."""
        await self._direct("sendrecv")

    async def press(self, digits: str) -> None:
        """Press keys."""
        await self.voice.press(digits)

    async def _direct(self, direction: str) -> None:
        body = sip.session(self.phone.at.host, self.voice.port, direction)
        said = await self.phone.request(self, "INVITE", body=body)
        assert said.code == 200, f"{self.phone.name}: {direction} was answered with {said.code}"

    def ringing_of(self, invite: Message) -> bool:
        """Whether this is the INVITE we ring for, come once more."""
        return self.incoming is not None and invite.branch == self.incoming.branch

    def rang(self) -> None:
        """The phone rings, ours or theirs."""
        if self.rang_at is None:
            self.rang_at = time.monotonic()
        self._ringing.set()

    def _up(self, message: Message) -> None:
        if self.answered_at is None:
            self.answered_at = time.monotonic()
        self.voice.peer = sip.heard_at(message.body) or self.voice.peer
        self._answered.set()

    def lifted(self, message: Message) -> None:
        """The other side lifted."""
        self.target, self.peer_tag = message.uri("contact"), message.tag("to")
        self.other = message.get("to")
        self._up(message)

    def end(self, by: Literal["us", "them"]) -> None:
        """The call is over."""
        if self.ended_at is None:
            self.ended_at, self.ended_by = time.monotonic(), by
        self.voice.close()
        self._over.set()
