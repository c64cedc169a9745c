"""A real browser on the real pages: cookies on plain http to this machine, the content policy, the live screen."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, async_playwright

from tests.web.house import PASSWORD, House
from tests.web.scripted import CALL, ScriptedEngine, call_row


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_a_person_logs_in_sees_live_rows_and_leaves_nothing_behind(
    house: House, engine: ScriptedEngine, name: str
) -> None:
    await house.account("orlova")
    url = f"http://{name}:{house.port}"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = await chromium.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        await page.goto(url)
        await page.fill("input[name=login]", "orlova")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("button[type=submit]")
        await _until(page, "window.okno !== undefined && window.okno.phase() === 'live'")
        assert page.url == f"{url}/desk"
        await engine.patch(["set", "calls", CALL, call_row(phase="talking")])
        await _until(page, "window.okno.position().seq === 11")
        assert said == []
        kept = await page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
        assert "79990" not in kept and "+7 999" not in kept
        await page.evaluate("document.getElementById('logout').requestSubmit()")
        await page.wait_for_url(f"{url}/login")
        assert await page.evaluate("localStorage.length + sessionStorage.length") == 0
        names = {cookie["name"] for cookie in await page.context.cookies()}
        assert "__Host-okno" not in names
        await chromium.close()


async def _until(page: Page, true: str) -> None:
    """Ask again and again from outside: our policy forbids a page to evaluate texts, so it cannot wait by itself."""
    async with asyncio.timeout(20):
        while not await page.evaluate(true):
            await asyncio.sleep(0.05)
