"""Which mails no person wrote: robots, lists, our own, and what a server says became of a mail of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from chat.mail.parsing.mail import Mail, raw

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ID = re.compile(r"<([^<>\s]{3,300})>")
_ADDRESS = re.compile(r"[^\s<>;,]{1,64}@[^\s<>;,]{1,255}")
_ROBOTS = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|auto-?reply)([+-].*)?@", re.I)


@dataclass(frozen=True, slots=True)
class Report:
    """What a server says became of a mail of ours (RFC 3464).

    Args:
        message: its Message-ID; empty when the server does not say.
        failed: it never comes; else it is late.
        status: "5.1.1".
        recipient: whom it was for.
        nobody: there is no such box: nobody can be written to there.
    """

    message: str
    failed: bool
    status: str
    recipient: str
    nobody: bool


def is_machine(mail: Mail, sender: str) -> bool:
    """Say whether a program wrote this: it is shown to people, but nothing answers it by itself."""
    if _said(mail, "Auto-Submitted") not in ("", "no"):
        return True
    if _said(mail, "Precedence") in ("bulk", "list", "junk", "auto_reply"):
        return True
    if any(raw(mail.headers, name) for name in ("X-Auto-Response-Suppress", "List-Id", "X-Autoreply", "X-Autorespond")):
        return True
    return raw(mail.headers, "Return-Path").strip() == "<>" or is_robot(sender)


def is_robot(address: str) -> bool:
    """Say whether an address is one that nobody reads."""
    return bool(_ROBOTS.match(address))


def report(mail: Mail) -> Report | None:
    """Return what a server says became of a mail of ours; None when this is no such report."""
    if mail.headers.get_content_type() != "multipart/report":
        return None
    if str(mail.headers.get_param("report-type", "")).lower() != "delivery-status":
        return None
    fields = {name: value for part in mail.parts for name, value in _fields(part)}
    action = fields.get("action", "").lower()
    found = _STATUS.search(fields.get("status", "")) or _STATUS.search(fields.get("diagnostic-code", ""))
    status = found[0] if found else ("5.0.0" if action == "failed" else "4.0.0")
    failed = action == "failed" or (not action and status.startswith("5"))
    named = fields.get("original-recipient") or fields.get("final-recipient", "")
    recipient = _ADDRESS.search(named.partition(";")[2] or named)
    return Report(
        _original(mail), failed, status, recipient[0].lower() if recipient else "",
        failed and status in ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"),
    )  # fmt: skip


def _said(mail: Mail, name: str) -> str:
    return raw(mail.headers, name).partition(";")[0].strip().lower()


def _fields(part: Message) -> Iterator[tuple[str, str]]:
    """The fields of a delivery-status part, of the mail and of the last recipient told of."""
    if part.get_content_type() != "message/delivery-status":
        return
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, Message):
            for name, value in block.raw_items():
                yield name.lower(), " ".join(str(value).split())


def _original(mail: Mail) -> str:
    """The Message-ID of the mail told of: in the copy of it, or of its head, that a report carries."""
    for part in mail.parts:
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            inner = part.get_payload(0)
            found = _ID.search(raw(inner, "Message-ID")) if isinstance(inner, Message) else None
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            payload = part.get_payload(decode=True)
            lines = payload.decode("latin-1") if isinstance(payload, bytes) else str(part.get_payload())
            line = re.search(r"(?im)^message-id:\s*(<[^<>\s]+>)", lines)
            found = _ID.search(line[1]) if line else None
        else:
            continue
        if found:
            return found[1]
    return ""
