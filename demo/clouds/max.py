"""MAX as a bot meets it: people who write, a webhook or a long poll, files in two steps (reference/channels.md 3.2)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from demo.clouds.server import CloudServer, Letter, Upload, spelled

BOT = 229
_SEQ = 116_327_994_376_978_687  # more than a browser's number holds
_IMAGES = ("image/png", "image/jpeg", "image/webp")


@dataclass
class Person:
    """Somebody with a MAX account. `stopped`: he has stopped the bot."""

    id: int
    first_name: str = "Anna"
    last_name: str = "P."
    username: str = "anna"
    locale: str = "ru"
    stopped: bool = False

    @property
    def chat(self) -> int:
        """His dialog with the bot; a chat's id may be negative."""
        return -70_000_000_000 - self.id

    def told(self) -> dict[str, Any]:
        """As updates name him."""
        return {
            "user_id": self.id, "first_name": self.first_name, "last_name": self.last_name, "username": self.username,
            "is_bot": False, "last_activity_time": _now(), "name": f"{self.first_name} {self.last_name}".strip(),
        }  # fmt: skip


class MaxCloud(CloudServer):
    """The cloud of one bot.

    Args:
        token: the bot's.
        retry_s: see CloudServer; MAX itself waits a minute, and two and a half times longer each time.
    """

    def __init__(self, token: str, retry_s: Sequence[float] = (0.05, 0.125, 0.3, 0.8, 2.0)) -> None:
        super().__init__(retry_s)
        self.token = token
        self.people: dict[int, Person] = {}
        self.subscriptions: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.actions: list[tuple[str, str]] = []
        self.left: list[str] = []
        self.answered: list[str] = []
        self.unready = 0
        self._chats: dict[int, list[dict[str, Any]]] = {}
        self._files: dict[str, Upload] = {}
        self._seq, self._at = _SEQ, 0
        self._came = asyncio.Condition()

    def routes(self, app: web.Application) -> None:
        """Put MAX's methods there."""
        app.middlewares.append(self._known)
        app.add_routes([
            web.get("/me", self._me), web.get("/subscriptions", self._subscribed),
            web.post("/subscriptions", self._subscribe), web.delete("/subscriptions", self._unsubscribe),
            web.get("/messages", self._list), web.post("/messages", self._send), web.put("/messages", self._edit),
            web.delete("/messages", self._delete), web.post("/uploads", self._upload),
            web.post("/up/{kind}/{token}", self._brought), web.get("/videos/{token}", self._video),
            web.post("/answers", self._answer), web.post("/chats/{chat}/actions", self._act),
            web.delete("/chats/{chat}/members/me", self._leave), web.get("/updates", self._poll),
            web.get("/files/{id}", self._file),
        ])  # fmt: skip

    def person(self, id: int = 5501, **more: Any) -> Person:
        """Return a person, new or known, with what is said of him."""
        known = self.people.setdefault(id, Person(id))
        for name, value in more.items():
            setattr(known, name, value)
        return known

    def says(
        self, who: Person, text: str | None, files: Sequence[Upload] = (), *, reply_to: str = "",
        more: Sequence[dict[str, Any]] = (), link: dict[str, Any] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Let a person write; returns the update, which `tell` brings to the bot."""
        given = [self._attachment(file) for file in files] + list(more)
        link = {"type": "reply", "message": {"mid": reply_to, "seq": 1, "text": "…"}} if reply_to else link
        message = self._put(who, BOT, {"text": text, "attachments": given}, link)
        return {"update_type": "message_created", "timestamp": _now(), "user_locale": who.locale, "message": message}

    def does(self, kind: str, who: Person, **more: Any) -> dict[str, Any]:
        """Let a person do something else: start, stop, press."""
        return {"update_type": kind, "timestamp": _now(), "chat_id": who.chat, "user": who.told(), **more}

    def sent(self, who: Person) -> list[dict[str, Any]]:
        """Return what the bot said to him, in order."""
        return [one for one in self._chats.get(who.chat, []) if one["sender"]["is_bot"]]

    def letter(self, update: dict[str, Any], secret: str) -> Letter:
        """Return an update as it is posted."""
        return Letter(body=spelled(update), headers={"X-Max-Bot-Api-Secret": secret})

    async def tell(self, update: dict[str, Any], copies: int = 1) -> list[asyncio.Task[bool]]:
        """Post an update to whoever subscribed, or keep it for the long poll."""
        if self.subscriptions:
            return [
                self.post(one["url"], self.letter(update, one["secret"]), lambda status, _: status == 200)
                for one in self.subscriptions for _ in range(copies) if update["update_type"] in one["update_types"]
            ]  # fmt: skip
        async with self._came:
            self.updates.extend([update] * copies)
            self._came.notify_all()
        return []

    def _put(self, who: Person, to: int, said: dict[str, Any], link: dict[str, Any] | None) -> dict[str, Any]:
        self._seq += 3
        self._at = max(_now(), self._at + 1)
        bot = {"user_id": BOT, "first_name": "Clinic", "is_bot": True, "name": "Clinic", "last_activity_time": _now()}
        message = {
            "sender": who.told() if to == BOT else bot, "timestamp": self._at,
            "recipient": {"chat_id": who.chat, "chat_type": "dialog", "user_id": to},
            "body": {"mid": f"mid.{who.id:016x}{self._seq:016x}", "seq": self._seq, "markup": [], **said},
        }  # fmt: skip
        if link:
            message["link"] = link
        self._chats.setdefault(who.chat, []).append(message)
        return message

    def _attachment(self, file: Upload) -> dict[str, Any]:
        token = self._keep(file)
        payload = {"url": f"{self.url}/files/{token}", "token": token}
        if file.mime in _IMAGES:
            return {"type": "image", "payload": {**payload, "photo_id": len(self._files)}}
        if file.mime.startswith("video/"):
            return {"type": "video", "payload": payload, "width": 640, "height": 360, "duration": 9}
        if file.mime.startswith("audio/"):
            return {"type": "audio", "payload": payload}
        return {"type": "file", "payload": payload, "filename": file.name, "size": len(file.content)}

    def _keep(self, file: Upload) -> str:
        token = f"t{len(self._files):06d}"
        self._files[token] = file
        return token

    @web.middleware
    async def _known(self, request: web.Request, handler: Any) -> web.StreamResponse:
        away = request.path.startswith(("/files/", "/up/"))
        if not away and request.headers.get("Authorization") != self.token:
            return web.json_response({"code": "verify.token", "message": "Invalid access_token"}, status=401)
        if away and "Authorization" in request.headers:
            return web.json_response({"code": "proto.payload", "message": "no token here"}, status=400)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response({"user_id": BOT, "first_name": "Clinic", "is_bot": True, "username": "clinic_bot"})

    async def _subscribed(self, request: web.Request) -> web.Response:
        shown = [{name: one[name] for name in ("url", "time", "update_types")} for one in self.subscriptions]
        return web.json_response({"subscriptions": shown})

    async def _subscribe(self, request: web.Request) -> web.Response:
        told = await request.json()
        self.subscriptions = [one for one in self.subscriptions if one["url"] != told["url"]] + [
            {**told, "time": _now()}
        ]
        return web.json_response({"success": True})

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        self.subscriptions = [one for one in self.subscriptions if one["url"] != request.query["url"]]
        return web.json_response({"success": True})

    async def _list(self, request: web.Request) -> web.Response:
        newest = list(reversed(self._chats.get(int(request.query["chat_id"]), [])))
        before = int(request.query.get("from", 1 << 62))
        page = [one for one in newest if one["timestamp"] <= before][: int(request.query.get("count", 50))]
        return web.json_response({"messages": page})

    async def _send(self, request: web.Request) -> web.Response:
        who, told = self.people.get(int(request.query.get("user_id", 0))), await request.json()
        if who is None:
            return web.json_response({"code": "chat.not.found", "message": "no dialog"}, status=404)
        if who.stopped:
            return web.json_response({"code": "chat.denied", "message": "error.dialog.suspended"}, status=403)
        if len(told.get("text") or "") > 4000:
            return web.json_response({"code": "proto.payload", "message": "text is too long"}, status=400)
        if told.get("attachments") and self.unready > 0:
            self.unready -= 1
            return web.json_response({"code": "attachment.not.ready", "message": "Key: errors.process"}, status=400)
        link = told.get("link")
        shown = {"type": "reply", "message": {"mid": link["mid"], "seq": 1, "text": "…"}} if link else None
        said = {"text": told.get("text"), "attachments": told.get("attachments", [])}
        return web.json_response({"message": self._put(who, who.id, said, shown)})

    def _found(self, request: web.Request) -> tuple[list[dict[str, Any]], dict[str, Any]] | None:
        for chat in self._chats.values():
            for one in chat:
                if one["body"]["mid"] == request.query.get("message_id"):
                    return chat, one
        return None

    async def _edit(self, request: web.Request) -> web.Response:
        if (found := self._found(request)) is None:
            return web.json_response({"code": "not.found", "message": "no message"}, status=404)
        found[1]["body"]["text"] = (await request.json())["text"]
        return web.json_response({"success": True})

    async def _delete(self, request: web.Request) -> web.Response:
        if (found := self._found(request)) is None:
            return web.json_response({"code": "not.found", "message": "no message"}, status=404)
        found[0].remove(found[1])
        return web.json_response({"success": True})

    async def _upload(self, request: web.Request) -> web.Response:
        kind = request.query["type"]
        token = self._keep(Upload(name="", mime="", content=b"", kind=kind))
        told = {"url": f"{self.url}/up/{kind}/{token}"} | ({"token": token} if kind in ("video", "audio") else {})
        return web.json_response(told)

    async def _brought(self, request: web.Request) -> web.Response:
        part = (await request.post())["data"]
        if not isinstance(part, web.FileField):
            return web.json_response({"code": "proto.payload", "message": "no file"}, status=400)
        kind, token = request.match_info["kind"], request.match_info["token"]
        self._files[token] = Upload(name=part.filename, mime=part.content_type, content=part.file.read(), kind=kind)
        if kind in ("video", "audio"):
            return web.Response(text="<retval>1</retval>", content_type="text/xml")
        return web.json_response({"photos": {"p1": {"token": token}}} if kind == "image" else {"token": token})

    def brought(self, attachment: dict[str, Any]) -> Upload:
        """Return the file an attachment of the bot's names."""
        return self._files[attachment["payload"]["token"]]

    async def _video(self, request: web.Request) -> web.Response:
        token = quote(request.match_info["token"])
        urls = {"mp4_360": f"{self.url}/files/none", "mp4_720": f"{self.url}/files/{token}", "hls": None}
        return web.json_response({"token": token, "urls": urls, "width": 1280, "height": 720, "duration": 9})

    async def _answer(self, request: web.Request) -> web.Response:
        self.answered.append(request.query["callback_id"])
        return web.json_response({"success": True})

    async def _act(self, request: web.Request) -> web.Response:
        self.actions.append((request.match_info["chat"], (await request.json())["action"]))
        return web.json_response({"success": True})

    async def _leave(self, request: web.Request) -> web.Response:
        self.left.append(request.match_info["chat"])
        return web.json_response({"success": True})

    async def _poll(self, request: web.Request) -> web.Response:
        if self.subscriptions:
            return web.json_response({"code": "method.not.allowed", "message": "a webhook is set"}, status=405)
        marker = int(request.query.get("marker", max(0, len(self.updates) - 1)))
        async with self._came:
            try:
                async with asyncio.timeout(min(float(request.query["timeout"]), 5.0)):
                    await self._came.wait_for(lambda: len(self.updates) > marker)
            except TimeoutError:
                return web.json_response({"updates": [], "marker": marker})
            page = self.updates[marker : marker + int(request.query["limit"])]
        return web.json_response({"updates": page, "marker": marker + len(page)})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["id"])
        return web.Response(body=file.content) if file else web.Response(status=404)


def _now() -> int:
    return time.time_ns() // 1_000_000
