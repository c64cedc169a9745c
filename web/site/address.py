"""Where people reach us: the public address, the origins pages may come from, the address a visitor comes from."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from okno.service.visitors import is_loopback, visitor_of

__all__ = ["Address", "is_loopback", "visitor_of"]

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
