"""MAX's API: its answers in words of the pipeline, and files brought there in two steps (reference/channels.md 3.2)."""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote

import aiohttp

from chat.clouds.calling import Answer, Api, carrying_s
from chat.clouds.reading import dig, loads, objects, word, words
from chat.wire import SentFile, Undelivered, Unknown
from okno import clock

BASE = "https://platform-api2.max.ru"
_TOKEN_AGAIN_S, _BUSY_S, _NOT_READY_S = 60.0, 5.0, 30.0
_NOT_READY = "attachment.not.ready"
_READY_S = {"video": (1, 2, 4, 8, 8, 8, 8, 8, 8), "": (1, 2, 4, 8)}
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp", "image/heic")
_IMAGE_BYTES, _VIDEO_BYTES, _AUDIO_BYTES = 50 << 20, 250 << 20, 256 << 20
_VIDEO_URL = re.compile(r"mp4_([0-9]+)")


class MaxApi:
    """The calls of a bot.

    Args:
        base: where MAX is.
        token: the bot's.
        proxy: an HTTP proxy, "" for none.
        trust: whom to trust.

    Raises:
        ValueError: `base` is not an https address.
    """

    def __init__(self, base: str, token: str, *, proxy: str = "", trust: ssl.SSLContext | None = None) -> None:
        self.http = Api(base, headers={"Authorization": token}, proxy=proxy, trust=trust)
        self.ahead = timedelta()  # MAX's clock, less ours

    async def ask(
        self, method: str, path: str, query: dict[str, Any] | None = None, told: Any = None, *, answer_s: float = 25.0
    ) -> dict[str, Any]:
        """Ask, and return what was answered. Raises Undelivered, Unknown."""
        answer = await self.http.call(method, path, query=query, json=told, answer_s=answer_s)
        self._measure(answer)
        if answer.status == 200:
            return answer.tree()
        raise _failed(answer)

    async def say(self, query: dict[str, Any], told: dict[str, Any], waits: str = "") -> dict[str, Any]:
        """Post a message, and wait while its file is made ready there. Raises Undelivered, Unknown."""
        for wait_s in _READY_S.get(waits, _READY_S[""]):
            try:
                return await self.ask("POST", "/messages", query, told)
            except Undelivered as refused:
                if refused.code != "not_ready":
                    raise
            await asyncio.sleep(wait_s)
        raise Undelivered("upload", retry_after_s=_NOT_READY_S)

    async def bring(self, file: SentFile) -> dict[str, Any]:
        """Bring a file there, and return the attachment it becomes. Raises Undelivered: then nothing was said yet."""
        kind = _kind(file)
        try:
            given = await self.ask("POST", "/uploads", {"type": kind})
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("data", BytesIO(file.content), filename=_bare(file.name), content_type=_mime(file.mime))
            answer = await self.http.call("POST", words(given.get("url")), data=form, answer_s=carrying_s(file))
        except Unknown:  # nobody has seen it yet: bringing it again does no harm
            raise Undelivered("upload", retry_after_s=_BUSY_S) from None
        if answer.status == 413:
            raise Undelivered("too_big")
        if answer.status != 200:
            raise Undelivered("upload", retry_after_s=_BUSY_S)
        return {"type": kind, "payload": _payload(kind, given, answer)}

    async def video(self, token: str) -> str:
        """Return where a video's content is, in the finest form there is. Raises Undelivered."""
        try:
            told = await self.ask("GET", f"/videos/{quote(token, safe='')}")
        except Unknown:
            raise Undelivered("offline", retry_after_s=_BUSY_S) from None
        urls = told.get("urls")
        named = urls.items() if isinstance(urls, dict) else ()
        sizes = {int(found[1]): url for name, url in named if (found := _VIDEO_URL.fullmatch(name))}
        if not sizes:
            raise Undelivered("expired")
        return words(sizes[max(sizes)], 4000)

    async def newest(self, chat: str, before: int | None = None) -> list[dict[str, Any]]:
        """Return a dialog's newest hundred messages, the newest first; `before` (ms): older ones."""
        told = await self.ask("GET", "/messages", {"chat_id": chat, "count": 100, "from": before})
        return objects(told.get("messages"))

    def _measure(self, answer: Answer) -> None:
        try:
            there = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return
        if there.tzinfo is not None:
            self.ahead = there - clock.now()


def since_ms(moment: datetime) -> int:
    """Return a moment as MAX writes it."""
    return int(moment.timestamp() * 1000)


def _failed(answer: Answer) -> Undelivered | Unknown:
    match answer.status:
        case 413:
            return Undelivered("too_big")
        case 429:
            return Undelivered("rate", retry_after_s=answer.retry_after_s or 1.0, counts=False)
        case 503:
            return Undelivered("busy", retry_after_s=answer.retry_after_s or _BUSY_S)
        case status if status >= 500 or status < 400:
            return Unknown(f"http_{status}")
    code = word(answer.tree().get("code"))
    match answer.status:
        case 401:
            return Undelivered("token", retry_after_s=_TOKEN_AGAIN_S, counts=False, account=True)
        case 403:
            return Undelivered("blocked", unreachable=True)
        case 404:
            return Undelivered(
                "unreachable" if "chat" in code or "user" in code else "gone", unreachable="chat" in code
            )
    return Undelivered("not_ready" if code == _NOT_READY else "refused")


def _kind(file: SentFile) -> str:
    size = len(file.content)
    if file.mime in _IMAGES and size <= _IMAGE_BYTES:
        return "image"
    if file.mime.startswith("video/") and size <= _VIDEO_BYTES:
        return "video"
    return "audio" if file.mime.startswith("audio/") and size <= _AUDIO_BYTES else "file"


def _payload(kind: str, given: dict[str, Any], answer: Answer) -> dict[str, str]:
    """Return what names an upload: of a video or a sound the first step told it already, and the second says XML."""
    if kind in ("video", "audio") and (token := words(given.get("token"), 4000)):
        return {"token": token}
    try:
        told = loads(answer.body)
    except ValueError:
        raise Undelivered("upload", retry_after_s=_BUSY_S) from None
    photos = told.get("photos")
    first = next(iter(photos.values()), None) if isinstance(photos, dict) else told
    token = words(dig(first, "token"), 4000)
    if not token:
        raise Undelivered("upload", retry_after_s=_BUSY_S)
    return {"token": token}


def _bare(name: str) -> str:
    return re.sub(r'[\x00-\x1f"\\/\ud800-\udfff]', "_", name)[:200] or "file"


def _mime(mime: str) -> str:
    return mime if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,100}", mime) else "application/octet-stream"
