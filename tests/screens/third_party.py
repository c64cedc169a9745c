"""A site that is not ours, with our script on its page; and a line between its visitors and us that can be cut."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Frame, Page, async_playwright, expect

from okno.command.processes import ports
from okno.i18n import Catalogue
from tests.chat.widget.site import Site
from tests.screens.axe import AXE, COLOURS, LOOK, RULES
from tests.screens.conftest import ARGUMENTS, CHROMIUM
from tests.screens.shots import FOLDER

WORDS = Catalogue.load(Path(__file__).parents[2] / "chat" / "i18n")


class Line:
    """A TCP proxy: what goes through it can be cut, and may come back."""

    def __init__(self, to: str, port: int) -> None:
        where = urlsplit(to)
        self._to = (str(where.hostname), int(where.port or 0))
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = port

    async def up(self) -> None:
        """Let through, on the same port as before."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)

    async def down(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for one in tuple(self._open):
            one.transport.abort()
        await asyncio.sleep(0.05)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._to)
        self._open |= {writer, back}
        await asyncio.gather(_pump(reader, back), _pump(there, writer))
        self._open -= {writer, back}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    with suppress(OSError):
        writer.close()


@dataclass
class Shop:
    """The site of somebody else, and the browser of who visits it."""

    browser: Browser
    url: str
    line: Line
    site: Site
    faults: list[str] = field(default_factory=list)

    async def visit(self, context: BrowserContext | None = None, path: str = "/?utm_source=ads", **options: object) -> Page:
        """Open the page."""
        context = context or await self.browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        await page.goto(f"{self.url}{path}")
        return page

    def serious(self) -> list[str]:
        """Errors of the page but those that an outage played on purpose writes to the console."""
        return [one for one in self.faults if "ERR_CONNECTION" not in one and "WebSocket" not in one and "ERR_EMPTY" not in one]


def frame_of(page: Page) -> Frame:
    """The widget's frame."""
    return next(one for one in page.frames if "/widget/frame" in one.url)


def speaking(lang: str) -> Callable[[str], str]:
    """The widget's words of a language, by key."""
    return lambda key: WORDS.t(key, lang)


async def looked_at(frame: Frame) -> None:
    """Have axe look at the frame in either theme: it finds nothing."""
    if not await frame.evaluate("'axe' in window"):
        await frame.evaluate(AXE.read_text("utf-8"))
    found = await frame.evaluate(LOOK, {"parts": [], "rules": RULES, "colours": COLOURS})
    assert found == [], [(one["rule"], one["theme"], one["where"], one["why"]) for one in found]


async def photographed(page: Page, name: str) -> None:
    """Write docs/screens/widget-<name>.png, when OKNO_SHOTS is set."""
    if os.environ.get("OKNO_SHOTS"):
        await page.screenshot(path=FOLDER / f"widget-{name}.png")


async def opened(page: Page, lang: str = "en") -> Frame:
    """Open the widget as a visitor does; its frame."""
    await page.get_by_role("button", name=speaking(lang)("widget.open")).click()
    await expect(page.frame_locator("iframe").locator("main > *").first).to_be_visible()
    return frame_of(page)


async def begun(page: Page, question: str = "") -> Frame:
    """Open the widget, give consent, begin."""
    frame = await opened(page)
    await frame.get_by_label("Your name").fill("Zoya Q.")
    if question:
        await frame.get_by_label("Your question").fill(question)
    await frame.get_by_role("checkbox").check()
    await frame.get_by_role("button", name="Start the chat").click()
    await expect(frame.get_by_role("log")).to_be_attached()
    return frame


async def wrote(frame: Frame, text: str) -> None:
    """Write a message."""
    await frame.get_by_role("textbox", name="Message").fill(text)
    await frame.get_by_role("textbox", name="Message").press("Enter")


async def texts(frame: Frame) -> list[str]:
    """What stands in the log, top to bottom."""
    return await frame.locator(".log .text").all_inner_texts()


@asynccontextmanager
async def elsewhere(text: str) -> AsyncIterator[str]:
    """One page of a site nobody named; its address."""

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port := ports.free())
    await site.start()
    try:
        yield f"http://localhost:{port}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def shop(site: Site, line: Line, port: int) -> AsyncIterator[Shop]:
    """Serve the page, under a policy as strict as pages have, and start a browser."""
    ours = f"http://127.0.0.1:{line.port}"
    policy = (
        f"default-src 'none'; script-src {ours}; frame-src {ours}; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    mark = f'<script async src="{ours}/widget/v1.js?site=clinic" data-lang="%s" data-theme="%s"></script>'

    async def show(request: web.Request) -> web.Response:
        said = (request.query.get("lang", "en"), request.query.get("theme", "light"))
        text = f"<!doctype html><html lang=en><title>Prices</title><main><h1>Prices</h1><p>12</p></main>{mark % said}"
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/", show)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield Shop(browser, f"http://localhost:{port}", line, site)
            await browser.close()
    finally:
        await runner.cleanup()
