"""Chromium, and the small gateway the screens are tested against."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.screens.dev_server import DevServer

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-precise-memory-info", "--js-flags=--expose-gc",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--soak 120` runs the soak test for two minutes instead of its short form."""
    parser.addoption("--soak", type=float, default=12.0, help="seconds of the screens' soak test at 300 changes a second")


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """A headless Chromium, closed with everything it opened."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])
        yield started
        await started.close()


class Screen:
    """A browser page with what tests ask of it; every error of the page fails the test that made it."""

    def __init__(self, page: Page, server: DevServer) -> None:
        self.page, self.server = page, server
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    async def open(self, path: str = "/desk") -> Page:
        """Open a page and wait until it is live."""
        await self.page.goto(f"{self.server.url}{path}")
        if path != "/login":
            await self.live()
        await self.page.evaluate("document.fonts.ready")
        return self.page

    async def live(self) -> None:
        """Wait until the browser says it is live."""
        await self.until("window.okno !== undefined && okno.phase() === 'live'")

    async def until(self, expression: str, seconds: float = 15) -> None:
        """Wait until a JavaScript expression is true (not `wait_for_function`: the page's policy forbids its eval)."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await self.page.evaluate(expression):
            assert asyncio.get_running_loop().time() < deadline, f"never came true: {expression}; {self.errors}"
            await asyncio.sleep(0.03)

    async def settled(self) -> None:
        """Wait until the browser has everything the server has."""
        deadline = asyncio.get_running_loop().time() + 10
        while await self.page.evaluate("okno.position()") != {"epoch": self.server.clinic.epoch, "seq": self.server.clinic.seq}:
            assert asyncio.get_running_loop().time() < deadline, "the browser never caught up"
            await asyncio.sleep(0.03)

    def serious(self) -> list[str]:
        """Errors of the page but those that an outage played on purpose writes to the console."""
        return [error for error in self.errors if "WebSocket" not in error and "ERR_CONNECTION" not in error]


Server = TypeVar("Server", bound=DevServer)


class Place:
    """What the tests of a module share: one browser context, whose cache keeps the page's files, and one port.

    A test gets a server and a page of its own; of what another left in the browser nothing is there any more.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context, self.port = context, 0

    @asynccontextmanager
    async def serve(self, server: Server) -> AsyncIterator[Server]:
        """Run a gateway on the port: the browser knows its files by their address."""
        server.port = self.port
        await server.up()
        self.port = server.port
        try:
            yield server
        finally:
            await server.down()  # whatever went wrong: the next one listens on this port

    async def forget(self, page: Page, server: DevServer) -> None:
        """Clear what the browser keeps of a gateway."""
        session = await self.context.new_cdp_session(page)
        await session.send("Storage.clearDataForOrigin", {"origin": server.url, "storageTypes": "cookies,local_storage"})
        await session.detach()

    @asynccontextmanager
    async def screen(self, server: DevServer, width: int = 1440, height: int = 900) -> AsyncIterator[Screen]:
        """Open a page beside a gateway that listens; in the end it had no error."""
        page = await self.context.new_page()
        await page.set_viewport_size({"width": width, "height": height})
        await self.forget(page, server)
        made = Screen(page, server)
        yield made
        for one in self.context.pages:
            await one.close()
        await self.context.clear_permissions()
        assert made.serious() == []


@asynccontextmanager
async def placed(browser: Browser) -> AsyncIterator[Place]:
    """A place in a browser."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(8000)
    yield Place(context)
    await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The Chromium of a module."""
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(browser: Browser) -> AsyncIterator[Place]:
    """The context and the port of a module."""
    async with placed(browser) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(place: Place) -> AsyncIterator[DevServer]:
    """The gateway with its synthetic clinic."""
    async with place.serve(DevServer()) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def screen(place: Place, clinic: DevServer) -> AsyncIterator[Screen]:
    """A page 1440 by 900 beside the gateway."""
    async with place.screen(clinic) as made:
        yield made
