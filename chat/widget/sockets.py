"""The socket of the widget: what a visitor's browser asks, each with an answer; the limits stand at this door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import pydantic
import socketio
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge

from chat.widget.asks import Callback, Hello, Message, Rate, Read, Typing
from chat.widget.rooms import Rooms, Seat
from chat.widget.visitors import TooMany
from chat.widget.visits import Visits
from okno import logs
from okno.clock import monotonic
from okno.database import DatabaseDown
from okno.service.visitors import visitor_of

NAMESPACE = "/widget"
PATH = "/widget/socket.io/"
_PING_S, _PONG_S = 20, 15
_MESSAGE_BYTES = 64 * 1024
_AT_ONCE, _PER_S = 40.0, 10.0
_TYPING_S = 2.5
_SILENT_S = 15.0
_AGAIN_S = 2.0

log = logs.get(__name__)
Answer = dict[str, Any]
Said = TypeVar("Said", bound=pydantic.BaseModel)


def refused(code: str, retry_after: float | None = None, **more: Any) -> Answer:
    """Return what refuses: {error: {code, retry_after?, …}}; the code is a word below `widget.error.`."""
    after = {} if retry_after is None else {"retry_after": round(retry_after, 1)}
    return {"error": {"code": code, **after, **more}}


class Sockets:
    """The open sockets of this process.

    Args:
        visits: does what is asked. `rooms` is set by whoever puts the widget together.
        metrics: where the figures go.
    """

    rooms: Rooms

    def __init__(self, visits: Visits, metrics: CollectorRegistry) -> None:
        self._visits = visits
        self._seats: dict[str, Seat] = {}
        self._left: dict[str, tuple[float, float]] = {}
        self._addresses: dict[str, str] = {}
        self._typed: dict[str, float] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._ends = Counter("okno_widget_asks", "What widgets asked, by end.", ["event", "end"], registry=metrics)
        self._open = Gauge("okno_widget_sockets", "Open sockets of widgets.", registry=metrics)
        # No origin is named: only pages of our own address may connect, and the frame is one.
        self.server = socketio.AsyncServer(
            async_mode="aiohttp", ping_interval=_PING_S, ping_timeout=_PONG_S, max_http_buffer_size=_MESSAGE_BYTES,
            namespaces=[NAMESPACE], logger=False, engineio_logger=False,
        )  # fmt: skip

    def attach(self, app: web.Application) -> None:
        """Serve on the public listener."""
        on: Mapping[str, tuple[type[pydantic.BaseModel] | None, Callable[..., Awaitable[Answer]]]] = {
            "msg": (Message, self._visits.write), "typing": (Typing, self._typing), "read": (Read, self._visits.read),
            "rate": (Rate, self._visits.rate), "end": (None, self._visits.end),
            "callback_request": (Callback, self._visits.callback), "links": (None, self._visits.links),
        }  # fmt: skip
        for name, (model, handler) in on.items():
            self.server.on(name, self._door(name, model, handler), namespace=NAMESPACE)
        self.server.on("hello", self._greeting, namespace=NAMESPACE)
        self.server.on("connect", self._connected, namespace=NAMESPACE)
        self.server.on("disconnect", self._disconnected, namespace=NAMESPACE)
        self.server.attach(app, socketio_path=PATH.strip("/"))
        app.on_shutdown.append(self._shut)

    async def emit(self, event: str, body: Mapping[str, Any], sid: str) -> None:
        """Send a word to one browser."""
        await self.server.emit(event, dict(body), to=sid, namespace=NAMESPACE)

    async def _connected(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        self._addresses[sid] = visitor_of(environ["aiohttp.request"])
        self._open.inc()
        loop = asyncio.get_running_loop()
        self._timers[sid] = loop.call_later(_SILENT_S, lambda: loop.create_task(self._end_silent(sid)))

    async def _disconnected(self, sid: str, reason: str = "") -> None:
        if self._addresses.pop(sid, None) is not None:
            self._open.dec()
        timer = self._timers.pop(sid, None)
        if timer is not None:
            timer.cancel()
        self._left.pop(sid, None)
        self._typed.pop(sid, None)
        seat = self._seats.pop(sid, None)
        if seat is not None:
            self.rooms.leave(seat)

    async def _end_silent(self, sid: str) -> None:
        """Whoever does not say who he is has no business here."""
        if sid in self._addresses and sid not in self._seats:
            await self.server.disconnect(sid, namespace=NAMESPACE)

    async def _greeting(self, sid: str, body: Any = None) -> Answer:
        return await self._safely("hello", sid, lambda: self._hello(sid, body))

    async def _hello(self, sid: str, body: Any) -> Answer:
        said = Hello.model_validate(body)
        visitor = await self._visits.visitors.find(said.visitor_token)
        if visitor is None or not self._visits.knows(visitor.site):
            return refused("stranger")
        seat = self._seats.get(sid)
        if seat is None or seat.visitor.id != visitor.id:
            if seat is not None:
                self.rooms.leave(seat)
            language, address = said.lang or self._visits.language(visitor), self._addresses.get(sid, "")
            seat = Seat(sid=sid, visitor=visitor, language=language, address=address)
            if sid not in self._addresses:
                return refused("closed")
            self._seats[sid] = seat
        seat.visitor = visitor
        entered = await self.rooms.enter(seat, said.since_seq, said.conversation)
        if sid not in self._addresses:  # he went while he was let in
            self.rooms.leave(seat)
        return {"ok": True, **entered}

    def _door(
        self, name: str, model: type[Said] | None, handler: Callable[..., Awaitable[Answer]]
    ) -> Callable[..., Awaitable[Answer]]:
        async def pass_through(sid: str, body: Any = None) -> Answer:
            seat = self._seats.get(sid)
            if seat is None:
                return refused("stranger")
            said = () if model is None else (body,)

            async def asked() -> Answer:
                return await handler(seat, *(model.model_validate(one) for one in said if model is not None))

            return await self._safely(name, sid, asked)

        return pass_through

    async def _safely(self, name: str, sid: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        answer = refused("rate", 1 / _PER_S) if not self._spend(sid) else await self._answered(name, ask)
        error = answer.get("error")
        self._ends.labels(name, error["code"] if error else "ok").inc()
        return answer

    async def _answered(self, name: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            return await ask()
        except pydantic.ValidationError as error:
            flaws = error.errors(include_input=False, include_url=False)
            fields = dict.fromkeys(str(flaw["loc"][0]) for flaw in flaws if flaw["loc"])
            return refused("malformed", fields=list(fields))
        except TooMany as error:
            return refused("rate", error.retry_after_s)
        except DatabaseDown:
            return refused("down", _AGAIN_S)
        except Exception:
            # A mistake of ours with one event: python-socketio would leave the browser without any answer to it.
            log.exception("event_failed", extra={"socket_event": name})
            return refused("failed", _AGAIN_S)

    def _spend(self, sid: str) -> bool:
        now = monotonic()
        level, at = self._left.get(sid, (_AT_ONCE, now))
        level = min(_AT_ONCE, level + (now - at) * _PER_S)
        self._left[sid] = (level - 1 if level >= 1 else level, now)
        return level >= 1

    async def _typing(self, seat: Seat, said: Typing) -> Answer:
        now = monotonic()
        if said.on and now - self._typed.get(seat.sid, -_TYPING_S) < _TYPING_S:
            return {"ok": True}
        self._typed[seat.sid] = now
        return await self._visits.typing(seat, said)

    async def _shut(self, _: web.Application) -> None:
        """Cut every line at the end: browsers take that for a lost connection and come back by themselves."""
        for transport in list(self.server.eio.sockets.values()):
            await transport.close(wait=False, abort=True)
