"""A chat service that does what a test tells it, on a real socket: the routes of `chat.client`, nothing behind them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

Row = dict[str, Any]
PAGE, MOST = 50, 120
ABILITIES: Row = {
    "most_text": 4000, "most_file": 20_000_000, "files_at_once": 10, "reply": True, "edit": True, "delete": True, "typing": True,
    "read": True, "receipts": "read", "window_s": None, "templates": False, "per_second": 20.0, "per_peer_s": 0.5, "resend": "ask",
    "first": False, "alive": True,
}  # fmt: skip


def stamp(at: datetime) -> str:
    """RFC 3339."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Talk:
    """One conversation: its head and its messages by id."""

    def __init__(self, number: int, channel: str, name: str, **head: Any) -> None:
        self.id = str(uuid.UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
        self.head: Row = {
            "id": self.id, "identity": str(uuid.UUID(int=number)), "channel": channel, "account": f"{channel}:main", "title": {},
            "kind": "chat", "open": True, "opened_at": stamp(datetime.now(UTC)), "closed_at": None, "name": name, "username": "",
            "subject": "", "phone": "", "verified": False, "entry": {}, "request": None, "owner": "", "heard_seq": 0, "seen_seq": 0,
            "window_until": None, "emergency": False, "blocked": False, "unreachable": "", "score": None, "abilities": dict(ABILITIES),
            "lamp": "green", "earlier": [], **head,
        }  # fmt: skip
        self.messages: dict[str, Row] = {}
        self.seq = self.said = 0

    def put(self, text: str, side: str = "in", *, id: str = "", ago: float = 0, **more: Any) -> Row:
        """Add a message at the end."""
        self.seq += 1
        if side == "in":
            self.said = self.seq
        at = stamp(datetime.now(UTC) - timedelta(seconds=ago))
        row: Row = {
            "id": id or str(uuid.uuid4()), "seq": self.seq, "changed": self.seq, "place": [at, "0" * 20, f"{self.seq:020d}"], "side": side, "what": "text", "author": "",
            "at": at, "sent_at": None, "text": text, "html": "", "subject": "", "reply_to": None, "album": "", "version": 1,
            "edited": False, "deleted": False, "state": "", "error": "", "attachments": [], **more,
        }  # fmt: skip
        self.messages[row["id"]] = row
        return row

    def view(self) -> Row:
        """What `open` answers."""
        rows = sorted(self.messages.values(), key=lambda one: one["seq"])[-PAGE:]
        return self.head | {
            "last_seq": self.seq, "said_seq": self.said, "messages": rows, "more": bool(rows) and rows[0]["seq"] > 1,
        }  # fmt: skip


class ScriptedChat:
    """Keeps conversations, records what it was asked. `refuse`: a route's last word -> why; `drop`: answers to lose."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.talks: dict[str, Talk] = {}
        self.files: dict[str, tuple[Row, bytes]] = {}
        self.accounts: list[Row] = []
        self.asked: list[tuple[str, Row]] = []
        self.refuse: dict[str, str] = {}
        self.drop: dict[str, int] = {}
        self.away = False
        self.opening = asyncio.Event()
        self.opening.set()  # while it is not, the answer to `open` is on its way
        self.sockets: set[web.WebSocketResponse] = set()
        self.state_of_sent = "queued"
        self.on_sent: Callable[[Talk], None] = lambda talk: None
        self.app = web.Application(client_max_size=64 * 1024 * 1024)
        self.app.router.add_get("/live", self._live)
        self.app.router.add_get("/health", self._health)
        self.app.router.add_get("/status", self._status)
        self.app.router.add_get("/v1/attachments/{id}/content", self._content)
        self.app.router.add_post("/v1/attachments", self._upload)
        self.app.router.add_post("/v1/{rest:.+}", self._route)

    def talk(self, channel: str = "max", name: str = "Анна П.", **head: Any) -> Talk:
        """Begin a conversation."""
        made = Talk(len(self.talks) + 1, channel, name, **head)
        self.talks[made.id] = made
        return made

    async def writes(self, talk: Talk, text: str, **more: Any) -> Row:
        """Its person writes."""
        row = talk.put(text, **more)
        await self.say(what="message", conversation=talk.id, seq=row["seq"], message=row["id"])
        return row

    async def becomes(self, talk: Talk, row: Row, what: str = "state", **change: Any) -> None:
        """A message changes."""
        talk.seq += 1
        row |= change | {"changed": talk.seq}
        await self.say(what=what, conversation=talk.id, seq=talk.seq, message=row["id"])

    async def say(self, **one: Any) -> None:
        """Tell every listener."""
        for socket in list(self.sockets):
            await socket.send_json(one)

    async def cut(self) -> None:
        """Cut every listener off."""
        for socket in list(self.sockets):
            await socket.close()

    def asked_of(self, what: str) -> list[Row]:
        """The bodies of what was asked under a route's last word."""
        return [body for route, body in self.asked if route.rsplit("/", 1)[-1] == what]

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({}, status=503 if self.away else 200)

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response({"channels": [], "accounts": self.accounts})

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        assert request.headers["Okno-Service"] == self.secret
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.add(socket)
        beat = asyncio.create_task(_beat(socket))
        try:
            async for _ in socket:
                pass
        finally:
            beat.cancel()
            self.sockets.discard(socket)
        return socket

    async def _upload(self, request: web.Request) -> web.Response:
        content, name = await request.read(), json.loads(request.headers["Okno-Name"])
        self.asked.append(("attachments", json.loads(request.headers["Okno-Who"])))
        kind = "image" if request.content_type.startswith("image/") else "file"
        return web.json_response(self.keep(content, name, request.content_type, kind))

    def keep(self, content: bytes, name: str, mime: str, kind: str = "file") -> Row:
        """Keep a file."""
        row = {"id": str(uuid.uuid4()), "kind": kind, "name": name, "mime": mime, "size": len(content), "state": "ready", "words": ""}
        self.files[row["id"]] = (row, content)
        return row

    async def _content(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["id"]][1])

    async def _route(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Okno-Service"] == self.secret
        path, body = request.match_info["rest"], await request.json()
        self.asked.append((path, body))
        *_, what = path.split("/")
        if self.away:
            return web.json_response({"title": "away"}, status=503)
        if what in self.refuse:
            return web.json_response({"title": "no", "why": self.refuse[what]}, status=409)
        answer = await self._answer(path, body)
        if self.drop.get(what, 0) > 0:
            self.drop[what] -= 1
            assert request.transport is not None
            request.transport.abort()
        return answer

    async def _answer(self, path: str, body: Row) -> web.Response:
        match path.split("/"):
            case ["conversations"]:
                talk = self.talk("sms", "")
                row = talk.put(body["text"], "out", id=body["id"], state="queued", author=body["who"]["operator"])
                return web.json_response({"conversation": talk.id, "message": row["id"]})
            case ["attachments", id]:
                return web.json_response(self.files[id][0])
            case ["messages", id, what]:
                return web.json_response(await self._change(id, what, body))
            case ["conversations", id, what] if id in self.talks:
                return web.json_response(await self._of(self.talks[id], what, body))
        return web.json_response({"title": "there is no such thing"}, status=404)

    async def _of(self, talk: Talk, what: str, body: Row) -> Row:
        match what:
            case "open":
                view = talk.view()
                await self.opening.wait()
                return view
            case "messages":
                rows = sorted(talk.messages.values(), key=lambda one: one["seq"])
                if body["since"] is not None:
                    changed = sorted(rows, key=lambda one: one["changed"])
                    return {"items": [one for one in changed if one["changed"] > body["since"]][:MOST]}
                return {"items": [one for one in rows if one["seq"] < body["before"]][-PAGE:]}
            case "send" | "note":
                return await self._sent(talk, what, body)
            case "seen":
                talk.head["seen_seq"] = body["seq"]
                await self.say(what="conversation", conversation=talk.id, seq=talk.seq, only="read")
            case "block" | "unblock":
                talk.head["blocked"] = what == "block"
        return {}

    async def _sent(self, talk: Talk, what: str, body: Row) -> Row:
        if body["id"] in talk.messages:
            return talk.messages[body["id"]]
        files = [self.files[one][0] for one in body.get("attachments", ())]
        more = {"reply_to": body.get("reply_to"), "attachments": files, "state": self.state_of_sent} if what == "send" else {}
        row = talk.put(body["text"], "out" if what == "send" else "note", id=body["id"], author=body["who"]["operator"] or body["who"]["actor"], **more)
        await self.say(what="message", conversation=talk.id, seq=row["seq"], message=row["id"])
        if what == "send":
            self.on_sent(talk)
        return row

    async def _change(self, id: str, what: str, body: Row) -> Row:
        talk = next(one for one in self.talks.values() if id in one.messages)
        row = talk.messages[id]
        change: Row = {
            "edit": {"text": body.get("text"), "edited": True, "version": row["version"] + 1},
            "delete": {"deleted": True, "text": "", "version": row["version"] + 1}, "retry": {"state": "queued", "error": ""},
        }[what]  # fmt: skip
        await self.becomes(talk, row, "changed", **change)
        return row


async def _beat(socket: web.WebSocketResponse) -> None:
    while True:
        await asyncio.sleep(1)
        await socket.send_json({"what": "beat"})


@asynccontextmanager
async def scripted_chat(secret: str, port: int) -> AsyncIterator[ScriptedChat]:
    """Run it on a port."""
    made = ScriptedChat(secret)
    runner = web.AppRunner(made.app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield made
    finally:
        for socket in list(made.sockets):
            await socket.close()
        await runner.cleanup()
