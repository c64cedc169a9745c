"""What stands before every handler: does this route declare its permission, and who is asking.

The check is in one place and it is closed by default: a handler that declares nothing is never called.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from okno.database import DatabaseDown
from web.accounts.roles import PUBLIC, Identity, declared_of
from web.accounts.sessions import Sessions, form_token
from web.live.meters import Meters
from web.site.cookies import Cookies

IDENTITY = web.RequestKey("okno_identity", Identity)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# The kernel's own routes: no data of people; /metrics asks the service credential itself.
KERNEL_PATHS = frozenset({"/health", "/ready", "/metrics"})
# REST comes with a bearer token and is checked by web/rest/calls.py against the same declarations.
REST_PREFIX = "/api/"
FORM_HEADER = "Okno-Form"
_SAFE = frozenset({"GET", "HEAD"})


class Boards(Protocol):
    """What of `web.wallboard.boards.Wallboards` the guard needs."""

    async def find(self, session: str) -> Identity | None:
        """Whose session this is."""


class Guard:
    """Knows who is asking and lets him through or not.

    Args:
        sessions: the table of sessions.
        boards: the table of wallboards.
        cookies: where the session's id travels.
        meters: counts refusals.
    """

    def __init__(self, sessions: Sessions, boards: Boards, cookies: Cookies, meters: Meters) -> None:
        self._sessions, self._boards, self._cookies, self._meters = sessions, boards, cookies, meters

    async def identify(self, request: web.Request) -> Identity | None:
        """Return whose session the cookie names, or None. Raises DatabaseDown: nobody is let in unchecked."""
        session = self._cookies.session(request)
        return await self._sessions.find(session) if session else None

    async def watcher(self, request: web.Request) -> Identity | None:
        """Return who watches the live world: a person, else the wallboard this browser is, else None.

        Only the wallboard's page and the socket's handshake ask this: no other door opens for a wallboard.
        """
        person = await self.identify(request)
        wall = self._cookies.wall(request)
        return person or (await self._boards.find(wall) if wall else None)

    def token(self, request: web.Request) -> str:
        """Return the form token that belongs to the session, else to the visitor's cookie; empty without either."""
        secret = self._cookies.session(request) or self._cookies.visitor(request)
        return form_token(secret) if secret else ""

    async def check_form(self, request: web.Request) -> None:
        """Raise HTTPForbidden unless a form came from a page of ours: its token fits and no other site sent it."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            self._meters.refused.labels("foreign_form").inc()
            raise web.HTTPForbidden
        given = str((await request.post()).get("csrf", ""))
        secrets = [secret for secret in (self._cookies.session(request), self._cookies.visitor(request)) if secret]
        if not any(hmac.compare_digest(given.encode(), form_token(secret).encode()) for secret in secrets):
            self._meters.refused.labels("form_token").inc()
            raise web.HTTPForbidden

    def ours(self, request: web.Request) -> bool:
        """Say whether a page of ours asks by script: its header has the form token, and no other site sent it."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            self._meters.refused.labels("foreign_form").inc()
            return False
        given, session = request.headers.get(FORM_HEADER, ""), self._cookies.session(request)
        fits = bool(session) and hmac.compare_digest(given.encode(), form_token(session).encode())
        if not fits:
            self._meters.refused.labels("form_token").inc()
        return fits

    def middleware(self) -> Any:
        """Return the middleware that asks before each page's handler."""

        @web.middleware
        async def stand(request: web.Request, handler: Handler) -> web.StreamResponse:
            path = request.path
            if request.match_info.http_exception is not None or path in KERNEL_PATHS or path.startswith(REST_PREFIX):
                return await handler(request)
            needed = declared_of(request.match_info.handler)
            if needed != PUBLIC:
                await self._admit(request, needed)
            if request.method not in _SAFE:
                await self._check(request)
            return await handler(request)

        return stand

    async def _check(self, request: web.Request) -> None:
        """Raise HTTPForbidden unless a page of ours sent this: a form has its token inside, a script in a header."""
        if FORM_HEADER not in request.headers:
            await self.check_form(request)
        elif not self.ours(request):
            raise web.HTTPForbidden

    async def _admit(self, request: web.Request, needed: str) -> None:
        try:
            identity = await self.identify(request)
        except DatabaseDown:
            raise web.HTTPServiceUnavailable from None
        if identity is None:
            raise web.HTTPUnauthorized
        if not identity.may(needed):
            self._meters.refused.labels("forbidden").inc()
            raise web.HTTPForbidden
        request[IDENTITY] = identity


def check_declarations(app: web.Application) -> dict[tuple[str, str], str]:
    """Return the permission of every route of an application, by method and path pattern.

    Raises:
        UndeclaredPermission: a route has none; the service must not start.
    """
    declared: dict[tuple[str, str], str] = {}
    for route in app.router.routes():
        pattern = route.resource.canonical if route.resource is not None else ""
        if pattern not in KERNEL_PATHS:
            declared[route.method, pattern] = declared_of(route.handler)
    return declared
