"""Calls of Viber's bot API, and what its refusals mean (reference/channels.md 3.5): HTTP is 200 whatever happened."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from chat.clouds.calling import Answer, Api
from chat.clouds.reading import whole
from chat.wire import Undelivered, Unknown

MOST_BODY = 30 * 1000
_MEDIA_HOSTS = ("viber.com", "viber.io")
_AGAIN_S, _TOKEN_AGAIN_S = 60.0, 60.0
_ACCOUNT = {2: "token", 7: "stopped", 8: "stopped", 9: "stopped", 10: "webhook_gone"}
_PERSON = {5: "unreachable", 6: "blocked", 11: "unreachable"}


class Bot:
    """The calls of one bot.

    Args:
        base: "https://chatapi.viber.com/pa".
        token: the bot's.
        proxy: an HTTP proxy, "" for none.
    """

    def __init__(self, base: str, token: str, proxy: str) -> None:
        self._api = Api(base, headers={"X-Viber-Auth-Token": token}, proxy=proxy)

    async def close(self) -> None:
        """Let the connections go."""
        await self._api.close()

    async def ask(self, method: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """Call a method; return what it answers. Raises Undelivered, Unknown."""
        body = json.dumps(told, ensure_ascii=False).encode()
        if len(body) > MOST_BODY:
            raise Undelivered("too_long")
        headers = {"Content-Type": "application/json"}
        return _result(await self._api.call("POST", f"/{method}", data=body, headers=headers))

    async def file(self, url: str) -> AsyncIterator[bytes]:
        """Yield a file's content, of Viber's own machines only. Raises Undelivered."""
        host = urlsplit(url).hostname or ""
        near = self._api.near and host == urlsplit(self._api.base).hostname
        if not near and not any(host == one or host.endswith(f".{one}") for one in _MEDIA_HOSTS):
            raise Undelivered("refused")
        async for chunk in self._api.file(url):
            yield chunk


def _result(answer: Answer) -> dict[str, Any]:
    if answer.status == 429:
        raise Undelivered("rate", retry_after_s=answer.retry_after_s or _AGAIN_S, counts=False)
    if answer.status >= 500:
        raise Unknown(f"http_{answer.status}")
    said = answer.tree()
    status = whole(said.get("status"))
    if status == 0:
        return said
    if status is None:
        raise Unknown("answer")
    if status == 12:  # a hundred an hour without an answer of his
        raise Undelivered("rate", retry_after_s=answer.retry_after_s or _AGAIN_S, counts=False)
    if status in _ACCOUNT:
        raise Undelivered(_ACCOUNT[status], retry_after_s=_TOKEN_AGAIN_S, counts=False, account=True)
    if status in _PERSON:
        raise Undelivered(_PERSON[status], unreachable=True)
    raise Undelivered("refused")
