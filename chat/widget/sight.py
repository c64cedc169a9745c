"""What a visitor sees of his conversation: neither notes nor whose request it is, only what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from chat.conversations.orders import key
from chat.conversations.sealing import BODY, EXT, NAME, WORDS, Seals
from chat.media.keeping import content_of
from chat.widget.visitors import Visitor
from okno.database import Database
from okno.i18n import Catalogue
from okno.seal import Sealer

PAGE = 200

_STANDS = """
SELECT c.id, c.identity, c.open, c.said_seq, c.heard_seq, c.seen_seq, c.answered_seq, c.owner, c.operator, c.closed_why
FROM conversation c JOIN identity i ON i.id = c.identity WHERE i.account = $1 AND i.peer_blind = $2
ORDER BY c.open DESC, c.opened_at DESC LIMIT 1"""
_COLUMNS = """
SELECT m.id, m.seq, m.changed, m.side, m.what, m.author, m.at, m.shown_at, m.place, m.ext, m.body, m.edited_at,
    m.deleted_at, r.id AS reply, r.ext AS reply_ext
FROM message m LEFT JOIN message r ON r.id = m.reply_to
WHERE m.conversation = $1 AND m.changed > $2 AND (m.side IN ('in', 'out') OR (m.side = 'system' AND m.what = ANY($3)))
ORDER BY m.changed"""
_AFTER = f"{_COLUMNS} LIMIT {PAGE + 1}"
_NEWEST = f"SELECT * FROM ({_COLUMNS} DESC LIMIT {PAGE}) newest ORDER BY changed"  # noqa: S608  # ours alone
_NUMBER = """
SELECT m.seq FROM message m JOIN conversation c ON c.id = m.conversation JOIN identity i ON i.id = c.identity
WHERE m.ext_blind = $1 AND i.peer_blind = $2"""
_FILES = """
SELECT id, message, kind, name, mime, size, state, words FROM attachment WHERE message = ANY($1)
ORDER BY message, place"""
_FILE = """
SELECT a.id, a.name, a.mime, a.size FROM attachment a JOIN message m ON m.id = a.message
JOIN conversation c ON c.id = m.conversation JOIN identity i ON i.id = c.identity
WHERE a.id = $1 AND a.state = 'ready' AND m.deleted_at IS NULL AND m.side IN ('in', 'out')
AND i.account = $2 AND i.peer_blind = $3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a visitor's conversation stands: the open one, else his last."""

    conversation: UUID
    open: bool
    said: bool = False
    heard_seq: int = 0
    seen_seq: int = 0
    owner: str = ""
    operator: dict[str, str] = field(default_factory=dict)

    def told(self, language: str, place: tuple[int | None, int | None] = (None, None)) -> dict[str, Any]:
        """Return it as the frame shows it: {status, position, eta_s, agent?}."""
        status = "closed" if not self.open else "agent" if self.owner else "waiting" if self.said else ""
        waits = status == "waiting"
        state: dict[str, Any] = {
            "status": status, "position": place[0] if waits else None, "eta_s": place[1] if waits else None,
        }  # fmt: skip
        return state | ({"agent": {"name": self.named(language)}} if status == "agent" else {})

    def named(self, language: str) -> str:
        """Return the owner's name as patients see it."""
        return self.operator.get(language) or next(iter(self.operator.values()), "")


class Sight:
    """Reads it. All methods raise DatabaseDown.

    Args:
        database: of `chat`.
        own: opens what was said.
        words: what the clinic's own events are called below `widget.said.`; others are not shown.
    """

    def __init__(self, database: Database, own: Sealer, words: Catalogue) -> None:
        self._database, self._own, self._seals, self._words = database, own, Seals(own), words
        prefix = "widget.said."
        known = words.keys()
        self._shown = sorted(name.removeprefix(prefix) for name in known if name.startswith(prefix))

    def blind(self, visitor: Visitor) -> bytes:
        """Return by what a visitor's identity is found."""
        return self._seals.peer(visitor.account, visitor.peer)

    async def standing(self, account: str, blind: bytes) -> Standing | None:
        """Return how a person's conversation stands; None when he has none yet."""
        row = await self._database.fetchrow(_STANDS, account, blind)
        if row is None:
            return None
        return Standing(
            conversation=row["id"], open=row["open"], said=row["said_seq"] > 0, heard_seq=row["heard_seq"],
            seen_seq=row["seen_seq"], owner=row["owner"], operator=dict(row["operator"]),
        )  # fmt: skip

    async def whose(self, conversation: UUID) -> bytes | None:
        """Return by what the person of a conversation is found; None when he uses no widget."""
        found = await self._database.fetchval(
            "SELECT i.peer_blind FROM conversation c JOIN identity i ON i.id = c.identity"
            " WHERE c.id = $1 AND i.account LIKE 'widget:%'", conversation,
        )  # fmt: skip
        return None if found is None else bytes(found)

    async def messages(self, standing: Standing, since: int, language: str) -> tuple[list[dict[str, Any]], bool]:
        """Return what is new or changed after a number (0: the newest), and whether there is still more."""
        query = _AFTER if since else _NEWEST
        rows = await self._database.fetch(query, standing.conversation, since, self._shown)
        page, files = rows[:PAGE], await self._files([row["id"] for row in rows[:PAGE]])
        told = [self._told(row, standing, files.get(row["id"], []), language) for row in page]
        for before, one in zip([since, *(one["n"] for one in told)], told, strict=False):
            one["after"] = before
        return told, len(rows) > PAGE

    async def number(self, visitor: Visitor, id: str) -> int | None:
        """Return the number of a message of his that was kept before; None while nobody has read it."""
        found = await self._database.fetchval(_NUMBER, self._seals.message(visitor.account, id), self.blind(visitor))
        return None if found is None else int(found)

    async def last_heard(self, conversation: UUID, up_to: int) -> str | None:
        """Return the channel's id of our last message up to a number."""
        row = await self._database.fetchrow(
            "SELECT id, ext FROM message WHERE conversation = $1 AND side = 'out' AND seq <= $2 AND ext IS NOT NULL"
            " ORDER BY seq DESC LIMIT 1", conversation, up_to,
        )  # fmt: skip
        return None if row is None else str(self._seals.get(EXT, row["id"], row["ext"]))

    async def file(self, visitor: Visitor, id: UUID) -> tuple[str, str, bytes] | None:
        """Return the name, type and content of a file of a visitor's conversation; None when there is none."""
        async with self._database.acquire() as connection:
            row = await connection.fetchrow(_FILE, id, visitor.account, self.blind(visitor))
            if row is None:
                return None
            content = await content_of(connection, self._own, id, row["size"])
        return str(self._seals.get(NAME, id, row["name"]) or ""), row["mime"], content

    def _told(
        self, row: asyncpg.Record, standing: Standing, files: list[dict[str, Any]], language: str
    ) -> dict[str, Any]:
        deleted = row["deleted_at"] is not None
        side: str = row["side"]
        whose = {"in": "me", "system": "system"}.get(side) or ("agent" if row["author"] else "bot")
        text = self._seals.get(BODY, row["id"], row["body"]).get("text", "") if side != "system" else ""
        named = standing.named(language) if row["author"] and row["author"] == standing.owner else ""
        return {
            "conversation": str(standing.conversation), "seq": row["seq"], "n": row["changed"],
            "id": self._id(row["id"], row["ext"]), "from": whose, "name": named,
            "text": "" if deleted else text or self._event(row, language), "ts": row["at"].isoformat(),
            "place": key(row["shown_at"], row["place"], row["seq"]),
            "reply_to": self._id(row["reply"], row["reply_ext"]) if row["reply"] else None,
            "attachments": [] if deleted else files, "edited": row["edited_at"] is not None, "deleted": deleted,
        }  # fmt: skip

    def _event(self, row: asyncpg.Record, language: str) -> str:
        return self._words.t(f"widget.said.{row['what']}", language) if row["side"] == "system" else ""

    def _id(self, message: UUID, ext: bytes | None) -> str:
        """What both sides call a message: his browser's id of what he wrote, ours of what we did."""
        return str(self._seals.get(EXT, message, ext) or message)

    async def _files(self, messages: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
        found: dict[UUID, list[dict[str, Any]]] = {}
        for row in await self._database.fetch(_FILES, messages):
            found.setdefault(row["message"], []).append({
                "id": str(row["id"]), "kind": row["kind"], "name": self._seals.get(NAME, row["id"], row["name"]) or "",
                "mime": row["mime"], "size": row["size"], "state": row["state"],
                "words": self._seals.get(WORDS, row["id"], row["words"]) or "",
            })  # fmt: skip
        return found
