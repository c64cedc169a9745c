"""A message a caller left, played in the desk: audited by the engine before the first byte, then in pieces as asked.

A player asks for parts of a sound many times; that is one listening. The sound is held in memory for the session that
began it, for some minutes and no longer. `of` is how many calls the request had then: a newer message moves the others.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from aiohttp import web

from okno import clock
from okno.service import ServiceDown, ServiceRefused
from okno.service.doors import problem
from web.accounts.roles import permission
from web.live.engine import Answer
from web.site.guard import IDENTITY

HELD_S = 300.0
HELD = 20
PURPOSE = "message"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Engine(Protocol):
    """What of `engine.client.EngineClient` is needed here."""

    async def message(
        self, request: str, number: int, *, actor: str, role: str, purpose: str, operator: str | None
    ) -> tuple[bytes, Answer]:
        """Return a message of a request as a WAV file; audited before it is answered."""


@dataclass(frozen=True, slots=True)
class Held:
    """A sound a session listens to, and until when (monotonic seconds) it is held."""

    sound: bytes
    until: float


class Playing:
    """The route of messages.

    Args:
        engine: has them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: OrderedDict[tuple[bytes, str, int, str], Held] = OrderedDict()

    def attach(self, app: web.Application) -> None:
        """Put the route onto `app`. The path names a request and which of its messages, counted from the newest."""
        app.router.add_get(r"/sound/message/{request}/{number:\d{1,3}}", self.message)

    @permission("messages.hear")
    async def message(self, request: web.Request) -> web.StreamResponse:
        """Play a message, or the part of it that is asked for."""
        try:
            asked = str(UUID(request.match_info["request"]))
        except ValueError:
            return problem(404, "there is no such message", key="error.http_404")
        try:
            sound = await self._sound(request, asked, int(request.match_info["number"]))
        except ServiceRefused as refusal:
            status = refusal.status if refusal.status in (403, 404) else 404
            return problem(status, "the message is not played", key=f"error.http_{status}")
        except ServiceDown:
            return problem(503, "the engine is away", key="error.engine_away")
        return _part(request, sound)

    async def _sound(self, request: web.Request, asked: str, number: int) -> bytes:
        who, now = request[IDENTITY], clock.monotonic()
        for key in [key for key, held in self._held.items() if held.until < now]:
            del self._held[key]
        key = (who.key, asked, number, request.query.get("of", "")[:4])
        held = self._held.get(key)
        if held is None:
            sound, _ = await self._engine.message(
                asked, number, actor=who.name, role=who.role, purpose=PURPOSE, operator=who.operator
            )
            held = self._held[key] = Held(sound, now + HELD_S)
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        return held.sound


def _part(request: web.Request, sound: bytes) -> web.Response:
    """The whole sound, or one part of it (RFC 9110, 14.2); a range that is not understood is the whole."""
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    span = _RANGE.fullmatch(request.headers.get("Range", ""))
    if span is None or not (span[1] or span[2]):
        return web.Response(body=sound, content_type="audio/wav", headers=headers)
    size = len(sound)
    first = int(span[1]) if span[1] else max(0, size - int(span[2]))
    last = min(int(span[2]), size - 1) if span[1] and span[2] else size - 1
    if first > last:
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return web.Response(status=206, body=sound[first : last + 1], content_type="audio/wav", headers=headers)
