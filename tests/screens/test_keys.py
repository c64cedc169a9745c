"""The keyboard: physical keys on any layout, silent in fields, switched off at will."""

import pytest

from tests.screens.conftest import Screen

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What a Russian layout sends for the physical keys: the letter differs, the code does not.
RUSSIAN = {"KeyJ": "о", "KeyK": "л", "KeyN": "т"}


async def physical(screen: Screen, code: str) -> None:
    """Press a physical key while the layout is Russian."""
    session = await screen.page.context.new_cdp_session(screen.page)
    for kind in ("keyDown", "keyUp"):
        event = {"type": kind, "code": code, "key": RUSSIAN[code], "text": RUSSIAN[code] if kind == "keyDown" else ""}
        await session.send("Input.dispatchKeyEvent", event)


PLACE = "+(document.querySelector('.row[data-active]')?.ariaPosInSet ?? 0)"


async def place(screen: Screen) -> int:
    """At which row the cursor stands, from 1; 0 for none."""
    return int(await screen.page.evaluate(PLACE))


async def stands(screen: Screen, at: int) -> None:
    """Wait until the cursor is drawn at this row."""
    await screen.until(f"{PLACE} === {at}")


async def test_letters_are_keys_and_not_characters(screen: Screen) -> None:
    page = await screen.open()
    for _ in range(5):
        await physical(screen, "KeyJ")
    await stands(screen, 5)
    await physical(screen, "KeyK")
    await stands(screen, 4)
    await page.keyboard.press("Control+KeyK")
    for _ in range(4):
        await physical(screen, "KeyJ")
    assert await page.locator(".search-input").input_value() == "оооо"
    await stands(screen, 4)


async def test_the_cursor_stays_on_its_request_when_the_list_moves(screen: Screen) -> None:
    page = await screen.open()
    for _ in range(4):
        await page.keyboard.press("KeyJ")
    await stands(screen, 4)
    chosen = await page.locator(".row[data-active]").get_attribute("id")
    first = await page.evaluate("document.querySelector('.row[aria-posinset=\"1\"]').id.slice(4)")
    screen.server.change(screen.server.clinic.drop(first))
    await screen.settled()
    await page.locator(".list").blur()
    assert await page.locator(".row[data-active]").get_attribute("id") == chosen
    await page.locator(".list").focus()
    await page.keyboard.press("Enter")
    await page.locator(f"#{chosen}[aria-selected=true]").wait_for()


async def test_enter_takes_what_may_be_taken(screen: Screen) -> None:
    page = await screen.open()
    await page.locator("#tab-missed").click()
    await screen.until("document.querySelector('#tab-missed').ariaSelected === 'true' && document.querySelector('.row')")
    await page.keyboard.press("KeyJ")
    chosen = await page.locator(".row[data-active]").get_attribute("id")
    await page.keyboard.press("Enter")
    await page.locator(".outcome").wait_for()
    assert f"row-{screen.server.commands[-1]['args']['request']}" == chosen


async def test_single_letters_can_be_switched_off(screen: Screen) -> None:
    page = await screen.open()
    await page.keyboard.press("Shift+Slash")
    await page.get_by_text("Одиночные буквы").click()
    await page.keyboard.press("Escape")
    await page.keyboard.press("KeyJ")
    assert await place(screen) == 0
    await page.keyboard.press("Control+KeyK")
    await screen.until("document.activeElement.classList.contains('search-input')")
    await page.reload()
    await screen.live()
    await page.keyboard.press("KeyJ")
    assert await place(screen) == 0


async def test_menus_work_by_keyboard_and_give_the_focus_back(screen: Screen) -> None:
    page = await screen.open()
    await page.keyboard.press("KeyP")
    await screen.until("document.activeElement.role === 'menuitemradio'")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await screen.until("document.activeElement.innerText === 'отдых'")
    await page.keyboard.press("Escape")
    await screen.until("document.activeElement.className.includes('head-state')")
