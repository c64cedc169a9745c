"""One `okno up` for the system tests of a file: what one file leaves in the database is no other's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from tests.okno.conftest import own_home, own_postgres
from tests.system import clinic as clinics
from tests.system.patients import traced_phones
from tests.system.screen import LAUNCH

__all__ = ["own_home", "own_postgres", "page", "phones", "running"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clinics.Clinic]:
    """Okno, started once for a file; every test leaves it running."""
    with clinics.start(tmp_path_factory.mktemp("okno")) as clinic:
        yield clinic


@pytest_asyncio.fixture
async def phones(running: clinics.Clinic, tmp_path: Path) -> AsyncIterator[Path]:
    """The operators' phones; yields the folder of their trace."""
    process = await traced_phones(running.phones_port, tmp_path)
    try:
        yield tmp_path
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**LAUNCH)
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        yield await context.new_page()
        await browser.close()
