"""A mail of ours, from the words an operator wrote to the bytes a mail server takes. Pure.

Written with the standard library's older classes: the newer ones encode long References, and threads break.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime

from chat.mail import people, threads
from chat.mail.parsing.charsets import visible
from chat.wire import Outgoing, SentFile, Undelivered
from okno.seal import Sealer

_MOST_SUBJECT = 200
_TYPE = re.compile(r"([a-z0-9]{1,40})/([a-z0-9.+-]{1,80})")
_ANY = ("application", "octet-stream")
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
# What must be folded is; a Message-ID never is, for some programs lose a folded one.
_WIRE = compat32.clone(linesep="\r\n", max_line_length=998)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Who writes: the address, the name beside it, the subject when there is none, whether plus addresses arrive."""

    address: str
    name: str
    subject: str
    plus: bool
    sealer: Sealer


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to go: `id` is its Message-ID without brackets, `to` the address in its envelope."""

    id: str
    to: str
    content: bytes


def compose(message: Outgoing, house: House, at: datetime, account: str = "") -> Letter:
    """Return the mail of a message: the same message is the same mail.

    Args:
        message: what is written, to whom; `extra` has the subject and the references of what it answers.
        house: who writes.
        at: when.
        account: on whose behalf, when that is not the mailbox's own: "feedback:clinic".

    Raises:
        Undelivered: what he is known by is no address.
    """
    to = _routable(message.peer.ext_chat or message.peer.ext_user)
    id = threads.message_id(message.id, house.address, account)
    mail = _body(message.text, message.files)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{id}>"
    mail["From"] = _mailbox(house.name, house.address)
    mail["To"] = _mailbox(message.peer.name, to)
    mail["Subject"] = Header(_subject(message, house), "utf-8", header_name="Subject").encode()
    if parents := _parents(message):
        mail["In-Reply-To"] = f"<{parents[-1]}>"
        mail["References"] = "\r\n ".join(f"<{one}>" for one in parents)
    if house.plus:
        local, _, domain = house.address.rpartition("@")
        mail["Reply-To"] = f"{local}+{threads.token(house.sealer, message.conversation)}@{domain}"
    if message.auto:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    return Letter(id, to, mail.as_bytes(policy=_WIRE))


def _body(text: str, files: Sequence[SentFile]) -> Message:
    words = MIMENonMultipart("text", "plain", charset="utf-8")
    words.set_payload(text.replace("\r\n", "\n").rstrip("\n") + "\n", _UTF8)
    if not files:
        return words
    mail = MIMEMultipart("mixed")
    mail.attach(words)
    for file in files:
        mail.attach(_file(file))
    return mail


def _file(file: SentFile) -> Message:
    known = _TYPE.fullmatch(file.mime)
    kind, sub = (known[1], known[2]) if known and known[1] not in ("multipart", "message") else _ANY
    part = MIMENonMultipart(kind, sub)
    part["Content-Disposition"] = "attachment"
    part.set_param("filename", visible(file.name)[:150] or "file", "Content-Disposition", charset="utf-8")
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(encodebytes(file.content).decode("ascii"))
    return part


def _subject(message: Outgoing, house: House) -> str:
    said = visible(str(message.extra.get("subject", "")))[:_MOST_SUBJECT]
    if not said:
        subject = house.subject
    elif _parents(message) and not said.lower().startswith("re:"):
        subject = f"Re: {said}"
    else:
        subject = said
    return threads.with_number(subject, message.number)


def _parents(message: Outgoing) -> list[str]:
    """What it answers, the oldest first: the references of his mail, that mail, the one it answers in particular."""
    chain = [str(one) for one in message.extra.get("references", ())] + [message.last_in, message.reply_to]
    fit = [one for one in chain if one and "@" in one and one.isascii() and one.isprintable() and " " not in one]
    fit = [one for one in fit if "<" not in one and ">" not in one]
    return list(dict.fromkeys(reversed(fit)))[: threads.MOST_REFERENCES][::-1]


def _mailbox(name: str, address: str) -> str:
    said = visible(name)[:100].replace('"', "'").replace("\\", "/")
    if not said:
        return address
    if said.isascii():
        return f'"{said}" <{address}>'
    header = Header(said, "utf-8", header_name="To")
    header.append(f"<{address}>", "us-ascii")
    return header.encode()


def _routable(address: str) -> str:
    """An address as servers take it. Raises Undelivered: it is none."""
    local, _, domain = address.rpartition("@")
    try:
        wire = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise Undelivered("unreachable", unreachable=True) from None
    if not people.is_address(wire) or not wire.isascii():
        raise Undelivered("unreachable", unreachable=True)
    return wire
