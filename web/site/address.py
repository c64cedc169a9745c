"""Where people reach us: the public address, the origins pages may come from, the address a visitor comes from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Address:
    """The public address, judged.

    `secure` says whether a browser keeps a `Secure` cookie there: over https, and on loopback names, which Chromium
    and Firefox trust without TLS (tried: `__Host-` cookies hold on http://localhost and http://127.0.0.1).
    """

    url: str
    https: bool
    secure: bool
    origins: frozenset[str]

    @classmethod
    def of(cls, public_url: str, port: int) -> Address:
        """Judge `public_url`; `port` is the one this process listens on, reachable by its loopback names too."""
        parts = urlsplit(public_url)
        host = (parts.hostname or "").lower()
        https = parts.scheme == "https"
        shown = f"[{host}]" if ":" in host else host
        default = 443 if https else 80
        origin = f"{parts.scheme}://{shown}" + (f":{parts.port}" if parts.port not in (None, default) else "")
        origins = {origin}
        if is_loopback(host):
            ports = {parts.port or default, port}
            origins |= {f"{parts.scheme}://{name}:{number}" for name in _LOOPBACK_NAMES for number in ports}
        return cls(f"{origin}{parts.path.rstrip('/')}", https, https or is_loopback(host), frozenset(origins))


def is_loopback(host: str) -> bool:
    """Say whether a host name means this machine, as browsers judge it."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def visitor_of(request: web.Request) -> str:
    """Return the address a request comes from.

    Only a proxy on this machine is believed, and of its X-Forwarded-For only the last entry, which it wrote itself.
    """
    peer = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if forwarded and is_loopback(peer):
        return forwarded.rsplit(",", 1)[-1].strip()[:64]
    return peer
