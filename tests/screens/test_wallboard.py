"""The wallboard: readable from afar, honest about what it does not know, colour only when somebody should act."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.screens.conftest import Place, Screen
from tests.screens.shift import ShiftServer, ago, gateway, opened
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def wall(place: Place) -> AsyncIterator[Screen]:
    """A television of 1920 by 1080, calm to begin with."""
    server = ShiftServer()
    server.role, server.theme = "wallboard", "dark"
    server.clinic.tables["requests"].clear()
    server.clinic.tables["calls"].clear()
    for queue in server.clinic.tables["queues"].values():
        queue |= {"waiting": 0, "longest_since": None, "service_level_now": 92, "overdue": 0, "digital_waiting": 0, "service_level": 92}
    async with opened(place, server, 1920, 1080) as made:
        yield made


def change(screen: Screen, queue: str = "registry", **figures: object) -> None:
    """Change a queue's counters as they are: nothing is counted here."""
    server = gateway(screen)
    server.clinic._refresh = list  # type: ignore[method-assign]
    server.change([server.clinic.put("queues", queue, **figures)])


async def flood(screen: Screen) -> list[str | None]:
    """The tones of the three tiles."""
    return [await tile.get_attribute("data-flood") for tile in await screen.page.locator(".wall-tile").all()]


async def test_all_calm(wall: Screen) -> None:
    page = await wall.open("/wallboard")
    assert await flood(wall) == [None, None, None]
    assert "Все в порядке" in await page.locator(".wall-line").inner_text()
    assert await page.locator(".wall-value").all_inner_texts() == ["0", "92 %", "≥\u20092"]
    await nothing_wrong(wall, "calm")


async def test_people_of_several_queues_are_no_exact_number(wall: Screen) -> None:
    server = gateway(wall)
    for queue in server.clinic.tables["queues"].values():
        queue |= {"free": 0, "talking": 0, "on_break": 0}
    change(wall, free=3, talking=1)
    page = await wall.open("/wallboard")
    assert (await page.locator(".wall-value").all_inner_texts())[2] == "3"
    other = next(key for key in server.clinic.tables["queues"] if key != "registry")
    change(wall, other, free=2)
    await page.locator(".wall-value", has_text="≥").wait_for()
    assert (await page.locator(".wall-value").all_inner_texts())[2].replace("\u2009", "") == "≥3"
    assert "≥" not in await page.locator(".wall-note").nth(2).inner_text()


async def test_it_can_be_read_from_five_metres_and_nothing_is_cut(wall: Screen) -> None:
    change(wall, waiting=128, longest_since=ago(3700))
    page = await wall.open("/wallboard")
    sizes = await page.evaluate("[...document.querySelectorAll('.wall-value')].map((one) => parseFloat(getComputedStyle(one).fontSize) / innerWidth)")
    assert all(size >= 0.09 for size in sizes)
    for width, height in ((1920, 1080), (1366, 768), (1280, 720)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), (width, height)
        fits = "[...document.querySelectorAll('.wall-value, .wall-note')].every((one) => one.scrollWidth <= one.clientWidth + 1 && one.getBoundingClientRect().bottom <= innerHeight)"
        assert await page.evaluate(fits), (width, height)


async def test_warn_and_alarm_from_the_first_look(wall: Screen) -> None:
    change(wall, waiting=4, longest_since=ago(90), free=0, overdue=2)
    for queue in gateway(wall).clinic.tables["queues"].values():
        queue |= {"service_level_now": 77, "free": 0}
    page = await wall.open("/wallboard")
    await wall.until("document.querySelectorAll('.wall-tile[data-flood]').length === 3")
    assert await flood(wall) == ["danger", "warn", "warn"]
    assert await page.locator(".wall-queue[data-act]").count() == 2, "the queue that waits and what is overdue"
    await nothing_wrong(wall, "alarm")


async def test_a_colour_lasts_ten_seconds_before_it_changes(wall: Screen) -> None:
    page = await wall.open("/wallboard")
    await wall.until("okno.tones().level === 'idle'")
    change(wall, service_level_now=10)
    await wall.until("document.querySelectorAll('.wall-value')[1].textContent.startsWith('40')")
    assert await flood(wall) == [None, None, None]
    change(wall, service_level_now=92)
    await wall.until("document.querySelectorAll('.wall-value')[1].textContent.startsWith('92')")
    change(wall, service_level_now=10)
    await wall.until("document.querySelectorAll('.wall-value')[1].textContent.startsWith('40')")
    await wall.until("document.querySelectorAll('.wall-tile')[1].dataset.flood === 'danger'", 20)
    held = await page.evaluate("okno.heldFor()")
    assert held["level"] >= 10, held


async def test_no_data_is_said_and_old_figures_are_not_shown(wall: Screen) -> None:
    page = await wall.open("/wallboard")
    server = gateway(wall)
    server.change([server.clinic.put("pbxes", "main", link="down", since="2026-11-21T05:41:07.000Z")])
    await page.locator(".wall-tiles[data-dark]").wait_for()
    assert await page.locator(".wall-value").all_inner_texts() == ["—", "—", "—"]
    assert "нет данных с 10:41" in await page.locator(".wall-note").first.inner_text()
    assert "Все в порядке" not in await page.locator(".wall-line").inner_text()
    await nothing_wrong(wall, "no data")
    server.change([server.clinic.put("pbxes", "main", link="live")])
    await page.locator(".wall-tiles[data-dark]").wait_for(state="detached")
    await server.link(engine=False)
    await page.locator(".wall-tiles[data-dark]").wait_for()
    await server.link(engine=True)
    await page.locator(".wall-tiles[data-dark]").wait_for(state="detached")
    await server.down()
    await page.locator(".wall-tiles[data-dark]").wait_for(timeout=12000)
    await server.up()
    await page.locator(".wall-tiles[data-dark]").wait_for(state="detached", timeout=12000)


async def test_before_the_opening(wall: Screen) -> None:
    for queue in gateway(wall).clinic.tables["queues"].values():
        queue["opens_at"] = "2026-11-22T03:00:00.000Z"
    page = await wall.open("/wallboard")
    await page.locator(".wall-closed").wait_for()
    assert await page.locator(".wall-closed .wall-value").inner_text() == "08:00"
    await nothing_wrong(wall, "closed")


async def test_an_announcement(wall: Screen) -> None:
    gateway(wall).announcement = "Планёрка в 15:00"
    page = await wall.open("/wallboard")
    await page.locator(".wall-line[data-words]").wait_for()
    assert await page.locator(".wall-line").inner_text() == "Планёрка в 15:00"
    await nothing_wrong(wall, "an announcement")


async def test_revoked_it_says_so(wall: Screen) -> None:
    page = await wall.open("/wallboard")
    await gateway(wall).sio.emit("bye", {"reason": "revoked"})
    await page.get_by_text("Это табло отключили").wait_for()
    await nothing_wrong(wall, "revoked")


async def test_no_person_is_in_the_page(wall: Screen) -> None:
    gateway(wall).clinic.tables["requests"]["r"] = {"id": "r", "phone": "+7 999 •••-00-01"}
    page = await wall.open("/wallboard")
    world = await page.evaluate("okno.worldNow()")
    assert {name for name, rows in world.items() if rows} == {"queues", "pbxes"}
    told = json.dumps(world, ensure_ascii=False) + await page.content()
    assert [word for word in ("Орлова", "orlova", "•••", "2ГИС", "обед") if word in told] == []


async def test_it_moves_by_two_pixels_an_hour(wall: Screen) -> None:
    page = await wall.open("/wallboard")
    drift = await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--drift')")
    assert drift in ("0px 0px", "2px 0px", "2px 2px", "0px 2px")
    assert await page.evaluate("getComputedStyle(document.querySelector('.wall')).translate") in ("none", "0px", "2px", "2px 2px", "0px 2px")


async def test_the_token_leaves_the_address_before_anything_is_sent(wall: Screen) -> None:
    server, sent = gateway(wall), list[str]()
    server.role = "supervisor"
    wall.page.on("request", lambda request: sent.append(request.url))
    token = "wall_" + "T" * 43
    await wall.page.goto(f"{server.url}/wallboard#{token}")
    await wall.live()
    assert server.asked == [("enter", token)]
    assert wall.page.url == f"{server.url}/wallboard"
    assert not [url for url in sent if token in url.partition("#")[0]]


async def test_without_a_token_it_says_what_to_do(wall: Screen) -> None:
    gateway(wall).role = "supervisor"
    await wall.page.goto(f"{wall.server.url}/wallboard")
    await wall.page.get_by_text("Откройте адрес, который дал супервизор").wait_for()
    await nothing_wrong(wall, "no token")


async def test_in_english(wall: Screen) -> None:
    gateway(wall).lang = "en"
    page = await wall.open("/wallboard")
    assert "Waiting now" in await page.locator(".wall-name").first.inner_text()
    await nothing_wrong(wall, "in English")
