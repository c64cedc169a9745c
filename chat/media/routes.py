"""The internal routes of files (`chat.client`): kept, told of, given out; each look is audited before the answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from aiohttp import web

from chat.desk.asked import SUPERVISING
from chat.media.keeping import Media, NoFile, TooBig
from okno.audit import AuditTrail
from okno.service.doors import problem

_PIECE_BYTES = 64 << 10
_NAME_SIGNS = 255
# Whatever it is, it is saved, not opened, and nothing in it runs.
_HARMLESS = {
    "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}  # fmt: skip


class Attachments:
    """The routes.

    Args:
        media: keeps files.
        audit: of `chat`.
    """

    def __init__(self, media: Media, audit: AuditTrail) -> None:
        self._media, self._audit = media, audit

    def routes(self) -> list[web.RouteDef]:
        """Return what the service adds to its internal application."""
        return [
            web.post("/v1/attachments", self.upload),
            web.post("/v1/attachments/{id}", self.row),
            web.get("/v1/attachments/{id}/content", self.content),
        ]

    async def upload(self, request: web.Request) -> web.Response:
        """Keep a file that somebody is to send; only he can."""
        who = _who(request)
        name = _header(request, "Okno-Name")
        if not isinstance(name, str):
            raise web.HTTPBadRequest(reason="Okno-Name is a JSON string")
        if (request.content_length or 0) > self._media.most_bytes:
            return _refused(413, "too_big")
        try:
            row = await self._media.upload(name[:_NAME_SIGNS], _by(who), _pieces(request))
        except TooBig:
            return _refused(413, "too_big")
        except NoFile:
            return _refused(422, "refused")
        return web.Response(text=row.model_dump_json(), content_type="application/json")

    async def row(self, request: web.Request) -> web.Response:
        """Answer what a file is: its name, its type, whether it is there."""
        row = await self._media.get(_id(request))
        if row is None:
            raise web.HTTPNotFound
        return web.Response(text=row.model_dump_json(), content_type="application/json")

    async def content(self, request: web.Request) -> web.StreamResponse:
        """Answer a file's content, harmless whatever it is."""
        who, id = _who(request), _id(request)
        row = await self._media.get(id)
        if row is None or row.state != "ready":
            raise web.HTTPNotFound
        if who.get("role") not in SUPERVISING and await self._media.taken_back(id):
            raise web.HTTPNotFound  # a tombstone has no files either
        await self._audit.append(
            _by(who), "attachment.show", str(id), str(who.get("purpose") or ""), _request(who), {"mime": row.mime}
        )
        answer = web.StreamResponse(headers=_HARMLESS | {"Content-Type": "application/octet-stream"})
        answer.content_length = row.size
        await answer.prepare(request)
        async for piece in self._media.content(id):
            await answer.write(piece)
        await answer.write_eof()
        return answer


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    async for piece in request.content.iter_chunked(_PIECE_BYTES):
        yield piece


def _refused(status: int, why: str) -> web.Response:
    return problem(status, f"the file is not taken: {why}", key=f"chat.error.{why}", why=why)


def _header(request: web.Request, name: str) -> Any:
    try:
        return json.loads(request.headers.get(name, "null"))
    except ValueError:
        raise web.HTTPBadRequest(reason=f"{name} is JSON") from None


def _who(request: web.Request) -> dict[str, Any]:
    who = _header(request, "Okno-Who")
    if not isinstance(who, dict) or not who.get("actor"):
        raise web.HTTPBadRequest(reason="Okno-Who says who asks")
    return who


def _by(who: dict[str, Any]) -> str:
    return str(who["actor"])


def _id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise web.HTTPNotFound from None


def _request(who: dict[str, Any]) -> UUID | None:
    try:
        return UUID(str(who["request"])) if who.get("request") else None
    except ValueError:
        raise web.HTTPBadRequest(reason="Okno-Who names a request") from None
