"""Who wrote a mail, and where he is answered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses

from chat.mail.machines import is_robot
from chat.mail.parsing.charsets import header, visible
from chat.mail.parsing.mail import Mail, raw

_ADDRESS = re.compile(r"^[^\s<>()\[\]\\,;:\"@]{1,64}@[^\s<>()\[\]\\,;:\"@]{1,255}$")
_ANYWHERE = re.compile(r"[^\s<>()\[\]\\,;:\"@]{1,64}@[^\s<>()\[\]\\,;:\"@]{1,255}")
_MOST_LINE = 8000
NOBODY = "nobody@invalid"


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote: his address in small letters, where he is answered, his name."""

    address: str
    answer: str
    name: str


def is_address(text: str) -> bool:
    """Say whether this is one address, as mail servers take it."""
    return bool(_ADDRESS.match(text)) and ".." not in text and not text.startswith(".")


def bare(address: str) -> str:
    """Return an address as addresses are compared: small letters, nothing after a plus."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def writer(head: Message, relays: Iterable[str]) -> Writer:
    """Return who wrote.

    He is answered where he wrote from. Anybody can write a patient's address into From: were Reply-To believed, he
    would get what the clinic writes to that patient next.

    Args:
        head: of the mail.
        relays: addresses that write for others (a site's form): there the person is whom the answer goes to.
    """
    name, address = _first(raw(head, "From")) or _first(raw(head, "Sender")) or ("", NOBODY)
    reply = _first(raw(head, "Reply-To"))
    if reply is None:
        return Writer(address, address, name)
    if bare(address) in {bare(one) for one in relays} or (is_robot(address) and not is_robot(reply[1])):
        return Writer(reply[1], reply[1], reply[0] or name)
    return Writer(address, reply[1] if bare(reply[1]) == bare(address) else address, name)


def to_whom(mail: Mail) -> list[str]:
    """Return all addresses a mail was sent to."""
    lines = [raw(mail.headers, name) for name in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")]
    return [found.lower() for line in lines for found in _ANYWHERE.findall(line[:_MOST_LINE])[:100]]


def _first(line: str) -> tuple[str, str] | None:
    """The first name and address of a header, however they are written."""
    line = " ".join(line.split())[:2000]
    if not line:
        return None
    for name, address in getaddresses([line]):
        if is_address(address):
            return visible(header(name))[:200], address.lower()
    found = _ANYWHERE.search(line)
    if found is None or not is_address(found[0]):
        return None
    return visible(header(line[: found.start()])).strip("<>\"' ")[:200], found[0].lower()
