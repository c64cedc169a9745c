"""The pages: log in, log out, the screens of each role, preferences; and what a browser sees when something fails."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypedDict

from aiohttp import web

import okno.logs
from okno.audit import AuditTrail
from okno.database import DatabaseDown
from okno.settings.model import Settings
from web.accounts.logins import Entered, Logins
from web.accounts.people import People
from web.accounts.roles import Identity, permission, public
from web.accounts.sessions import Sessions, form_token, key_of
from web.live.meters import Meters
from web.site.address import visitor_of
from web.site.boot import LANGUAGES, THEMES, boot, language, theme
from web.site.cookies import Cookies
from web.site.guard import IDENTITY, REST_PREFIX, Guard, Handler
from web.site.templates import Templates
from web.view import Tables

log = okno.logs.get(__name__)

HOMES = {"operator": "/desk", "supervisor": "/supervisor", "administrator": "/supervisor", "auditor": "/history"}
# Only these may a form or a log-in lead back to: an address from elsewhere is never followed.
_BACK = frozenset(("/", "/desk", "/supervisor", "/history", "/admin", "/ivr", "/lists", "/login"))
_CLEAR = '"cache", "cookies", "storage"'
_TROUBLES = {401: "problem.signed_out", 403: "problem.forbidden", 404: "problem.not_found", 503: "problem.away"}


class Look(TypedDict):
    """How a page is shown."""

    lang: str
    theme: str


class Pages:
    """The handlers of pages. `ended` is called with the hash of a session that was logged out, `left` with whose."""

    def __init__(
        self, settings: Settings, *, templates: Templates, guard: Guard, cookies: Cookies, logins: Logins,
        sessions: Sessions, people: People, audit: AuditTrail, meters: Meters,
        ended: Callable[[bytes], Awaitable[None]], left: Callable[[Identity], Awaitable[None]],
        tables: Callable[[], Tables] = dict,
    ) -> None:
        self._settings, self._templates, self._guard, self._cookies = settings, templates, guard, cookies
        self._logins, self._sessions, self._people = logins, sessions, people
        self._audit, self._meters, self._ended, self._left = audit, meters, ended, left
        self._tables = tables

    def attach(self, app: web.Application) -> None:
        """Put the pages onto `app`, with the words a browser gets for errors."""
        app.middlewares.append(self._tell)
        app.router.add_routes([
            web.get("/login", self.login_page), web.post("/login", self.log_in), web.post("/logout", self.log_out),
            web.get("/", self.home), web.get("/desk", self.desk), web.get("/supervisor", self.supervisor),
            web.get("/history", self.history), web.get("/admin", self.admin), web.get("/ivr", self.ivr),
            web.get("/lists", self.lists),
            web.post("/preferences", self.prefer),
        ])

    @public("nobody is signed in yet")
    async def login_page(self, request: web.Request) -> web.StreamResponse:
        """Show the log-in form, or the home page to whoever is signed in."""
        try:
            if await self._guard.identify(request) is not None:
                return _see("/")
        except DatabaseDown:
            return self._login(request, "login.error.away", status=503)
        return self._login(request, "login.error.expired" if "expired" in request.query else None)

    @public("this is where one signs in")
    async def log_in(self, request: web.Request) -> web.StreamResponse:
        """Check login and password; every failure looks the same from outside."""
        form = await request.post()
        login, password = str(form.get("login", ""))[:256], str(form.get("password", ""))
        address = visitor_of(request)
        try:
            outcome = await self._logins.enter(login, password, address)
            if isinstance(outcome, Entered):
                return await self._entered(request, outcome, address, str(form.get("next", "")))
            tried = {"login": login[:64], "address": address}
            await self._audit.append("anonymous", f"login.{outcome.why}", None, "login", None, tried)
        except DatabaseDown:
            return self._login(request, "login.error.away", status=503)
        self._meters.logins.labels(outcome.why).inc()
        if outcome.why == "slow":
            response = self._login(request, "login.error.slow", status=429)
            response.headers["Retry-After"] = str(int(outcome.wait_s + 1))
            return response
        return self._login(request, "login.error.wrong", status=401)

    @permission("session.end")
    async def log_out(self, request: web.Request) -> web.StreamResponse:
        """End the session here, in the database and on its sockets."""
        who = request[IDENTITY]
        await self._sessions.close(who.key)
        await self._ended(who.key)
        await self._left(who)
        await self._audit.append(who.name, "logout", str(who.account), "login")
        response = _see("/login")
        self._cookies.end_session(response)
        response.headers["Clear-Site-Data"] = _CLEAR
        return response

    @permission("page.home")
    async def home(self, request: web.Request) -> web.StreamResponse:
        """Lead to the screen of the role."""
        return _see(HOMES[request[IDENTITY].role])

    @permission("page.desk")
    async def desk(self, request: web.Request) -> web.StreamResponse:
        """Show the operator's screen."""
        return self._screen(request, "desk.html")

    @permission("page.supervisor")
    async def supervisor(self, request: web.Request) -> web.StreamResponse:
        """Show the supervisor's screen."""
        return self._screen(request, "supervisor.html")

    @permission("page.history")
    async def history(self, request: web.Request) -> web.StreamResponse:
        """Show the history of calls and requests."""
        return self._screen(request, "history.html")

    @permission("page.admin")
    async def admin(self, request: web.Request) -> web.StreamResponse:
        """Show the administration: the directory, its versions, accounts."""
        return self._screen(request, "admin.html")

    @permission("page.ivr")
    async def ivr(self, request: web.Request) -> web.StreamResponse:
        """Show what callers hear before they wait: flows and prompts."""
        return self._screen(request, "ivr.html")

    @permission("page.lists")
    async def lists(self, request: web.Request) -> web.StreamResponse:
        """Show the outbound lists: whom the clinic means to call."""
        return self._screen(request, "lists.html")

    @public("language and theme are chosen before the log-in too")
    async def prefer(self, request: web.Request) -> web.StreamResponse:
        """Remember a language or a theme, with the account if somebody is signed in."""
        form = await request.post()
        lang, look = str(form.get("lang", "")), str(form.get("theme", ""))
        response = _see(_safe(str(form.get("back", ""))))
        chosen_lang, chosen_theme = lang if lang in LANGUAGES else None, look if look in THEMES else None
        if chosen_lang:
            self._cookies.prefer(response, "lang", chosen_lang)
        if chosen_theme:
            self._cookies.prefer(response, "theme", chosen_theme)
        try:
            who = await self._guard.identify(request)
            if who is not None:
                await self._people.prefer(who.account, lang=chosen_lang, theme=chosen_theme)
        except DatabaseDown:
            log.warning("preference_kept_in_cookie_only")
        return response

    async def _entered(self, request: web.Request, outcome: Entered, address: str, back: str) -> web.StreamResponse:
        account = outcome.account
        old = self._cookies.session(request)
        if old:  # a new log-in ends what this browser had before (ASVS 7.2.4)
            await self._sessions.close(key_of(old))
            await self._ended(key_of(old))
        await self._audit.append(account.login, "login.entered", str(account.id), "login", None, {"address": address})
        self._meters.logins.labels("entered").inc()
        target = _safe(back)
        response = _see("/" if target == "/login" else target)
        self._cookies.give_session(response, outcome.session, int(self._sessions.lifetime.total_seconds()))
        return response

    def _login(self, request: web.Request, error: str | None, *, status: int = 200) -> web.Response:
        word = self._cookies.visitor(request)
        fresh = "" if word else secrets.token_urlsafe(24)
        look = self._look(request, None)
        response = self._templates.page(
            request, "login.html", status=status, csrf=form_token(word or fresh), error=error, login=None,
            clinic=self._settings.clinic.name, next=_safe(request.query.get("next", "")), **look,
        )
        if fresh:
            self._cookies.give_visitor(response, fresh)
        return response

    def _screen(self, request: web.Request, template: str) -> web.Response:
        who = request[IDENTITY]
        look = self._look(request, who)
        words = self._templates.words(look["lang"])
        facts = boot(who, self._settings, lang=look["lang"], theme=look["theme"], words=words, tables=self._tables())
        return self._templates.page(request, template, csrf=self._guard.token(request), boot=facts, **look)

    def _look(self, request: web.Request, who: Identity | None) -> Look:
        return {
            "lang": language(request, who, self._cookies, self._settings), "theme": theme(request, who, self._cookies)
        }

    @property
    def _tell(self) -> Any:
        @web.middleware
        async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except web.HTTPException as error:
                wants_page = "text/html" in request.headers.get("Accept", "")
                if error.status < 400 or not wants_page or request.path.startswith(REST_PREFIX):
                    raise
                return self._trouble(request, error.status)

        return tell

    def _trouble(self, request: web.Request, status: int) -> web.StreamResponse:
        if status == 401:
            return _see(f"/login?next={_safe(request.path)}")
        if request.path == "/login" and status == 403:
            return _see("/login?expired=1")
        problem = _TROUBLES.get(status, "problem.title")
        look = self._look(request, None)
        return self._templates.page(request, "problem.html", status=status, problem=problem, csrf="", **look)


def _safe(path: str) -> str:
    """Return `path` if it is one of our pages, else the home page."""
    return path if path in _BACK else "/"


def _see(path: str) -> web.Response:
    """Lead the browser to one of our pages by GET."""
    return web.Response(status=303, headers={"Location": path})
