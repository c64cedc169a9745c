"""Asks an HTTP address of the settings for a step of a flow: a few short facts out, a few short facts back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import aiohttp

from engine.ivr.orders import Call, HttpAnswer
from okno import logs
from okno.settings.services import HttpAddress

log = logs.get(__name__)

MOST_BYTES = 16_384
FACTS, FACT_LENGTH = 20, 80


class Addresses:
    """Asks. The body is a JSON object of the step's fields; so is the answer, whose texts, numbers and truths are kept.

    Args:
        addresses: by the name a step gives; the settings' own, no flow can name another.
        secret: what a secret named in the settings is.
    """

    def __init__(self, addresses: Mapping[str, HttpAddress], secret: Callable[[str], str]) -> None:
        self._addresses = addresses
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, order: Call) -> HttpAnswer:
        """Ask once; `ok` False when there is no such address, no answer in time, or none that is understood."""
        address = self._addresses.get(order.name)
        if address is None:
            return self._failed(order, "unknown")
        if self._session is None:
            # What one caller's answer sets is not sent with the next one's.
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        headers = {"Authorization": f"Bearer {self._secret(address.secret)}"} if address.secret else {}
        limit = aiohttp.ClientTimeout(total=address.timeout_s)
        try:
            async with self._session.post(
                address.url, json=dict(order.fields), headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    return self._failed(order, f"status_{answer.status}")
                data = await _whole(answer.content)
            return HttpAnswer(ok=True, facts=_facts(json.loads(data)))
        except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
            return self._failed(order, type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    @staticmethod
    def _failed(order: Call, reason: str) -> HttpAnswer:
        log.info("ivr_http_failed", extra={"address": order.name, "reason": reason})
        return HttpAnswer(ok=False)


async def _whole(content: aiohttp.StreamReader) -> bytes:
    """All of a short answer, in however many pieces it comes. Raises ValueError when it is too long."""
    data = b""
    async for piece in content.iter_any():
        data += piece
        if len(data) > MOST_BYTES:
            raise ValueError("too long")
    return data


def _facts(told: object) -> tuple[tuple[str, str], ...]:
    """The short plain values of an object; everything else is passed over."""
    if not isinstance(told, Mapping):
        raise ValueError("not an object")
    facts = []
    for name, value in told.items():
        if not isinstance(value, str | int | float):
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if len(text) <= FACT_LENGTH and len(name) <= FACT_LENGTH:
            facts.append((name, text))
    return tuple(facts[:FACTS])
