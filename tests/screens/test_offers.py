"""Offers: they come beside the work, never take the focus, go with a word; a phone is dialled only when it is quiet."""

from __future__ import annotations

import pytest

from tests.screens import scenes
from tests.screens.conftest import Screen
from tests.screens.states import in_hand, missed, presence, tell

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEEN = "new Promise((done) => setTimeout(done, 450))"


async def test_an_offer_never_takes_the_focus_nor_a_letter(screen: Screen) -> None:
    page = await screen.open()
    await in_hand(screen)
    await page.locator("textarea").fill("half ")
    await tell(screen, scenes.offer(screen.server.clinic, missed(screen)))
    await page.locator(".offer").wait_for()
    await page.evaluate(SEEN)
    await page.keyboard.type("axe")
    assert await page.locator("textarea").input_value() == "half axe"
    assert screen.server.commands == []


async def test_a_key_pressed_as_the_offer_came_answers_nothing(screen: Screen) -> None:
    page = await screen.open()
    await page.evaluate("""() => new MutationObserver(() => document.querySelector(".offer") && !window.pressed && (window.pressed = document.body.dispatchEvent(
      new KeyboardEvent("keydown", { code: "KeyA", bubbles: true })))).observe(document.body, { subtree: true, childList: true })""")
    await tell(screen, scenes.offer(screen.server.clinic, missed(screen)))
    await screen.until("window.pressed !== undefined")
    assert screen.server.commands == []


async def test_rows_stay_under_the_hand_when_an_offer_comes(screen: Screen) -> None:
    page = await screen.open()
    await page.locator(".row").nth(3).hover()
    place = "document.querySelector('.row:hover')?.id"
    before = await page.evaluate(place)
    await tell(screen, scenes.offer(screen.server.clinic, missed(screen)))
    await page.locator(".offer-row").wait_for()
    await page.mouse.move(*(await middle(screen, before)))
    assert await page.evaluate(place) == before
    top = await page.evaluate("document.querySelector('.list').scrollTop")
    assert top > 0, "scrolled by the height of the offer"


async def middle(screen: Screen, row: str) -> tuple[float, float]:
    """Where a row is now."""
    box = await screen.page.locator(f"#{row}").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_refusing_asks_nobody_twice_and_says_nothing(screen: Screen) -> None:
    page = await screen.open()
    key = missed(screen)
    await tell(screen, scenes.offer(screen.server.clinic, key))
    await page.locator(".offer").wait_for()
    await page.evaluate(SEEN)
    await page.keyboard.press("KeyX")
    await page.locator(".offer").wait_for(state="detached")
    assert screen.server.commands[-1]["name"] == "refuse"
    await screen.settled()
    assert await page.locator(".toast").count() == 0


async def test_an_offer_that_timed_out_is_explained(screen: Screen) -> None:
    page = await screen.open()
    key = missed(screen)
    await tell(screen, scenes.offer(screen.server.clinic, key))
    await page.locator(".offer").wait_for()
    await tell(screen, scenes.end_offer(screen.server.clinic, f"o-{key}", "timeout"))
    await page.get_by_text("Время вышло").wait_for()


async def test_an_offer_that_was_taken_back_says_only_what_is_so(screen: Screen) -> None:
    page, clinic = await screen.open(), screen.server.clinic
    first, second = missed(screen), missed(screen, 1)
    await tell(screen, scenes.offer(clinic, first), scenes.arrive(clinic))
    await page.locator(".offer").wait_for()
    await tell(screen, [*scenes.ring(clinic), *scenes.end_offer(clinic, f"o-{first}", "rescinded")])
    await page.locator(".toast", has_text="у вас звонок").wait_for()
    await tell(screen, scenes.answer(clinic), scenes.hang_up(clinic), scenes.offer(clinic, second))
    await page.locator(".offer").wait_for()
    other = next(key for key in clinic.tables["operators"] if key != scenes.ME)
    await tell(screen, [*scenes.end_offer(clinic, f"o-{second}", "rescinded"), clinic.put("requests", second, status="in_progress", owner=other)])
    await page.locator(".toast", has_text="взял(а) другой оператор").wait_for()


async def test_an_accept_that_came_too_late_gives_the_offer_back_and_says_why(screen: Screen) -> None:
    page = await screen.open()
    key = missed(screen)
    await tell(screen, scenes.offer(screen.server.clinic, key))
    screen.server.refuse = "taken"
    await page.locator(".offer").wait_for()
    await page.evaluate(SEEN)
    await page.locator(".offer .btn-primary").click()
    await page.get_by_text("Заявку уже взял(а) Климов Д.").wait_for()
    assert await page.evaluate(f"okno.worldNow().offers['o-{key}']") == screen.server.clinic.tables["offers"][f"o-{key}"]


async def test_who_did_not_answer_says_that_he_is_here(screen: Screen) -> None:
    page = await screen.open()
    await presence(screen, "not_responding")
    await page.get_by_role("button", name="Я здесь").click()
    await page.locator(".missed").wait_for(state="detached")
    assert screen.server.commands[-1]["args"] == {"presence": "available", "reason": ""}


async def test_what_was_accepted_is_given_back_to_its_own_queue(screen: Screen) -> None:
    page = await screen.open()
    key = await in_hand(screen)
    await page.get_by_role("button", name="Вернуть в очередь").click()
    await page.locator(".callback").wait_for(state="detached")
    queue = screen.server.clinic.tables["requests"][key]["queue"]
    assert screen.server.commands[-1]["args"]["to_queue"] == queue
