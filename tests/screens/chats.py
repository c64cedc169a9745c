"""The gateway with conversations: the real handlers of `web.chats` over the synthetic clinic, beside a scripted chat."""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pydantic
from aiohttp import web
from prometheus_client import CollectorRegistry

from chat.client import ChatClient
from okno.settings.services import AccountSettings
from tests.screens import scenes
from tests.screens.conftest import Place, Screen
from tests.screens.dev_server import ROLES
from tests.screens.people import PeopleServer
from tests.screens.synthetic import Row, stamp
from tests.web.scripted_chat import ScriptedChat, Talk, scripted_chat
from web.accounts.roles import PERMISSIONS, Identity
from web.chats.answers import Answers
from web.chats.desk import ChatsDesk
from web.chats.files import Files
from web.chats.live import ChatsLive
from web.chats.whose import Whose
from web.live.desk import Caller
from web.live.meters import Meters
from web.site.guard import IDENTITY

TEMPLATES = [{"name": "reminder", "language": "ru", "title": {"ru": "Напоминание", "en": "Reminder"}, "text": "Здравствуйте, {{1}}! Ждём вас {{2}}."}]
ANSWERS = {
    "hello": {"title": {"ru": "Приветствие", "en": "Hello"}, "text": {"ru": "Здравствуйте, {patient}! {clinic}, {operator}", "en": "Hello, {patient}!"}, "short": "привет"},
    "fasting": {"title": {"ru": "Натощак", "en": "Fasting"}, "text": {"ru": "Приходите натощак, воду пить можно."}, "short": "анализы", "queues": ["registry"]},
    "teeth": {"title": {"ru": "Стоматология"}, "text": {"ru": "Запись к стоматологу."}, "short": "зуб", "queues": ["dental"]},
}  # fmt: skip


def account(key: str, colour: str = "green", why: str = "", **more: Any) -> Row:
    """An account's lamp."""
    now = stamp(datetime.now(UTC))
    return {"key": key, "channel": key.partition(":")[0], "title": {}, "colour": colour, "why": why, "since": now, "heard_at": now,
            "waiting": 0, "undelivered": 0, **more}  # fmt: skip


class _World:
    """What of a replica the handlers read."""

    def __init__(self, server: ChatServer) -> None:
        self._server = server

    @property
    def tables(self) -> dict[str, dict[str, Row]]:
        return self._server.clinic.tables

    def request(self, key: str) -> Row | None:
        return self._server.clinic.tables["requests"].get(key)


class _Directory:
    """What of an engine the handlers ask."""

    async def directory(self) -> Row:
        return {"version": 1, "document": {"answers": ANSWERS}}


class _Trail:
    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    async def append(self, *row: Any) -> int:
        self.rows.append(row)
        return len(self.rows)


class ChatServer(PeopleServer):
    """One operator's gateway beside a chat service."""

    def __init__(self) -> None:
        super().__init__()
        self.chat: ScriptedChat = ScriptedChat("")
        self.trail = _Trail()
        self._stack = AsyncExitStack()

    async def up(self) -> None:
        """Listen, with a chat service of its own."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.chat = await self._stack.enter_async_context(scripted_chat("secret", port))
        self.chat.on_sent = self.answered
        self.client = ChatClient(f"http://127.0.0.1:{port}", "secret")
        self._stack.push_async_callback(self.client.close)
        await super().up()

    async def down(self) -> None:
        """End, and end the chat service."""
        await self._stack.aclose()
        await super().down()

    def _more(self, app: web.Application) -> None:
        super()._more(app)
        live = ChatsLive(self.client, self.sio, Meters(CollectorRegistry()))
        accounts = [AccountSettings(channel="whatsapp", options={"templates": TEMPLATES})]
        desk = ChatsDesk(
            self.client, Whose(_World(self)), live, answers=Answers(_Directory(), _World(self)), accounts=accounts, audit=self.trail,  # type: ignore[arg-type]
        )  # fmt: skip
        for name, handler in desk.events().items():
            self.sio.on(name, self._door(handler))
        Files(self.client, 20_000_000).attach(app)
        app.middlewares.append(self._known)
        task = self.sio.start_background_task(live.run)
        self._stack.callback(task.cancel)

    @property
    def who(self) -> Identity:
        """Who is signed in."""
        one = ROLES[self.role]
        return Identity(kind="person", account=uuid.UUID(int=7), name=one["login"], title=one["title"], role=one["role"],  # type: ignore[arg-type]
                        operator=one["operator"], key=b"k" * 32, expires_at=datetime.now(UTC) + timedelta(hours=1))  # fmt: skip

    def _boot(self) -> dict[str, Any]:
        return super()._boot() | {"permissions": sorted(name for name, roles in PERMISSIONS.items() if self.role in roles)}

    @web.middleware
    async def _known(self, request: web.Request, handler: Any) -> web.StreamResponse:
        request[IDENTITY] = self.who
        answer: web.StreamResponse = await handler(request)
        return answer

    def _door(self, handler: Any) -> Any:
        async def passed(sid: str, body: Any = None) -> Row:
            try:
                return dict(await handler(Caller(sid, self.who), body))
            except pydantic.ValidationError:
                return {"ok": False, "why": "bad_request"}

        return passed

    def row_of(self, talk: Talk, key: str, **more: Any) -> Row:
        """A request of a conversation."""
        number = len(self.clinic.tables["requests"]) + 500
        now = datetime.now(UTC)
        waits = stamp(now - timedelta(seconds=75))
        return {
            "id": key, "number": f"2026-{number:06d}", "kind": talk.head["kind"], "status": "in_progress", "queue": "registry", "priority": 0,
            "due_at": stamp(now + timedelta(seconds=600)), "owner": scenes.ME, "phone": "", "source": {"ru": "", "en": ""}, "calls": [],
            "outcome": "", "created_at": stamp(now - timedelta(seconds=90 - number / 10)), "since": waits, "queued_at": waits,
            "first_response_at": None, "closed_at": None, "postponed_until": None, "wrap_up_until": None, "version": 2, "attempts": 0,
            "conversation": {
                "id": talk.id, "channel": talk.head["channel"], "account": talk.head["account"], "seq": talk.said, "unheard": 1,
                "waits_since": waits, "replied_at": None, "window_until": talk.head["window_until"], "emergency": talk.head["emergency"],
                "over": False,
            },
        } | more  # fmt: skip

    def give(self, talk: Talk, **more: Any) -> str:
        """Give its request to the operator; return the request's id."""
        key = str(uuid.uuid4())
        talk.head["request"] = key
        self.change([["set", "requests", key, self.row_of(talk, key, **more)]])
        return key

    def request_of(self, talk: Talk) -> Row:
        """Its request's row."""
        return self.clinic.tables["requests"][talk.head["request"]]

    async def writes(self, talk: Talk, text: str, **more: Any) -> Row:
        """Its person writes, and the engine learns it."""
        row = await self.chat.writes(talk, text, **more)
        old = self.request_of(talk)["conversation"]
        waits = old["waits_since"] or stamp(datetime.now(UTC))
        conversation = old | {"seq": talk.said, "unheard": old["unheard"] + 1, "waits_since": waits}
        self.change([self.clinic.put("requests", talk.head["request"], conversation=conversation)])
        return row

    def answered(self, talk: Talk) -> None:
        """The engine learns that somebody answered."""
        row = self.clinic.tables["requests"].get(talk.head["request"] or "")
        if row is not None:
            conversation = row["conversation"] | {"unheard": 0, "waits_since": None}
            self.change([self.clinic.put("requests", row["id"], conversation=conversation)])


@asynccontextmanager
async def chatting(place: Place, lang: str = "ru", theme: str = "light", width: int = 1440, height: int = 900) -> AsyncIterator[Screen]:
    """A page beside it."""
    made = ChatServer()
    made.lang, made.theme = lang, theme
    async with place.serve(made) as server, place.screen(server, width, height) as screen:
        yield screen
