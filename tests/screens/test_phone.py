"""The call bar in every state of its table, and the phone in the page when it cannot ring; the talks themselves are
tests/system/test_web_phone.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import BrowserContext

from tests.screens import scenes
from tests.screens.conftest import Screen, chromium
from tests.screens.dev_server import DevServer
from tests.screens.scenes import CALL, ME, REQUEST
from tests.screens.synthetic import Op, stamp
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")

COLLEAGUE = "klimov"


def colleague(result: str) -> dict[str, Any]:
    """The leg of a colleague who is asked."""
    now = stamp(datetime.now(UTC))
    return {"operator": COLLEAGUE, "queue": "", "rang_at": now, "answered_at": now if result == "answered" else None,
            "left_at": None, "result": result, "left_by": None, "talk_s": 0.0}


def call_of(server: DevServer, **change: Any) -> None:
    """Change my call."""
    server.change([server.clinic.put("calls", CALL, **change)])


async def inbound(server: DevServer) -> None:
    """A patient's call rings."""
    server.change(scenes.arrive(server.clinic))
    server.change(scenes.ring(server.clinic))


async def talking(server: DevServer) -> None:
    """It was answered."""
    await inbound(server)
    server.change(scenes.answer(server.clinic))


async def held(server: DevServer) -> None:
    """The desk phone put the patient on hold."""
    await talking(server)
    call_of(server, phase="held")


async def dialling(server: DevServer) -> None:
    """I am calling somebody."""
    await inbound(server)
    call_of(server, direction="outbound", queued_at=None, dialled="")


async def asking(server: DevServer, stage: str = "asking", *legs: dict[str, Any]) -> None:
    """A colleague is being asked."""
    await talking(server)
    call_of(server, consult=stage, legs=[*server.clinic.tables["calls"][CALL]["legs"], *legs])


async def rings_there(server: DevServer) -> None:
    """The colleague's phone rings."""
    await asking(server, "away", colleague("ringing"))


async def with_colleague(server: DevServer) -> None:
    """I talk with the colleague."""
    await asking(server, "away", colleague("answered"))


async def back_again(server: DevServer) -> None:
    """I talk with the patient, the colleague waits."""
    await asking(server, "back", colleague("answered"))


async def second(server: DevServer) -> None:
    """Another call rings while I talk."""
    await talking(server)
    row = server.clinic.call_row("c90002", 4242, "dental", "ringing", datetime.now(UTC), request=REQUEST)
    server.change([["set", "calls", "c90002", row | {"ringing": [ME]}]])


def ended(result: str) -> Any:
    """My call came to this end."""

    async def play(server: DevServer) -> None:
        await (dialling if result != "lost_by_pbx" else talking)(server)
        await asyncio.sleep(0.3)
        now = datetime.now(UTC)
        legs = [{**leg, "left_at": stamp(now), "result": "no_answer" if leg["result"] == "ringing" else leg["result"]}
                for leg in server.clinic.tables["calls"][CALL]["legs"]]
        ops: list[Op] = [server.clinic.put("calls", CALL, phase="ended", ended_at=stamp(now), result=result, legs=legs, ringing=[], operator=None),
                         server.clinic.put("operators", ME, voice="idle", voice_since=stamp(now - timedelta(seconds=1)), call=None)]
        server.change(ops)

    return play


BAR = ".call-bar[data-part={}]"
STATES = {
    "ringing": (inbound, BAR.format("ringing")), "dialling": (dialling, BAR.format("dialling")),
    "talking": (talking, BAR.format("talking")), "held": (held, BAR.format("held")),
    "asking": (asking, ".consult"), "rings-there": (rings_there, ".consult"), "with-colleague": (with_colleague, ".consult"),
    "back-again": (back_again, ".consult"), "second": (second, BAR.format("talking")),
    "busy": (ended("busy"), BAR.format("busy")), "unanswered": (ended("unanswered"), BAR.format("unanswered")),
    "failed": (ended("failed"), BAR.format("failed")), "dropped": (ended("lost_by_pbx"), BAR.format("dropped")),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("theme", "lang"), [("light", "ru"), ("dark", "en")])
async def test_the_call_bar(screen: Screen, state: str, theme: str, lang: str) -> None:
    screen.server.theme, screen.server.lang = theme, lang
    page = await screen.open()
    play, shown = STATES[state]
    await play(screen.server)
    await screen.settled()
    await page.locator(shown).wait_for()
    await nothing_wrong(screen, state)
    for width in (1440, 1366):
        await page.set_viewport_size({"width": width, "height": 800})
        rows = await page.evaluate("[...document.querySelectorAll('.call-acts')].map((acts) => new Set([...acts.children].map((one) => one.offsetTop)).size)")
        assert set(rows) == {1}, f"{state} at {width}: the buttons stand in {rows} rows"
        wide = "(bar) => [bar.scrollWidth <= bar.clientWidth, document.documentElement.scrollWidth <= innerWidth]"
        assert await page.locator(".call-bar").evaluate(wide) == [True, True]


async def test_a_desk_phone_holds_and_mutes_by_itself_and_the_buttons_say_so(screen: Screen) -> None:
    page = await screen.open()
    await talking(screen.server)
    hold = page.get_by_role("button", name="Удержать")
    await hold.wait_for()
    assert await hold.get_attribute("aria-disabled") == "true"
    assert "на аппарате" in (await hold.get_attribute("title") or "")
    await page.keyboard.press("KeyH")
    await page.keyboard.press("KeyM")
    await page.keyboard.press("KeyA")
    assert [one for one in screen.server.commands if one["name"] not in ("presence",)] == []


async def test_a_call_is_passed_on_by_keyboard_alone(screen: Screen) -> None:
    page = await screen.open()
    await talking(screen.server)
    await page.locator(BAR.format("talking")).wait_for()
    await page.keyboard.press("KeyT")
    await page.locator(".pass").wait_for()
    await nothing_wrong(screen, "pass")
    await page.keyboard.type("rkbvjd")  # the colleague's name with the other layout on
    await page.keyboard.press("Alt+Digit2")
    await page.keyboard.press("Enter")
    await page.locator(".call-hint.tone-warn").wait_for()
    sent = screen.server.commands[-1]
    extension = screen.server.clinic.tables["operators"][COLLEAGUE]["extension"]
    assert (sent["name"], sent["args"]) == ("pass", {"call": CALL, "how": "blind", "to": extension})


async def test_a_number_is_asked_and_a_queue_gets_it_at_once(screen: Screen) -> None:
    page = await screen.open()
    await talking(screen.server)
    await page.locator(BAR.format("talking")).wait_for()
    await page.keyboard.press("KeyT")
    await page.locator(".pass").wait_for()
    await page.keyboard.type("+7 999 000-00-42")
    await page.keyboard.press("Enter")
    await screen.until("true")
    await _sent(screen, "pass", {"call": CALL, "how": "attended", "to": "+79990000042"})
    await page.keyboard.press("KeyT")
    await page.locator(".pass").wait_for()
    await page.keyboard.type("стомат")
    await page.keyboard.press("Enter")
    await _sent(screen, "pass", {"call": CALL, "how": "blind", "to_queue": "dental"})


async def test_a_consultation_is_steered_by_keys(screen: Screen) -> None:
    page = await screen.open()
    await with_colleague(screen.server)
    await page.locator(".consult").wait_for()
    for key, action in (("KeyH", "swap"), ("KeyJ", "join"), ("KeyE", "abort"), ("KeyT", "complete")):
        await page.keyboard.press(f"Shift+{key}")
        await _sent(screen, "consult", {"call": CALL, "action": action})
        await asyncio.sleep(0.3)  # one order at a time: the page must have its answer
    before = len(screen.server.commands)
    await page.keyboard.press("KeyE")  # hanging up would hand the patient over: first decide
    await page.keyboard.press("KeyE")
    await asyncio.sleep(0.3)
    assert len(screen.server.commands) == before


async def test_who_did_not_respond_is_back_when_he_chooses_a_phone(screen: Screen) -> None:
    page = await screen.open()
    screen.server.change([screen.server.clinic.put("operators", ME, presence="not_responding", web_phone=True, phone="desk")])
    await screen.settled()
    await page.keyboard.press("Shift+KeyP")
    await page.get_by_role("menuitemradio").nth(1).click()
    async with asyncio.timeout(8):
        while not screen.server.commands:
            await asyncio.sleep(0.02)
    sent = screen.server.commands[-1]
    assert (sent["name"], sent["args"]["presence"], sent["args"]["phone"]) == ("presence", "available", "web")


async def test_tones_and_the_end_of_a_call_at_a_desk_phone_go_through_the_server(screen: Screen) -> None:
    page = await screen.open()
    await talking(screen.server)
    await page.locator(BAR.format("talking")).wait_for()
    await page.keyboard.press("KeyD")
    await page.locator(".pad").wait_for()
    await nothing_wrong(screen, "pad")
    await page.keyboard.press("5")
    await _sent(screen, "tones", {"call": CALL, "digits": "5"})
    await page.keyboard.press("Escape")
    await page.keyboard.press("KeyE")
    await asyncio.sleep(0.2)
    assert screen.server.commands[-1]["name"] == "tones"
    await page.keyboard.press("KeyE")
    await _sent(screen, "hang_up", {"call": CALL})


async def test_what_nobody_knows_is_said_and_not_sent_again(screen: Screen) -> None:
    page = await screen.open()
    await with_colleague(screen.server)
    await page.locator(".consult").wait_for()
    screen.server.refuse = "unknown"
    await page.keyboard.press("Shift+KeyT")
    await page.locator(".call-hint.tone-danger").wait_for()
    assert [one["name"] for one in screen.server.commands].count("consult") == 1
    assert await page.locator(".consult").is_visible()


async def test_a_dropped_call_is_called_again_by_one_key(screen: Screen) -> None:
    page = await screen.open()
    await ended("lost_by_pbx")(screen.server)
    await page.locator(BAR.format("dropped")).wait_for()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Набрать снова").click()
    await _sent(screen, "dial", {"to": "", "request": REQUEST})


async def _sent(screen: Screen, name: str, args: dict[str, Any]) -> None:
    """Wait until the page has ordered this."""
    deadline = asyncio.get_running_loop().time() + 5
    while not any((one["name"], one["args"]) == (name, args) for one in screen.server.commands):
        assert asyncio.get_running_loop().time() < deadline, [(one["name"], one["args"]) for one in screen.server.commands]
        await asyncio.sleep(0.03)


class PhoneServer(DevServer):
    """The gateway of an operator who chose the page; it gives no password, so that no PBX is needed."""

    def _more(self, app: web.Application) -> None:
        self.clinic.tables["operators"][ME] |= {"phone": "web", "web_phone": True}
        self.sio.on("phone", self._on_phone)

    async def _on_phone(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"ok": False, "why": "no_phone"}


@pytest_asyncio.fixture(loop_scope="module")
async def page_phone() -> AsyncIterator[tuple[BrowserContext, DevServer]]:
    """A browser with a microphone, allowed, beside that gateway."""
    server = PhoneServer()
    await server.up()
    async with chromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as browser:
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["microphone"])
        yield context, server
    await server.down()


async def test_one_tab_is_the_phone_and_another_may_take_it(page_phone: tuple[BrowserContext, DevServer]) -> None:
    context, server = page_phone
    first, other = Screen(await context.new_page(), server), Screen(await context.new_page(), server)
    await first.open()
    await first.until("window.oknoPhone?.device().reason === 'no_phone'")
    await nothing_wrong(first, "no phone is set up")
    await other.open()
    await other.until("window.oknoPhone?.device().state === 'elsewhere'")
    await nothing_wrong(other, "elsewhere")
    await other.page.get_by_role("button", name="Забрать сюда").click()
    await other.until("oknoPhone.device().reason === 'no_phone'")
    await first.until("oknoPhone.device().state === 'elsewhere'")
    await other.page.close()
    await first.until("oknoPhone.device().reason === 'no_phone'")


async def test_microphone_and_speaker_are_chosen_and_tried(page_phone: tuple[BrowserContext, DevServer]) -> None:
    context, server = page_phone
    screen = Screen(await context.new_page(), server)
    page = await screen.open()
    await screen.until("window.oknoPhone?.device().reason === 'no_phone'")
    await page.keyboard.press("Shift+KeyP")
    await nothing_wrong(screen, "phone menu")
    await page.get_by_role("menuitem", name="Микрофон и звук").click()
    await screen.until("document.querySelector('.setup-meter')?.value > 0")
    await screen.until("document.querySelectorAll('.setup select option').length > 4")
    await nothing_wrong(screen, "setup")
    assert screen.serious() == []


async def test_without_a_microphone_the_page_says_what_to_do(screen: Screen) -> None:
    screen.server.clinic.tables["operators"][ME] |= {"phone": "web", "web_phone": True}
    page = await screen.open()
    await screen.until("window.oknoPhone?.device().state === 'blocked'")
    await page.locator(".call-trouble").wait_for()
    await nothing_wrong(screen, "blocked")


async def test_the_library_is_fetched_only_by_whose_phone_the_page_is(screen: Screen) -> None:
    page = await screen.open()
    await screen.until("window.oknoPhone !== undefined")
    await asyncio.sleep(0.5)
    fetched = await page.evaluate("performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.includes('jssip'))")
    assert fetched == []
