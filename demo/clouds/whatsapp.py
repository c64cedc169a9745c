"""WhatsApp Cloud as a business meets it: signed webhooks of many events, the Graph API, files in two steps."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from demo.clouds.server import CloudServer, Letter, Upload, spelled

VERSION = "v23.0"
_DAY_S = 24 * 3600
_KINDS = {"image/jpeg": "image", "image/png": "image", "video/mp4": "video", "audio/ogg": "audio"}


@dataclass
class Person:
    """Somebody with WhatsApp. `stopped`: he has blocked the business; `quiet_s`: he wrote last so long ago."""

    wa_id: str
    name: str = "Anna"
    user_id: str = ""
    hidden: bool = False
    stopped: bool = False
    quiet_s: float = 0.0
    read: list[str] = field(default_factory=list)

    def contact(self) -> dict[str, Any]:
        """As webhooks name him; who hides his number is known by his id for this business."""
        known = {} if self.hidden else {"wa_id": self.wa_id}
        return {"profile": {"name": self.name}, **known, **({"user_id": self.user_id} if self.user_id else {})}

    def sender(self) -> dict[str, str]:
        """As his messages name him."""
        return {"from_user_id": self.user_id} if self.hidden else {"from": self.wa_id}


class WhatsAppCloud(CloudServer):
    """The cloud of one number.

    Args:
        number: its id.
        token: the system user's.
        app_secret: signs what is posted.
        retry_s: see CloudServer; Meta itself goes on for a week.
    """

    def __init__(
        self, number: str, token: str, app_secret: str, retry_s: Sequence[float] = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
    ) -> None:
        super().__init__(retry_s)
        self.number, self.token, self.app_secret = number, token, app_secret
        self.people: dict[str, Person] = {}
        self.messages: list[dict[str, Any]] = []
        self.webhook = ""
        self.quality = "GREEN"
        self.token_ends = 0
        self._files: dict[str, Upload] = {}
        self._count = 0

    def routes(self, app: web.Application) -> None:
        """Put the Graph API there."""
        app.middlewares.append(self._known)
        base = f"/{VERSION}"
        app.add_routes([
            web.post(f"{base}/{self.number}/messages", self._send),
            web.post(f"{base}/{self.number}/media", self._bring),
            web.get(f"{base}/{self.number}", self._of_number), web.get(f"{base}/debug_token", self._of_token),
            web.get("/media/{id}", self._file), web.get(base + "/{id}", self._media),
        ])  # fmt: skip

    def person(self, wa_id: str = "79990000001", **more: Any) -> Person:
        """Return a person, new or known, with what is said of him."""
        known = self.people.setdefault(wa_id, Person(wa_id))
        for name, value in more.items():
            setattr(known, name, value)
        return known

    def message(self, who: Person, kind: str, part: Any, *, reply_to: str = "", **more: Any) -> dict[str, Any]:
        """Return a message of his."""
        context = {"context": {"from": self.number, "id": reply_to}} if reply_to else {}
        return {
            **who.sender(), "id": self._id(), "timestamp": str(int(time.time())), "type": kind, kind: part, **context,
            **more,
        }  # fmt: skip

    def says(self, who: Person, text: str, files: Sequence[Upload] = (), *, reply_to: str = "") -> list[dict[str, Any]]:
        """Let a person write; returns the messages: each file is one of its own."""
        if not files:
            return [self.message(who, "text", {"body": text}, reply_to=reply_to)]
        made = []
        for place, file in enumerate(files):
            kind = _KINDS.get(file.mime, "document")
            part = {"id": self._keep(file), "mime_type": file.mime, "sha256": "", "file_size": len(file.content)}
            caption = {"caption": text} if text and place == 0 else {}
            named = {"filename": file.name} if kind == "document" else {}
            made.append(self.message(who, kind, {**part, **caption, **named}, reply_to=reply_to))
        return made

    def status(self, message: dict[str, Any], state: str, *, error: int = 0) -> dict[str, Any]:
        """Say what became of a message of the business's."""
        told = {"id": message["id"], "status": state, "timestamp": str(int(time.time()))}
        told |= {"recipient_id": message["to"]} if "to" in message else {"recipient_user_id": message["recipient"]}
        known = message.get("biz_opaque_callback_data")
        return told | ({"biz_opaque_callback_data": known} if known else {}) | (
            {"errors": [{"code": error, "title": "refused"}]} if error else {}
        )  # fmt: skip

    def letter(
        self, messages: Sequence[dict[str, Any]] = (), statuses: Sequence[dict[str, Any]] = (), *,
        people: Sequence[Person] | None = None, number: str = "",
    ) -> Letter:  # fmt: skip
        """Return a post of many events, signed."""
        shown = [one.contact() for one in (self.people.values() if people is None else people)]
        metadata = {"display_phone_number": "79990009999", "phone_number_id": number or self.number}
        value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": metadata}
        value |= {"contacts": shown, "messages": list(messages)} if messages else {}
        value |= {"statuses": list(statuses)} if statuses else {}
        return self.signed({
            "object": "whatsapp_business_account",
            "entry": [{"id": "WABA", "changes": [{"field": "messages", "value": value}]}],
        })  # fmt: skip

    def signed(self, post: dict[str, Any]) -> Letter:
        """Return a post as Meta signs it."""
        body = spelled(post)
        proof = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return Letter(body=body, headers={"X-Hub-Signature-256": f"sha256={proof}"})

    async def tell(self, letter: Letter, copies: int = 1) -> list[asyncio.Task[bool]]:
        """Post to the webhook, as long as nobody takes it."""
        if not self.webhook:
            return []
        return [self.post(self.webhook, letter, lambda status, _: status == 200) for _ in range(copies)]

    def brought(self, message: dict[str, Any]) -> Upload:
        """Return the file a message of the business's holds."""
        return self._files[message[message["type"]]["id"]]

    def _by_id(self, user_id: str) -> Person | None:
        return next((one for one in self.people.values() if user_id and one.user_id == user_id), None)

    def _id(self) -> str:
        self._count += 1
        return f"wamid.HBgLNzk5OTAwMDAwMDEVAgASGBQz{self._count:08d}"

    def _keep(self, file: Upload) -> str:
        id = str(9_000_000_000 + len(self._files))
        self._files[id] = file
        return id

    @web.middleware
    async def _known(self, request: web.Request, handler: Any) -> web.StreamResponse:
        asked = request.path.endswith("/debug_token")
        if not asked and request.headers.get("Authorization") != f"Bearer {self.token}":
            return refuse(401, 190, "Error validating access token")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _send(self, request: web.Request) -> web.Response:
        told = await request.json()
        if told.get("status") == "read":
            for who in self.people.values():
                who.read.append(told["message_id"])
            return web.json_response({"success": True})
        to = self.people.get(told["to"]) if "to" in told else self._by_id(told["recipient"])
        if to is None or to.stopped:
            return refuse(400, 131026, "Message undeliverable")
        if told["type"] == "text" and len(told["text"]["body"]) > 4096:
            return refuse(400, 100, "Invalid parameter")
        if told["type"] != "template" and to.quiet_s > _DAY_S:
            return refuse(400, 131047, "Re-engagement message")
        if told["type"] in ("image", "document", "audio", "video") and told[told["type"]]["id"] not in self._files:
            return refuse(400, 131053, "Media upload error")
        message = {**told, "id": self._id()}
        self.messages.append(message)
        contacts = [{"input": told["to"], "wa_id": told["to"]} if "to" in told else {
            "input": told["recipient"], "user_id": told["recipient"],
        }]  # fmt: skip
        return web.json_response({
            "messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": message["id"]}],
        })  # fmt: skip

    async def _bring(self, request: web.Request) -> web.Response:
        form = await request.post()
        part = form["file"]
        if not isinstance(part, web.FileField) or form.get("messaging_product") != "whatsapp":
            return refuse(400, 100, "Invalid parameter")
        return web.json_response({
            "id": self._keep(Upload(name=part.filename, mime=part.content_type, content=part.file.read()))
        })  # fmt: skip

    async def _media(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        file = self._files.get(id)
        if file is None:
            return refuse(400, 100, "Unsupported get request. Object does not exist")
        return web.json_response({
            "messaging_product": "whatsapp", "id": id, "url": f"{self.url}/media/{id}", "mime_type": file.mime,
            "sha256": hashlib.sha256(file.content).hexdigest(), "file_size": len(file.content),
        })  # fmt: skip

    async def _file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["id"])
        return web.Response(body=file.content) if file else web.Response(status=404)

    async def _of_number(self, request: web.Request) -> web.Response:
        return web.json_response({"id": self.number, "quality_rating": self.quality})

    async def _of_token(self, request: web.Request) -> web.Response:
        valid = request.query["input_token"] == self.token
        return web.json_response({"data": {"is_valid": valid, "expires_at": self.token_ends}})


def refuse(status: int, code: int, why: str) -> web.Response:
    """Answer as the Graph API refuses."""
    return web.json_response(refusal(code, why), status=status)


def refusal(code: int, why: str = "refused") -> dict[str, Any]:
    """Return what the Graph API says when it refuses."""
    return {"error": {"message": f"(#{code}) {why}", "type": "OAuthException", "code": code, "fbtrace_id": "A1"}}
