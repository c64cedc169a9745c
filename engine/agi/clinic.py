"""What the engine knows and does for callers in flows: the open world, the directory in force, the MIS, promises.

A flow is read when the directory changes: who is inside keeps the one he came into, new callers get the new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from engine.agi.asking import Addresses
from engine.agi.patients import Patients
from engine.agi.runner import Inside
from engine.agi.wire import NotAsterisk
from engine.calls.naming import born, call_id, line_of, number_of
from engine.events import CallbackWanted, Event, SurveyAnswered
from engine.ivr.flow import BrokenFlow, Flow, read
from engine.ivr.orders import Ahead, Call, Decide, Found, HttpAnswer, IsOpen, Known, Line, LookUp, Promise, Rate, Visit
from engine.queues import estimate
from engine.world import Blocked, Callback, Pbx, Request, View
from engine.world import Call as WorldCall
from engine.world.work import Origin
from okno import clock, logs
from okno.hours import open_on
from okno.ids import uuid7_of
from okno.settings.model import Settings

log = logs.get(__name__)

# A promise is made when it is written; with the database away he is sent to people.
WRITE_S = 5.0
_PROMISED = frozenset({"waiting", "dialling"})


class Take(Protocol):
    """Gives an event to the loop; `done` is told once it is written, or given up."""

    def __call__(self, event: Event, done: Callable[[bool], None] | None = None, /) -> None:
        """Take it."""


class Present:
    """The engine's side of a flow.

    Args:
        world: the open state.
        settings: gives those in force, and the number of the directory's version.
        take: gives an event to the loop.
        patients: the MIS.
        addresses: the HTTP addresses steps may ask.
    """

    def __init__(
        self, world: View, settings: Callable[[], tuple[Settings, int]], take: Take, patients: Patients,
        addresses: Addresses,
    ) -> None:  # fmt: skip
        self._world = world
        self._settings = settings
        self._take = take
        self._patients = patients
        self._addresses = addresses
        self._read: dict[str, Flow] = {}
        self._version = -1

    @property
    def wanted(self) -> bool:
        """Whether anybody could come: a line leads into a flow, or a queue lets callers ask to be called back."""
        settings, _ = self._settings()
        return bool(settings.flows) or any(queue.callbacks.offer for queue in settings.queues)

    def flow(self, name: str) -> Flow | None:
        """The flow of this name; None when there is none, or it cannot be read."""
        settings, version = self._settings()
        if version != self._version:
            self._read, self._version = {}, version
        if name not in self._read and name in settings.flows:
            try:
                self._read[name] = read(settings.flows[name])
            except BrokenFlow as broken:
                log.error("flow_broken", extra={"flow": name, "flaws": len(broken.flaws)})
                return None
        return self._read.get(name)

    def inside(self, headers: Mapping[str, str]) -> Inside:
        """Who it is. Raises NotAsterisk."""
        settings, _ = self._settings()
        pbx = next((one for one in settings.pbxes if one.name == headers.get("arg_1")), None)
        if pbx is None:
            raise NotAsterisk("pbx")
        uniqueid, number = headers["uniqueid"], headers.get("arg_2", "")
        call = self._world.get(WorldCall, call_id(pbx.name, uniqueid))
        raw = headers.get("callerid", "")
        line = line_of(self._world, number)
        phone = number_of(raw, self._world.get(Pbx, pbx.name), line.area_code if line else "")
        return Inside(
            call=call_id(pbx.name, uniqueid), pbx=pbx.name, uniqueid=uniqueid,
            phone=(call.phone if call is not None and call.phone else phone) or "",
            dialled=line.key if line else "", line=line.key if line else "", queue=line.queue if line else "",
            at=clock.now().astimezone(ZoneInfo(settings.clinic.timezone)), step=headers.get("arg_3", ""),
            consent=(pbx.prompts.consent or "").replace("{language}", settings.clinic.language),
            country=settings.clinic.country, area_code=(line.area_code if line else "") or settings.clinic.area_code,
            queued_at=call.queued_at if call is not None else None,
        )  # fmt: skip

    async def known(self, inside: Inside, order: LookUp) -> Known:
        """What is known of a number: by the engine itself, and by the MIS in time."""
        answered, patient, visit = await self._patients.known(
            order.phone, inside.call, self._request(inside), clock.now()
        )
        return Known(
            answered=answered, patient=patient, visit=visit, blocked=self._blocked(order.phone),
            promised=self._promised(order.phone),
        )  # fmt: skip

    async def visit(self, inside: Inside, order: Visit) -> Found:
        """The visit of whom the caller says he is."""
        return await self._patients.visit(
            order.phone, order.born, inside.call, self._request(inside), clock.now()
        )

    async def decide(self, inside: Inside, order: Decide) -> bool:
        """Confirm or cancel it."""
        return await self._patients.decide(order.visit, order.what, inside.call, self._request(inside))

    def line(self, inside: Inside, order: Ahead) -> Line:
        """How it stands in a queue; an empty name is the line's."""
        queue, at = order.queue or inside.queue, clock.now()
        return Line(
            waiting=estimate.waiting(self._world, queue), wait_s=estimate.wait_s(self._world, queue, at),
            open=estimate.is_open(self._world, queue),
        )  # fmt: skip

    def is_open(self, inside: Inside, order: IsOpen) -> bool:
        """Whether hours of the directory are open now, holidays included; none named: those of the line."""
        settings, _ = self._settings()
        name = order.hours or next((one.hours for one in settings.lines if one.number == inside.line), None)
        if name is None or name not in settings.hours:
            return True
        return _open(settings, name, clock.now())

    async def promise(self, inside: Inside, order: Promise) -> bool:
        """Promise a callback; True only when it is written. The same call twice is one promise."""
        phone = number_of(order.phone, self._world.get(Pbx, inside.pbx))
        if not phone.startswith("+") or self._blocked(phone):
            return False
        key = str(uuid7_of(born(inside.uniqueid), inside.pbx, inside.uniqueid, "callback"))
        origin: Origin = "queue" if inside.queued_at is not None else "ivr"
        written = await self._written(CallbackWanted(
            at=clock.now(), key=key, origin=origin, phone=phone, queue=order.queue or inside.queue,
            wanted_at=order.wanted_at, call=inside.call,
        ))  # fmt: skip
        return written and self._promised(phone)

    async def rate(self, inside: Inside, order: Rate) -> None:
        """Keep a score of the survey."""
        self._take(SurveyAnswered(at=clock.now(), call=inside.call, question=order.question, score=order.score))

    async def ask(self, inside: Inside, order: Call) -> HttpAnswer:
        """Ask an HTTP address of the settings."""
        return await self._addresses.ask(order)

    async def close(self) -> None:
        """Close the connections."""
        await self._addresses.close()

    async def _written(self, event: Event) -> bool:
        over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._take(event, lambda ok: None if over.done() else over.set_result(ok))
        try:
            return await asyncio.wait_for(over, WRITE_S)
        except TimeoutError:
            return False

    def _request(self, inside: Inside) -> str:
        call = self._world.get(WorldCall, inside.call)
        return call.request if call is not None and call.request else inside.call

    def _promised(self, phone: str) -> bool:
        """Whether somebody has promised to call this number; that nobody answered it is no promise."""
        open_ones = [one for one in self._world.by(Request, "phone", phone) if one.kind == "callback"] if phone else []
        promises = [self._world.get(Callback, one.key) for one in open_ones]
        return any(one is not None and one.state in _PROMISED for one in promises)

    def _blocked(self, phone: str) -> bool:
        at = clock.now()
        return bool(phone) and any(
            one.until is None or one.until > at for one in self._world.by(Blocked, "phone", phone)
        )


def _open(settings: Settings, hours: str, at: datetime) -> bool:
    """Whether these hours of the directory are open then; a holiday's own spans stand for every hours'."""
    return open_on(settings.hours[hours], settings.holidays, at, settings.clinic.timezone)
