"""Telegram as a bot meets it: people who write, a webhook or getUpdates, files in two steps."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from demo.clouds.server import CloudServer, Letter, Upload, spelled

BOT = {"id": 229, "is_bot": True, "first_name": "Clinic", "username": "clinic_bot"}
_MOST_FETCHED = 20 << 20
_PHOTOS = ("image/png", "image/jpeg")
_KINDS = {"audio/ogg": "voice", "audio/mpeg": "audio", "video/mp4": "video"}


@dataclass
class Person:
    """Somebody with a Telegram account. `stopped`: he has blocked the bot."""

    id: int
    first_name: str = "Anna"
    last_name: str = "P."
    username: str = "anna"
    language: str = "ru"
    stopped: bool = False

    def told(self) -> dict[str, Any]:
        """As updates name him."""
        return {
            "id": self.id, "is_bot": False, "first_name": self.first_name, "last_name": self.last_name,
            "username": self.username, "language_code": self.language,
        }  # fmt: skip

    def chat(self) -> dict[str, Any]:
        """His chat with the bot."""
        return {"id": self.id, "type": "private", "first_name": self.first_name, "username": self.username}


class TelegramCloud(CloudServer):
    """The cloud of one bot.

    Args:
        token: the bot's.
        retry_s: see CloudServer; Telegram itself doubles from a second to a minute or two, for a day.
    """

    def __init__(self, token: str, retry_s: Sequence[float] = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6)) -> None:
        super().__init__(retry_s)
        self.token = token
        self.people: dict[int, Person] = {}
        self.webhook: dict[str, Any] = {"url": ""}
        self.hooks_set = 0
        self.updates: list[dict[str, Any]] = []
        self.info: dict[str, Any] = {}
        self.actions: list[tuple[str, str]] = []
        self.left: list[str] = []
        self.answered: list[str] = []
        self._chats: dict[int, list[dict[str, Any]]] = {}
        self._files: dict[str, Upload] = {}
        self._update, self._message = 900_000, 40
        self._came = asyncio.Condition()

    def routes(self, app: web.Application) -> None:
        """Put Telegram's methods there."""
        app.router.add_post("/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)

    def person(self, id: int = 5501, **more: Any) -> Person:
        """Return a person, new or known, with what is said of him."""
        known = self.people.setdefault(id, Person(id))
        for name, value in more.items():
            setattr(known, name, value)
        return known

    def update(self, kind: str, said: dict[str, Any]) -> dict[str, Any]:
        """Return an update with the next number."""
        self._update += 1
        return {"update_id": self._update, kind: said}

    def says(
        self, who: Person, text: str = "", files: Sequence[Upload] = (), *, reply_to: int = 0,
        more: dict[str, Any] | None = None, chat: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Let a person write; returns the updates: several files are an album, a message each."""
        album = {"media_group_id": f"1370{self._message}"} if len(files) > 1 else {}
        parts = [{**self._attached(file), **album} for file in files] or [{}]
        return [
            self.update("message", self._put(who, who.told(), {
                **part, **self._words(part, text if place == 0 else ""), **(more or {}),
                **({"reply_to_message": self._found(who, reply_to)} if reply_to else {}),
            }, chat))
            for place, part in enumerate(parts)
        ]  # fmt: skip

    @staticmethod
    def _words(part: dict[str, Any], text: str) -> dict[str, Any]:
        return {"caption" if part else "text": text} if text else {}

    def changes(self, who: Person, number: int, text: str) -> dict[str, Any]:
        """Let a person change a message of his."""
        return self.update("edited_message", {**self._found(who, number), "text": text, "edit_date": int(time.time())})

    def presses(self, who: Person, number: int, data: str) -> dict[str, Any]:
        """Let a person press a button."""
        message = {"message_id": number, "date": 0, "chat": who.chat()}
        press = {"id": f"43{self._update}", "from": who.told(), "message": message, "data": data}
        return self.update("callback_query", {**press, "chat_instance": "-77"})

    def member(self, who: Person, status: str, chat: dict[str, Any] | None = None) -> dict[str, Any]:
        """Let a person block or unblock the bot, or add it to a group."""
        told = {"chat": chat or who.chat(), "from": who.told(), "date": int(time.time())}
        old, new = {"user": BOT, "status": "member"}, {"user": BOT, "status": status}
        return self.update("my_chat_member", {**told, "old_chat_member": old, "new_chat_member": new})

    def sent(self, who: Person) -> list[dict[str, Any]]:
        """Return what the bot said to him, in order."""
        return [one for one in self._chats.get(who.id, []) if one["from"]["is_bot"]]

    def letter(self, update: dict[str, Any], secret: str) -> Letter:
        """Return an update as it is posted."""
        return Letter(body=spelled(update), headers={"X-Telegram-Bot-Api-Secret-Token": secret})

    async def tell(self, update: dict[str, Any], copies: int = 1) -> list[asyncio.Task[bool]]:
        """Post an update to the webhook, or keep it for getUpdates."""
        if self.webhook["url"]:
            url, letter = self.webhook["url"], self.letter(update, self.webhook["secret_token"])
            return [self.post(url, letter, lambda status, _: 200 <= status < 300) for _ in range(copies)]
        async with self._came:
            self.updates.extend([update] * copies)
            self._came.notify_all()
        return []

    def brought(self, message: dict[str, Any]) -> Upload:
        """Return the file a message of the bot's holds."""
        return self._files[message["photo"][-1]["file_id"] if "photo" in message else message["document"]["file_id"]]

    def _put(
        self, who: Person, sender: dict[str, Any], said: dict[str, Any], chat: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        self._message += 1
        message = {
            "message_id": self._message, "date": int(time.time()), "from": sender, "chat": chat or who.chat(), **said,
        }  # fmt: skip
        self._chats.setdefault(who.id, []).append(message)
        return message

    def _found(self, who: Person, number: int) -> dict[str, Any]:
        return next((one for one in self._chats.get(who.id, []) if one["message_id"] == number), {})

    def _attached(self, file: Upload) -> dict[str, Any]:
        id = self._keep(file)
        told = {"file_id": id, "file_unique_id": id, "file_size": len(file.content)}
        if file.mime in _PHOTOS:
            small = {**told, "file_id": f"{id}s", "width": 90, "height": 67, "file_size": 1200}
            return {"photo": [small, {**told, "width": 1280, "height": 960}]}
        named = {"file_name": file.name} if file.name else {}
        return {_KINDS.get(file.mime, "document"): {**told, "mime_type": file.mime, "duration": 9, **named}}

    def _keep(self, file: Upload) -> str:
        id = f"AgAC{len(self._files)}"
        self._files[id] = file
        return id

    async def _call(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _refuse(401, "Unauthorized")
        given = request.content_type == "application/json"
        told = await request.json() if given else dict(await request.post())
        method = _METHODS.get(request.match_info["method"])
        return _refuse(404, "Not Found") if method is None else await method(self, told)

    async def _send(self, told: dict[str, Any]) -> web.Response:
        who = self.people.get(int(told["chat_id"]))
        if who is None:
            return _refuse(400, "Bad Request: chat not found")
        if who.stopped:
            return _refuse(403, "Forbidden: bot was blocked by the user")
        if len(told.get("text", "")) > 4096:
            return _refuse(400, "Bad Request: message is too long")
        if len(told.get("caption", "")) > 1024:
            return _refuse(400, "Bad Request: message caption is too long")
        said: dict[str, Any] = {name: told[name] for name in ("text", "caption", "reply_markup") if told.get(name)}
        part = next((value for value in told.values() if isinstance(value, web.FileField)), None)
        if part is not None:
            said |= self._attached(Upload(name=part.filename, mime=part.content_type, content=part.file.read()))
        reply = told.get("reply_parameters")
        if reply:
            known = json.loads(reply) if isinstance(reply, str) else reply
            found = self._found(who, int(known["message_id"]))
            if not found and not known.get("allow_sending_without_reply"):
                return _refuse(400, "Bad Request: message to be replied not found")
            said |= {"reply_to_message": found} if found else {}
        return _done(self._put(who, BOT, said))

    async def _edit(self, told: dict[str, Any]) -> web.Response:
        found = self._found(self.people[int(told["chat_id"])], int(told["message_id"]))
        name = "caption" if "caption" in told else "text"
        if not found:
            return _refuse(400, "Bad Request: message to edit not found")
        if name == "text" and "text" not in found:
            return _refuse(400, "Bad Request: there is no text in the message to edit")
        if found.get(name) == told[name]:
            return _refuse(400, "Bad Request: message is not modified: specified new message content is the same")
        found[name] = told[name]
        return _done(found)

    async def _delete(self, told: dict[str, Any]) -> web.Response:
        chat = self._chats.get(int(told["chat_id"]), [])
        found = next((one for one in chat if one["message_id"] == int(told["message_id"])), None)
        if found is None:
            return _refuse(400, "Bad Request: message to delete not found")
        chat.remove(found)
        return _done(True)

    async def _act(self, told: dict[str, Any]) -> web.Response:
        self.actions.append((str(told["chat_id"]), told["action"]))
        return _done(True)

    async def _leave(self, told: dict[str, Any]) -> web.Response:
        self.left.append(str(told["chat_id"]))
        return _done(True)

    async def _answer(self, told: dict[str, Any]) -> web.Response:
        self.answered.append(told["callback_query_id"])
        return _done(True)

    async def _hook(self, told: dict[str, Any]) -> web.Response:
        self.webhook, self.hooks_set = told, self.hooks_set + 1
        return _done(True)

    async def _unhook(self, told: dict[str, Any]) -> web.Response:
        self.webhook = {"url": ""}
        return _done(True)

    async def _told_of_hook(self, told: dict[str, Any]) -> web.Response:
        pending = {"pending_update_count": len(self.updates), "has_custom_certificate": False}
        return _done({"url": self.webhook["url"], **pending, **self.info})

    async def _poll(self, told: dict[str, Any]) -> web.Response:
        if self.webhook["url"]:
            return _refuse(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook")
        async with self._came:
            self.updates = [one for one in self.updates if one["update_id"] >= int(told.get("offset", 0))]
            try:
                async with asyncio.timeout(min(float(told.get("timeout", 0)), 1.0)):
                    await self._came.wait_for(lambda: bool(self.updates))
            except TimeoutError:
                return _done([])
            return _done(self.updates[: int(told.get("limit", 100))])

    async def _get_file(self, told: dict[str, Any]) -> web.Response:
        file = self._files.get(told["file_id"])
        if file is None:
            return _refuse(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(file.content) > _MOST_FETCHED:
            return _refuse(400, "Bad Request: file is too big")
        return _done({"file_id": told["file_id"], "file_path": f"documents/{told['file_id']}"})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["path"].rpartition("/")[2])
        if request.match_info["token"] != self.token or file is None:
            return web.Response(status=404)
        return web.Response(body=file.content)


_METHODS = {
    "sendMessage": TelegramCloud._send, "sendPhoto": TelegramCloud._send, "sendDocument": TelegramCloud._send,
    "sendVoice": TelegramCloud._send, "editMessageText": TelegramCloud._edit, "editMessageCaption": TelegramCloud._edit,
    "deleteMessage": TelegramCloud._delete, "sendChatAction": TelegramCloud._act, "leaveChat": TelegramCloud._leave,
    "answerCallbackQuery": TelegramCloud._answer, "setWebhook": TelegramCloud._hook,
    "deleteWebhook": TelegramCloud._unhook, "getWebhookInfo": TelegramCloud._told_of_hook,
    "getUpdates": TelegramCloud._poll, "getFile": TelegramCloud._get_file,
}  # fmt: skip


def _done(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refuse(code: int, why: str, **more: Any) -> web.Response:
    return web.json_response({"ok": False, "error_code": code, "description": why, **more}, status=code)


def too_many(wait_s: int = 7) -> dict[str, Any]:
    """Return what Telegram says to one who asks too often (429)."""
    why = f"Too Many Requests: retry after {wait_s}"
    return {"ok": False, "error_code": 429, "description": why, "parameters": {"retry_after": wait_s}}
