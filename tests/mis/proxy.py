"""A fault-injecting HTTP proxy on a real socket, to stand between `mis` and a real MIS.

    async with faulty("http://127.0.0.1:18090") as proxy:      # the connector's address is proxy.url
        proxy.always("slow")                                   # every request, until `proxy.calm()`
        proxy.next("cut", method="POST", path="Appointment")   # the next one that fits, once (`times=`)
        proxy.chaos(7, cut=0.1, unavailable=0.1, methods=("POST", "PUT"))  # at random, the same for the same seed
        proxy.when(lambda method, path, body: "html" if "Slot" in path else None)

Faults: "unavailable" 503 at once; "stall" takes the request and never answers; "html" a login page with 200;
"cut" the MIS did it, the answer is lost; "drop" the connection is broken before the MIS saw anything; "slow" 3 s, then
as usual; "lie" an empty JSON object with 200 and the MIS sees nothing; "rate" 429 with Retry-After: 1.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
from aiohttp import web

Fault = Literal["unavailable", "stall", "html", "cut", "drop", "slow", "lie", "rate"]
Rule = Callable[[str, str, bytes], "Fault | None"]

SLOW_S = 3.0
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Login</title></head><body><form></form></body></html>"
_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length", "host",
        "content-encoding", "accept-encoding", "proxy-authorization", "proxy-authenticate"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that came by: `status` is the MIS's own answer, None when it was not asked or did not answer."""

    method: str
    path: str
    fault: Fault | None
    status: int | None


@dataclass
class Proxy:
    """A proxy that serves; `url` is what to give the connector, `upstream` where the MIS itself is."""

    upstream: str
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    slow_s: float = SLOW_S
    _rules: list[Rule] = field(default_factory=list)
    _session: aiohttp.ClientSession | None = None
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    def calm(self) -> None:
        """Do no harm any more; what is stalled stays so."""
        self._rules.clear()

    def when(self, rule: Rule) -> None:
        """Ask `rule(method, path, body)` for the fault of each request; of several rules the first that says one."""
        self._rules.append(rule)

    def always(self, fault: Fault, *, methods: tuple[str, ...] = (), path: str = "") -> None:
        """Do this to every request (of these methods, whose path holds `path`)."""
        self.when(lambda method, where, _: fault if (not methods or method in methods) and path in where else None)

    def next(self, fault: Fault, *, method: str = "", path: str = "", times: int = 1) -> None:
        """Do this to the next `times` requests that fit."""
        left = [times]

        def rule(how: str, where: str, _: bytes) -> Fault | None:
            if left[0] and method in ("", how) and path in where:
                left[0] -= 1
                return fault
            return None

        self.when(rule)

    def chaos(self, seed: int, *, methods: tuple[str, ...] = (), path: str = "", **chances: float) -> None:
        """Do each named fault to its share (0…1) of the requests; the same seed in the same order does the same."""
        dice, known = random.Random(seed), Fault.__args__  # type: ignore[attr-defined]
        assert set(chances) <= set(known), "an unknown fault"

        def rule(method: str, where: str, _: bytes) -> Fault | None:
            if (methods and method not in methods) or path not in where:
                return None
            thrown = dice.random()
            for fault, chance in chances.items():
                if thrown < chance:
                    return fault  # type: ignore[return-value]
                thrown -= chance
            return None

        self.when(rule)

    def faults(self) -> Counter[str]:
        """Return how often each fault was done."""
        return Counter(one.fault for one in self.seen if one.fault is not None)

    def fault_of(self, method: str, path: str, body: bytes) -> Fault | None:
        """Return what the rules want for a request."""
        return next((fault for rule in self._rules if (fault := rule(method, path, body)) is not None), None)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take one request."""
        body = await request.read()
        fault = self.fault_of(request.method, request.path, body)
        if fault == "slow":
            await asyncio.sleep(self.slow_s)
        answer: web.Response | None = None
        if fault in (None, "slow", "cut"):
            answer = await self._forward(request, body)
        self.seen.append(Seen(request.method, request.path, fault, answer.status if answer else None))
        match fault:
            case "unavailable":
                return web.Response(status=503, text="Service Unavailable")
            case "rate":
                return web.Response(status=429, headers={"Retry-After": "1"}, text="Too Many Requests")
            case "html":
                return web.Response(text=LOGIN_PAGE, content_type="text/html")
            case "lie":
                return web.json_response({})
            case "stall":
                await self._ending.wait()
        if answer is None or fault == "cut":
            return _cut(request)
        return answer

    async def _forward(self, request: web.Request, body: bytes) -> web.Response | None:
        assert self._session is not None
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP]
        # The MIS writes its own address into links; through the proxy its address is ours, both ways.
        there, here = self.upstream.encode(), self.url.encode()
        try:
            async with self._session.request(
                request.method, self.upstream + request.raw_path, data=body.replace(here, there), headers=headers,
                allow_redirects=False,
            ) as got:  # fmt: skip
                content = (await got.read()).replace(there, here)
                kept = [
                    (n, v.replace(self.upstream, self.url)) for n, v in got.headers.items() if n.lower() not in _HOP
                ]
                answer = web.Response(status=got.status, body=content)
        except aiohttp.ClientError:
            return None
        answer.headers.popall("Content-Type", None)
        for name, value in kept:
            answer.headers.add(name, value)
        return answer


def _cut(request: web.Request) -> web.Response:
    """Break the connection: whoever asked sees it end without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)


@asynccontextmanager
async def faulty(upstream: str) -> AsyncIterator[Proxy]:
    """Serve a proxy in front of `upstream` ("http://127.0.0.1:18090", no path) for the body of an `async with`."""
    proxy = Proxy(upstream.rstrip("/"))
    proxy._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60), auto_decompress=True)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{tail:.*}", proxy.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    try:
        await site.start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield proxy
    finally:
        proxy._ending.set()
        await runner.cleanup()
        await proxy._session.close()


@asynccontextmanager
async def answering(do: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """A server on loopback whose every address answers by `do`; gives its URL."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", do)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
