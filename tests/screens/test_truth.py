"""What the page must not do: order twice, believe the browser's clock, call a person an operator who is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.screens import scenes
from tests.screens.conftest import Screen
from tests.screens.synthetic import stamp
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRONG = """() => {
  const real = Date.now.bind(Date);
  const origin = performance.timeOrigin;
  window.wrong = 3600000;
  Date.now = () => real() + window.wrong;
  Object.defineProperty(performance, "timeOrigin", { value: origin + window.wrong });
}"""
TWICE = "(one) => { one.click(); one.click(); }"


def orders(screen: Screen, name: str) -> int:
    """How many orders of a name the server got."""
    return sum(one["name"] == name for one in screen.server.commands)


async def test_two_clicks_are_one_order(screen: Screen) -> None:
    page = await screen.open()
    await page.locator(".others-line .btn").first.evaluate(TWICE)
    await screen.settled()
    assert orders(screen, "take") == 1
    await page.locator(".outcome").wait_for()
    await page.keyboard.press("Digit1")
    await page.evaluate("""() => { for (let at = 0; at < 2; at += 1) document.body.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyN", key: "n", bubbles: true })); }""")
    await screen.until("!document.querySelector('.undo')")
    await screen.settled()
    assert orders(screen, "complete") == 1


async def test_clocks_are_the_servers(screen: Screen) -> None:
    await screen.page.add_init_script(f"({WRONG})()")
    page = await screen.open()
    ages = await page.locator(".row-age").all_inner_texts()
    assert ages and all(":" in one and one.count(":") == 1 for one in ages), ages  # an hour of error would show 1:..:..
    asked = len(screen.server.syncs)
    await page.evaluate("window.wrong = -3600000")
    await screen.until("okno.counts.replays > 0")
    assert len(screen.server.syncs) > asked  # the jump was noticed, the offset measured anew
    assert await page.locator(".row-age").first.inner_text() < "59"


async def test_who_is_no_operator_is_told_so(screen: Screen) -> None:
    page = await screen.open()
    screen.server.change([["del", "operators", scenes.ME]])
    await page.get_by_text("Вас нет среди операторов").wait_for()
    assert await page.get_by_role("button", name="Взять").count() == 0
    await page.locator("#tab-missed").click()
    await page.locator(".row").first.click()
    await page.locator(".contact").wait_for()
    assert await page.get_by_role("button", name="Взять").count() == 0
    await nothing_wrong(screen, "no operator")


async def test_a_new_version_and_the_end_of_the_session_are_told(screen: Screen) -> None:
    screen.server.session_ends = stamp(datetime.now(UTC) + timedelta(minutes=9))
    page = await screen.open()
    await page.get_by_text("Сеанс закончится в").wait_for()
    assert await page.get_by_text("Вышла новая версия").count() == 0
    screen.server.version = "1"
    await page.evaluate("okno.socket.io.engine.close()")
    await page.get_by_text("Вышла новая версия").wait_for()
    await nothing_wrong(screen, "strips")
    screen.server.session_ends = stamp(datetime.now(UTC) + timedelta(hours=5))
    screen.server.version = "0"
    await page.get_by_role("button", name="Обновить").click()
    await page.locator(".row").first.wait_for()
    assert await page.locator(".strip").count() == 0


async def test_names_of_controls_hold_what_is_read_on_them(screen: Screen) -> None:
    page = await screen.open()
    screen.server.change(scenes.arrive(screen.server.clinic))
    for step in (scenes.ring, scenes.answer, scenes.hang_up):
        screen.server.change(step(screen.server.clinic))
        await screen.settled()
        await nothing_wrong(screen, step.__name__)
        found = await page.evaluate("() => axe.run(document, { runOnly: { type: 'rule', values: ['label-content-name-mismatch'] } })")
        assert [node["html"] for one in found["violations"] for node in one["nodes"]] == [], step.__name__
    await page.locator("#tab-missed").click()
    await page.locator(".row").first.click()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Отложить").wait_for()
    found = await page.evaluate("() => axe.run(document, { runOnly: { type: 'rule', values: ['label-content-name-mismatch'] } })")
    assert [node["html"] for one in found["violations"] for node in one["nodes"]] == []
