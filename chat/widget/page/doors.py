"""The widget's HTTP side: the script, the frame with its files, who visits, what he uploads and downloads."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import pydantic
from aiohttp import web

from chat.widget import rules
from chat.widget.asks import Opened, Started, Vouched, consented
from chat.widget.networks import Networks, read
from chat.widget.page.consents import Consents
from chat.widget.page.frame import Frame
from chat.widget.page.hours import Hours
from chat.widget.rooms import Rooms
from chat.widget.sight import Sight
from chat.widget.uploads import TooManyFiles, Upload, Uploads
from chat.widget.visitors import Person, TooMany, Visitor, Visitors, new_token
from okno import clock
from okno.service.visitors import visitor_of
from okno.settings import Runtime, SiteSettings, WidgetSettings

_BODY_BYTES = 32 * 1024
# Uploads are held in memory while they come: so many at once, and of one visitor.
_AT_ONCE, _AT_ONCE_OF_ONE = 12, 2
_READ_S = 90.0
_NAME = 200
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class Doors:
    """The routes.

    Args:
        runtime: settings and secrets.
        frame: makes the script and the page.
        hours: knows whether somebody answers.
        visitors, uploads, sight: what is kept of visitors.
        rooms: knows how long they wait.
        consents: keeps to which words they consented.

    Raises:
        SecretMissing: a site's secret is named and not there.
        NetworksWrong: a list of networks cannot be read.
    """

    def __init__(
        self, runtime: Runtime, frame: Frame, *, hours: Hours, visitors: Visitors, uploads: Uploads, sight: Sight,
        rooms: Rooms, consents: Consents,
    ) -> None:  # fmt: skip
        sites = {site.key: site for site in runtime.settings.chat.sites if site.widget is not None}
        self._sites = sites
        self._secrets = {
            key: runtime.secret(site.widget.secret).encode()
            for key, site in sites.items()
            if site.widget is not None and site.widget.secret
        }
        self._denied = {key: _denied(site.widget, runtime) for key, site in sites.items() if site.widget is not None}
        self._frame, self._hours, self._visitors, self._uploads = frame, hours, visitors, uploads
        self._sight, self._rooms, self._consents = sight, rooms, consents
        self._uploading = asyncio.Semaphore(_AT_ONCE)
        self._uploaders: Counter[UUID] = Counter()

    def attach(self, app: web.Application) -> None:
        """Put the routes onto the public listener."""
        app.router.add_get("/widget/v1.js", self.script)
        app.router.add_get("/widget/frame", self.page)
        app.router.add_get("/widget/static/{version}/{path:.+}", self._frame.asset)
        app.router.add_post("/widget/session", self.session)
        app.router.add_post("/widget/start", self.start)
        app.router.add_post("/widget/upload", self.upload)
        app.router.add_get("/widget/file/{id}", self.file)

    async def script(self, request: web.Request) -> web.Response:
        """Answer the script of a site's pages."""
        return self._frame.script(self._site(request.query.get("site", "")))

    async def page(self, request: web.Request) -> web.Response:
        """Answer the frame; only pages of the site may hold it."""
        site = self._site(request.query.get("site", ""))
        return self._frame.page(site, request.query.get("lang", ""), request.query.get("theme", ""))

    async def session(self, request: web.Request) -> web.Response:
        """Say who visits and whether somebody is there."""
        opened = await self._read(request, Opened)
        site, _ = self._whose(opened)
        if visitor_of(request) in self._denied[site.key]:
            raise web.HTTPForbidden
        token = new_token()
        visitor, vouched = await self._known(opened, site), self._vouched(opened.identity, site)
        if visitor is not None:
            token = opened.visitor_token or ""
        elif vouched is not None:
            visitor = await self._visitors.again(token, site.key, vouched.id, visitor_of(request))
        standing = None
        if visitor is not None:
            standing = await self._sight.standing(visitor.account, self._sight.blind(visitor))
        is_open = await self._hours.open(site.queue)
        place = self._rooms.place(standing.conversation) if standing else (None, None)
        person = visitor.person if visitor else Person()
        return _json({
            "visitor_token": token,
            "conversation_id": str(standing.conversation) if standing else None,
            "visitor": {
                "started": visitor is not None, "consent": bool(person.consent), "name": person.name,
                "phone": bool(person.phone),
            },
            "queue": {
                "open": is_open, "position": place[0], "eta_s": place[1],
                "opens_at": None if is_open else await self._hours.opens(site.queue, opened.lang),
            },
        })  # fmt: skip

    async def start(self, request: web.Request) -> web.Response:
        """Keep who a visitor is, after he consented."""
        started = await self._read(request, Started)
        site, widget = self._whose(started)
        address = visitor_of(request)
        if address in self._denied[site.key]:
            raise web.HTTPForbidden
        vouched = self._vouched(started.identity, site)
        person = self._person(started, site, request, vouched)
        known = await self._known(started, site)
        wrong = [] if known is not None and known.person.consent else _lacking(started, person, widget)
        token = started.visitor_token or ""
        if wrong or not rules.TOKEN.fullmatch(token):
            return _json({"error": {"code": "malformed", "fields": wrong}})
        if not started.hp:  # who filled that in is no person: thanked like everybody, he is nobody
            try:
                visitor = await self._visitors.start(
                    token, site.key, person, address=address, vouched_id=vouched.id if vouched else ""
                )
            except TooMany as error:
                return _json({"error": {"code": "rate", "retry_after": round(error.retry_after_s)}})
            if person.consent:
                await self._consents.keep(visitor, person.consent)
        told = {"started": True, "consent": True, "name": person.name, "phone": bool(person.phone)}
        return _json({"visitor": told})

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file that goes with a message."""
        visitor = await self._visitor(request)
        if (request.content_length or 0) > rules.UPLOAD_BYTES:
            raise web.HTTPRequestEntityTooLarge(rules.UPLOAD_BYTES, request.content_length or 0)
        if self._uploaders[visitor.id] >= _AT_ONCE_OF_ONE:
            raise web.HTTPTooManyRequests
        self._uploaders[visitor.id] += 1
        try:
            async with self._uploading:
                kept = await self._kept(visitor, _name(request.headers.get("Okno-Name", "")), request)
        finally:
            self._uploaders[visitor.id] -= 1
            if not self._uploaders[visitor.id]:
                del self._uploaders[visitor.id]
        return _json({"upload_id": str(kept.id), "name": kept.name, "mime": kept.mime, "size": kept.size})

    async def _kept(self, visitor: Visitor, name: str, request: web.Request) -> Upload:
        content = await _content(request)
        mime = rules.kind_of(name, content)
        if mime is None:
            raise web.HTTPUnsupportedMediaType
        try:
            return await self._uploads.keep(visitor.id, name, mime, content)
        except TooManyFiles:
            raise web.HTTPTooManyRequests from None

    async def file(self, request: web.Request) -> web.Response:
        """Answer a file of the visitor's own conversation, to be saved: it is never shown as a page of ours."""
        visitor = await self._visitor(request)
        try:
            found = await self._sight.file(visitor, UUID(request.match_info["id"]))
        except ValueError:
            raise web.HTTPNotFound from None
        if found is None:
            raise web.HTTPNotFound
        _, mime, content = found
        policy = {"Content-Disposition": "attachment", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return web.Response(body=content, content_type=mime or "application/octet-stream", headers=_SAFE | policy)

    def _site(self, key: str) -> SiteSettings:
        site = self._sites.get(key)
        if site is None:
            raise web.HTTPNotFound
        return site

    def _whose(self, opened: Opened) -> tuple[SiteSettings, WidgetSettings]:
        site = self._site(opened.site_key)
        if site.widget is None:
            raise web.HTTPNotFound
        return site, site.widget

    async def _known(self, opened: Opened, site: SiteSettings) -> Visitor | None:
        """Return whose token it is. One whom the site vouched for is asked for again with each page."""
        visitor = await self._visitors.find(opened.visitor_token or "", site.key)
        if visitor is None or (visitor.vouched and self._vouched(opened.identity, site) is None):
            return None
        return visitor

    def _vouched(self, identity: Vouched | None, site: SiteSettings) -> Vouched | None:
        secret = self._secrets.get(site.key)
        if identity is None or secret is None:
            return None
        signed = rules.vouched(secret, identity.id, identity.ts, identity.hmac, clock.now())
        return identity if signed else None

    def _person(
        self, started: Started, site: SiteSettings, request: web.Request, vouched: Vouched | None
    ) -> Person:
        entry = {"source": "widget", "page": started.page_url, "referrer": started.referrer, "lang": started.lang}
        entry |= {f"utm_{name}": text for name, text in started.utm.items()}
        if started.topic:
            entry["topic"] = started.topic
        words = self._frame.consent(site, started.lang)
        agent = request.headers.get("User-Agent", "")
        kept = consented(words, site.consent, clock.now(), visitor_of(request), agent) if started.consent else {}
        # What the page says of itself is said by anybody's script: only what is signed is taken from it.
        phone = started.phone or (vouched.phone if vouched else "")
        return Person(
            name=started.name or (vouched.name if vouched else ""), phone=phone,
            claim="page" if vouched and not started.phone else "form", consent=kept,
            entry={name: text for name, text in entry.items() if text},
        )  # fmt: skip

    async def _visitor(self, request: web.Request) -> Visitor:
        visitor = await self._visitors.find(request.headers.get("Okno-Visitor", ""))
        if visitor is None or visitor.site not in self._sites:
            raise web.HTTPUnauthorized
        return visitor

    async def _read(self, request: web.Request, model: type[Any]) -> Any:
        """Read a body of the frame's: nobody else's page posts here. Raises HTTPForbidden, HTTPBadRequest."""
        if urlsplit(request.headers.get("Origin", "")).netloc != request.host:
            raise web.HTTPForbidden
        if request.content_type != "application/json" or (request.content_length or 0) > _BODY_BYTES:
            raise web.HTTPBadRequest
        try:
            return model.model_validate_json(await request.read())
        except pydantic.ValidationError:
            raise web.HTTPBadRequest from None


def _denied(widget: WidgetSettings, runtime: Runtime) -> Networks:
    listed = (one for file in widget.deny_files for one in read(runtime.path(file)))
    return Networks([*widget.deny, *listed])


def _lacking(started: Started, person: Person, widget: WidgetSettings) -> list[str]:
    """Return which fields must still be filled in."""
    given = {"name": person.name, "phone": person.phone, "topic": started.topic}
    wrong = [str(name) for name in widget.required if name in widget.ask and not given[name]]
    return wrong + ([] if started.consent else ["consent"])


async def _content(request: web.Request) -> bytes:
    read = bytearray()
    try:
        async with asyncio.timeout(_READ_S):
            async for piece in request.content.iter_any():
                read += piece
                if len(read) > rules.UPLOAD_BYTES:
                    raise web.HTTPRequestEntityTooLarge(rules.UPLOAD_BYTES, len(read))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(read)


def _name(header: str) -> str:
    """Return a file's name as it is shown: one line, no folders."""
    plain = "".join(sign for sign in unquote(header) if sign.isprintable())
    return plain.replace("\\", "/").rpartition("/")[2].strip()[-_NAME:] or "file"


def _json(body: dict[str, Any]) -> web.Response:
    return web.Response(text=json.dumps(body, ensure_ascii=False), content_type="application/json", headers=_SAFE)
