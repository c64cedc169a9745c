"""Whose name a SIP message of a page speaks in. Pure; nothing of a message is ever kept or logged."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^(from|f|to|t)[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_USER = re.compile(r"<?\s*sips?:([^@;>\s]+)@")
_TAG = re.compile(r";\s*tag=", re.IGNORECASE)


def speaks_for(message: str, endpoint: str) -> bool:
    """Say whether a page that owns `endpoint` may send this.

    Answers, keep-alives and requests within a call may pass: Asterisk knows its calls. What begins something (REGISTER,
    INVITE …) must come from the page's own endpoint, and a registration must be of it. Asterisk asks the password of
    that very name besides; this is the outer of two doors.
    """
    if not message.strip() or message.startswith("SIP/2.0 "):
        return True
    method = message.partition(" ")[0]
    head = message.replace("\r\n", "\n").partition("\n\n")[0]
    found: dict[str, list[str]] = {"f": [], "t": []}
    for name, value in _HEADER.findall(head):
        found[name[0].lower()].append(value)
    if len(found["f"]) != 1 or len(found["t"]) != 1:
        return False
    sender, receiver = found["f"][0], found["t"][0]
    if method == "REGISTER":
        return _user(sender) == endpoint == _user(receiver)
    return bool(_TAG.search(receiver)) or _user(sender) == endpoint


def _user(address: str) -> str:
    match = _USER.search(address)
    return match[1] if match else ""
