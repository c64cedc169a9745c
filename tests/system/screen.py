"""A browser on the running clinic."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from typing import Any

from playwright.async_api import Page

from tests.system.clinic import Clinic

LAUNCH: dict[str, Any] = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"],
}  # fmt: skip
PASSWORD = "a test of the whole house"


def account(clinic: Clinic, login: str, role: str, operator: str | None = None) -> None:
    """Make an account with `okno user add`; a second time it is there already."""
    if login in clinic.accounts:
        return
    args = ["user", "add", login, "--role", role, "--password-stdin", *(["--operator", operator] if operator else [])]
    done = subprocess.run(
        [sys.executable, "-m", "okno.command.cli", *args], input=PASSWORD + "\n", capture_output=True, text=True,
        env=os.environ | {"OKNO_STATE": str(clinic.state), "OKNO_CONFIG": str(clinic.state / "okno.yaml")}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    clinic.accounts.add(login)


async def logged_in(
    page: Page, clinic: Clinic, login: str, role: str | None = None, operator: str | None = None
) -> None:
    """Log in through the page as a person would; returns when the screen is live."""
    account(clinic, login, role or login, operator)
    await page.goto(f"{clinic.url}/login")
    await page.fill("input[name=login]", login)
    await page.fill("input[name=password]", PASSWORD)
    await page.click("button[type=submit]")
    await live(page)


async def live(page: Page, within_s: float = 20) -> None:
    """Wait until the screen says that it is live."""
    end = time.monotonic() + within_s
    # Polled from here: the page's own policy forbids what Playwright's waiting in the page would need.
    while await page.evaluate("window.okno ? window.okno.phase() : ''") != "live":
        assert time.monotonic() < end, "the screen did not become live"
        await asyncio.sleep(0.1)


def differing(lived: Any, fresh: Any, at: str = "") -> list[str]:
    """Where two worlds differ, without what a row holds: the places, and the kind of difference."""
    if isinstance(lived, dict) and isinstance(fresh, dict):
        told = [f"{at}/{key}: only in one" for key in sorted(lived.keys() ^ fresh.keys())]
        return told + [one for key in lived.keys() & fresh.keys() for one in differing(lived[key], fresh[key], f"{at}/{key}")]
    return [] if lived == fresh else [at]


async def same_as_fresh(page: Page) -> None:
    """The world the page has lived through equals the one a new page gets."""
    await live(page, 30)
    fresh_page = await page.context.new_page()
    await fresh_page.goto(page.url)
    await live(fresh_page)
    fresh = await fresh_page.evaluate("window.okno.worldNow()")
    lived = await page.evaluate("window.okno.worldNow()")
    await fresh_page.close()
    assert lived == fresh, differing(lived, fresh)
