"""Mails for the tests: written by hand, byte by byte where that matters."""

from __future__ import annotations

from datetime import UTC, datetime

from chat.mail import keeping
from chat.mail.keeping import Place
from chat.mail.reading import Box
from okno.seal import Sealer
from tests.chat.mail.server import ANNA, CLINIC

NOW = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
OURS = "01981c3e-0000-7000-8000-00000000000a"


def letter(text: str = "hello", *, sender: str = f"Anna <{ANNA}>", to: str = CLINIC, head: str = "") -> bytes:
    """A plain mail; `head` are further lines of its head."""
    lines = [f"From: {sender}", f"To: {to}", *head.splitlines(), "Content-Type: text/plain; charset=utf-8"]
    return "\r\n".join([*lines, "", text, ""]).encode()


def kept(mail: bytes, **more: object) -> bytes:
    """The mail as it is kept."""
    place = {
        "validity": 7, "uid": 41, "at": NOW.isoformat(), "size": len(mail), "known": keeping.known_by(mail), **more,
    }  # fmt: skip
    return keeping.body(Place(**place), mail)  # type: ignore[arg-type]


def box(sealer: Sealer, **more: object) -> Box:
    """The clinic's mailbox."""
    told = {
        "account": "mail:main", "address": CLINIC, "own": frozenset({CLINIC}),
        "relays": frozenset({"site@clinic.example"}), "sealer": sealer, **more,
    }  # fmt: skip
    return Box(**told)  # type: ignore[arg-type]


def bounce(message: str = f"{OURS}@clinic.example", *, action: str = "failed", status: str = "5.1.1", copy: bool = True) -> bytes:
    """What a server says of a mail of ours, as Postfix, Exchange and Yandex write it."""
    told = (
        f"Content-Type: message/rfc822\r\n\r\nFrom: {CLINIC}\r\nMessage-ID: <{message}>\r\nSubject: x\r\n\r\nhello\r\n"
        if copy else f"Content-Type: text/rfc822-headers\r\n\r\nFrom: {CLINIC}\r\nMessage-Id: <{message}>\r\n"
    )  # fmt: skip
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nMessage-ID: <dsn1@mx.example>\r\n"
        'Content-Type: multipart/report; report-type="delivery-status"; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ANNA}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no such box\r\n\r\n--b\r\n{told}\r\n--b--\r\n"
    ).encode()
