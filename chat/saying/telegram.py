"""Calls of Telegram's Bot API, and what its refusals mean (reference/channels.md 3.1)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from typing import Any

import aiohttp

from chat.clouds.calling import Answer, Api, carrying_s
from chat.clouds.reading import dig, whole, words
from chat.hearing.facts import text
from chat.wire import Accepted, SentFile, Undelivered, Unknown

MOST_FILE = 50 << 20
_PHOTO_BYTES = 10 << 20
_AGAIN_S, _TOKEN_AGAIN_S = 5.0, 60.0
_GONE = (
    "blocked by the user", "user is deactivated", "can't initiate conversation", "bot was kicked", "chat not found",
)  # fmt: skip
# What Telegram says of a request (400), and the word for it.
_REFUSED = (
    ("file is too big", "too_big"), ("too large", "too_big"), ("message is too long", "too_long"),
    ("caption is too long", "too_long"), ("message to edit not found", "gone"), ("message to delete not found", "gone"),
    ("message can't be", "gone"), ("wrong file_id", "expired"), ("file is temporarily unavailable", "expired"),
    ("there is no text in the message", "no_text"), ("message is not modified", "same"),
    ("message to be replied not found", "no_reply"), ("replied message not found", "no_reply"),
)  # fmt: skip


class Bot:
    """The calls of one bot.

    Args:
        base: "https://api.telegram.org", or one's own Bot API server.
        token: the bot's; it stands in addresses, which are never logged.
        proxy: an HTTP proxy, "" for none.

    Raises:
        ValueError: `base` is no such address.
    """

    def __init__(self, base: str, token: str, proxy: str) -> None:
        base = base.rstrip("/")
        self._api = Api(f"{base}/bot{token}", proxy=proxy)
        self._files = f"{base}/file/bot{token}/"

    async def close(self) -> None:
        """Let the connections go."""
        await self._api.close()

    async def ask(self, method: str, told: Mapping[str, Any], *, answer_s: float = 25.0) -> Any:
        """Call a method; return its `result`. Raises Undelivered, Unknown."""
        return _result(await self._api.call("POST", f"/{method}", json=dict(told), answer_s=answer_s))

    async def upload(self, file: SentFile, told: Mapping[str, str]) -> Any:
        """Send a file: a picture as a photo, a voice as a voice, the rest as it is. Raises Undelivered, Unknown."""
        if len(file.content) > MOST_FILE:
            raise Undelivered("too_big")
        method, field = "sendDocument", "document"
        if file.mime in ("image/jpeg", "image/png") and len(file.content) <= _PHOTO_BYTES:
            method, field = "sendPhoto", "photo"
        elif file.mime == "audio/ogg":
            method, field = "sendVoice", "voice"
        form = aiohttp.FormData(quote_fields=False)
        for name, value in told.items():
            form.add_field(name, value)
        form.add_field(field, BytesIO(file.content), filename=file.name or field, content_type=file.mime)
        return _result(await self._api.call("POST", f"/{method}", data=form, answer_s=carrying_s(file)))

    async def file(self, file_id: str) -> AsyncIterator[bytes]:
        """Yield a file's content. Raises Undelivered."""
        try:
            found = await self.ask("getFile", {"file_id": file_id})
        except Unknown:
            raise Undelivered("offline", retry_after_s=_AGAIN_S) from None
        path = words(dig(found, "file_path"))
        if not path or path.startswith("/") or ".." in path:
            raise Undelivered("expired")
        async for chunk in self._api.file(self._files + path):
            yield chunk


def reply_to(key: str) -> dict[str, Any]:
    """Return by what a message answers another, nothing for one that has no number; one that is gone does no harm."""
    number = key.rpartition(":")[2]
    if "update" in key or not (number.isascii() and number.isdigit()):
        return {}
    return {"reply_parameters": {"message_id": int(number), "allow_sending_without_reply": True}}


def phone_button(title: str) -> dict[str, Any]:
    """Return the keyboard by which somebody gives his own number."""
    keyboard = [[{"text": title, "request_contact": True}]]
    return {"reply_markup": {"keyboard": keyboard, "one_time_keyboard": True, "resize_keyboard": True}}


def as_form(told: Mapping[str, Any]) -> dict[str, str]:
    """Return what is told as the fields of a form: what is not plain goes as JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in told.items()}


def accepted(sent: Any) -> Accepted:
    """Return what a sent message is known by. Raises Unknown."""
    chat, number = text(dig(sent, "chat", "id")), whole(dig(sent, "message_id"))
    if not chat or not number:
        raise Unknown("answer")
    return Accepted(provider_id=f"{chat}:{number}", order=number)


def _result(answer: Answer) -> Any:
    if answer.status >= 500:
        raise Unknown(f"http_{answer.status}")
    if answer.status == 413:
        raise Undelivered("too_big")
    said = answer.tree()
    if said.get("ok") is True:
        return said.get("result")
    raise _failure(answer, said)


def _failure(answer: Answer, said: Mapping[str, Any]) -> Undelivered:
    code, why = whole(said.get("error_code")) or answer.status, words(said.get("description")).lower()
    if code == 429:
        wait = whole(dig(said, "parameters", "retry_after"))
        return Undelivered("rate", retry_after_s=float(wait or answer.retry_after_s or 1), counts=False)
    if code in (401, 404):  # a token nobody knows
        return Undelivered("token", retry_after_s=_TOKEN_AGAIN_S, counts=False, account=True)
    if code == 409:
        return Undelivered("webhook_there" if "webhook" in why else "other_reader", retry_after_s=_AGAIN_S)
    if code == 403 or any(known in why for known in _GONE):
        return Undelivered("blocked" if "blocked" in why else "unreachable", unreachable=True)
    return Undelivered(next((word for known, word in _REFUSED if known in why), "refused"))
