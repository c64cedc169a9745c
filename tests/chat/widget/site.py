"""The whole of `chat` with a site that has a widget; visitors as their browsers speak, operators by the gate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
import socketio

from chat import service
from chat.client import ChatClient, MessageRow
from chat.conversations.identities import Identities
from chat.conversations.live import announce
from chat.conversations.sealing import Seals
from chat.conversations.standing import Standing
from chat.conversations.telling import Telling
from chat.conversations.threads import Thread, Threads
from chat.feed import ChatRulesTold, ConversationStands
from okno import clock
from okno.bus import BusEvent
from okno.database import Connection, Database
from okno.ids import uuid7
from okno.seal import Keyring, Sealer
from okno.settings import ChatSettings, Clinic, Demo, Runtime, SiteSettings, WidgetSettings
from tests.chat.clinic import rules_told
from tests.fixtures import serving

SITE = "clinic"
NAME, PHONE = "Zoya Q.", "+79990004417"
ANNA = {"actor": "anna", "role": "operator", "operator": "anna", "purpose": "request", "request": None}


@dataclass
class Site:
    """A clinic's chat that runs."""

    runtime: Runtime
    database: Database
    own: Sealer
    bus: Sealer
    client: ChatClient

    @property
    def public(self) -> str:
        """The public side's address."""
        where = self.runtime.settings.chat_public
        return f"http://{where.host}:{where.port}"

    async def conversations(self) -> list[dict[str, Any]]:
        """All conversations, the oldest first."""
        return [dict(row) for row in await self.database.fetch("SELECT * FROM conversation ORDER BY opened_at, id")]

    async def conversation(self) -> UUID:
        """The newest conversation, waited for."""
        async with asyncio.timeout(10):
            while not (found := await self.conversations()):
                await asyncio.sleep(0.02)
        return UUID(str(found[-1]["id"]))

    async def texts(self) -> list[str]:
        """What visitors wrote, in the order of its numbers, as an operator reads it."""
        found: list[str] = []
        for one in await self.conversations():
            view = await self.client.open(str(one["id"]), ANNA)
            found += [row.text for row in sorted(view.messages, key=lambda row: row.seq) if row.side == "in"]
        return found

    async def stands(self, **more: Any) -> None:
        """The engine tells how the request of the newest conversation stands."""
        conversation = await self.conversation()
        version = 1 + await self.database.fetchval("SELECT version FROM conversation WHERE id = $1", conversation)
        request = await self.database.fetchval("SELECT request FROM conversation WHERE id = $1", conversation)
        told = ConversationStands(**{
            "key": uuid7(), "conversation": conversation, "request": request or uuid4(), "number": "2026-1",
            "version": version, "status": "in_progress",
        } | more)  # fmt: skip
        event = BusEvent(told.key, "engine.conversations", "ConversationStands", told.model_dump(mode="json"), clock.now())
        seals = Seals(self.own)

        async def closed(connection: Connection, thread: Thread) -> None:
            """Nothing is asked after the end."""

        standing = Standing(Threads(seals), Identities(seals), Telling(self.bus, Clinic()), closed)
        async with self.database.acquire() as connection, connection.transaction():
            await standing.stands(event, connection)

    async def taken(self) -> None:
        """Anna has the newest conversation."""
        await self.stands(owner="anna", operator={"ru": "-", "en": "Anna B."})

    async def over(self) -> None:
        """Its request is closed."""
        await self.stands(over=True, seq=10**6, status="done")

    async def answers(self, text: str, **more: Any) -> MessageRow:
        """Anna writes in the newest conversation."""
        body = {"id": str(uuid4()), "text": text, "reply_to": None, "attachments": [], "template": None, "version": 10**6}
        return await self.client.send(str(await self.conversation()), ANNA, body | more)

    async def rules(self, told: ChatRulesTold) -> None:
        """The engine tells its rules."""
        async with self.database.acquire() as connection, connection.transaction():
            event = BusEvent(uuid7(), "engine.chat_rules", "ChatRulesTold", told.model_dump(mode="json"), clock.now())
            await Standing.rules(event, connection)

    async def places(self, position: int, eta_s: int) -> None:
        """The engine tells where the newest conversation waits."""
        conversation = await self.conversation()
        await self.client.places([{"conversation": str(conversation), "position": position, "eta_s": eta_s}])

    async def says(self, what: str, **more: Any) -> None:
        """Somebody's process says something live."""
        async with self.database.acquire() as connection:
            await announce(connection, what, **more)

    async def closed_now(self) -> None:
        """The clinic is closed at every hour."""
        told = rules_told()
        told.document["hours"]["day"]["week"] = {}
        await self.rules(told)


@asynccontextmanager
async def running(
    runtime: Runtime, url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, *, origins: tuple[str, ...] = (),
    demo: bool = False, more: tuple[SiteSettings, ...] = (), **widget: Any,
) -> AsyncIterator[Site]:  # fmt: skip
    """Run the service; its own public address is always an origin of the site."""
    public = f"http://127.0.0.1:{runtime.settings.chat_public.port}"
    one = SiteSettings(key=SITE, origins=[public, *origins], language="en", queue="registry", widget=WidgetSettings(**widget))
    settings = runtime.settings.model_copy(update={
        "chat": ChatSettings(port=runtime.settings.chat.port, sites=[one, *more]),
        "demo": Demo(site=SITE if demo else ""),
    })  # fmt: skip
    made = Runtime(settings, runtime.state)
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    async with serving(service.main(made), f"http://127.0.0.1:{settings.chat.port}") as base:
        database = await Database.open(url, name="test-chat")
        client = ChatClient(base, made.secret("file:service.secret"))
        keyring = Keyring.load(made.keyring_path)
        try:
            yield Site(made, database, keyring.sealer("chat"), keyring.sealer("bus"), client)
        finally:
            await client.close()
            await database.close()


@dataclass
class Visitor:
    """A visitor's browser: it keeps all it hears, by what it is."""

    site: Site
    http: aiohttp.ClientSession
    key: str = SITE
    token: str = ""
    heard: list[tuple[str, Any]] = field(default_factory=list)
    socket: socketio.AsyncClient = field(default_factory=lambda: socketio.AsyncClient(reconnection=False))

    async def post(self, path: str, body: Mapping[str, Any], status: int = 200, **headers: str) -> dict[str, Any]:
        """Post as the frame does."""
        sent = {"Origin": self.site.public, "Content-Type": "application/json", **headers}
        async with self.http.post(f"{self.site.public}{path}", data=json.dumps(body), headers=sent) as answer:
            assert answer.status == status, await answer.text()
            return dict(await answer.json()) if status == 200 else {}

    async def session(self, **more: Any) -> dict[str, Any]:
        """The frame is opened."""
        body = {"site_key": self.key, "visitor_token": self.token or None, "page_url": "https://clinic.example/prices"}
        answer = await self.post("/widget/session", body | more)
        self.token = answer["visitor_token"]
        return answer

    async def start(self, **more: Any) -> dict[str, Any]:
        """He gives his consent and says who he is."""
        if not self.token:
            await self.session()
        body = {
            "site_key": self.key, "visitor_token": self.token, "name": NAME, "phone": PHONE, "consent": True,
            "page_url": "https://clinic.example/prices", "lang": "en",
        }  # fmt: skip
        return await self.post("/widget/start", body | more)

    async def connect(self, **options: Any) -> None:
        """His line is opened."""
        self.socket = socketio.AsyncClient(reconnection=False)
        for name in ("msg", "state", "typing", "read", "closed"):
            self.socket.on(name, self._hears(name), namespace="/widget")
        await self.socket.connect(
            self.site.public, namespaces=["/widget"], socketio_path="/widget/socket.io", **{"transports": ["websocket"]} | options
        )

    async def ask(self, event: str, body: Any = None) -> dict[str, Any]:
        """Ask, and return the answer."""
        return dict(await self.socket.call(event, {} if body is None else body, namespace="/widget", timeout=10))

    async def hello(self, since: int = 0, conversation: str | None = None) -> dict[str, Any]:
        """Say who he is and what he has."""
        return await self.ask("hello", {"visitor_token": self.token, "since_seq": since, "conversation": conversation})

    async def enter(self) -> dict[str, Any]:
        """Begin, connect, say hello."""
        await self.start()
        await self.connect()
        return await self.hello()

    async def write(self, text: str, id: str = "", **more: Any) -> dict[str, Any]:
        """Write a message."""
        return await self.ask("msg", {"client_msg_id": id or str(uuid4()), "text": text} | more)

    async def hears(self, what: str, count: int = 1) -> list[Any]:
        """Wait until so much of a kind was heard, and return it."""
        async with asyncio.timeout(10):
            while len(found := [body for name, body in self.heard if name == what]) < count:
                await asyncio.sleep(0.01)
        return found

    async def until(self, what: str, **wanted: Any) -> dict[str, Any]:
        """Wait until a word of a kind with these values was heard, and return it."""
        async with asyncio.timeout(10):
            while True:
                for name, body in self.heard:
                    if name == what and wanted.items() <= body.items():
                        return dict(body)
                await asyncio.sleep(0.01)

    async def leave(self) -> None:
        """His line ends."""
        if self.socket.connected:
            await self.socket.disconnect()

    def _hears(self, name: str) -> Any:
        async def hear(body: Any) -> None:
            self.heard.append((name, body))

        return hear
