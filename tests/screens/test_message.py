"""A message a caller left, in the card: heard by whoever has the request, asked for when play is pressed and not before."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Locator

from engine.speech.wav import write
from tests.engine.speech.test_sound import tone
from tests.screens import scenes
from tests.screens.conftest import Place, Screen
from tests.screens.promises import PromiseServer, at, promise, request
from tests.screens.shift import opened
from tests.screens.test_accessibility import nothing_wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")


class MessageServer(PromiseServer):
    """A gateway with a message; `heard` is what was asked to be played. `missing`: there is none after all."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.missing = False
        row = request(80, promise(origin="missed_call"), kind="voicemail", calls=["c1", "c2"], message=True)
        self.clinic.tables["requests"][row["id"]] = row

    def _more(self, app: web.Application) -> None:
        super()._more(app)
        app.router.add_get("/sound/message/{request}/{number}", self._play)

    async def _play(self, asked: web.Request) -> web.Response:
        self.heard.append(f"{asked.match_info['request']}/{asked.match_info['number']}")
        if self.missing or asked.match_info["number"] != "0":
            return web.json_response({"title": "there is none"}, status=404)
        return web.Response(body=write(tone(500, length_s=3)), content_type="audio/wav")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(place: Place) -> AsyncIterator[Screen]:
    """An operator's page."""
    async with opened(place, MessageServer(), 1440, 1000) as made:
        yield made


def server(screen: Screen) -> MessageServer:
    """The page's gateway."""
    assert isinstance(screen.server, MessageServer)
    return screen.server


def expected(screen: Screen) -> None:
    """The browser writes a sound that is not there to its console; nothing else is there."""
    assert all("404" in error for error in screen.errors), screen.errors
    screen.errors.clear()


async def card(screen: Screen, *, mine: bool) -> Locator:
    """The request is open; returns the message's part of its card."""
    await screen.open()
    if mine:
        made = screen.server.clinic
        screen.server.change([made.put("requests", "p00080", owner=scenes.ME, status="in_progress", since=at(-5))])
        await screen.settled()
        await screen.page.locator("#tab-mine").click()
    await screen.page.locator("#row-p00080").click()
    part = screen.page.locator(".message")
    await part.wait_for()
    return part


@pytest.mark.parametrize(("lang", "theme"), [("ru", "light"), ("ru", "dark"), ("en", "light"), ("en", "dark")])
async def test_who_has_the_request_hears_it(desk: Screen, lang: str, theme: str) -> None:
    desk.server.lang, desk.server.theme = lang, theme
    part = await card(desk, mine=True)
    assert ("Голосовое сообщение" if lang == "ru" else "Voice message") in await part.inner_text()
    assert server(desk).heard == []  # nothing is fetched, and nothing audited, until somebody listens
    length = await part.locator("audio").evaluate(
        "async (sound) => { sound.muted = true; await sound.play(); sound.pause(); return sound.duration; }"
    )
    assert length == pytest.approx(3, abs=0.05) and set(server(desk).heard) == {"p00080/0"}
    await nothing_wrong(desk, "a message", ".message")


async def test_an_earlier_one_that_is_not_there_is_said(desk: Screen) -> None:
    part = await card(desk, mine=True)
    await part.get_by_role("button", name="Более раннее").click()
    await part.locator("audio").evaluate("(sound) => sound.load() || sound.play().catch(() => {})")
    await part.get_by_text("Более раннего сообщения нет.").wait_for()
    await nothing_wrong(desk, "no earlier message", ".message")
    await part.get_by_role("button", name="Более позднее").click()
    assert await part.locator("audio").get_attribute("src") == "/sound/message/p00080/0?of=2"
    assert await part.get_by_role("alert").count() == 0
    expected(desk)


async def test_one_that_does_not_come_is_said(desk: Screen) -> None:
    server(desk).missing = True
    part = await card(desk, mine=True)
    await part.locator("audio").evaluate("(sound) => sound.play().catch(() => {})")
    await part.get_by_text("Сообщение не открылось").wait_for()
    expected(desk)


async def test_who_does_not_have_it_is_told_that_there_is_one(desk: Screen) -> None:
    part = await card(desk, mine=False)
    assert await part.locator("audio").count() == 0 and "Прослушать его может тот, у кого заявка" in await part.inner_text()
    assert server(desk).heard == []
