"""`chat` on a real database without its listeners: an account of a channel of our own, its webhooks, its readers.

The channel's wire is JSON: {id, peer, text, order, at, kind, …}; a word `X-Secret` proves it.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry

from chat.accounts.making import Accounts, Running
from chat.accounts.watching import Watching
from chat.channels import Hook, Lamp, Posted, RawEvent, Stranger
from chat.client import MessageRow
from chat.conversations.live import Hub
from chat.conversations.reading import Reading
from chat.conversations.standing import Standing
from chat.conversations.threads import Thread
from chat.desk.asked import Audited, Who
from chat.desk.seeing import Seeing
from chat.desk.writing import Writing
from chat.feed import CONVERSATIONS, WHO_PLACE, ChatRulesTold, ConversationStands
from chat.receiving.hooks import Hooks
from chat.receiving.raws import Raws
from chat.receiving.taking import Taking
from chat.receiving.turn import Kept
from chat.receiving.workers import Workers
from chat.ruling.answering import Answering
from chat.ruling.idle import Idle
from chat.ruling.rules import Book
from chat.sending import Sender
from chat.wire import Abilities, Accepted, Envelope, File, Outgoing, Peer
from okno import clock
from okno.audit import AuditTrail
from okno.bus import BusEvent
from okno.database import Connection, Database
from okno.ids import uuid7
from okno.seal import Keyring
from okno.settings import AccountSettings, Clinic

KEY, SECRET = "echo:main", "a-secret-word"
ANNA = Peer(ext_user="5501", ext_chat="777", name="Anna P.", lang="ru")
ABLE = Abilities(
    most_text=200, most_file=1000, files_at_once=2, reply=True, edit=True, delete=True, receipts="read",
    per_second=1000, per_peer_s=0.0,
)  # fmt: skip


@dataclass
class Echo:
    """An account of the channel of our own; what it is given to send it keeps."""

    key: str = KEY
    abilities: Abilities = ABLE
    sent: list[Outgoing] = field(default_factory=list)
    colour: Lamp = field(default_factory=lambda: Lamp(colour="green"))
    breaks: Exception | None = None
    closed: bool = False

    def posted(self, hook: Hook) -> Posted:
        """Take a list of events."""
        if hook.headers.get("x-secret") != SECRET:
            raise Stranger(401)
        events = json.loads(hook.raw)
        return Posted(events=[raw(one) for one in events], answer="ok")

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read an event."""
        if self.breaks is not None:
            raise self.breaks
        said = json.loads(body)
        if said.get("poison"):
            raise RuntimeError("this one cannot be borne")
        return [envelope(said)]

    async def send(self, message: Outgoing) -> Accepted:
        """Take a message."""
        self.sent.append(message)
        return Accepted(provider_id=f"out-{message.id}")

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Give a file."""
        yield b"a file"

    async def run(self) -> None:
        """Wait."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held."""
        self.closed = True

    async def lamp(self) -> Lamp:
        """Say how it is."""
        return self.colour


def raw(said: Mapping[str, Any]) -> RawEvent:
    """Return an event of the wire."""
    return RawEvent(ext_id=said["id"], peer=said["peer"], body=json.dumps(said).encode())


def envelope(said: Mapping[str, Any]) -> Envelope:
    """Return what an event of the wire means."""
    more = {
        name: said[name]
        for name in (
            "subject",
            "reply_to",
            "group",
            "entry",
            "score",
            "silent",
            "extra",
            "order",
            "error",
            "state",
            "html",
        )
        if name in said
    }
    return Envelope(
        account=KEY, kind=said.get("kind", "message.in"), ext_id=said["id"],
        peer=replace(ANNA, ext_user=said["peer"], ext_chat=said["peer"], **said.get("who", {})),
        at=datetime.fromisoformat(said["at"]) if "at" in said else None, text=said.get("text", ""),
        message=said.get("message", f"m-{said['id']}"), files=tuple(File(**one) for one in said.get("files", ())),
        **more,
    )  # fmt: skip


@dataclass
class Place:
    """`chat` on a database."""

    database: Database
    keyring: Keyring
    echo: Echo = field(default_factory=Echo)
    settings: AccountSettings = field(default_factory=lambda: AccountSettings(channel="echo"))
    book: Book = field(default_factory=Book)

    def __post_init__(self) -> None:
        """Put it together."""
        own, bus = self.keyring.sealer("chat"), self.keyring.sealer("bus")
        self.registry = CollectorRegistry()
        self.kept = Kept(own, bus, Clinic())
        self.raws = Raws(self.database, self.kept.seals, self.registry)
        self.running = Running(KEY, self.settings, self.echo)
        self.accounts = Accounts({KEY: self.running})
        self.hub = Hub(self.database)
        self.answering = Answering(self.kept, lambda: self.book)
        self.taking = Taking(self.kept, self.answering, {})
        self.workers = Workers(self.database, self.raws, self.taking, self.accounts, self.registry)
        self.hooks = Hooks(self.accounts.messengers, self.raws, self.registry)
        self.watching = Watching(self.database, self.accounts, self.raws, lambda: self.book, self.registry)
        self.idle = Idle(self.database, self.kept, self.accounts, self.answering, lambda: self.book)
        self.standing = Standing(self.kept.threads, self.kept.identities, self.kept.telling, self._closed)
        self.audit = AuditTrail(self.database, own)
        self.seeing = Seeing(self.database, self.kept, self.accounts, Audited(self.audit))
        self.sender = Sender(self.database, own, self.accounts.messengers, self.hub, self.registry, self.watching.ill)
        self.writing = Writing(self.seeing, self.sender)

    async def _closed(self, connection: Connection, thread: Thread) -> None:
        await self.answering.closed(connection, thread, self.running)

    async def hear(self, *events: Mapping[str, Any]) -> None:
        """Keep events as they come and read them all."""
        for one in events:
            await self.raws.keep(KEY, [raw(one)])
        await self.read()

    async def read(self) -> None:
        """Read all that waits."""
        while await self.workers.one():
            pass

    async def says(self, text: str, *, peer: str = "5501", **more: Any) -> None:
        """A person writes."""
        await self.hear({"id": uuid4().hex, "peer": peer, "text": text} | more)

    async def conversations(self) -> list[Thread]:
        """All conversations, the oldest first."""
        rows = await self.database.fetch("SELECT id FROM conversation ORDER BY opened_at, id")
        async with self.database.acquire() as connection:
            found = [await self.kept.threads.get(connection, row["id"]) for row in rows]
        return [one for one in found if one is not None]

    async def messages(self, conversation: UUID | None = None) -> list[MessageRow]:
        """The messages of a conversation (the newest one), as they stand."""
        id = conversation or (await self.conversations())[-1].id
        async with self.database.acquire() as connection:
            rows, _ = await Reading(self.kept.seals).newest(connection, id, limit=10_000)
        return rows

    async def told(self, kind: str = "") -> list[dict[str, Any]]:
        """What the engine is told, opened; `what` is its kind."""
        rows = await self.database.fetch("SELECT * FROM outbox WHERE stream = $1 ORDER BY id", CONVERSATIONS)
        told = []
        for row in rows:
            one = dict(row["payload"]) | {"what": row["kind"]}
            if "who" in one:
                blob = base64.b64decode(one["who"])
                one["who"] = json.loads(self.keyring.sealer("bus").open(blob, row=one["key"], **WHO_PLACE))
            told.append(one)
        return [one for one in told if not kind or one["what"] == kind]

    async def stands(self, conversation: UUID, **more: Any) -> ConversationStands:
        """The engine tells how a request stands."""
        told = ConversationStands(**{
            "key": uuid7(), "conversation": conversation, "request": uuid4(), "number": "2026-1", "version": 1,
            "status": "queued",
        } | more)  # fmt: skip
        event = BusEvent(
            told.key, "engine.conversations", "ConversationStands", told.model_dump(mode="json"), clock.now()
        )
        async with self.database.acquire() as connection, connection.transaction():
            await self.standing.stands(event, connection)
        return told

    async def outgoing(self) -> int:
        """How many messages of ours wait to be sent."""
        return int(await self.database.fetchval("SELECT count(*) FROM outgoing"))


def who(operator: str = "anna", **more: Any) -> Who:
    """An operator who asks."""
    return Who(**{"actor": operator, "role": "operator", "operator": operator, "purpose": "request"} | more)


def rules(**chats: Any) -> Book:
    """Rules of the only queue, `registry`, open on weekdays from 8 to 20."""
    return Book.of(rules_told(**chats).model_dump(mode="json"))


def rules_told(version: int = 1, hours: str | None = "day", **chats: Any) -> ChatRulesTold:
    """What the engine tells of rules."""
    week = {day: ["08:00-20:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    return ChatRulesTold(
        version=version, zone="Asia/Yekaterinburg", language="ru", clinic="Okno",
        document={
            "queues": [{"name": "registry", "title": {"ru": "-", "en": "Registry"}, "hours": hours}],
            "hours": {"day": {"week": week}}, "holidays": [{"day": "2027-01-01", "title": {"en": "New year"}, "spans": []}],
            "chats": {"registry": chats},
        },
    )  # fmt: skip


@asynccontextmanager
async def listening(hub: Hub) -> AsyncIterator[list[dict[str, Any]]]:
    """What is said live meanwhile."""
    said: list[dict[str, Any]] = []
    begun = asyncio.Event()

    def heard(one: dict[str, Any]) -> None:
        begun.set()
        said.append(one)

    end = hub.on(heard)
    task = asyncio.create_task(hub.run())
    try:
        await asyncio.wait_for(begun.wait(), 10)
        yield said
    finally:
        end()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
