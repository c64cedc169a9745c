"""An operator's whole day without a mouse: log in, begin, be offered, call back, talk, finish, postpone, give, rest, leave."""

from __future__ import annotations

from typing import Any

import pytest

from tests.screens import scenes
from tests.screens.conftest import Screen
from tests.screens.states import missed

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def press(screen: Screen, *codes: str) -> None:
    """Press keys one after another."""
    for code in codes:
        await screen.page.keyboard.press(code)


async def sent(screen: Screen, name: str) -> dict[str, Any]:
    """Wait until the last order has this name; return what it asked."""
    for _ in range(400):
        if screen.server.commands and screen.server.commands[-1]["name"] == name:
            await screen.settled()
            return dict(screen.server.commands[-1]["args"])
        await screen.until("true")
        await screen.page.evaluate("new Promise((done) => setTimeout(done, 20))")
    raise AssertionError(f"{name} was never ordered; {[one['name'] for one in screen.server.commands]}")


async def told(screen: Screen, ops: list[Any]) -> None:
    """Something happens in the clinic."""
    screen.server.change(ops)
    await screen.settled()


async def shown(screen: Screen, selector: str) -> None:
    """Wait until something is in the page."""
    await screen.page.locator(selector).first.wait_for()


async def begin(screen: Screen) -> None:
    """Log in, go on the line."""
    clinic = screen.server.clinic
    clinic.commit([clinic.put("operators", scenes.ME, presence="offline")])
    page = screen.page
    await page.goto(f"{screen.server.url}/login")
    await press(screen, *(["Tab"] if await page.evaluate("document.activeElement === document.body") else []))
    while await page.evaluate("document.activeElement.name !== 'login'"):
        await press(screen, "Tab")
    await page.keyboard.type("orlova")
    await press(screen, "Tab")
    await page.keyboard.type("seven green kettles")
    await press(screen, "Enter")
    await page.wait_for_url("**/desk")
    await screen.live()
    await shown(screen, ".idle-go")
    await press(screen, "KeyP")
    await shown(screen, "[role=menuitemradio]")
    await press(screen, "Enter")
    assert await sent(screen, "presence") == {"presence": "available", "reason": ""}


async def call_back(screen: Screen) -> None:
    """Accept what is offered, wait for the phone, dial, talk, hang up, close; undo once, close again."""
    clinic, key = screen.server.clinic, missed(screen)
    await told(screen, scenes.offer(clinic, key, lasts=60))
    await shown(screen, ".offer")
    await screen.page.evaluate("new Promise((done) => setTimeout(done, 450))")  # nobody accepts what he has not seen
    await press(screen, "KeyA")
    assert await sent(screen, "accept") == {"offer": f"o-{key}"}
    await shown(screen, ".callback")
    await press(screen, "KeyD")
    assert screen.server.commands[-1]["name"] == "accept", "the phone is not known to be quiet yet"
    await told(screen, [clinic.put("offers", f"o-{key}", confirmed=True)])
    await shown(screen, ".callback .btn-primary:enabled")
    await press(screen, "KeyD")
    assert await sent(screen, "dial") == {"to": "", "request": key}
    await shown(screen, ".call-bar")
    await told(screen, scenes.reach(clinic))
    await shown(screen, ".call-bar[data-part=talking]")
    await press(screen, "KeyE", "KeyE")
    assert await sent(screen, "hang_up") == {"call": scenes.CALL}
    await screen.page.locator(".call-bar").wait_for(state="detached")
    await press(screen, "Digit4", "KeyN")
    await shown(screen, ".undo")
    await press(screen, "KeyZ")
    await shown(screen, ".outcome [aria-pressed=true]")
    await press(screen, "KeyN")
    args = await sent(screen, "complete")
    assert (args["request"], args["outcome"]) == (key, "informed")


async def talk(screen: Screen) -> None:
    """A patient calls; the receiver is lifted, a note written, the call ended and closed."""
    clinic = screen.server.clinic
    for step in (scenes.arrive, scenes.ring, scenes.answer):
        await told(screen, step(clinic))
    await shown(screen, ".call-bar[data-part=talking]")
    await shown(screen, "textarea")
    await press(screen, "KeyR")
    await screen.until("document.activeElement.tagName === 'TEXTAREA'")
    await screen.page.keyboard.type("Wants a morning, jjj")
    await press(screen, "Escape", "KeyE", "KeyE")
    assert await sent(screen, "hang_up") == {"call": scenes.CALL}
    await shown(screen, ".outcome-clock")
    await press(screen, "Equal")
    assert await sent(screen, "prolong") == {"request": scenes.REQUEST}
    await press(screen, "Digit1", "KeyN")
    args = await sent(screen, "complete")
    assert (args["request"], args["outcome"], args["note"]) == (scenes.REQUEST, "booked", "Wants a morning, jjj")


async def take(screen: Screen) -> str:
    """Take the first of the missed calls from the list."""
    await press(screen, *("BracketRight" for _ in range(6)))
    while await screen.page.evaluate("document.querySelector('#tab-missed').ariaSelected !== 'true'"):
        await press(screen, "BracketRight")
        await screen.page.evaluate("new Promise((done) => setTimeout(done, 30))")
    await press(screen, "KeyJ", "Home")
    await shown(screen, ".row[data-active]")
    await press(screen, "Enter")
    key = str((await sent(screen, "take"))["request"])
    await shown(screen, ".outcome")
    await screen.page.evaluate("document.activeElement.blur()")
    return key


async def put_aside(screen: Screen) -> None:
    """Postpone one, give another to a colleague found by name, typed on the wrong layout."""
    key = await take(screen)
    await press(screen, "KeyS")
    await shown(screen, "[role=menuitem]")
    await press(screen, "ArrowDown", "Enter")
    assert (await sent(screen, "postpone"))["request"] == key
    key = await take(screen)
    await press(screen, "KeyT")
    await shown(screen, "dialog .search-item")
    await screen.page.keyboard.type("ctljdf")
    await screen.until("document.querySelectorAll('dialog .search-item').length === 1")
    await press(screen, "Enter")
    args = await sent(screen, "transfer")
    assert (args["request"], args["to_operator"]) == (key, "sedova")


async def rest_and_leave(screen: Screen) -> None:
    """A break, then the end of the shift by the palette."""
    for value, reason, steps in (("break", "lunch", 1), ("offline", "", 4)):
        await press(screen, "KeyP")
        await shown(screen, "[role=menuitemradio]")
        await press(screen, "Home", *("ArrowDown" for _ in range(steps)), "Enter")
        assert await sent(screen, "presence") == {"presence": value, "reason": reason}
    await press(screen, "Control+KeyK")
    await shown(screen, "dialog .search-item")
    await screen.page.keyboard.type("выйти")
    await screen.until("document.querySelectorAll('dialog .search-item').length === 1")
    await press(screen, "Enter")
    await screen.page.wait_for_url("**/login")


async def test_a_whole_day_by_keyboard_alone(screen: Screen) -> None:
    await begin(screen)
    await call_back(screen)
    await talk(screen)
    await put_aside(screen)
    await rest_and_leave(screen)
