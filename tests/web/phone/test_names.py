"""A page speaks in the name of its own endpoint, or within a call; nothing else passes."""

from __future__ import annotations

import pytest

from web.phone.names import speaks_for


def message(method: str = "REGISTER", sender: str = "web-1001", to: str = "web-1001", tag: str = "", more: str = "") -> str:
    """A request as a phone writes it."""
    return (
        f"{method} sip:okno SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bK1\r\nTo: <sip:{to}@okno>{tag}\r\n"
        f'From: "Name" <sip:{sender}@okno>;tag=abc\r\n{more}Call-ID: 1\r\nCSeq: 1 {method}\r\n'
        "Content-Length: 26\r\n\r\nFrom: <sip:web-9999@okno>\n"
    )


@pytest.mark.parametrize("said", [
    message(), message("INVITE", to="1002"), message("BYE", sender="8h3ks", to="patient", tag=";tag=x"),
    "SIP/2.0 200 OK\r\nFrom: <sip:web-1002@okno>\r\n\r\n", "\r\n\r\n", "",
    message("CANCEL", to="79990000001"),
    message("BYE", tag=";tag=x").replace("<sip:web-1001@okno>;tag=x", "<sip:10.0.0.1:5060;transport=ws>;tag=x"),
    message("BYE", tag=";tag=x").replace("To: <sip:web-1001@", 'To: "Орлова А." <sip:1;phone-context=x@'),
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


@pytest.mark.parametrize("said", [
    "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n" + message("INVITE", sender="1002", to="1003"),
    "SIP/2.0 200 OK\r\n\r\n" + message("INVITE", sender="1002", to="1003"),
    message("INVITE", to="1002") + message("INVITE", sender="1002", to="1003"),
    message(more="l: 0\r\n"), message().replace("Content-Length: 26", "Content-Length: 025"),
    "\r\n" + message(to="web-1002"), "SIP/2.0 200 OK\nContent-Length: 0\n\n" + message(sender="web-1002"),
], ids=str)  # fmt: skip
def test_a_frame_is_one_message(said: str) -> None:
    assert not speaks_for(said, "web-1001")


@pytest.mark.parametrize("address", [
    '"sip:web-1001@okno" <sip:1002@okno>', "sip:web-1001@okno <sip:1002@okno>", "<tel:1002;x=sip:web-1001@okno>",
    "<sip:1002@okno?x=sip:web-1001@okno>", "<sip:1002@okno>;x=<sip:web-1001@okno>", '"\r\n <sip:web-1001@okno>" <sip:1002@okno>',
])  # fmt: skip
def test_a_name_that_only_looks_like_ones_own_is_anothers(address: str) -> None:
    said = message("INVITE", to="1003").replace('"Name" <sip:web-1001@okno>', address)
    assert address in said and not speaks_for(said, "web-1001")


def test_a_tag_in_a_displayed_name_is_no_call_going_on() -> None:
    said = message("INVITE", sender="1002", to="1003").replace("To: <", 'To: ";tag=x" <')
    assert not speaks_for(said, "web-1001")
