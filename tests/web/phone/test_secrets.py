"""The phone's password goes to its operator alone, on his socket; no page and no log holds it."""

from __future__ import annotations

import pytest

from tests.web.house import House
from tests.web.phone.test_door import Pbx, pbx
from tests.web.scripted import ScriptedEngine

__all__ = ["pbx"]


async def test_the_password_comes_by_the_socket_and_stands_in_no_page(
    house: House, engine: ScriptedEngine, pbx: Pbx, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        told = await page.ask("phone", {})
        async with browser.get("/desk") as answer:
            text = await answer.text()
            assert "microphone=(self)" in answer.headers["Permissions-Policy"]
    assert told == {
        "ok": True, "uri": "sip:web-1001@okno", "user": "web-1001", "password": "a-phone-secret", "realm": "asterisk",
        "socket": "/ws/phone",
    }  # fmt: skip
    asked = [body for what, body, _ in engine.asked if what == "POST phone"]
    assert asked == [{"action": "give", "actor": "orlova", "role": "operator", "operator": "orlova"}]
    printed = capsys.readouterr()
    assert "a-phone-secret" not in text + printed.out + printed.err


async def test_whoever_may_use_no_phone_is_refused(house: House, engine: ScriptedEngine, pbx: Pbx) -> None:
    async with house.browser("audit", "auditor") as browser, house.page(browser) as page:
        assert await page.ask("phone", {}) == {"ok": False, "why": "forbidden"}
    async with house.browser("chief", "supervisor") as browser, house.page(browser) as page:
        assert await page.ask("phone", {}) == {"ok": False, "why": "no_phone"}
    assert not [what for what, _, _ in engine.asked if what == "POST phone"]
