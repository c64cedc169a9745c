"""The internal routes of a web process; every one asks the service credential."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from okno.service.doors import asking_credential
from web.accounts.roles import public
from web.feed import WebStatus


class Api:
    """What the other services and `okno status` may ask.

    Args:
        secret: the service credential.
        status: tells how this process is.
    """

    def __init__(self, secret: str, status: Callable[[], WebStatus]) -> None:
        self._ask = asking_credential(secret, frozenset())
        self._status = status

    def attach(self, app: web.Application) -> None:
        """Put the routes onto `app`."""
        app.router.add_get("/internal/v1/status", self.status)

    @public("asks the service credential instead of a session")
    async def status(self, request: web.Request) -> web.StreamResponse:
        """Answer GET /internal/v1/status."""
        return await self._ask(request, self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        return web.json_response(self._status().model_dump())
