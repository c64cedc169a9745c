"""Files of conversations by HTTP: brought in pieces with the page's form token, given only as something to keep.

A file's name is a patient's own word: it travels in a header, never in an address. What may be looked at in the page is
a picture or a sound; everything else is bytes to be saved, and no browser guesses what they are (nosniff).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Final
from urllib.parse import quote, unquote
from uuid import UUID

from aiohttp import web

from chat.client import ChatClient
from okno.service import ServiceDown, ServiceRefused
from okno.service.doors import problem
from web.accounts.roles import permission
from web.chats.whose import asking, fits, pass_of
from web.site.guard import IDENTITY

NAME_HEADER: Final = "Okno-Name"
_LOOKED_AT: Final = frozenset((
    "image/png", "image/jpeg", "image/gif", "image/webp", "audio/mpeg", "audio/ogg", "audio/mp4", "audio/aac",
))
# A file is whole in memory while it passes: so many at once, and the rest wait. Whose line is slow keeps nobody else.
_AT_ONCE: Final = 12
_OF_ONE: Final = 3
_NAME: Final = 200


class Files:
    """The routes of files.

    Args:
        chat: its client.
        most_bytes: a file may have.
    """

    def __init__(self, chat: ChatClient, most_bytes: int) -> None:
        self._chat, self._most = chat, most_bytes
        self._all = asyncio.Semaphore(_AT_ONCE)
        self._own: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_OF_ONE))

    def attach(self, app: web.Application) -> None:
        """Put the routes onto `app`."""
        app.router.add_post("/chat/files", self.upload)
        app.router.add_get("/chat/files/{id}", self.download)

    @permission("chats.write")
    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Keep a file that is to go with a message; answers {id, key, name, size, …}."""
        who = request[IDENTITY]
        if (request.content_length or 0) > self._most:
            return _too_big()
        name = unquote(request.headers.get(NAME_HEADER, ""))[:_NAME]
        async with self._own[who.name], self._all:
            content = await self._read(request)
            if content is None:
                return _too_big()
            try:
                row = await self._chat.upload(content, name, request.content_type, asking(who, "chat", None))
            except ServiceRefused as refusal:
                return problem(refusal.status, "the file is not taken", key=f"error.http_{refusal.status}")
            except ServiceDown:
                return _away()
        return web.json_response({**row.model_dump(mode="json"), "key": pass_of(who, row.id)})

    @permission("chats.read")
    async def download(self, request: web.Request) -> web.StreamResponse:
        """Give a file that was shown to this session; `chat` audits it before it answers."""
        who, asked = request[IDENTITY], request.match_info["id"]
        try:
            id = str(UUID(asked))
        except ValueError:
            return _none()
        if not fits(who, id, request.query.get("k", "")):
            return _none()
        async with self._own[who.name], self._all:
            try:
                row, content = await self._chat.attachment(id, asking(who, "chat", None))
            except ServiceRefused:
                return _none()
            except ServiceDown:
                return _away()
            mime = row.mime if row.mime in _LOOKED_AT else "application/octet-stream"
            named = quote(row.name or id, safe="")
            headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{named}", "Cache-Control": "no-store"}
            answer = web.Response(body=content, content_type=mime, headers=headers)
            await answer.prepare(request)
            await answer.write_eof()
        return answer

    async def _read(self, request: web.Request) -> bytes | None:
        """Return the body, None when it is too big: no more of it than allowed is ever held."""
        body = bytearray()
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > self._most:
                return None
        return bytes(body)


def _too_big() -> web.Response:
    return problem(413, "the file is too big", key="error.http_413")


def _none() -> web.Response:
    return problem(404, "there is no such file", key="error.http_404")


def _away() -> web.Response:
    return problem(503, "the chat service is away", key="error.chat_away")
