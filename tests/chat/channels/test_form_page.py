"""The form of docs/channels in a real Chromium, on a page of another origin: with its script, without, and when it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright
from prometheus_client import CollectorRegistry

from chat.api import public
from chat.channels import Setup
from chat.channels.forms import SiteForms, forms
from okno import clock
from okno.command.processes import ports
from okno.database import Database
from okno.seal import Keyring
from okno.settings import ChatSettings, Runtime, SiteSettings
from tests.fixtures import OpenDatabase

PAGE = Path(__file__).parents[3] / "docs" / "channels" / "callback-form.html"


class Site:
    """A site whose page has the form, and the database in which its postings end."""

    def __init__(self, browser: Browser, url: str, chat: str, database: Database, kept: SiteForms) -> None:
        self.browser, self.url, self.chat, self.database, self.kept = browser, url, chat, database, kept

    async def open(self, *, script: bool = True) -> Page:
        """A visitor opens the page and fills the form in."""
        context = await self.browser.new_context(java_script_enabled=script)
        page = await context.new_page()
        await page.goto(f"{self.url}/?utm_source=ads")
        await page.locator("[name=name]").fill("Anna")
        await page.locator("[name=phone]").fill("8 (999) 000-18-73")
        await page.locator("[name=consent]").check()
        return page

    async def states(self) -> list[str]:
        """What is kept."""
        return [row["state"] for row in await self.database.fetch("SELECT state FROM forms ORDER BY at")]


@pytest_asyncio.fixture
async def site(runtime: Runtime, database: OpenDatabase, keyring: Keyring) -> AsyncIterator[Site]:
    """A site, and chat at another origin."""
    here, there = ports.free(), ports.free()
    chat = f"http://127.0.0.1:{there}"
    settings = runtime.settings.model_copy(update={
        "chat": ChatSettings(sites=[SiteSettings(key="clinic", origins=[f"http://127.0.0.1:{here}"])])
    })  # fmt: skip
    db = await database("chat")
    made = forms(Setup(
        Runtime(settings, runtime.state), db, keyring.sealer("chat"), keyring.sealer("bus"), CollectorRegistry()
    ))  # fmt: skip
    assert isinstance(made, SiteForms)

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=PAGE.read_text().replace("CHAT", chat), content_type="text/html")

    shop = web.Application()
    shop.router.add_get("/", show)
    runners = []
    for app, port in ((shop, here), (public({"forms": made}), there)):
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        runners.append(runner)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        yield Site(browser, f"http://127.0.0.1:{here}", chat, db, made)
        await browser.close()
    for runner in runners:
        await runner.cleanup()


async def test_with_its_script_the_visitor_stays_on_the_page(site: Site) -> None:
    page = await site.open()
    day = (clock.now() + timedelta(days=2)).date().isoformat()
    await page.locator("[name=when]").fill(f"{day}T10:30")
    await page.wait_for_timeout(2200)
    await page.get_by_role("button").click()
    await page.get_by_text("около 10:30 по времени клиники").wait_for()
    wanted = await site.database.fetchval("SELECT wanted_at FROM forms")
    assert wanted == datetime.fromisoformat(f"{day}T05:30:00+00:00")  # Yekaterinburg
    assert page.url.startswith(site.url) and await page.locator("[name=phone]").input_value() == ""
    assert await site.states() == ["asked"]


async def test_who_is_too_quick_is_thanked_all_the_same(site: Site) -> None:
    page = await site.open()
    await page.get_by_role("button").click()
    await page.get_by_text("Мы позвоним вам в рабочее время").wait_for()
    assert await site.states() == ["spam"]


async def test_a_mistake_is_said_beside_the_form(site: Site) -> None:
    page = await site.open()
    await page.locator("[name=phone]").fill("8 800 555 35 35")
    await page.get_by_role("button").click()
    await page.get_by_text("Укажите номер телефона").wait_for()
    assert await page.locator("[name=name]").input_value() == "Anna" and await site.states() == []


async def test_without_a_script_he_sees_the_page_of_thanks(site: Site) -> None:
    page = await site.open(script=False)
    await page.get_by_role("button").click()
    await page.get_by_role("heading", name="Спасибо, мы вам перезвоним").wait_for()
    assert page.url.startswith(site.chat) and await site.states() == ["asked"]


async def test_when_scripts_get_no_answer_the_plain_form_goes(site: Site) -> None:
    page = await site.open()
    await page.route("**/public/v1/callback", lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_())
    await page.get_by_role("button").click()
    await page.get_by_role("heading", name="Спасибо, мы вам перезвоним").wait_for()
    assert await site.states() == ["asked"]
