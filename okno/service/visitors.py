"""The address a visitor of a public listener comes from."""

from __future__ import annotations

import ipaddress

from aiohttp import web


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
