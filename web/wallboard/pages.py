"""The page on the wall. Its token stands in the address's fragment, which no browser sends and no server logs; the
page exchanges it, in the body of a form, for a cookie.
"""

from __future__ import annotations

import secrets

from aiohttp import web

from okno import __version__
from okno.audit import AuditTrail
from okno.database import DatabaseDown
from okno.settings.model import Settings
from web.accounts.roles import Identity, public
from web.accounts.sessions import form_token
from web.site.boot import THEMES, language
from web.site.cookies import Cookies
from web.site.guard import Guard
from web.site.templates import Templates
from web.wallboard.boards import SESSION, Wallboards

# The words a wall needs; the desk's are none of its business.
_WORDS = ("wall.", "app.", "title.wallboard", "figure.percent", "day.")

class WallboardPages:
    """The page and the exchange of its token.

    Args:
        settings: the clinic's.
        boards: the table.
        templates: of pages.
        guard: knows who watches.
        cookies: where sessions travel.
        audit: keeps who came in.
    """

    def __init__(
        self, settings: Settings, boards: Wallboards, *, templates: Templates, guard: Guard, cookies: Cookies,
        audit: AuditTrail,
    ) -> None:
        self._settings, self._boards, self._templates = settings, boards, templates
        self._guard, self._cookies, self._audit = guard, cookies, audit

    def attach(self, app: web.Application) -> None:
        """Put the routes onto `app`."""
        app.router.add_get("/wallboard", self.page)
        app.router.add_post("/wallboard/enter", self.enter)

    @public("a screen on a wall has no person to sign in; without a session it shows how to get one")
    async def page(self, request: web.Request) -> web.StreamResponse:
        """Show the counters to whoever may see them, else the page that exchanges the token."""
        try:
            who = await self._guard.watcher(request)
        except DatabaseDown:
            return self._enter(request, "wall.away", 503)
        return self._enter(request, "", 401) if who is None else self._board(request, who)

    @public("the token itself is what is checked")
    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Exchange a token for a cookie."""
        token = str((await request.post()).get("token", ""))[:100]
        try:
            session = await self._boards.enter(token)
            if session is None:
                return self._enter(request, "wall.refused", 403)
            who = await self._boards.find(session)
            await self._audit.append(who.name if who else "wallboard", "wallboard.entered", None, "login")
        except DatabaseDown:
            return self._enter(request, "wall.away", 503)
        response = web.Response(status=303, headers={"Location": "/wallboard"})
        self._cookies.give_wall(response, session, int(SESSION.total_seconds()))
        return response

    def _board(self, request: web.Request, who: Identity) -> web.Response:
        lang, theme = language(request, who, self._cookies, self._settings), self._theme(request)
        words = {key: text for key, text in self._templates.words(lang).items() if key.startswith(_WORDS)}
        clinic = self._settings.clinic
        facts = {
            "me": {"login": "", "role": "wallboard", "operator": None, "title": ""},
            "clinic": {"name": clinic.name, "timezone": clinic.timezone}, "lang": lang, "theme": theme,
            "queues": [], "outcomes": [], "pause_reasons": [], "lines": {}, "i18n": words, "version": __version__,
            "permissions": [],
        }  # fmt: skip
        return self._templates.page(
            request, "wallboard.html", csrf=self._guard.token(request), boot=facts, lang=lang, theme=theme
        )

    def _enter(self, request: web.Request, error: str, status: int) -> web.Response:
        word = self._cookies.visitor(request)
        fresh = "" if word else secrets.token_urlsafe(24)
        response = self._templates.page(
            request, "wallboard-enter.html", status=status, csrf=form_token(word or fresh), error=error,
            lang=language(request, None, self._cookies, self._settings), theme=self._theme(request),
        )  # fmt: skip
        if fresh:
            self._cookies.give_visitor(response, fresh)
        return response

    def _theme(self, request: web.Request) -> str:
        """Dark, unless somebody chose another on this very screen: a wall is looked at all day."""
        chosen = self._cookies.preferred(request, "theme")
        return chosen if chosen in THEMES else "dark"


