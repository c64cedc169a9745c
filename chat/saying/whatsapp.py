"""Calls of WhatsApp Cloud (Meta's Graph API), and what its refusals mean (reference/channels.md 3.4)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from chat.clouds.calling import Answer, Api, carrying_s
from chat.clouds.reading import dig, whole, words
from chat.clouds.trouble import why
from chat.hearing.facts import text
from chat.wire import Accepted, SentFile, Undelivered, Unknown

# Where Meta keeps files; our token goes nowhere else.
_MEDIA_HOSTS = ("fbsbx.com", "facebook.com", "whatsapp.net", "fbcdn.net")
_LIMITS = {"image": 5 << 20, "audio": 16 << 20, "video": 16 << 20, "document": 100 << 20}
_KINDS = {
    "image/jpeg": "image", "image/png": "image", "video/mp4": "video", "video/3gpp": "video", "audio/aac": "audio",
    "audio/amr": "audio", "audio/mpeg": "audio", "audio/mp4": "audio", "audio/ogg": "audio",
}  # fmt: skip
_AGAIN_S, _TOKEN_AGAIN_S, _PAIR_S = 5.0, 60.0, 6.0
_RATE = {4: _AGAIN_S, 80007: _AGAIN_S, 130429: _AGAIN_S, 131056: _PAIR_S}
# Codes of the account's own trouble: its token, its rights, its number, its bill.
_ACCOUNT = {
    0: "token", 190: "token", 3: "rights", 10: "rights", 200: "rights", 368: "stopped", 131031: "stopped",
    131042: "money", 131045: "number", 133010: "number",
}  # fmt: skip
_PERSON = {131026: "unreachable", 131050: "blocked"}
_WORDS = {131047: "window", 131048: "spam", 131049: "spam", 130472: "spam", 131052: "expired", 131053: "file"}
_PLACE = re.compile(r"\{\{(\w{1,40})\}\}")
MOST_FILE = _LIMITS["document"]


class Number:
    """The calls of one number of ours.

    Args:
        base: "https://graph.facebook.com/v23.0".
        id: the number's id at Meta.
        token: a system user's.
        proxy: an HTTP proxy, "" for none.
    """

    def __init__(self, base: str, id: str, token: str, proxy: str) -> None:
        self._authority = {"Authorization": f"Bearer {token}"}
        self._api = Api(base, headers=self._authority, proxy=proxy)
        self.id = id

    async def close(self) -> None:
        """Let the connections go."""
        await self._api.close()

    async def write(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Post to the number's messages. Raises Undelivered, Unknown."""
        body = {"messaging_product": "whatsapp", **told}
        return _result(await self._api.call("POST", f"/{self.id}/messages", json=body))

    async def asks(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Ask for something. Raises Undelivered: nothing is written by it, so nothing is unknown."""
        try:
            return _result(await self._api.call("GET", path, query=query))
        except Unknown as fault:
            raise Undelivered(why(fault), retry_after_s=_AGAIN_S, counts=False) from None

    async def upload(self, file: SentFile) -> dict[str, Any]:
        """Bring a file to Meta; return the part of a message it makes. Raises Undelivered."""
        kind = _KINDS.get(file.mime, "document")
        if len(file.content) > _LIMITS[kind]:
            kind = "document"
        if len(file.content) > _LIMITS[kind]:
            raise Undelivered("too_big")
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("messaging_product", "whatsapp")
        form.add_field("type", file.mime)
        form.add_field("file", BytesIO(file.content), filename=file.name or kind, content_type=file.mime)
        try:
            brought = await self._api.call("POST", f"/{self.id}/media", data=form, answer_s=carrying_s(file))
            id = text(_result(brought).get("id"))
        except Unknown:  # a file brought twice is seen by nobody
            raise Undelivered("offline", retry_after_s=_AGAIN_S) from None
        return {"type": kind, kind: {"id": id, **({"filename": file.name} if kind == "document" else {})}}

    async def file(self, id: str) -> AsyncIterator[bytes]:
        """Yield a file's content. Raises Undelivered."""
        try:
            found = await self.asks(f"/{id}", {"phone_number_id": self.id})
        except Undelivered as error:
            raise Undelivered("expired") if error.code in ("refused", "expired") else error from None
        url = words(found.get("url"))
        host = urlsplit(url).hostname or ""
        near = self._api.near and host == urlsplit(self._api.base).hostname
        if not near and not any(host == one or host.endswith(f".{one}") for one in _MEDIA_HOSTS):
            raise Undelivered("refused")
        async for chunk in self._api.file(url, self._authority):
            yield chunk


def template_of(told: Mapping[str, Any], text_of_it: str) -> dict[str, Any]:
    """Return the part of a message that is a template.

    Args:
        told: {name, language, values}: the values in the order in which their places first stand in its text.
        text_of_it: that text, as the settings have it; `{{1}}` or `{{name}}` are its places.
    """
    values = [text(value) for value in told.get("values") or ()]
    places = list(dict.fromkeys(_PLACE.findall(text_of_it))) or [str(n + 1) for n in range(len(values))]
    filled = dict(zip(places, values, strict=False))
    if all(place.isdigit() for place in places):  # Meta numbers them, wherever they stand
        given = [{"type": "text", "text": filled[place]} for place in sorted(filled, key=int)]
    else:
        given = [{"type": "text", "parameter_name": place, "text": value} for place, value in filled.items()]
    body = [{"type": "body", "parameters": given}] if given else []
    language = {"code": text(told.get("language")) or "ru"}
    return {"type": "template", "template": {"name": text(told.get("name")), "language": language, "components": body}}


def accepted(said: Mapping[str, Any]) -> Accepted:
    """Return what a sent message is known by. Raises Unknown."""
    id = text(dig(said, "messages", 0, "id"))
    if not id:
        raise Unknown("answer")
    return Accepted(provider_id=id)


def _result(answer: Answer) -> dict[str, Any]:
    said = answer.tree() if answer.status < 500 else {}
    if answer.status < 300:
        return said
    code = whole(dig(said, "error", "code"))
    if answer.status >= 500:
        raise Unknown(f"http_{answer.status}")
    if answer.status == 429 or code in _RATE:
        wait = answer.retry_after_s or _RATE.get(code or 0, _AGAIN_S)
        raise Undelivered("rate", retry_after_s=wait, counts=False)
    if answer.status == 401 or code in _ACCOUNT:
        ill = _ACCOUNT.get(code if code is not None else 190, "token")
        raise Undelivered(ill, retry_after_s=_TOKEN_AGAIN_S, counts=False, account=True)
    if code in _PERSON:
        raise Undelivered(_PERSON[code], unreachable=True)
    if code is not None and 132000 <= code < 133000:
        raise Undelivered("template")
    raise Undelivered(_WORDS.get(code or 0, "refused"))
