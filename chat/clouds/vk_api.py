"""VK's API: errors stand in answers of 200; a number of ours makes a message sent again the same message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import aiohttp

from chat.clouds.calling import Answer, Api, carrying_s
from chat.clouds.reading import dig, digits, whole, words
from chat.wire import SentFile, Undelivered, Unknown

BASE = "https://api.vk.com/method"
VERSION = "5.199"
IMAGES = ("image/jpeg", "image/png", "image/gif")
_PHOTO_BYTES, _TOKEN_AGAIN_S, _BUSY_S = 50 << 20, 60.0, 5.0

_Means = tuple[str, float | None, bool]
# error_code: what it means, when to try again, whether that was an attempt (reference/channels.md 3.3).
_WAITS: Mapping[int, _Means] = {
    1: ("busy", 2.0, True), 6: ("rate", 1.0, False), 9: ("rate", 60.0, False), 10: ("busy", _BUSY_S, True),
    29: ("rate", 300.0, False),
}  # fmt: skip
_ACCOUNT = {5: "token", 14: "captcha", 15: "rights", 17: "validation", 27: "token", 28: "token", 203: "rights"}
_UNREACHABLE = {
    18: "blocked",
    900: "blocked",
    901: "unreachable",
    902: "privacy",
    936: "unreachable",
    950: "unreachable",
}
_REFUSED = {914: "too_long", 909: "gone", 910: "gone", 920: "gone", 924: "gone", 946: "gone"}


class VkApi:
    """The calls of a community.

    Args:
        base: where VK is.
        token: the community's.
        proxy: an HTTP proxy, "" for none.

    Raises:
        ValueError: `base` is not an https address.
    """

    def __init__(self, base: str, token: str, *, proxy: str = "") -> None:
        self.http = Api(base, headers={"Authorization": f"Bearer {token}"}, proxy=proxy)

    async def ask(self, method: str, **fields: Any) -> Any:
        """Call a method; return its `response`. Raises Undelivered, Unknown."""
        form = {name: _field(value) for name, value in fields.items() if value is not None}
        answer = await self.http.call("POST", f"/{method}", data={"v": VERSION, **form})
        tree = _tree(answer)
        if "response" not in tree:
            raise _failed(tree.get("error"))
        return tree["response"]

    async def bring(self, file: SentFile, peer: str) -> str:
        """Bring a file there, and return what an attachment calls it. Raises Undelivered: nothing was said yet."""
        photo = file.mime in IMAGES and len(file.content) <= _PHOTO_BYTES
        try:
            return await (self._photo(file, peer) if photo else self._document(file, peer))
        except Unknown:  # nobody has seen it yet: bringing it again does no harm
            raise Undelivered("upload", retry_after_s=_BUSY_S) from None

    async def _photo(self, file: SentFile, peer: str) -> str:
        given = await self.ask("photos.getMessagesUploadServer", peer_id=peer)
        told = await self._upload(given, "photo", file)
        saved = await self.ask(
            "photos.saveMessagesPhoto", photo=told.get("photo"), server=told.get("server"), hash=told.get("hash")
        )
        return _named("photo", dig(saved, 0))

    async def _document(self, file: SentFile, peer: str) -> str:
        given = await self.ask("docs.getMessagesUploadServer", type="doc", peer_id=peer)
        told = await self._upload(given, "file", file)
        if not words(told.get("file")):
            raise Undelivered("refused")
        saved = await self.ask("docs.save", file=told["file"], title=words(file.name, 128))
        return _named("doc", dig(saved, "doc"))

    async def _upload(self, given: Any, field: str, file: SentFile) -> dict[str, Any]:
        form = aiohttp.FormData(quote_fields=False)
        name = "".join("_" if sign in '"\\/' or ord(sign) < 32 else sign for sign in words(file.name, 200)) or "file"
        form.add_field(field, BytesIO(file.content), filename=name, content_type="application/octet-stream")
        there = words(dig(given, "upload_url"), 4000)
        answer = await self.http.call("POST", there, data=form, answer_s=carrying_s(file))
        if answer.status == 413:
            raise Undelivered("too_big")
        if answer.status != 200:
            raise Unknown("upload")
        return answer.tree()


def _tree(answer: Answer) -> dict[str, Any]:
    if answer.status == 429:
        raise Undelivered("rate", retry_after_s=answer.retry_after_s or 1.0, counts=False)
    if answer.status == 503:
        raise Undelivered("busy", retry_after_s=_BUSY_S)
    tree = answer.tree() if answer.status < 500 else {}
    if answer.status != 200:
        raise Unknown(f"http_{answer.status}")
    return tree


def _failed(error: Any) -> Undelivered | Unknown:
    code = whole(dig(error, "error_code"))
    if code is None:
        return Unknown("answer")
    if code in _WAITS:
        means, again_s, counts = _WAITS[code]
        return Undelivered(means, retry_after_s=again_s, counts=counts)
    if code in _ACCOUNT:
        return Undelivered(_ACCOUNT[code], retry_after_s=_TOKEN_AGAIN_S, counts=False, account=True)
    if code in _UNREACHABLE:
        return Undelivered(_UNREACHABLE[code], unreachable=True)
    return Undelivered(_REFUSED.get(code, "refused"))


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _named(kind: str, saved: Any) -> str:
    """Return what an attachment calls a saved file: doc-1_2_key."""
    owner, id, key = digits(dig(saved, "owner_id")), digits(dig(saved, "id")), words(dig(saved, "access_key"), 100)
    if not owner or not id:
        raise Unknown("upload")
    return f"{kind}{owner}_{id}" + (f"_{key}" if key else "")
