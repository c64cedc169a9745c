"""A mail as it is kept until it is read: where it lies in its mailbox, and the mail without its files.

The files stay in the mailbox and are fetched from there like those of a cloud: a place in a mail is a file's address.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from typing import Any

from chat.mail import threads
from chat.mail.parsing.mail import light, raw

# A mail as long as that is kept whole.
LIGHT_BYTES = 192 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail lies in its folder: UIDVALIDITY, UID.

    `at` is when the mailbox got it, `size` its bytes, `known` by what a repetition of it is known, `cut` whether only
    its beginning was read.
    """

    validity: int
    uid: int
    at: str
    size: int
    known: str
    cut: bool = False

    @property
    def came(self) -> datetime | None:
        """When the mailbox got it (aware), None when it does not say."""
        try:
            moment = datetime.fromisoformat(self.at)
        except ValueError:
            return None
        return moment if moment.tzinfo is not None else None


class NotKept(ValueError):
    """These bytes are no mail that was kept."""


def body(place: Place, mail: bytes) -> bytes:
    """Return what is kept of a mail."""
    return json.dumps(asdict(place)).encode() + b"\n" + light(mail, LIGHT_BYTES)


def read(kept: bytes) -> tuple[Place, bytes]:
    """Return what was kept. Raises NotKept."""
    head, _, mail = kept.partition(b"\n")
    try:
        return Place(**json.loads(head)), mail
    except (ValueError, TypeError):
        raise NotKept("no kept mail") from None


def known_by(mail: bytes) -> str:
    """Return by what a repetition of a mail is known: its Message-ID, else a hash of all of it."""
    found = threads.ids(raw(BytesHeaderParser().parsebytes(mail[:LIGHT_BYTES]), "Message-ID").replace("\n", ""))
    return found[0] if found else "sha256:" + hashlib.sha256(mail).hexdigest()


def ref(place: Place, piece: str) -> dict[str, Any]:
    """Return what finds a file again."""
    return {
        "validity": place.validity, "uid": place.uid, "piece": piece,
        "message": place.known, "size": place.size,
    }  # fmt: skip


def of(found: Mapping[str, Any]) -> tuple[int, int, str, str]:
    """Return UIDVALIDITY, UID, the file's place and the Message-ID that a reference names. Raises NotKept."""
    try:
        return int(found["validity"]), int(found["uid"]), str(found["piece"]), str(found["message"])
    except (KeyError, ValueError, TypeError):
        raise NotKept("no place of a mail") from None

