"""By what an answer finds its conversation: the address it was sent to, the ids of our mails it names."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from uuid import UUID

from okno.seal import Sealer

_PURPOSE = "mail token"
_MARK_BYTES = 6
_OURS = re.compile(
    r"^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\.([a-z]+)\.([a-z0-9_-]+))?@([^@]+)$", re.I
)
_IDS = re.compile(r"<([^<>\s]{3,300})>")
_NUMBER = re.compile(r"\s*\[#[0-9]{4}-[0-9]{1,9}\]")
MOST_REFERENCES = 30


def token(sealer: Sealer, conversation: str) -> str:
    """Return what stands after the plus of the address to answer to: the conversation, and a mark that we wrote it."""
    mark = sealer.blind(conversation, purpose=_PURPOSE)[:_MARK_BYTES]
    return base64.b32encode(UUID(conversation).bytes + mark).decode().rstrip("=").lower()


def conversation(sealer: Sealer, address: str) -> str:
    """Return the conversation that an address names; empty when it names none of ours."""
    local = address.partition("@")[0]
    coded = local.rpartition("+")[2].upper()
    try:
        blob = base64.b32decode(coded + "=" * (-len(coded) % 8))
        named = str(UUID(bytes=blob[:16]))
    except ValueError:
        return ""
    expected = sealer.blind(named, purpose=_PURPOSE)[:_MARK_BYTES]
    return named if hmac.compare_digest(blob[16:], expected) else ""


def message_id(message: str, address: str, account: str = "") -> str:
    """Return the Message-ID, without its brackets, of a message of ours: the same message has the same.

    Args:
        message: our id.
        address: whence it goes.
        account: on whose behalf, when that is another account than the mailbox's own (a form's): "feedback:clinic".
    """
    whose = f".{account.replace(':', '.')}" if account else ""
    return f"{message}{whose}@{address.rpartition('@')[2]}"


def ids(header: str) -> list[str]:
    """Return the ids that In-Reply-To or References name, in their order."""
    return list(dict.fromkeys(_IDS.findall(header)))


def answered(named: Iterable[str], addresses: Iterable[str]) -> list[str]:
    """Return our own messages (UUIDs) among the ids that a mail names, the one it names last first."""
    domains = {address.rpartition("@")[2].lower() for address in addresses}
    found = (_OURS.match(one) for one in named)
    ours = [one[1].lower() for one in found if one and one[4].lower() in domains]
    return list(dict.fromkeys(reversed(ours)))


def on_behalf_of(named: Iterable[str], addresses: Iterable[str]) -> str:
    """Return the account on whose behalf the last of our mails among these ids went; empty: the mailbox's own."""
    domains = {address.rpartition("@")[2].lower() for address in addresses}
    ours = [one for one in map(_OURS.match, named) if one and one[4].lower() in domains]
    return f"{ours[-1][2]}:{ours[-1][3]}".lower() if ours and ours[-1][2] else ""


def with_number(subject: str, named: str) -> str:
    """Return a subject that carries the number of its request, once, and none of an earlier one."""
    return f"{_NUMBER.sub('', subject).rstrip()} [#{named}]" if named else subject
