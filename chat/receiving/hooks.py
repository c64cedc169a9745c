"""`/hook/{channel}/{account}`: proved on the raw bytes, kept, answered; with the database away or full: 503."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from chat.channels import Hook, Messenger, Stranger
from chat.receiving.raws import Raws
from okno.database import HELD_UP, DatabaseDown
from okno.service.visitors import visitor_of

PATH = "/hook/{channel}/{account}"
MOST_BYTES = 1024 * 1024
_READ_S = 15.0


class Hooks:
    """The webhooks of all accounts.

    Args:
        messengers: by account.
        raws: where events are kept.
        registry: where the figures go.
    """

    def __init__(self, messengers: Mapping[str, Messenger], raws: Raws, registry: CollectorRegistry) -> None:
        self._messengers = messengers
        self._raws = raws
        self._ends = Counter(
            "okno_chat_hooks", "Webhook requests, by how they ended.", ["account", "end"], registry=registry
        )

    def attach(self, app: web.Application) -> None:
        """Put the routes onto the public listener."""
        for path in (PATH, PATH + "/{secret}"):  # a gateway of SMS proves itself by nothing but the address it knows
            app.router.add_get(path, self.hook)
            app.router.add_post(path, self.hook)

    async def hook(self, request: web.Request) -> web.Response:
        """Take a webhook's request."""
        key = f"{request.match_info['channel']}:{request.match_info['account']}"
        messenger = self._messengers.get(key)
        if messenger is None:
            raise web.HTTPNotFound
        try:
            posted = messenger.posted(Hook(
                method=request.method, headers={name.lower(): value for name, value in request.headers.items()},
                query=dict(request.query), raw=await _body(request), path=request.path, address=visitor_of(request),
            ))  # fmt: skip
            await self._raws.keep(key, posted.events)
        except Stranger as error:
            self._ends.labels(key, "stranger").inc()
            return web.Response(status=error.status)
        except (DatabaseDown, *HELD_UP):
            # The provider's own repetition is what keeps the event now.
            self._ends.labels(key, "database_away").inc()
            return web.Response(status=503)
        self._ends.labels(key, "kept" if posted.events else "answered").inc()
        return web.Response(status=posted.status, text=posted.answer, content_type="text/plain")


async def _body(request: web.Request) -> bytes:
    """Read a body. Raises HTTPRequestEntityTooLarge, HTTPRequestTimeout."""
    if (request.content_length or 0) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES, request.content_length or 0)
    read = bytearray()
    try:
        async with asyncio.timeout(_READ_S):
            async for piece in request.content.iter_any():
                read += piece
                if len(read) > MOST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(MOST_BYTES, len(read))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(read)
