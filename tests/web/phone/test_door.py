"""The way from a page to its Asterisk: whom it lets through, and when it closes. The PBX is a real web socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import WSMsgType, web

from tests.pbx.bench import free_port
from tests.web.house import House, cookies, form_token
from tests.web.phone.test_names import message
from tests.web.scripted import ScriptedEngine


class Pbx:
    """What stands for Asterisk's /ws: says OK to everything; `heard` is what came."""

    def __init__(self) -> None:
        self.port = free_port()
        self.heard: list[str] = []
        self.protocols: list[str | None] = []
        self.gone = asyncio.Event()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One line."""
        socket = web.WebSocketResponse(protocols=("sip",))
        await socket.prepare(request)
        self.protocols.append(socket.ws_protocol)
        async for said in socket:
            self.heard.append(said.data)
            await socket.send_str("SIP/2.0 200 OK\r\n\r\n")
        self.gone.set()
        return socket


@pytest_asyncio.fixture
async def pbx(engine: ScriptedEngine) -> AsyncIterator[Pbx]:
    """A PBX, and an engine that says orlova's phone is there."""
    one = Pbx()
    app = web.Application()
    app.router.add_get("/ws", one.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", one.port).start()
    engine.answers["phone"] = {
        "endpoint": "web-1001", "socket": f"ws://127.0.0.1:{one.port}/ws", "uri": "sip:web-1001@okno", "realm": "asterisk",
        "password": "a-phone-secret",
    }  # fmt: skip
    yield one
    await runner.cleanup()


@asynccontextmanager
async def line(house: House, browser: aiohttp.ClientSession, origin: str | None = None) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A page's phone line."""
    headers = {"Origin": origin or house.url, "Cookie": cookies(browser)}
    async with aiohttp.ClientSession() as client, client.ws_connect(
        f"{house.url}/ws/phone", protocols=("sip",), headers=headers
    ) as socket:
        yield socket


async def test_a_page_speaks_with_its_pbx(house: House, pbx: Pbx) -> None:
    async with house.browser("orlova") as browser, line(house, browser) as phone:
        await phone.send_str(message())
        assert (await phone.receive(5)).data.startswith("SIP/2.0 200")
        assert phone.protocol == "sip" and pbx.protocols == ["sip"] and pbx.heard == [message()]
    await asyncio.wait_for(pbx.gone.wait(), 5)


async def test_who_speaks_in_anothers_name_is_cut_off_unheard(house: House, pbx: Pbx) -> None:
    async with house.browser("orlova") as browser, line(house, browser) as phone:
        await phone.send_str(message(sender="web-1002", to="web-1002"))
        assert (await phone.receive(5)).type is WSMsgType.CLOSE and phone.close_code == 1008
    assert pbx.heard == []


async def test_a_flood_is_cut_off(house: House, pbx: Pbx) -> None:
    async with house.browser("orlova") as browser, line(house, browser) as phone:
        for _ in range(2_000):
            if phone.closed:
                break
            with contextlib.suppress(ConnectionError):
                await phone.send_str(message())
        async with asyncio.timeout(5):
            while (await phone.receive()).type is WSMsgType.TEXT:
                pass
    assert phone.close_code == 1008 and len(pbx.heard) < 1_000


@pytest.mark.parametrize("why", ["origin", "role", "nobody"])
async def test_strangers_find_it_closed(house: House, pbx: Pbx, why: str) -> None:
    statuses = {"origin": 403, "role": 403, "nobody": 401}
    role = "auditor" if why == "role" else "operator"
    async with house.browser("orlova", role) as browser, house.visitor() as visitor:
        who = visitor if why == "nobody" else browser
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with line(house, who, "http://elsewhere.example" if why == "origin" else None):
                pass
    assert refused.value.status == statuses[why]


async def test_an_operator_without_a_phone_in_the_page_gets_none(house: House, engine: ScriptedEngine, pbx: Pbx) -> None:
    engine.answers["phone"] = 404
    async with house.browser("orlova") as browser:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with line(house, browser):
                pass
        assert refused.value.status == 404
        async with house.page(browser) as page:
            assert await page.ask("phone", {}) == {"ok": False, "why": "no_phone"}


async def test_a_pbx_that_is_away_is_said_so(house: House, engine: ScriptedEngine, pbx: Pbx) -> None:
    engine.answers["phone"] |= {"socket": f"ws://127.0.0.1:{free_port()}/ws"}
    async with house.browser("orlova") as browser:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with line(house, browser):
                pass
    assert refused.value.status == 503


async def test_a_page_comes_back_in_mid_call_with_the_engine_dead(house: House, engine: ScriptedEngine, pbx: Pbx) -> None:
    async with house.browser("orlova") as browser:
        async with line(house, browser):
            pass
        engine.answers["phone"] = 503
        async with line(house, browser) as phone:
            await phone.send_str(message())
            assert (await phone.receive(5)).data.startswith("SIP/2.0 200")


async def test_the_line_ends_with_the_session_and_the_password_with_it(house: House, engine: ScriptedEngine, pbx: Pbx) -> None:
    async with house.browser("orlova") as browser, line(house, browser) as phone:
        await phone.send_str(message())
        await phone.receive(5)
        token = await form_token(browser, "/desk")
        async with browser.post("/logout", data={"csrf": token}, allow_redirects=False) as answer:
            assert answer.status == 303
        assert (await phone.receive(5)).type is WSMsgType.CLOSE
    await asyncio.wait_for(pbx.gone.wait(), 5)
    async with asyncio.timeout(5):
        while ("POST phone", "rotate") not in [(what, body.get("action")) for what, body, _ in engine.asked]:
            await asyncio.sleep(0.02)


async def test_a_disabled_account_loses_its_line(house: House, pbx: Pbx) -> None:
    async with house.browser("orlova") as browser, line(house, browser) as phone:
        await house.database.execute("DELETE FROM sessions")
        assert (await phone.receive(5)).type is WSMsgType.CLOSE


async def test_the_page_that_comes_later_is_the_phone_and_the_other_is_told(house: House, pbx: Pbx) -> None:
    async with (
        house.browser("orlova") as home, house.browser("orlova", make=False) as office,
        line(house, home) as first, line(house, office) as second,
    ):  # fmt: skip
        assert (await first.receive(5)).type is WSMsgType.CLOSE and first.close_code == 4001
        await second.send_str(message())
        assert (await second.receive(5)).data.startswith("SIP/2.0 200")
