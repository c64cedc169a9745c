"""Each state of the desk: reached, drawn whole, nothing wrong for axe, in both themes."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.screens.conftest import Screen
from tests.screens.dev_server import DevServer
from tests.screens.states import STATES
from tests.screens.test_accessibility import nothing_wrong

CUT = """[...document.querySelectorAll("button, .pill")].filter((one) => one.offsetWidth && !one.classList.contains("cut")
  && !one.querySelector(".cut") && one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)"""


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_state_of_the_desk(browser: Browser, theme: str) -> None:
    """One browser for all of them: a state is a fresh clinic and a fresh page."""
    for name, reach in STATES.items():
        server = DevServer()
        server.theme = theme
        await server.up()
        context = await browser.new_context(viewport={"width": 1366, "height": 768}, reduced_motion="reduce")
        context.set_default_timeout(8000)
        screen = Screen(await context.new_page(), server)
        try:
            await screen.open()
            await reach(screen)
            await nothing_wrong(screen, f"{name}, {theme}")
            assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            assert await screen.page.evaluate(CUT) == [], name
            assert screen.serious() == [], name
        finally:
            await context.close()
            await server.down()
