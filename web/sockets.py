"""Socket.IO: the handshake, the rooms, and the one door every event passes: session, rate, permission, shape."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import pydantic
import socketio
from aiohttp import web

import okno.logs
from okno.clock import monotonic, now
from okno.database import DatabaseDown
from okno.service import ServiceDown, ServiceRefused
from web.accounts.roles import declared_of, public
from web.accounts.sessions import Sessions
from web.live.desk import Caller, Desk, Handler
from web.live.fanout import Fanout, operator_room, view_room
from web.live.links import Links
from web.live.meters import Meters
from web.live.pages import Pages
from web.site.address import Address
from web.site.guard import IDENTITY, Guard

log = okno.logs.get(__name__)

PATH = "/socket.io/"
# A dead line is noticed within 20 s by the server and the browser alike; patches show it sooner.
_PING_S, _PONG_S = 10, 10
# The largest thing a browser has to say is a note of four thousand letters.
_MESSAGE_BYTES = 64 * 1024
_TOUCH_S = 60.0
_EXPIRY_S = 1.0
_WHY_OF_STATUS = {
    400: "bad_request", 403: "forbidden", 404: "not_found", 409: "stale", 422: "bad_request",
    **dict.fromkeys((421, 503), "engine_down"),  # nobody leads just now
}  # fmt: skip
# What changes something at the engine: its silence leaves open whether it was done.
_ORDERS = frozenset(("command", "identify", "disown"))
# Whose phone may ring on a screen; the other roles see no patients' traces of this kind.
_RUNG = ("operator", "supervisor")
# How long a farewell may take before the line is cut: a disabled person is out within two seconds.
_FAREWELL_S = 0.5


class Sockets:
    """The open sockets of this process. `desk` and `links` are set by the composition root before the first handshake.

    Args:
        address: whose origins may connect.
        guard: knows whose cookie it is.
        sessions: kept alive by open pages.
        meters: the metrics.
        pages: is told whose sockets open and close.
    """

    desk: Desk
    links: Links

    def __init__(self, address: Address, guard: Guard, sessions: Sessions, meters: Meters, pages: Pages) -> None:
        self._address, self._guard, self._sessions, self._meters = address, guard, sessions, meters
        self._pages = pages
        self._callers: dict[str, Caller] = {}
        self._fanout: Fanout | None = None
        self.server = socketio.AsyncServer(
            async_mode="aiohttp", transports=["websocket"], cors_allowed_origins=sorted(address.origins),
            ping_interval=_PING_S, ping_timeout=_PONG_S, max_http_buffer_size=_MESSAGE_BYTES, logger=False,
            engineio_logger=False,
        )

    def attach(
        self, app: web.Application, desk: Desk, links: Links, fanout: Fanout, more: Mapping[str, Handler]
    ) -> dict[str, str]:
        """Serve on `app`; return the permission of every event: the desk's, and `more` of others.

        Raises:
            UndeclaredPermission: an event has none; the service must not start.
        """
        self.desk, self.links, self._fanout = desk, links, fanout
        events = {**desk.events(), **more}
        for name, handler in events.items():
            self.server.on(name, self._door(name, handler))
        self.server.on("connect", self._connected)
        self.server.on("disconnect", self._disconnected)
        self.server.on("*", self._unknown)
        app.router.add_get(PATH, self.handshake)
        app.on_shutdown.append(self._shut)
        return {name: declared_of(handler) for name, handler in events.items()}

    @public("the handshake itself asks for the session's cookie and the page's origin")
    async def handshake(self, request: web.Request) -> Any:
        """Let a page of ours with a session open its WebSocket (ASVS 4.4.2, 4.4.3); there is no other transport."""
        if request.headers.get("Origin", "") not in self._address.origins:
            self._meters.refused.labels("origin").inc()
            log.warning("socket_refused", extra={"why": "origin"})
            raise web.HTTPForbidden
        if "sid" in request.query or request.headers.get("Upgrade", "").lower() != "websocket":
            raise web.HTTPBadRequest
        try:
            identity = await self._guard.watcher(request)
        except DatabaseDown:
            raise web.HTTPServiceUnavailable from None
        if identity is None:
            self._meters.refused.labels("no_session").inc()
            raise web.HTTPUnauthorized
        request[IDENTITY] = identity
        return await self.server.handle_request(request)

    async def greet(self, caller: Caller) -> None:
        """Tell a socket which services answer."""
        await self.server.emit("link", self.links.state, to=caller.sid)

    async def enter(self, caller: Caller) -> None:
        """Put a socket into the room of its view; does not yield to the loop."""
        await self.server.enter_room(caller.sid, view_room(caller.who.role))

    @property
    def count(self) -> int:
        """How many sockets are open."""
        return len(self._callers)

    def keys(self) -> set[bytes]:
        """Return the hashes of the sessions that have a socket open here."""
        return {caller.who.key for caller in self._callers.values()}

    async def end_keys(self, keys: Collection[bytes], why: str = "expired") -> None:
        """End every socket of these sessions."""
        await self._end([caller for caller in self._callers.values() if caller.who.key in keys], why)

    async def end_account(self, account: UUID, why: str) -> None:
        """End every socket of an account."""
        await self._end([caller for caller in self._callers.values() if caller.who.account == account], why)

    async def keep(self) -> None:
        """Keep the sessions of open pages from idling and end those whose time is up; for ever, database or not."""
        touched = monotonic()
        while True:
            await asyncio.sleep(_EXPIRY_S)
            moment = now()
            over = [caller for caller in self._callers.values() if caller.who.expires_at <= moment]
            await self._end(over, "expired")
            if monotonic() - touched >= _TOUCH_S and self._callers:
                touched = monotonic()
                with contextlib.suppress(DatabaseDown):  # okno.database logs it; the next minute tries again
                    await self._sessions.touch(self.keys())

    async def _connected(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        who = environ["aiohttp.request"][IDENTITY]
        self._callers[sid] = Caller(sid, who)
        self._meters.sockets.labels(who.role).inc()
        if who.operator and who.role in _RUNG:
            self._pages.opened(who.operator)
            await self.server.enter_room(sid, operator_room(who.operator))

    async def _disconnected(self, sid: str, reason: str = "") -> None:
        caller = self._callers.pop(sid, None)
        if caller is not None:
            self._forget(caller)

    async def _unknown(self, event: str, sid: str, *_: Any) -> dict[str, Any]:
        self._meters.refused.labels("unknown_event").inc()
        log.warning("event_refused", extra={"why": "unknown_event"})
        return {"ok": False, "why": "unknown_event"}

    def _door(self, name: str, handler: Handler) -> Any:
        needed = declared_of(handler)

        async def pass_through(sid: str, *args: Any) -> dict[str, Any]:
            started = monotonic()
            caller = self._callers.get(sid)
            why = _judged(caller, needed)
            if caller is None or why:
                self._meters.refused.labels(why).inc()
                log.warning("event_refused", extra={"why": why, "socket_event": name})
                return {"ok": False, "why": why}
            answer = await self._answer(name, handler, caller, args[0] if len(args) == 1 else None)
            self._meters.answered(name, monotonic() - started)
            return answer

        return pass_through

    async def _answer(self, name: str, handler: Handler, caller: Caller, body: Any) -> dict[str, Any]:
        try:
            return await handler(caller, body)
        except pydantic.ValidationError:
            return {"ok": False, "why": "bad_request"}
        except ServiceRefused as refusal:
            return {"ok": False, "why": _WHY_OF_STATUS.get(refusal.status, "refused")}
        except (ServiceDown, DatabaseDown):
            # An order may have been carried out all the same: the screen says «unknown» and looks (P2).
            unknown = name in _ORDERS and self.links.state["engine"]
            return {"ok": False, "why": "unknown" if unknown else "engine_down"}
        except Exception:
            # A mistake of ours with one event: python-socketio would leave the screen without any answer to it.
            # The log keeps its kind and place, and nothing of what was asked (okno.logs.faults).
            log.exception("event_failed", extra={"socket_event": name})
            self._meters.refused.labels("failed").inc()
            return {"ok": False, "why": "failed"}

    async def _end(self, callers: list[Caller], why: str) -> None:
        await asyncio.gather(*(self._farewell(caller, why) for caller in callers))

    async def _farewell(self, caller: Caller, why: str) -> None:
        if self._callers.pop(caller.sid, None) is None:
            return
        caller.ended = True
        self._forget(caller)
        for room in list(self.server.rooms(caller.sid)):
            if room != caller.sid:
                await self.server.leave_room(caller.sid, room)
        try:
            async with asyncio.timeout(_FAREWELL_S):
                await self.server.emit("bye", {"reason": why}, to=caller.sid)
                await self.server.disconnect(caller.sid)
        except TimeoutError:
            await self._cut(caller.sid)

    async def _cut(self, sid: str) -> None:
        """Close the transport without waiting for a peer that does not read."""
        engine = self.server.eio
        transport = engine.sockets.get(self.server.manager.eio_sid_from_sid(sid, "/"))
        if transport is not None:
            await transport.close(wait=False, abort=True)

    def _forget(self, caller: Caller) -> None:
        self._meters.sockets.labels(caller.who.role).dec()
        if caller.who.operator and caller.who.role in _RUNG:
            self._pages.closed(caller.who.operator)
        if caller.synced and self._fanout is not None:
            self._fanout.leave(caller.who.role)

    async def _shut(self, _: web.Application) -> None:
        """Cut every line at the end: browsers take that for a lost connection and come back by themselves.

        A Socket.IO disconnect would tell them to stay away, and an open WebSocket would hold up aiohttp's own end.
        """
        for transport in list(self.server.eio.sockets.values()):
            await transport.close(wait=False, abort=True)


def _judged(caller: Caller | None, needed: str) -> str:
    """Return why an event is refused at the door; empty when it may pass."""
    if caller is None or caller.ended:
        return "closed"
    if not caller.spend():
        return "too_fast"
    return "" if caller.who.may(needed) else "forbidden"
