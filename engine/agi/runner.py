"""Runs a flow for one caller: performs what its steps order, and tells the dialplan what becomes of him.

The last thing said to the dialplan is OKNO_NEXT. Whatever breaks before, it is empty, and the dialplan asks once more
with OKNO_STEP, the step he was in; then it sends him to people.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.agi.counting import Counts, Place
from engine.agi.phone import Phone
from engine.agi.wire import Gone, NotAsterisk, Wire
from engine.ivr.flow import Flow
from engine.ivr.orders import (
    Ahead,
    Answer,
    Call,
    Caller,
    Decide,
    Digits,
    Found,
    HttpAnswer,
    IsOpen,
    Known,
    Leave,
    Line,
    LookUp,
    Order,
    Play,
    Promise,
    Rate,
    Read,
    Record,
    Recorded,
    Visit,
)
from engine.ivr.walking import At, walk
from okno import clock, logs

log = logs.get(__name__)

# A message shorter than this is a hand slipping.
MESSAGE_S = 1.0
Walking = Generator[At | Order, Answer, Leave]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Who is in a flow: the call, where it came from, and the step a run before this one had come to.

    `queue` is that of the line he dialled; `phone` is E.164, empty when he has none.
    """

    call: str
    pbx: str
    uniqueid: str
    phone: str
    dialled: str
    line: str
    queue: str
    at: datetime
    step: str = ""
    consent: str = ""
    country: str = "RU"
    area_code: str = "343"
    queued_at: datetime | None = None


class Clinic(Protocol):
    """What the engine knows and does for a caller in a flow."""

    def flow(self, name: str) -> Flow | None:
        """The flow of this name, as it is now; None when there is none that can be walked."""

    def inside(self, headers: Mapping[str, str]) -> Inside:
        """Who it is, by what Asterisk says. Raises NotAsterisk for a PBX that is not ours."""

    async def known(self, inside: Inside, order: LookUp) -> Known:
        """What is known of a number."""

    async def visit(self, inside: Inside, order: Visit) -> Found:
        """The visit of whom the caller says he is."""

    async def decide(self, inside: Inside, order: Decide) -> bool:
        """Confirm or cancel it."""

    def line(self, inside: Inside, order: Ahead) -> Line:
        """How it stands in a queue."""

    def is_open(self, inside: Inside, order: IsOpen) -> bool:
        """Whether hours are open now."""

    async def promise(self, inside: Inside, order: Promise) -> bool:
        """Promise a callback."""

    async def rate(self, inside: Inside, order: Rate) -> None:
        """Keep a score."""

    async def ask(self, inside: Inside, order: Call) -> HttpAnswer:
        """Ask an HTTP address of the settings."""


class Runner:
    """Serves callers.

    Args:
        clinic: what the engine knows and does.
        counts: where callers are counted.
    """

    def __init__(self, clinic: Clinic, counts: Counts) -> None:
        self._clinic = clinic
        self._counts = counts

    async def serve(self, wire: Wire, headers: Mapping[str, str]) -> None:
        """Serve one caller to the end of what he is here for. Raises Gone, NotAsterisk."""
        what, _, name = headers.get("network_script", "").partition("/")
        inside, phone = self._clinic.inside(headers), Phone(wire)
        if what == "promise":
            kept = await self._clinic.promise(inside, Promise(phone=inside.phone, queue=name))
            await phone.note("OKNO_NEXT", "promised" if kept else "queue:")
            return
        flow = self._clinic.flow(name) if what in ("flow", "survey") else None
        if flow is None:
            log.warning("no_such_flow", extra={"flow": name if name.isidentifier() else "?"})
            return
        await _Visitor(self._clinic, self._counts, phone, inside, name).walk(flow)


class _Visitor:
    """One caller in one flow. `_served`: what he has already got, should he hang up now."""

    def __init__(self, clinic: Clinic, counts: Counts, phone: Phone, inside: Inside, flow: str) -> None:
        self._clinic = clinic
        self._counts = counts
        self._phone = phone
        self._inside = inside
        self._flow = flow
        self._served = ""
        self._told = not inside.consent
        self._messages = 0

    async def walk(self, flow: Flow) -> None:
        """Walk him to the end."""
        place = self._counts.came(self._flow)
        how = "broken"
        one = self._inside
        walking = walk(flow, Caller(
            call=one.call, phone=one.phone, dialled=one.dialled, line=one.line, language=flow.language, at=one.at,
            queued_at=one.queued_at, country=one.country, area_code=one.area_code,
        ), one.step)  # fmt: skip
        try:
            leave = await self._walk(walking, place)
            await self._phone.note("OKNO_NEXT", next_of(leave, one.queue))
            how = leave.to
        except Gone:
            how = self._served or "left"
            raise
        finally:
            walking.close()
            self._counts.left(place, how)

    async def _walk(self, walking: Walking, place: Place) -> Leave:
        answer: Answer = None
        try:
            order = next(walking)
            while True:
                if isinstance(order, At):
                    self._counts.at(place, order.step)
                    await self._phone.note("OKNO_STEP", order.step)
                    answer = None
                else:
                    answer = await self._perform(order)
                order = walking.send(answer)
        except StopIteration as end:
            leave: Leave = end.value
            return leave

    async def _perform(self, order: Order) -> Answer:
        match order:
            case Play():
                await self._heard(order.sounds)
                key = await self._phone.play(order.sounds, order.stop_on)
                await self._got("done", order.enough and not key)
                return key
            case Read():
                await self._heard(order.sounds)
                pressed = await self._phone.read(order.sounds, order.most, order.wait_s, order.end_on)
                return Digits(keys=pressed.keys, timed_out=pressed.timed_out)
            case Record():
                return await self._record(order)
            case IsOpen():
                return self._clinic.is_open(self._inside, order)
            case Ahead():
                return self._clinic.line(self._inside, order)
        await self._phone.think()
        return await self._think(order)

    async def _think(self, order: LookUp | Visit | Decide | Promise | Rate | Call) -> Answer:
        """What may take a moment."""
        clinic, inside = self._clinic, self._inside
        match order:
            case LookUp():
                return await clinic.known(inside, order)
            case Visit():
                return await clinic.visit(inside, order)
            case Decide():
                return await self._got("done", await clinic.decide(inside, order))
            case Promise():
                return await self._got("promised", await clinic.promise(inside, order))
            case Rate():
                await clinic.rate(inside, order)
                return None
            case Call():
                return await clinic.ask(inside, order)

    async def _got(self, what: str, done: bool) -> bool:
        """Tell the dialplan what he has, should he hang up before the flow is over."""
        if done:
            self._served = what
            await self._phone.note("OKNO_SERVED", what)
        return done

    async def _heard(self, sounds: tuple[str, ...]) -> None:
        """Who has heard the notice here is not played it again before the queue."""
        if not self._told and self._inside.consent in sounds:
            self._told = True
            await self._phone.note("OKNO_HEARD", "1")

    async def _record(self, order: Record) -> Recorded:
        """Record into the PBX's spool, under the call's own id; the helper beside the PBX ships it from there."""
        self._messages += 1
        name = f"{self._inside.call}-{self._messages}"
        spool = await self._phone.noted("ASTSPOOLDIR")
        if not spool.startswith("/"):
            raise NotAsterisk("no_spool")
        # Should he hang up in the middle, the dialplan knows by this whether there is a message.
        await self._phone.note("OKNO_RECORDING", str(int(clock.now().timestamp())))
        seconds = await self._phone.record(f"{spool}/okno/voicemail/{name}.wav", order.most_s, order.silence_s)
        await self._phone.note("OKNO_RECORDING", "")
        await self._got("voicemail", seconds >= MESSAGE_S)
        return Recorded(name=name, seconds=seconds)


def next_of(leave: Leave, queue: str) -> str:
    """OKNO_NEXT as the dialplan reads it. A queue nobody named is that of the line: told apart from nothing said."""
    if leave.to == "queue":
        return f"queue:{leave.value}"
    if leave.to == "transfer":
        return f"transfer:{leave.value}" if leave.value.isascii() and leave.value.isdigit() else f"queue:{queue}"
    return leave.to
