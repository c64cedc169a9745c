"""Who may post in a site's forms: its pages, its own server; and what browsers are told of that."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping

from aiohttp import web

from chat.forms.keeping import Visitor
from okno.service.visitors import visitor_of
from okno.settings import Runtime, SiteSettings

_KEY = re.compile(r"[\x21-\x7e]{1,100}")


class Doors:
    """The doors of the forms of all sites.

    Args:
        runtime: the settings and secrets. Raises SecretMissing.
        path: where the form is posted.
        plain: the kinds of body that a form without JavaScript posts.
    """

    def __init__(self, runtime: Runtime, path: str, plain: tuple[str, ...]) -> None:
        sites = runtime.settings.chat.sites
        self.sites: Mapping[str, SiteSettings] = {site.key: site for site in sites}
        self._origins = {origin for site in sites for origin in site.origins}
        self._tokens = {site.key: runtime.secret(site.secret).encode() for site in sites if site.secret}
        self._path, self._plain = path, plain

    async def preflight(self, request: web.Request) -> web.Response:
        """Answer a browser that asks whether a script may post."""
        if request.headers.get("Origin") not in self._origins:
            raise web.HTTPForbidden
        return web.Response(status=204, headers={
            "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type",
            "Access-Control-Max-Age": "600",
        })  # fmt: skip

    async def allow(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let scripts of our sites read any answer, an error's too."""
        origin = request.headers.get("Origin")
        if request.path == self._path:
            response.headers["Vary"] = "Origin"
            if origin in self._origins:
                response.headers["Access-Control-Allow-Origin"] = str(origin)

    def visitor(self, request: web.Request, site: SiteSettings) -> Visitor:
        """Return who posts. Raises HTTPUnauthorized, HTTPForbidden, HTTPBadRequest."""
        if request.headers.get("Authorization"):
            expected, given = self._tokens.get(site.key, b""), token(request)
            if not expected or not given or not hmac.compare_digest(given, expected):
                raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
            key = request.headers.get("Idempotency-Key", "")
            if key and not _KEY.fullmatch(key):
                raise web.HTTPBadRequest(reason="the Idempotency-Key has 1 to 100 visible ASCII characters")
            return Visitor(server=True, key=key)
        if not self._may(request.headers.get("Origin"), site, request.content_type):
            raise web.HTTPForbidden(reason="this page may not post for that site")
        return Visitor(address=visitor_of(request))

    def server_of(self, request: web.Request) -> str | None:
        """Return the site whose own server asks; None when no site's does."""
        given = token(request)
        return next((key for key, known in self._tokens.items() if given and hmac.compare_digest(given, known)), None)

    def guess(self, request: web.Request) -> SiteSettings:
        """Return the site whose language an answer about a body nobody could read has."""
        origin = request.headers.get("Origin", "")
        return next((site for site in self.sites.values() if origin in site.origins), next(iter(self.sites.values())))

    def _may(self, origin: str | None, site: SiteSettings, kind: str) -> bool:
        """Whether a page may post. A page that tells nobody whence it comes has a plain form's origin `null`."""
        return origin is None or origin in site.origins or (origin == "null" and kind in self._plain)


def token(request: web.Request) -> bytes:
    """Return the bearer token a request carries; empty: none."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip().encode("utf-8", "surrogateescape") if scheme.lower() == "bearer" else b""
