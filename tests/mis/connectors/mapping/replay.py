"""A vendor's MIS that answers what its papers and its users' code say it answers, on a real socket.

    async with vendor() as mis:
        mis.on("getPatient", {"error": 0, "data": None})           # JSON, for good
        mis.on("getPatient", first, then)                          # in this order, the last for good
        mis.on("api/xml", Reply(xml, content_type="text/xml"), when="CLIENT_INFO")
        one = connect(mis, "renovatio")
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from mis.connectors import Setup
from mis.connectors.mapping import make
from mis.connectors.mapping.visits import MappingConnector
from mis.terms import Context
from okno import clock
from okno.settings import MisSettings
from tests.mis.proxy import answering

CLINIC = ZoneInfo("Asia/Yekaterinburg")
# Synthetic people only: these numbers are nobody's.
MOTHER = ("+79990001873", "79990001873", "89990001873", "9990001873", "8 (999) 000-18-73", "+7 (999) 000-18-73")
KEY = "0190a3c4-0000-7000-8000-00000000a001"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the vendor answers. A dict or a list as body is JSON."""

    body: Any = ""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What it was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    text: str
    form: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Vendor:
    """A MIS that serves; `url` is its address."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    _rules: list[tuple[str, str, str, list[Reply]]] = field(default_factory=list)

    def on(self, path: str, *replies: Any, when: str = "", method: str = "") -> None:
        """Answer so what is asked at this path (and holds `when`); what was said last about a path counts first."""
        made = [one if isinstance(one, Reply) else Reply(one) for one in replies]
        self._rules.insert(0, (method, path, when, made))

    def of(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path.strip("/").endswith(path)]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        form = dict(await request.post()) if "form" in request.content_type else {}
        self.asked.append(Asked(request.method, request.path, dict(request.query), dict(request.headers), text,
                                {key: str(value) for key, value in form.items()}))  # fmt: skip
        for method, path, when, replies in self._rules:
            if request.path.strip("/").endswith(path) and when in text and method in ("", request.method):
                reply = replies.pop(0) if len(replies) > 1 else replies[0]
                body = reply.body if isinstance(reply.body, str | bytes) else json.dumps(reply.body)
                raw = body.encode() if isinstance(body, str) else body
                return web.Response(body=raw, status=reply.status, content_type=reply.content_type,
                                    headers=reply.headers)  # fmt: skip
        return web.Response(status=404, text="no such method")


@asynccontextmanager
async def vendor() -> AsyncIterator[Vendor]:
    """Serve a vendor's MIS on loopback."""
    mis = Vendor()
    async with answering(mis.answer) as mis.url:
        yield mis


@asynccontextmanager
async def connected(
    address: str, name: str, *, user: str = "", secret: Callable[[str], str] = lambda ref: f"secret of {ref}", **options: Any
) -> AsyncIterator[MappingConnector]:
    """Connect a map to an address; closed at the end."""
    settings = MisSettings(
        connector="mapping", address=address, user=user, secret="file:mis.secret", options={"map": name, **options}
    )
    one = make(Setup(settings=settings, secret=secret, zone=CLINIC))
    assert isinstance(one, MappingConnector)
    try:
        yield one
    finally:
        await one.close()


def ctx(*, key: str = "", left_s: float = 5.0) -> Context:
    """Return a context with so many seconds left."""
    return Context(actor="orlova", purpose="call", deadline=clock.monotonic() + left_s, key=key)


def at(hour: int, minute: int = 0, day: int = 1, zone: ZoneInfo = CLINIC) -> datetime:
    """Return a moment of March 2027 on a branch's clock."""
    return datetime(2027, 3, day, hour, minute, tzinfo=zone)


def born(year: int, month: int, day: int) -> date:
    return date(year, month, day)
