"""The operator's desk: the pop in its steps, taking, closing, a list that keeps still under the hand."""

import asyncio

import pytest

from tests.screens import scenes
from tests.screens.conftest import Screen

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def rows(screen: Screen) -> list[str]:
    """The ids of the rows on the screen, from top to bottom."""
    return list(await screen.page.evaluate(
        "[...document.querySelectorAll('.row')].sort((a, b) => a.ariaPosInSet - b.ariaPosInSet).map((row) => row.id.slice(4))"
    ))


async def test_the_pop_comes_in_steps(screen: Screen) -> None:
    page = await screen.open()
    server, clinic = screen.server, screen.server.clinic
    server.card_delay = 0.6
    server.change(scenes.arrive(clinic))
    await screen.settled()
    await server.ring()
    bar = page.locator(".call-bar")
    await bar.wait_for()
    assert "+7 999 •••-18-73" in await bar.inner_text()
    assert "2ГИС" in await bar.inner_text()
    assert "Регистратура" in await bar.inner_text()
    assert "+7 999 000-18-73" not in await page.content()
    server.change(scenes.ring(clinic))
    await page.get_by_text("+7 999 000-18-73").first.wait_for()
    assert "Не дождался ответа" in await page.locator(".desk-right").inner_text()
    server.change(scenes.answer(clinic))
    await page.locator(".call-bar[data-part=talking]").wait_for()
    server.change(scenes.hang_up(clinic))
    await bar.wait_for(state="detached")
    assert await page.locator(".outcome").is_visible()


async def test_a_ring_without_a_patch_does_not_stay(screen: Screen) -> None:
    page = await screen.open()
    screen.server.change(scenes.arrive(screen.server.clinic))
    await screen.settled()
    await screen.server.ring()
    await page.locator(".call-bar").wait_for()
    await page.locator(".call-bar").wait_for(state="detached", timeout=8000)


async def test_a_call_never_takes_the_focus_out_of_a_field(screen: Screen) -> None:
    page = await screen.open()
    clinic = screen.server.clinic
    missed = next(key for key, row in clinic.tables["requests"].items() if row["kind"] == "missed_call")
    screen.server.change([clinic.put("requests", missed, owner="orlova", status="in_progress")])
    await screen.settled()
    await page.locator("#tab-mine").click()
    await page.locator(f"#row-{missed}").click()
    await page.locator("textarea").fill("half a sen")
    screen.server.change(scenes.arrive(clinic))
    screen.server.change(scenes.ring(clinic))
    await page.locator(".call-bar").wait_for()
    await page.keyboard.type("tence")
    assert await page.locator("textarea").input_value() == "half a sentence"
    await page.get_by_role("button", name="Показать карточку").click()
    await page.get_by_text("+7 999 000-18-73").first.wait_for()
    await page.locator(f"#row-{missed}").click()
    assert await page.locator("textarea").input_value() == "half a sentence"


async def test_closing_with_an_outcome_and_a_note(screen: Screen) -> None:
    page = await screen.open()
    clinic = screen.server.clinic
    for step in (scenes.arrive, scenes.answer, scenes.hang_up):
        screen.server.change(step(clinic))
    await screen.settled()
    close = page.get_by_role("button", name="Закрыть и дальше")
    await close.wait_for()
    assert await close.is_disabled()
    await page.locator("textarea").fill("wants a morning")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Digit2")
    await page.keyboard.press("KeyN")
    await page.get_by_text("Заявка закрыта: Перенос").wait_for()
    await page.get_by_text("Линия свободна").wait_for()
    assert [one["name"] for one in screen.server.commands] == []  # it may still be undone
    while not screen.server.commands:
        await asyncio.sleep(0.05)
    sent = screen.server.commands[-1]
    assert sent["name"] == "complete"
    assert sent["args"] == {"request": scenes.REQUEST, "version": 3, "outcome": "moved", "note": "wants a morning"}


async def test_a_request_somebody_else_took_is_given_back_and_said(screen: Screen) -> None:
    page = await screen.open()
    await page.locator("#tab-missed").click()
    first = (await rows(screen))[0]
    await page.locator(f"#row-{first}").click()
    screen.server.refuse = "taken"
    await page.locator("#centre").get_by_role("button", name="Взять").click()
    await page.get_by_text("Заявку уже взял(а) Климов Д.").wait_for()
    state = await page.evaluate(f"okno.worldNow().requests['{first}']")
    assert state == screen.server.clinic.tables["requests"][first]


async def test_order_is_frozen_under_the_pointer(screen: Screen) -> None:
    page = await screen.open()
    clinic = screen.server.clinic
    await page.locator("#tab-all").click()
    await page.locator(".row").nth(2).hover()
    before = await rows(screen)
    gone = before[1]
    screen.server.change(clinic.drop(gone))
    for _ in range(3):
        screen.server.change(clinic.new_request("call"))
    await screen.settled()
    await page.get_by_role("button", name="3 новые").wait_for()
    assert await rows(screen) == before
    assert await page.locator(f"#row-{gone}[data-ghost]").count() == 1
    await page.locator(".list-fresh").click()
    await page.mouse.move(900, 500)
    await page.locator(".list-fresh").wait_for(state="detached")
    assert gone not in await rows(screen)


async def test_five_hundred_rows_are_windowed_and_told_whole(screen: Screen) -> None:
    page = await screen.open()
    clinic = screen.server.clinic
    for _ in range(500):
        clinic.commit(clinic.new_request("missed_call"))
    screen.server.change(clinic.random_ops())
    await screen.settled()
    await page.locator("#tab-all").click()
    assert await page.locator(".row").count() < 40
    size = await page.locator(".row").first.get_attribute("aria-setsize")
    assert int(size or 0) == len(clinic.tables["requests"])
    await page.locator("#list").focus()
    await page.keyboard.press("End")
    await page.locator(f".row[aria-posinset='{size}']").wait_for()


async def test_presence_is_asked_with_its_reason(screen: Screen) -> None:
    page = await screen.open()
    await page.locator(".head-state").click()
    await page.get_by_role("menuitemradio", name="обед").click()
    await page.get_by_text("Пауза: обед").first.wait_for()
    assert screen.server.commands[-1]["args"] == {"presence": "break", "reason": "lunch"}


async def test_nothing_of_a_patient_is_kept_by_the_browser(screen: Screen) -> None:
    page = await screen.open()
    for step in (scenes.arrive, scenes.answer):
        screen.server.change(step(screen.server.clinic))
    await screen.settled()
    await page.locator("textarea").fill("a secret")
    kept = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href, history.state])")
    assert "secret" not in kept
    assert "79990" not in kept and "+7 999" not in kept


async def test_all_fits_at_every_width(screen: Screen) -> None:
    page = await screen.open()
    for step in (scenes.arrive, scenes.answer):
        screen.server.change(step(screen.server.clinic))
    await screen.settled()
    for width, height in ((1440, 900), (1366, 768), (1280, 720), (1024, 700), (720, 450), (390, 800)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")  # drawn so
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        cut = await page.evaluate(
            "[...document.querySelectorAll('button')].filter((one) => one.offsetWidth && one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)"
        )
        assert cut == [], width


async def test_all_fits_at_every_size_of_the_text(screen: Screen) -> None:
    page = await screen.open()
    for step in (scenes.arrive, scenes.answer):
        screen.server.change(step(screen.server.clinic))
    await screen.settled()
    for size, density in ((125, "compact"), (110, "comfortable"), (90, "compact")):
        await page.evaluate(f"localStorage.setItem('okno.text', '{size}'); localStorage.setItem('okno.density', '{density}')")
        await page.reload()
        await screen.live()
        await page.locator(".row").first.wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        await page.locator("#list").focus()
        await page.keyboard.press("End")  # the rows are windowed by their own size
        await page.locator(".row[data-active]").wait_for()
        seen = "(({ bottom }, list) => bottom <= list.bottom + 1)(...['.row[data-active]', '#list'].map((one) => document.querySelector(one).getBoundingClientRect()))"
        assert await page.evaluate(seen), size


async def test_a_ring_that_went_elsewhere_takes_its_card_away(screen: Screen) -> None:
    page = await screen.open()
    clinic = screen.server.clinic
    screen.server.change(scenes.arrive(clinic))
    for _ in range(2):  # the same call may ring here again
        screen.server.change(scenes.ring(clinic))
        await page.get_by_text("+7 999 000-18-73").first.wait_for()
        screen.server.change([clinic.put("calls", scenes.CALL, phase="queued", ringing=[], legs=[])])
        await page.get_by_text("Линия свободна").wait_for()


async def test_after_call_work_ended_by_its_timer_saves_what_was_written(screen: Screen) -> None:
    page = await screen.open()
    clinic = screen.server.clinic
    for step in (scenes.arrive, scenes.answer):
        screen.server.change(step(clinic))
    await screen.settled()
    await page.locator("textarea").fill("wants a morning")
    screen.server.change(scenes.hang_up(clinic, ago=57))  # of the sixty seconds this queue allows
    await page.get_by_text("Заметка сохранена").wait_for()
    assert screen.server.commands[-1]["args"] == {"request": scenes.REQUEST, "note": "wants a morning"}
    screen.server.change(clinic.drop(scenes.REQUEST))
    await page.get_by_text("Линия свободна").wait_for()


async def test_a_request_closed_by_another_is_said(screen: Screen) -> None:
    page = await screen.open()
    await page.locator("#tab-missed").click()
    first = (await rows(screen))[0]
    await page.locator(f"#row-{first}").click()
    await page.locator(".contact").wait_for()
    screen.server.change(screen.server.clinic.drop(first))
    await page.get_by_text("Эта заявка закрыта или передана").wait_for()
    assert await page.locator(f"#row-{first}[data-ghost]").count() == 1
