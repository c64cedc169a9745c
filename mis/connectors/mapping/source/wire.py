"""The HTTP source. A read that fails may be asked again by whoever asked; a write is sent once and may be unknown.

What was certainly not done is told as such: no connection, a refusal in words. Everything else that goes wrong after a
write was sent is OutcomeUnknown, to be looked for by its key (P2).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from mis.connectors import BadOptions
from mis.connectors.mapping.format import ErrorRule, Map
from mis.connectors.mapping.source import answers
from mis.connectors.mapping.source.answers import LARGEST, Answer
from mis.connectors.mapping.source.credentials import Credentials, age_s
from mis.connectors.mapping.source.paths import Node
from mis.connectors.mapping.source.templates import Rendered, RequestTemplate
from mis.terms import (
    Context,
    DeadlineExceeded,
    Invalid,
    Malformed,
    MisError,
    OutcomeUnknown,
    Unauthenticated,
    Unavailable,
)
from mis.wire import never_again
from okno import clock


class BrokenOff(Unavailable):
    """The connection broke in the middle: what became of a write nobody knows."""


@dataclass(slots=True)
class Wire:
    """Asks one MIS over HTTP.

    Args:
        address: its URL; paths of requests are below it.
        map: how it talks.
        credentials: how it knows us.
        tls: True, or a context with our certificate.
    """

    address: str
    map: Map
    credentials: Credentials
    tls: ssl.SSLContext | bool = True
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def ask(
        self,
        ctx: Context,
        template: RequestTemplate,
        context: Mapping[str, Any],
        rules: Iterable[ErrorRule],
        *,
        write: bool = False,
    ) -> tuple[Node, str]:
        """Return the answer and the hash of a sample of it. Raises MisError; a write that may be done OutcomeUnknown.

        Credentials that can be too old are made anew once. A write is not repeated but for that: a MIS that does not
        know us has done nothing.
        """
        every = (*rules, *self.map.errors)
        try:
            return await self._once(ctx, template, context, every, write)
        except Unauthenticated:
            if not self.credentials.expire:
                raise
        try:
            return await self._once(ctx, template, context, every, write)
        except Unauthenticated:
            if write:
                raise OutcomeUnknown(ctx.key) from None
            raise

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _once(
        self,
        ctx: Context,
        template: RequestTemplate,
        context: Mapping[str, Any],
        rules: Iterable[ErrorRule],
        write: bool,
    ) -> tuple[Node, str]:
        try:
            request = self.credentials.put_on(template.render(context))
        except BadOptions:
            raise Invalid("map") from None  # rehearsed with samples, yet this value does not fit
        left = ctx.deadline - clock.monotonic()
        if left <= 0:
            raise (Unavailable if write else DeadlineExceeded)  # nothing was sent: not even a write is in doubt
        try:
            answer = await self._send(left, request)
        except (BrokenOff, DeadlineExceeded, Malformed) as error:
            raise (OutcomeUnknown(ctx.key) if write else error) from None
        return self._read(ctx, answer, rules, write)

    def _read(self, ctx: Context, answer: Answer, rules: Iterable[ErrorRule], write: bool) -> tuple[Node, str]:
        """Tell an answer from an error. What a MIS says in words it has not done; what it only broke off it may have.

        A word of the map's own rules counts in a broken status too: some send their refusals with 500.
        """
        root: Node | None = None
        broken: MisError | None = None
        try:
            root = answers.read(answer, xml=self.map.encoding == "xml", expect=self.map.expect)
        except Malformed as error:
            broken = error
        wrong = answers.wrong(answer, root, rules)
        if isinstance(wrong, Unavailable | Malformed) or (wrong is None and broken is not None):
            raise OutcomeUnknown(ctx.key) if write else (wrong or broken or Unavailable())
        if wrong is not None:
            raise wrong
        return root or Node(None), answer.sample

    async def _send(self, left: float, request: Rendered) -> Answer:
        # asyncio.timeout, not aiohttp's: the deadline counts the body and the queue for a connection too.
        try:
            async with asyncio.timeout(left), self._open().request(request.method, self._url(request), **_body(request),
                headers=request.headers, allow_redirects=False) as got:  # fmt: skip
                body = await got.content.read(LARGEST + 1)
                while len(body) <= LARGEST and (more := await got.content.read(LARGEST + 1 - len(body))):
                    body += more
                self.credentials.learn(got.headers.get("Date"))
                answer = Answer(got.status, got.content_type, body, _retry_after(got.headers.get("Retry-After")))
        except TimeoutError:
            raise DeadlineExceeded from None
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL):
            raise Unavailable from None
        except (aiohttp.ClientError, OSError):
            raise BrokenOff from None
        if len(body) > LARGEST:
            raise Malformed(answer.sample)
        return answer

    def _url(self, request: Rendered) -> URL:
        path = f"{self.address.rstrip('/')}/{request.path.lstrip('/')}" if request.path else self.address
        url = URL(quote(path, safe="%/:?&=@,;+~!$'()*[]"), encoded=True)  # values are quoted already, a map's words not
        return url.update_query(request.query) if request.query else url

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # No cookies: a session cookie of one question must not be an answer's second credential.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self.tls),
                middlewares=(never_again,),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _body(request: Rendered) -> dict[str, Any]:
    if request.xml is not None:
        return {"data": request.xml}
    if request.json is not None:
        return {"json": request.json}
    return {"data": request.form} if request.form is not None else {}


def _retry_after(value: str | None) -> float:
    if not value:
        return 0.0
    return float(value) if value.isdigit() else age_s(value, clock.now())
