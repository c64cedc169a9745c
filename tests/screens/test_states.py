"""Each state of the desk: reached, drawn whole, nothing wrong for axe, in both themes."""

from __future__ import annotations

import pytest

from tests.screens.conftest import Place, Screen
from tests.screens.dev_server import DevServer
from tests.screens.states import STATES
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUT = """[...document.querySelectorAll("button, .pill")].filter((one) => one.offsetWidth && !one.classList.contains("cut")
  && !one.querySelector(".cut") && one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)"""


async def test_every_state_of_the_desk(place: Place) -> None:
    """A state is a fresh clinic and a fresh document, all in one tab, which has the page's modules at hand."""
    page = await place.context.new_page()
    await page.set_viewport_size({"width": 1366, "height": 768})
    for name, reach in STATES.items():
        async with place.serve(DevServer()) as server:
            screen = Screen(page, server)
            await screen.open()
            await reach(screen)
            await nothing_wrong(screen, name)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            assert await page.evaluate(CUT) == [], name
            assert screen.serious() == [], name
            await page.goto("about:blank")
            await page.mouse.move(0, 0)
            await place.forget(page, server)
