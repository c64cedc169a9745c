"""A message of ours, put together from what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from chat.conversations.sealing import BODY, EXT, EXTRA, NAME, PERSON, Seals
from chat.media.keeping import content_of
from chat.wire import Outgoing, Peer, SentFile
from okno.database import Connection
from okno.seal import Sealer

Wish = Literal["message", "edit", "delete"]
_KNOWN = 20

_WHAT = """
SELECT m.id, m.conversation, m.seq, m.body, m.ext, m.author, c.identity, c.extra, c.number, i.person, r.id AS reply,
    r.ext AS reply_ext
FROM message m JOIN conversation c ON c.id = m.conversation JOIN identity i ON i.id = c.identity
LEFT JOIN message r ON r.id = m.reply_to WHERE m.id = $1"""
_LAST_IN = """
SELECT id, ext FROM message WHERE conversation = $1 AND side = 'in' AND ext IS NOT NULL ORDER BY seq DESC LIMIT 1"""
_LAST_OUT = """
SELECT id, ext FROM message WHERE conversation = $1 AND side = 'out' AND ext IS NOT NULL AND id <> $2
ORDER BY seq DESC LIMIT $3"""
_FILES = "SELECT id, name, mime, size FROM attachment WHERE message = $1 AND state = 'ready' ORDER BY place"
_PEER = """
SELECT c.id, c.account, c.identity, c.extra, i.person FROM conversation c JOIN identity i ON i.id = c.identity
WHERE c.id = $1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Something of ours that is being written to the wire.

    Args:
        n: its place in the line.
        account, identity: by whom, to whom.
        what: what is wished.
        message, conversation, seq: which message.
        attempt: 1 for the first.
        taken_at: when it was taken.
        out: what the channel is given.
        provider_id: what the channel calls the message; empty until it has it.
        by: who edits or deletes.
    """

    n: int
    account: str
    identity: UUID
    what: Wish
    message: UUID
    conversation: UUID
    seq: int
    attempt: int
    taken_at: datetime
    out: Outgoing
    provider_id: str
    by: str


async def load(connection: Connection, own: Sealer, row: asyncpg.Record) -> Taken:
    """Return what a row of the line is. Raises SealBroken."""
    seals = Seals(own)
    found = await connection.fetchrow(_WHAT, row["message"])
    if found is None:
        raise RuntimeError("a row of the line outlived its message")
    kept = seals.get(BODY, found["id"], found["body"])
    wanted = seals.get(BODY, found["id"], row["body"]) or kept
    extra = dict(seals.get(EXTRA, found["conversation"], found["extra"]) or {})
    known = await connection.fetch(_LAST_OUT, found["conversation"], found["id"], _KNOWN)
    out = Outgoing(
        id=str(found["id"]),
        conversation=str(found["conversation"]),
        peer=Peer(**seals.get(PERSON, found["identity"], found["person"])),
        text=wanted.get("text", ""),
        reply_to=_ext(seals, found["reply"], found["reply_ext"]),
        files=await _files(connection, own, found["id"]) if row["what"] == "message" else (),
        template=row["template"] or kept.get("template"),
        attempt=row["attempt"],
        last_in=await _last_in(connection, seals, found["conversation"]),
        number=found["number"],
        auto=not found["author"],
        extra=extra | {"known": [_ext(seals, one["id"], one["ext"]) for one in known]}
        | ({"subject": kept["subject"]} if kept.get("subject") else {}),
    )
    return Taken(
        n=row["n"], account=row["account"], identity=row["identity"], what=row["what"], message=found["id"],
        conversation=found["conversation"], seq=found["seq"], attempt=row["attempt"], taken_at=row["taken_at"],
        out=out, provider_id=_ext(seals, found["id"], found["ext"]), by=row["by"],
    )  # fmt: skip


async def towards(connection: Connection, seals: Seals, conversation: UUID) -> tuple[str, Outgoing] | None:
    """Return the account, and a message without words to him; None when there is no such conversation."""
    row = await connection.fetchrow(_PEER, conversation)
    if row is None:
        return None
    extra: dict[str, Any] = seals.get(EXTRA, row["id"], row["extra"]) or {}
    return row["account"], Outgoing(
        id="", conversation=str(row["id"]), peer=Peer(**seals.get(PERSON, row["identity"], row["person"])),
        last_in=await _last_in(connection, seals, row["id"]), extra=extra,
    )  # fmt: skip


async def _last_in(connection: Connection, seals: Seals, conversation: UUID) -> str:
    row = await connection.fetchrow(_LAST_IN, conversation)
    return "" if row is None else _ext(seals, row["id"], row["ext"])


async def _files(connection: Connection, own: Sealer, message: UUID) -> tuple[SentFile, ...]:
    seals = Seals(own)
    return tuple([
        SentFile(
            name=seals.get(NAME, row["id"], row["name"]) or "",
            mime=row["mime"],
            content=await content_of(connection, own, row["id"], row["size"]),
        )
        for row in await connection.fetch(_FILES, message)
    ])  # fmt: skip


def _ext(seals: Seals, message: UUID | None, blob: bytes | None) -> str:
    return "" if message is None else str(seals.get(EXT, message, blob) or "")
