"""The shift, the history, the log-in; languages and themes; one page, many screens."""

import pytest

from tests.screens import scenes
from tests.screens.conftest import Screen

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_shift_counts_and_follows(screen: Screen) -> None:
    screen.server.role = "supervisor"
    page = await screen.open("/supervisor")
    clinic = screen.server.clinic
    figures = page.locator(".figure-value")
    waiting = sum(queue["waiting"] for queue in clinic.tables["queues"].values())
    assert await figures.nth(0).inner_text() == str(waiting)
    screen.server.change(scenes.arrive(clinic))
    await screen.until(f"document.querySelector('.figure-value').innerText === '{waiting + 1}'")
    await page.locator(".row-opener").first.click()
    await page.get_by_text("+7 999 •••-18-73").wait_for()
    await page.get_by_role("button", name="Лаборатория").first.click()
    assert await figures.nth(1).inner_text() == "—"
    assert await figures.nth(2).inner_text() == "—"


async def test_older_history_comes_on_demand(screen: Screen) -> None:
    page = await screen.open("/history")
    await page.locator(".row-opener").first.wait_for()
    first = await page.locator(".row-opener").count()
    await page.get_by_role("button", name="Показать раньше").click()
    await screen.until(f"document.querySelectorAll('.row-opener').length > {first}")
    await page.get_by_label("Очередь").select_option("lab")
    await page.get_by_text("По этому отбору ничего нет").wait_for()
    await page.get_by_role("button", name="Сбросить отбор").click()
    await page.locator(".row-opener").first.click()
    await page.locator(".waiters").wait_for()


async def test_a_call_opens_to_its_stays_and_legs_in_the_order_of_time(screen: Screen) -> None:
    page = await screen.open("/history")
    answered = page.locator("tr", has=page.get_by_text("Отвечен", exact=True)).first
    await answered.locator(".row-opener").click()
    lines = [line.replace("\n", " ") for line in await page.locator(".waiter").all_inner_texts()]
    assert ["Регистратура" in lines[0], "вышло время ожидания" in lines[0], "ожидание 00:38" in lines[0]] == [True] * 3
    assert "Лаборатория" in lines[1] and "приняли" in lines[1] and "Климов" in lines[2]


async def test_a_draft_outlives_a_change_of_screen(screen: Screen) -> None:
    page = await screen.open()
    for step in (scenes.arrive, scenes.answer):
        screen.server.change(step(screen.server.clinic))
    await screen.settled()
    await page.locator("textarea").fill("half a note")
    await page.locator("a[href='/history']").click()
    await page.locator(".filters").wait_for()
    await page.go_back()
    assert await page.locator("textarea").input_value() == "half a note"


async def test_search_finds_open_requests_and_past_calls(screen: Screen) -> None:
    page = await screen.open()
    await page.keyboard.press("Control+KeyK")
    await page.keyboard.type("2026-000003")
    await page.locator(".search-item").first.wait_for()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.locator(".contact").wait_for()
    assert "2026-000003" in await page.locator(".contact").inner_text()


async def test_english_has_no_russian_but_names(screen: Screen) -> None:
    screen.server.lang = "en"
    page = await screen.open()
    for step in (scenes.arrive, scenes.answer):
        screen.server.change(step(screen.server.clinic))
    await screen.settled()
    text = await page.evaluate("document.body.innerText.replaceAll(okno.clinicName ?? 'Здоровье+', '').replaceAll('Орлова А.', '')")
    assert [sign for sign in text if "\u0400" <= sign <= "\u04ff"] == []


async def test_the_theme_changes_at_once_and_is_sent(screen: Screen) -> None:
    page = await screen.open()
    ground = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(ground) == "rgb(243, 246, 247)"
    await page.get_by_role("button", name="Тема").click()
    await page.get_by_role("menuitemradio", name="Тёмная").click()
    await screen.until(f"{ground} === 'rgb(14, 22, 26)'")
    await screen.until("true")
    while screen.server.theme != "dark":
        await screen.until("true")


async def test_the_log_in_needs_no_script(screen: Screen) -> None:
    context = await screen.page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    page = await context.new_page()
    await page.goto(f"{screen.server.url}/login?error=1")
    assert await page.get_by_role("alert").inner_text() == "Неверный логин или пароль"
    await page.get_by_role("button", name="English").click()
    assert await page.get_by_role("button", name="Sign in").is_visible()
    await context.close()
