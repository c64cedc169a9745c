"""Viber as a bot meets it: signed callbacks, an address tried while it is set, refusals within answers of 200."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from demo.clouds.server import CloudServer, Letter, Upload, spelled

_TOKEN = 5_741_311_803_571_721_087  # more than a browser's number holds
_MOST_BODY, _MOST_TEXT = 30 * 1000, 7000


@dataclass
class Person:
    """Somebody with Viber. `stopped`: he has unsubscribed."""

    id: str
    name: str = "Anna"
    stopped: bool = False

    def told(self) -> dict[str, Any]:
        """As callbacks name him."""
        return {"id": self.id, "name": self.name, "country": "RU", "language": "ru", "api_version": 10}


class ViberCloud(CloudServer):
    """The cloud of one bot.

    Args:
        token: the bot's.
        retry_s: see CloudServer; Viber itself goes on for about an hour.
    """

    def __init__(self, token: str, retry_s: Sequence[float] = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)) -> None:
        super().__init__(retry_s)
        self.token = token
        self.people: dict[str, Person] = {}
        self.messages: list[dict[str, Any]] = []
        self.webhook: dict[str, Any] = {"url": ""}
        self.tries = True
        self._files: dict[str, Upload] = {}
        self._count, self._at = _TOKEN, 0

    def routes(self, app: web.Application) -> None:
        """Put Viber's methods there."""
        app.router.add_post("/pa/{method}", self._call)
        app.router.add_get("/media/{id}", self._file)

    def person(self, id: str = "01234567890A=", **more: Any) -> Person:
        """Return a person, new or known, with what is said of him."""
        known = self.people.setdefault(id, Person(id))
        for name, value in more.items():
            setattr(known, name, value)
        return known

    def event(self, kind: str, **more: Any) -> dict[str, Any]:
        """Return a callback with the next token."""
        self._count += 1
        self._at = max(self._at + 1, time.time_ns() // 1_000_000)
        return {"event": kind, "timestamp": self._at, "message_token": self._count, **more}

    def says(self, who: Person, text: str = "", files: Sequence[Upload] = (), **more: Any) -> list[dict[str, Any]]:
        """Let a person write; returns the callbacks: each file is a message of its own."""
        parts = [{**self._attached(file), **({"text": text} if text and not place else {})}
                 for place, file in enumerate(files)] or [{"type": "text", "text": text, **more}]  # fmt: skip
        return [self.event("message", silent=False, sender=who.told(), message=part) for part in parts]

    def letter(self, event: dict[str, Any]) -> Letter:
        """Return a callback as it is posted, signed."""
        body = spelled(event)
        proof = hmac.new(self.token.encode(), body, hashlib.sha256).hexdigest()
        return Letter(body=body, headers={"X-Viber-Content-Signature": proof})

    async def tell(self, event: dict[str, Any], copies: int = 1) -> list[asyncio.Task[bool]]:
        """Post a callback, as long as nobody takes it."""
        if not self.webhook["url"]:
            return []
        letter = self.letter(event)
        return [self.post(self.webhook["url"], letter, lambda status, _: status == 200) for _ in range(copies)]

    def _attached(self, file: Upload) -> dict[str, Any]:
        id = f"m{len(self._files)}"
        self._files[id] = file
        kind = "picture" if file.mime.startswith("image/") else "video" if file.mime.startswith("video/") else "file"
        return {"type": kind, "media": f"{self.url}/media/{id}", "file_name": file.name, "size": len(file.content)}

    async def _call(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if request.headers.get("X-Viber-Auth-Token") != self.token:
            return said(2, "invalidAuthToken")
        if len(raw) > _MOST_BODY:
            return said(3, "badData")
        told = json.loads(raw)
        match request.match_info["method"]:
            case "send_message":
                return self._send(told)
            case "set_webhook":
                return await self._hook(told)
            case "get_account_info":
                return said(0, "ok", id="pa:1", name="Clinic", webhook=self.webhook["url"])
        return web.Response(status=404)

    def _send(self, told: dict[str, Any]) -> web.Response:
        who = self.people.get(told["receiver"])
        if who is None:
            return said(5, "receiverNotRegistered")
        if who.stopped:
            return said(6, "receiverNotSubscribed")
        if not told.get("text") or len(told["text"]) > _MOST_TEXT or len(told["sender"]["name"]) > 28:
            return said(3, "badData")
        self._count += 1
        self.messages.append({**told, "message_token": self._count})
        return said(0, "ok", message_token=self._count)

    async def _hook(self, told: dict[str, Any]) -> web.Response:
        if self.tries:  # the address has to answer while it is being set
            letter = self.letter(self.event("webhook"))
            try:
                async with aiohttp.ClientSession() as session, session.post(
                    told["url"], data=letter.body, headers=letter.headers
                ) as answer:  # fmt: skip
                    taken = answer.status == 200
            except aiohttp.ClientError:
                taken = False
            if not taken:
                return said(1, "invalidUrl")
        self.webhook = told
        return said(0, "ok", event_types=told.get("event_types", []))

    async def _file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["id"])
        return web.Response(body=file.content) if file else web.Response(status=404)


def said(status: int, message: str, **more: Any) -> web.Response:
    """Answer as Viber does: with 200, whatever happened."""
    return web.json_response({"status": status, "status_message": message, "chat_hostname": "SN-1", **more})


def refusal(status: int, message: str = "refused") -> dict[str, Any]:
    """Return what Viber says when it refuses."""
    return {"status": status, "status_message": message}
