"""A running web process in a test, and people who use it: a browser's cookies, a page's socket."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import socketio

from engine.client import EngineClient
from okno.database import Database
from okno.settings import Runtime
from web.accounts.passwords import Passwords
from web.accounts.people import People
from web.service import Web

PASSWORD = "seven green kettles"
# The cost is a matter of its own test; everywhere else a log-in should take a millisecond.
CHEAP = Passwords(time_cost=1, memory_kib=64)


class House:
    """A running web process."""

    def __init__(self, web: Web, port: int, database: Database) -> None:
        self.web, self.port, self.database = web, port, database
        self.url = f"http://127.0.0.1:{port}"

    async def account(self, login: str, role: str = "operator", operator: str | None = None) -> str:
        """Make an account."""
        named = operator or (login if role == "operator" else None)
        hashed = await CHEAP.hash(PASSWORD)
        await People(self.database).add(login, title=login.title(), role=role, operator=named, password=hashed)
        return login

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A browser without a session. Our cookies are Secure, which browsers keep on loopback; so does this one."""
        jar = TrustingJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar, response_class=ReadResponse) as browser:
            yield browser

    @asynccontextmanager
    async def browser(self, login: str, role: str = "operator", *, make: bool = True) -> AsyncIterator[aiohttp.ClientSession]:
        """A browser that is logged in."""
        if make:
            await self.account(login, role)
        async with self.visitor() as browser:
            answer = await log_in(browser, login)
            assert answer.status == 303, answer.status
            yield browser

    @asynccontextmanager
    async def page(self, browser: aiohttp.ClientSession) -> AsyncIterator[Page]:
        """A page with its socket open."""
        page = Page(self.url, cookies(browser))
        await page.connect()
        try:
            yield page
        finally:
            await page.close()


class ReadResponse(aiohttp.ClientResponse):
    """Read whole before it is given: a test that asks for a status only leaves no connection open behind it."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        """Take the head, then the body."""
        await super().start(connection)
        if self.status != 101:
            await self.read()
        return self


class TrustingJar(aiohttp.CookieJar):
    """Sends Secure cookies over http, as browsers do to this machine."""

    def filter_cookies(self, request_url: Any) -> Any:
        """Return the cookies for an address as if it were https."""
        return super().filter_cookies(request_url.with_scheme("https"))


class Page:
    """A page's socket: what came, in order."""

    def __init__(self, url: str, cookie: str) -> None:
        self._url, self._cookie = url, cookie
        self.client = socketio.AsyncClient(reconnection=False)
        self.came: list[tuple[str, Any]] = []
        self.gone = asyncio.Event()
        self._news = asyncio.Event()
        for event in ("patch", "ring", "notice", "link", "bye"):
            self.client.on(event, self._taker(event))
        self.client.on("disconnect", self._left)

    async def connect(self, origin: str | None = None) -> None:
        """Open the socket as our own page does."""
        headers = {"Origin": origin or self._url, "Cookie": self._cookie}
        await self.client.connect(self._url, headers=headers, transports=["websocket"], wait_timeout=5)

    async def ask(self, event: str, body: Any = None) -> Any:
        """Ask and return the answer."""
        return await self.client.call(event, body, timeout=5)

    async def until(self, event: str, count: int = 1) -> Any:
        """Return the body of the `count`th event of this name, waiting for it."""
        async with asyncio.timeout(5):
            while True:
                bodies = [body for name, body in self.came if name == event]
                if len(bodies) >= count:
                    return bodies[count - 1]
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        """Close the socket."""
        await self.client.disconnect()
        await self.client.eio.http.close() if self.client.eio.http else None

    def _taker(self, event: str) -> Any:
        async def take(body: Any = None) -> None:
            self.came.append((event, body))
            self._news.set()

        return take

    async def _left(self, *_: Any) -> None:
        self.gone.set()


def cookies(browser: aiohttp.ClientSession) -> str:
    """Return the Cookie header a browser would send."""
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in browser.cookie_jar)


async def form_token(browser: aiohttp.ClientSession, path: str = "/login") -> str:
    """Return the token of a page's form."""
    async with browser.get(path) as answer:
        found = re.search(r'(?:name="csrf" value|okno-csrf" content)="([0-9a-f]+)"', await answer.text())
    assert found is not None
    return found.group(1)


async def log_in(browser: aiohttp.ClientSession, login: str, password: str = PASSWORD, **more: str) -> aiohttp.ClientResponse:
    """Send the log-in form."""
    form = {"login": login, "password": password, "csrf": await form_token(browser)} | more
    answer = await browser.post("/login", data=form, allow_redirects=False)
    await answer.read()
    return answer


@asynccontextmanager
async def running(runtime: Runtime, url: str, redis_url: str, port: int) -> AsyncIterator[House]:
    """Run a web process on a port."""
    database = await Database.open(url, name="web-test")
    engine = EngineClient(runtime)
    web = Web(runtime, database, engine, redis_url=redis_url, port=port)
    life = asyncio.create_task(web.service.run("127.0.0.1", port))
    try:
        await _listening(port, life)
        yield House(web, port, database)
    finally:
        web.service.stop()
        await asyncio.gather(life, return_exceptions=True)
        await engine.close()
        await database.close()


async def _listening(port: int, life: asyncio.Task[None]) -> None:
    async with asyncio.timeout(10):
        while not life.done():
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return
    await life
