"""The headers of every answer (ASVS 5.0 3.4; personal-data.md row 33). Nothing from elsewhere, nothing inline."""

from __future__ import annotations

import secrets

from aiohttp import web

NONCE = web.RequestKey("okno_nonce", str)

# All that a page may do: load our own files and talk to us.
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "
    "object-src 'none'; form-action 'self'; frame-ancestors 'none'"
)
_POLICY_OF_DATA = "default-src 'none'; frame-ancestors 'none'"
_FEATURES = ", ".join(f"{feature}=()" for feature in (
    "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer",
    "midi", "payment", "serial", "usb", "xr-spatial-tracking",
)) + ", microphone=(self), speaker-selection=(self)"  # the phone in the page
_TWO_YEARS_S = 63_072_000


def nonce_of(request: web.Request) -> str:
    """Return this answer's nonce for scripts, the same each time it is asked."""
    nonce = request.get(NONCE)
    if nonce is None:
        nonce = secrets.token_urlsafe(16)
        request[NONCE] = nonce
    return nonce


class Headers:
    """Puts the headers on; to be appended to `app.on_response_prepare`.

    Args:
        https: whether the public address is https: only then may browsers be told to insist on it.
    """

    def __init__(self, https: bool) -> None:
        self._https = https

    async def __call__(self, request: web.Request, response: web.StreamResponse) -> None:
        """Complete the headers of one answer."""
        headers = response.headers
        page = response.content_type == "text/html"
        headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce_of(request)) if page else _POLICY_OF_DATA
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        # `same-origin`, not `no-referrer`: with the latter a form's Origin would be `null` and could not be checked.
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = _FEATURES
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers.setdefault("Cache-Control", "no-store")
        if self._https:
            headers["Strict-Transport-Security"] = f"max-age={_TWO_YEARS_S}; includeSubDomains"
        headers.pop("Server", None)
