"""A page speaks in the name of its own endpoint, or within a call; nothing else passes."""

from __future__ import annotations

import pytest

from web.phone.names import speaks_for


def message(method: str = "REGISTER", sender: str = "web-1001", to: str = "web-1001", tag: str = "", more: str = "") -> str:
    """A request as a phone writes it."""
    return (
        f"{method} sip:okno SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bK1\r\nTo: <sip:{to}@okno>{tag}\r\n"
        f'From: "Name" <sip:{sender}@okno>;tag=abc\r\n{more}Call-ID: 1\r\nCSeq: 1 {method}\r\n\r\nFrom: <sip:web-9999@okno>'
    )


@pytest.mark.parametrize("said", [
    message(), message("INVITE", to="1002"), message("BYE", sender="8h3ks", to="patient", tag=";tag=x"),
    "SIP/2.0 200 OK\r\nFrom: <sip:web-1002@okno>\r\n\r\n", "\r\n\r\n", "",
    message("CANCEL", to="79990000001"),
])  # fmt: skip
def test_its_own_name_answers_and_calls_going_on_may_pass(said: str) -> None:
    assert speaks_for(said, "web-1001")


@pytest.mark.parametrize("said", [
    message(sender="web-1002", to="web-1002"), message(to="web-1002"), message(sender="web-1002"),
    message(to="web-1002", tag=";tag=x"), message("INVITE", sender="web-1002", to="1003"),
    message("INVITE", sender="1001", to="1003"), message(more="From: <sip:web-1002@okno>\r\n"),
    message(more="f: <sip:web-1002@okno>\r\n"), message(more="t: <sip:web-1002@okno>\r\n"), "REGISTER sip:okno SIP/2.0\r\n\r\n",
    message(sender="web-10011", to="web-10011"), "nonsense",
])  # fmt: skip
def test_another_name_does_not(said: str) -> None:
    assert not speaks_for(said, "web-1001")
