"""Whose name a SIP message of a page speaks in. Pure; nothing of a message is ever kept or logged."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^(from|f|to|t|content-length|l)[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_SHORT = {"from": "f", "to": "t", "content-length": "l"}
# One address in brackets. What looks like one in a name in quotes, before it or behind it, is none.
_NAME = r'\s*(?:"(?:[^"\\]|\\.)*"|[^":<>]*)\s*'
_ADDRESS = re.compile(_NAME + r'<sips?:([^@;:?<>\s]+)@[^@<>"]*>[^<>"]*')
# Whom a call is with may have any address; whether it goes on stands behind it.
_GOES_ON = re.compile(_NAME + r'<[^<>"]*>[^<>"]*;\s*tag=[^<>"]*', re.IGNORECASE)
# Lines that Asterisk would read otherwise than we do: ends that are none, lines that go on in the next one.
_ODD = re.compile(r"\x00|\r(?!\n)|(?<!\r)\n|\n[ \t]")


def speaks_for(message: str, endpoint: str) -> bool:
    """Say whether a page that owns `endpoint` may send this.

    It is one message (RFC 7118): what follows a first one in the same frame, Asterisk would take for another. Answers,
    keep-alives and requests within a call may pass: Asterisk knows its calls. What begins something (REGISTER,
    INVITE …) must come from the page's own endpoint, and a registration must be of it. Asterisk asks the password of
    that very name besides; this is the outer of two doors.
    """
    if not message.strip("\r\n"):
        return True
    head, _, body = message.partition("\r\n\r\n")
    if head != head.lstrip() or _ODD.search(head):
        return False
    found: dict[str, list[str]] = {"f": [], "t": [], "l": []}
    for name, value in _HEADER.findall(head.replace("\r\n", "\n")):
        found[_SHORT.get(name.lower(), name.lower())].append(value.strip())
    if found["l"] != [str(len(body.encode()))] and (found["l"] or body):
        return False
    if head.startswith("SIP/2.0 "):
        return True
    if len(found["f"]) != 1 or len(found["t"]) != 1:
        return False
    return _own(head.partition(" ")[0], found["f"][0], found["t"][0], endpoint)


def _own(method: str, sender: str, receiver: str, endpoint: str) -> bool:
    """Whether a request from one address to another is the endpoint's, or goes on within a call."""
    by, to = _ADDRESS.fullmatch(sender), _ADDRESS.fullmatch(receiver)
    mine = by is not None and by[1] == endpoint
    if method == "REGISTER":
        return mine and to is not None and to[1] == endpoint
    return mine or _GOES_ON.fullmatch(receiver) is not None
