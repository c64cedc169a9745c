"""Each state of the desk: reached, drawn whole, nothing wrong for axe, in both themes."""

from __future__ import annotations

import pytest

from tests.screens.conftest import Place
from tests.screens.dev_server import DevServer
from tests.screens.states import STATES
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUT = """[...document.querySelectorAll("button, .pill")].filter((one) => one.offsetWidth && !one.classList.contains("cut")
  && !one.querySelector(".cut") && one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)"""


async def test_every_state_of_the_desk(place: Place) -> None:
    """A state is a fresh clinic and a fresh page."""
    for name, reach in STATES.items():
        async with place.serve(DevServer()) as server, place.screen(server, 1366, 768) as screen:
            await screen.open()
            await reach(screen)
            await nothing_wrong(screen, name)
            assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            assert await screen.page.evaluate(CUT) == [], name
            assert screen.serious() == [], name
