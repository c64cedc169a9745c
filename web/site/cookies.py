"""The cookies: a session's, a visitor's before the log-in (for the form's token), language and theme.

Over plain http to another machine a browser throws `Secure` cookies away. Then, and only then, the cookies go by
other names and without `Secure`; the service warns in its log at each start, `okno_web_insecure` is 1, and the
log-in page says so to everybody. Nothing is silently insecure.
"""

from __future__ import annotations

from aiohttp import web

from web.site.address import Address

_YEAR_S = 365 * 86_400


class Cookies:
    """Reads and writes our cookies.

    Args:
        address: decides whether they are `Secure`.
    """

    def __init__(self, address: Address) -> None:
        self._secure = address.secure
        self.session_name = "__Host-okno" if address.secure else "okno-insecure"
        self.wall_name = "__Host-okno-wall" if address.secure else "okno-wall-insecure"
        self.visitor_name = "__Host-okno-form" if address.secure else "okno-form-insecure"

    def session(self, request: web.Request) -> str:
        """Return the session's secret id, empty when there is none."""
        return request.cookies.get(self.session_name, "")

    def wall(self, request: web.Request) -> str:
        """Return a wallboard's secret id, empty when this browser is none."""
        return request.cookies.get(self.wall_name, "")

    def visitor(self, request: web.Request) -> str:
        """Return the visitor's random word, empty when there is none."""
        return request.cookies.get(self.visitor_name, "")

    def give_session(self, response: web.StreamResponse, session: str, seconds: int) -> None:
        """Put a session into the browser for `seconds`; the visitor's cookie has served."""
        self._set(response, self.session_name, session, seconds)
        self._drop(response, self.visitor_name)

    def give_wall(self, response: web.StreamResponse, session: str, seconds: int) -> None:
        """Make this browser a wallboard for `seconds`."""
        self._set(response, self.wall_name, session, seconds)
        self._drop(response, self.visitor_name)

    def give_visitor(self, response: web.StreamResponse, word: str) -> None:
        """Put a visitor's random word into the browser, until it is closed."""
        self._set(response, self.visitor_name, word, None)

    def end_session(self, response: web.StreamResponse) -> None:
        """Take the session out of the browser."""
        self._drop(response, self.session_name)

    def prefer(self, response: web.StreamResponse, name: str, value: str) -> None:
        """Remember a language or a theme for a year, for the log-in page."""
        self._set(response, f"okno-{name}", value, _YEAR_S)

    def preferred(self, request: web.Request, name: str) -> str:
        """Return a remembered language or theme, empty when there is none."""
        return request.cookies.get(f"okno-{name}", "")

    def _set(self, response: web.StreamResponse, name: str, value: str, seconds: int | None) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="Strict"
        )

    def _drop(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(name, path="/", secure=self._secure, httponly=True, samesite="Strict")
