"""Calls to a cloud: what was never written to the wire is Undelivered, what nobody answered is Unknown (P2).

An address that a file is fetched from is the cloud's word: it is asked by https, and never inside our own network.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from chat.clouds import reading
from chat.wire import SentFile, Undelivered, Unknown

_CONNECT_S, _ANSWER_S, _FILE_S = 10.0, 25.0, 120.0
_MOST_BODY, _CHUNK, _REDIRECTS, _SLOW_BYTES_S = 8 << 20, 64 << 10, 3, 256 << 10
_OFFLINE_S, _STRANGER_S = 10.0, 60.0
_NO_SUCH_PATH = (404, 405)
_NEAR = ("localhost", "127.0.0.1", "::1")
# What fails before a byte of the request is written.
_UNWRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a cloud answered; `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def tree(self) -> dict[str, Any]:
        """Return the JSON object it is.

        Raises:
            Undelivered: a refusal no cloud writes. `stranger`, nobody there knows such a path: the account waits;
                `refused`, something on the way does not let this one pass.
            Unknown: somebody did something, and did not say what.
        """
        try:
            return reading.loads(self.body)
        except ValueError:
            if self.status in _NO_SUCH_PATH:
                raise Undelivered("stranger", retry_after_s=_STRANGER_S, counts=False, account=True) from None
            raise Undelivered("refused") if 400 <= self.status < 500 else Unknown("answer") from None

    @property
    def retry_after_s(self) -> float | None:
        """How long it asks to wait, when it does (at most an hour)."""
        said = reading.whole(self.headers.get("retry-after"))
        return None if said is None else float(min(max(said, 0), 3600))


class Api:
    """The calls of one account.

    Args:
        base: where its cloud is; another machine is asked by https only.
        headers: what goes with each call, the credential too.
        proxy: an HTTP proxy, "" for none.
        trust: whom to trust besides the system's own authorities; None: nobody.

    Raises:
        ValueError: `base` is not such an address.
    """

    def __init__(
        self, base: str, *, headers: Mapping[str, str] | None = None, proxy: str = "",
        trust: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        parts = urlsplit(base)
        self.near = parts.hostname in _NEAR
        if parts.scheme != "https" and not (self.near and parts.scheme == "http"):
            raise ValueError("a cloud is asked by https:// only")
        self.base = base.rstrip("/")
        self._headers, self._proxy, self._trust = dict(headers or {}), proxy or None, trust
        self._session: aiohttp.ClientSession | None = None
        self._files: aiohttp.ClientSession | None = None

    async def call(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, json: Any = None, data: Any = None,
        headers: Mapping[str, str] | None = None, answer_s: float = _ANSWER_S,
    ) -> Answer:  # fmt: skip
        """Ask once.

        Args:
            method: of HTTP.
            path: below `base`; or a whole address the cloud gave, to which the account's own headers do not go.
            query: what follows the question mark; None values are left out.
            json: the body, as JSON.
            data: the body, as a form.
            headers: what goes with this call.
            answer_s: how long an answer is waited for, seconds.

        Raises:
            Undelivered: the cloud was not reached, nothing was written: `offline`.
            Unknown: it was written, and nobody answered.
        """
        away = "://" in path
        session = self._files_session() if away else self._api_session()
        url = path if away else self.base + path
        if away:
            self._allowed(url)
        told = {**({} if away else self._headers), **(headers or {})}
        params = {name: str(value) for name, value in (query or {}).items() if value is not None}
        timeout = aiohttp.ClientTimeout(total=answer_s + _CONNECT_S, connect=_CONNECT_S, sock_connect=_CONNECT_S)
        try:
            async with session.request(
                method, url, params=params, json=json, data=data, headers=told, timeout=timeout,
                proxy=self._proxy, allow_redirects=False,
            ) as answer:  # fmt: skip
                body = await answer.content.read(_MOST_BODY)
                while len(body) < _MOST_BODY and (more := await answer.content.read(_MOST_BODY - len(body))):
                    body += more
                named = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(status=answer.status, headers=named, body=body)
        except _UNWRITTEN:
            raise Undelivered("offline", retry_after_s=_OFFLINE_S, counts=False) from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Unknown("no_answer") from None

    async def file(self, url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[bytes]:
        """Yield a file's content.

        Args:
            url: where the cloud says it is.
            headers: what is sent along; not after a redirection.

        Raises:
            Undelivered: `expired`, it is gone; `refused`, the address is not one to ask; `offline`, try again.
        """
        timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_S, sock_connect=_CONNECT_S, sock_read=_FILE_S)
        for _ in range(_REDIRECTS + 1):
            self._allowed(url)
            try:
                async with self._files_session().get(
                    url, timeout=timeout, proxy=self._proxy, headers=headers, allow_redirects=False
                ) as answer:
                    if answer.status in (301, 302, 303, 307, 308) and (there := answer.headers.get("Location")):
                        url, headers = urljoin(url, there), None
                        continue
                    _there(answer.status)
                    async for chunk in answer.content.iter_chunked(_CHUNK):
                        yield chunk
                    return
            except (aiohttp.ClientError, TimeoutError, OSError):
                raise Undelivered("offline", retry_after_s=_OFFLINE_S) from None
        raise Undelivered("refused")

    async def close(self) -> None:
        """Let the connections go; the next call opens new ones."""
        sessions, self._session, self._files = (self._session, self._files), None, None
        for session in sessions:
            if session is not None:
                await session.close()

    def _allowed(self, url: str) -> None:
        parts = urlsplit(url)
        inside = self.near and parts.hostname in _NEAR
        if not inside and (parts.scheme != "https" or _inner(parts.hostname or "")):
            raise Undelivered("refused")

    def _api_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A kept connection can be closed there just as we write, and nobody could tell whether a message went.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._trust or True, force_close=True)
            )
        return self._session

    def _files_session(self) -> aiohttp.ClientSession:
        if self._files is None:
            # A proxy stands inside, and finds the addresses itself.
            resolver = None if self.near or self._proxy else _Outside()
            connector = aiohttp.TCPConnector(ssl=self._trust or True, resolver=resolver)
            # A cookie of one person's file has no business with another's; what is packed is not unpacked.
            self._files = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._files


def _there(status: int) -> None:
    if status in (401, 403, 404, 410):
        raise Undelivered("expired")
    if status != 200:
        raise Undelivered("offline", retry_after_s=_OFFLINE_S)


def _inner(host: str) -> bool:
    """Say whether an address in digits is one of our own network's."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host in ("", "localhost")


class _Outside(AbstractResolver):
    """Finds addresses of the internet only: a name that leads inside is no name."""

    def __init__(self) -> None:
        self._asked = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises OSError."""
        found = [one for one in await self._asked.resolve(host, port, family) if not _inner(one["host"])]
        if not found:
            raise OSError("leads inside")
        return found

    async def close(self) -> None:
        """Nothing is held."""


def carrying_s(file: SentFile) -> float:
    """Return how long the answer to a file of ours is waited for, seconds: a slow line brings 256 KB in each."""
    return _ANSWER_S + len(file.content) / _SLOW_BYTES_S


async def pause(seconds: float, sooner: asyncio.Event) -> None:
    """Wait so long, or until somebody asks to look sooner."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # wait_for loses a cancellation that comes with the wake
            await sooner.wait()
            sooner.clear()
