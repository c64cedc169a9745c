"""The internal HTTP routes of conversations, as `chat.client` asks them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import WSMsgType, web

from chat.conversations.live import Hub, announce
from chat.desk.asked import Asked, AskedMessages, AskedOf, Changed, No, Sent, Started, Told, asked
from chat.desk.seeing import Seeing
from chat.desk.writing import Writing
from okno.database import Database

_BEAT_S = 1.0
_BEAT = json.dumps({"what": "beat"})
# What others than the processes of `chat` hear; the rest is among ourselves.
_TOLD = {"begun", "message", "changed", "state", "conversation", "typing", "account"}
_TELLINGS = "typing|seen|block|unblock"
_PLACES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Desk:
    """The routes and what they stand on."""

    database: Database
    seeing: Seeing
    writing: Writing
    hub: Hub

    def routes(self) -> list[web.RouteDef]:
        """Return what the service adds to its internal application."""
        one = "/v1/conversations/{id:[0-9a-f-]{36}}"
        return [
            web.post("/v1/conversations", self.start),
            web.post("/v1/conversations/of", self.of),
            web.post(one + "/open", self.open),
            web.post(one + "/messages", self.messages),
            web.post(one + "/send", self.send),
            web.post(one + "/note", self.note),
            web.post(one + f"/{{what:{_TELLINGS}}}", self.tell),
            web.post("/v1/messages/{id:[0-9a-f-]{36}}/{what:edit|delete|retry}", self.change),
            web.post("/v1/places", self.places),
            web.get("/live", self.live),
        ]

    async def open(self, request: web.Request) -> web.Response:
        """Show a conversation."""
        try:
            view = await self.seeing.open(_id(request), asked(Asked, await _json(request)).who)
        except No as no:
            return no.answer()
        return web.Response(text=view.model_dump_json(), content_type="application/json")

    async def messages(self, request: web.Request) -> web.Response:
        """Show messages."""
        try:
            rows = await self.seeing.messages(_id(request), asked(AskedMessages, await _json(request)))
        except No as no:
            return no.answer()
        return web.json_response({"items": [row.model_dump(mode="json") for row in rows]})

    async def of(self, request: web.Request) -> web.Response:
        """Answer which conversations persons have."""
        return web.json_response({"items": await self.seeing.of(asked(AskedOf, await _json(request)).identities)})

    async def send(self, request: web.Request) -> web.Response:
        """Send a message."""
        try:
            row = await self.writing.send(_id(request), asked(Sent, await _json(request)))
        except No as no:
            return no.answer()
        return web.Response(text=row.model_dump_json(), content_type="application/json")

    async def note(self, request: web.Request) -> web.Response:
        """Write a note."""
        try:
            row = await self.writing.note(_id(request), asked(Sent, await _json(request)))
        except No as no:
            return no.answer()
        return web.Response(text=row.model_dump_json(), content_type="application/json")

    async def change(self, request: web.Request) -> web.Response:
        """Edit, delete or retry a message of ours."""
        try:
            row = await self.writing.change(
                _id(request), request.match_info["what"], asked(Changed, await _json(request))
            )
        except No as no:
            return no.answer()
        return web.Response(text=row.model_dump_json(), content_type="application/json")

    async def tell(self, request: web.Request) -> web.Response:
        """Hear something of a conversation."""
        try:
            await self.writing.tell(_id(request), request.match_info["what"], asked(Told, await _json(request)))
        except No as no:
            return no.answer()
        return web.json_response({})

    async def start(self, request: web.Request) -> web.Response:
        """Begin a conversation ourselves."""
        try:
            return web.json_response(await self.writing.start(asked(Started, await _json(request))))
        except No as no:
            return no.answer()

    async def places(self, request: web.Request) -> web.Response:
        """Hear how long people wait, and say so to all processes: each may have their widgets."""
        body = await _json(request)
        items = body.get("items") if isinstance(body, dict) else None
        if not isinstance(items, list) or len(items) > _PLACES_AT_ONCE:
            raise web.HTTPBadRequest
        async with self.database.acquire() as connection:
            for one in items:
                await announce(
                    connection, "place", conversation=str(one["conversation"]), position=one.get("position"),
                    eta_s=one.get("eta_s"),
                )  # fmt: skip
        return web.json_response({})

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        """Say what happens, for as long as somebody listens."""
        socket = web.WebSocketResponse(heartbeat=5.0)
        await socket.prepare(request)
        listening = asyncio.create_task(_until_closed(socket))
        telling = asyncio.create_task(self._tell(socket))
        beating = asyncio.create_task(_beat(socket))
        try:
            await asyncio.wait({listening, telling, beating}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (listening, telling, beating):
                task.cancel()
            await asyncio.gather(listening, telling, beating, return_exceptions=True)
        return socket

    async def _tell(self, socket: web.WebSocketResponse) -> None:
        async for said in self.hub.follow():
            if said["what"] in _TOLD:
                await socket.send_str(json.dumps(said))


async def _beat(socket: web.WebSocketResponse) -> None:
    while True:
        await socket.send_str(_BEAT)
        await asyncio.sleep(_BEAT_S)


async def _until_closed(socket: web.WebSocketResponse) -> None:
    async for said in socket:
        if said.type is WSMsgType.ERROR:
            return


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest(reason="the body is not JSON") from None


def _id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise web.HTTPNotFound from None
