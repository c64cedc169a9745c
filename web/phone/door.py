"""`/ws/phone`: SIP over WebSocket on our own origin, handed on to the Asterisk of the operator who asks.

Our session opens the door, SIP's digest opens Asterisk's. What goes through is neither kept nor logged.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp
from aiohttp import WSMsgType, web

import okno.logs
from okno.clock import monotonic, now
from okno.service import ServiceDown, ServiceRefused
from web.accounts.roles import Identity, permission
from web.live.engine import Engine
from web.live.meters import Meters
from web.phone.names import speaks_for
from web.site.address import Address
from web.site.guard import IDENTITY

log = okno.logs.get(__name__)

PATH = "/ws/phone"
SUBPROTOCOL = "sip"
# The longest message a phone says is an INVITE with its candidates: some six thousand letters.
_MESSAGE_BYTES = 64 * 1024
# A call is some ten messages and a transfer some more; a flood is felt by every call of that Asterisk.
_RATE_PER_S, _BURST = 20.0, 100.0
_HEARTBEAT_S = 15.0
_OPEN_S = 5.0
# An operator has one phone: the page that came before is told so, and does not come back by itself.
_ELSEWHERE = 4001
_POLICY = aiohttp.WSCloseCode.POLICY_VIOLATION


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """One page's open line to Asterisk. `over` is told the code it ends with; the line's own task then closes it."""

    who: Identity
    endpoint: str
    page: web.WebSocketResponse
    over: asyncio.Future[int]

    def end(self, code: int) -> None:
        """End it; a second end says nothing new."""
        if not self.over.done():
            self.over.set_result(code)


class Door:
    """The lines that go through this process.

    Args:
        engine: says which endpoint is whose, and where its Asterisk listens.
        address: whose origins may connect.
        meters: count refusals.
    """

    def __init__(self, engine: Engine, address: Address, meters: Meters) -> None:
        self._engine, self._address, self._meters = engine, address, meters
        self._open: set[Passage] = set()
        # A page that comes back in mid-call gets in with the engine dead, too.
        self._known: dict[str, dict[str, str]] = {}
        self._client: aiohttp.ClientSession | None = None

    def attach(self, app: web.Application) -> None:
        """Serve on `app`."""
        app.router.add_get(PATH, self.enter)
        app.on_shutdown.append(self._shut)

    def keys(self) -> set[bytes]:
        """Return the hashes of the sessions that have a line here."""
        return {one.who.key for one in self._open}

    async def end_keys(self, keys: Collection[bytes]) -> None:
        """Close every line of these sessions."""
        self._end([one for one in self._open if one.who.key in keys])

    async def end_account(self, account: UUID) -> None:
        """Close every line of an account."""
        self._end([one for one in self._open if one.who.account == account])

    @permission("phone.use")
    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Let an operator's page through to his PBX, for as long as his session lasts."""
        who = request[IDENTITY]
        if request.headers.get("Origin", "") not in self._address.origins:
            self._meters.refused.labels("origin").inc()
            raise web.HTTPForbidden
        place = await self._place(who)
        page = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), heartbeat=_HEARTBEAT_S, max_msg_size=_MESSAGE_BYTES, timeout=1.0
        )
        if not page.can_prepare(request) or SUBPROTOCOL not in request.headers.get("Sec-WebSocket-Protocol", ""):
            raise web.HTTPBadRequest
        try:
            async with asyncio.timeout(_OPEN_S):
                pbx = await self._session().ws_connect(
                    place["socket"], protocols=(SUBPROTOCOL,), heartbeat=_HEARTBEAT_S, max_msg_size=_MESSAGE_BYTES
                )
        except (aiohttp.ClientError, TimeoutError):
            log.warning("phone_socket_of_the_pbx_is_closed")
            raise web.HTTPServiceUnavailable from None
        passage = Passage(who, place["endpoint"], page, asyncio.get_running_loop().create_future())
        self._end([one for one in self._open if one.endpoint == passage.endpoint], _ELSEWHERE)
        self._open.add(passage)
        try:
            await page.prepare(request)
            await self._carry(passage, pbx)
        finally:
            self._open.discard(passage)
            passage.end(aiohttp.WSCloseCode.OK)
            await asyncio.gather(page.close(code=passage.over.result()), pbx.close(), return_exceptions=True)
        return page

    async def _place(self, who: Identity) -> dict[str, str]:
        """Return this operator's endpoint and the address of its web socket."""
        if who.operator is None:
            raise web.HTTPNotFound
        try:
            self._known[who.operator] = await self._engine.phone(
                "door", actor=who.name, role=who.role, operator=who.operator
            )
        except ServiceRefused:
            self._known.pop(who.operator, None)
        except ServiceDown:
            if who.operator not in self._known:
                raise web.HTTPServiceUnavailable from None
        if who.operator not in self._known:
            raise web.HTTPNotFound
        return self._known[who.operator]

    async def _carry(self, passage: Passage, pbx: aiohttp.ClientWebSocketResponse) -> None:
        left = (passage.who.expires_at - now()).total_seconds()
        ways = [asyncio.create_task(self._from_page(passage, pbx)), asyncio.create_task(_to_page(pbx, passage.page))]
        try:
            waits: list[asyncio.Future[Any]] = [*ways, passage.over]
            await asyncio.wait(waits, timeout=max(left, 0), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _from_page(self, passage: Passage, pbx: aiohttp.ClientWebSocketResponse) -> None:
        left, at = _BURST, monotonic()
        async for said in passage.page:
            moment = monotonic()
            left, at = min(_BURST, left + (moment - at) * _RATE_PER_S) - 1, moment
            ours = said.type is WSMsgType.TEXT and speaks_for(said.data, passage.endpoint)
            if left < 0 or not ours:
                self._meters.refused.labels("phone_name" if left >= 0 else "phone_too_fast").inc()
                log.warning("phone_message_refused")
                passage.end(_POLICY)
                return
            with contextlib.suppress(ConnectionError):
                await pbx.send_str(said.data)

    def _end(self, passages: list[Passage], code: int = _POLICY) -> None:
        for one in passages:
            one.end(code)

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None or self._client.closed:
            self._client = aiohttp.ClientSession()
        return self._client

    async def _shut(self, app: web.Application) -> None:
        self._end(list(self._open), aiohttp.WSCloseCode.GOING_AWAY)
        await asyncio.sleep(0)
        if self._client is not None:
            await self._client.close()


async def _to_page(pbx: aiohttp.ClientWebSocketResponse, page: web.WebSocketResponse) -> None:
    async for said in pbx:
        if said.type is not WSMsgType.TEXT:
            return
        with contextlib.suppress(ConnectionError):
            await page.send_str(said.data)
