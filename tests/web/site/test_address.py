"""Where people reach us, and whether a browser keeps our cookies there."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from web.site.address import Address, visitor_of
from web.site.cookies import Cookies


@pytest.mark.parametrize(("url", "https", "secure", "cookie"), [
    ("https://okno.clinic.example", True, True, "__Host-okno"), ("http://localhost:8080", False, True, "__Host-okno"),
    ("http://127.0.0.1:8080", False, True, "__Host-okno"), ("http://[::1]:8080", False, True, "__Host-okno"),
    ("http://okno.localhost:8080", False, True, "__Host-okno"), ("http://192.0.2.7:8080", False, False, "okno-insecure"),
    ("http://localhost.evil.example", False, False, "okno-insecure"),
])  # fmt: skip
def test_a_cookie_is_secure_wherever_a_browser_keeps_it(url: str, https: bool, secure: bool, cookie: str) -> None:
    address = Address.of(url, 8080)
    assert (address.https, address.secure, Cookies(address).session_name) == (https, secure, cookie)


def test_only_our_own_origins_are_allowed() -> None:
    assert Address.of("https://okno.clinic.example/", 8080).origins == {"https://okno.clinic.example"}
    assert Address.of("https://okno.clinic.example:8443", 8080).origins == {"https://okno.clinic.example:8443"}
    local = Address.of("http://localhost:8080", 9090).origins
    assert {"http://localhost:8080", "http://127.0.0.1:8080", "http://127.0.0.1:9090"} <= local
    assert not [origin for origin in local if "8080" not in origin and "9090" not in origin]


@pytest.mark.parametrize(("peer", "forwarded", "visitor"), [
    ("127.0.0.1", "203.0.113.9", "203.0.113.9"), ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
    ("192.0.2.7", "203.0.113.9", "192.0.2.7"), ("127.0.0.1", "", "127.0.0.1"),
])  # fmt: skip
def test_only_a_proxy_on_this_machine_is_believed(peer: str, forwarded: str, visitor: str) -> None:
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": forwarded} if forwarded else {})
    assert visitor_of(request.clone(remote=peer)) == visitor
