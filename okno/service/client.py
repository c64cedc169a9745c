"""How one service asks another: JSON over HTTP with the service credential."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp

from okno.errors import Refused, TheirFault
from okno.service.doors import CREDENTIAL_HEADER

_IN_PIECES = 512 * 1024


class ServiceDown(TheirFault):
    """A service of ours does not answer."""


class ServiceRefused(Refused):
    """A service of ours refused the wish.

    Args:
        status: the HTTP status.
        problem: the RFC 9457 body, empty when there was none.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = dict(problem)
        super().__init__(f"{status} {self.problem.get('title', 'refused')}")


class ServiceClient:
    """The wire under a typed client (`engine.client` and its kin).

    Args:
        base_url: "http://127.0.0.1:8081".
        secret: the service credential.
        timeout_s: for one whole request.
    """

    def __init__(self, base_url: str, secret: str, *, timeout_s: float = 5.0) -> None:
        self.base_url = base_url.rstrip("/")
        self._secret = secret
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(2.0, timeout_s))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Return the client; it opens at its first request."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self, path: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Return the JSON at `path`. Nothing of a person may stand in `path` or `params`: POST such a query.

        Raises:
            ServiceDown: no answer, or an answer of 500 and above.
            ServiceRefused: an answer of 400 to 499.
        """
        return await self.request("GET", path, params=params, headers=headers)

    async def post(self, path: str, body: object = None, *, headers: Mapping[str, str] | None = None) -> Any:
        """Send `body` as JSON and return the JSON answered.

        A post that fails with ServiceDown may have been done: repeat it only with an idempotency key (P2).

        Raises:
            ServiceDown: no answer, or an answer of 500 and above.
            ServiceRefused: an answer of 400 to 499.
        """
        return await self.request("POST", path, body=body, headers=headers)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send one request and return its JSON, None for an empty answer. Raises as `get` and `post` say."""
        data = None if body is None else json.dumps(body, ensure_ascii=False, default=str).encode()
        sent = {"Content-Type": "application/json"} if data is not None else {}
        return _judged(*await self._exchange(method, path, data, sent | dict(headers or {}), params))

    async def send(self, path: str, content: bytes, *, headers: Mapping[str, str]) -> Any:
        """Post bytes as they are and return the JSON answered. Raises as `post` says."""
        return _judged(*await self._exchange("POST", path, content, headers))

    async def fetch(self, path: str, *, headers: Mapping[str, str] | None = None) -> bytes:
        """Return the bytes at `path`. Raises as `get` says."""
        status, content = await self._exchange("GET", path, None, headers or {})
        if status >= 300:
            _judged(status, content)
        return content

    async def _exchange(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Send one request and return the status and the body answered. Raises ServiceDown."""
        try:
            async with self.session.request(
                method,
                self.base_url + path,
                params=params,
                # A megabyte goes in pieces: other requests of the process are not held up by it.
                data=io.BytesIO(data) if data is not None and len(data) > _IN_PIECES else data,
                headers=headers,
                allow_redirects=False,
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise ServiceDown(f"{self.base_url} does not answer: {type(error).__name__}") from None

    @asynccontextmanager
    async def websocket(
        self, path: str, *, params: Mapping[str, str] | None = None, heartbeat_s: float = 5.0, open_s: float = 5.0
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Give an open WebSocket at `path`, within `open_s` seconds; a peer that misses a heartbeat closes it.

        Raises:
            ServiceDown: it cannot be opened.
            ServiceRefused: the handshake was refused.
        """
        try:
            async with asyncio.timeout(open_s):
                socket = await self.session.ws_connect(
                    self.base_url + path,
                    params=params,
                    heartbeat=heartbeat_s,
                    max_msg_size=0,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                )
        except aiohttp.WSServerHandshakeError as error:
            if error.status < 500:
                raise ServiceRefused(error.status, {}) from None
            raise ServiceDown(f"{self.base_url} does not answer: {error.status}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ServiceDown(f"{self.base_url} does not answer: {type(error).__name__}") from None
        try:
            yield socket
        finally:
            await socket.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The aiohttp session, credential included; made at first use, inside the running loop."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout, headers={CREDENTIAL_HEADER: self._secret})
        return self._session


def _judged(status: int, content: bytes) -> Any:
    try:
        answer = json.loads(content) if content else None
    except ValueError:
        if status < 300:
            raise ServiceDown("it answered something that is not JSON") from None
        answer = None
    if status >= 500:
        title = answer.get("title") if isinstance(answer, dict) else None
        raise ServiceDown(f"{status} {title or 'it failed'}")
    if status >= 300:
        raise ServiceRefused(status, answer if isinstance(answer, dict) else {})
    return answer
