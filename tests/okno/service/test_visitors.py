"""Where a visitor of a public listener comes from; who is believed stands in tests/web/site/test_address.py."""

from __future__ import annotations

import pytest

from okno.service.visitors import is_loopback


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("a.localhost", True),
        ("192.0.2.1", False), ("localhost.example", False), ("", False), ("::2", False), ("127.0.0.1.example", False),
    ],
)  # fmt: skip
def test_what_is_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here
