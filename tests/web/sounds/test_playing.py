"""Messages over a real server: for whom they are, in pieces, one audit row for one listening."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import pytest

from engine.speech.wav import write
from tests.engine.speech.test_sound import tone
from tests.web.house import House
from tests.web.scripted import REQUEST, ScriptedEngine
from web.sounds import playing

SOUND = write(tone(500))
PATH = f"/sound/message/{REQUEST}/0"


def has_message(engine: ScriptedEngine, answer: Any = None) -> None:
    """The engine plays it, or says why not."""
    told = {"sound": base64.b64encode(SOUND).decode(), "seconds": 0.5, "at": "2026-11-21T10:00:00+00:00", "number": 0, "of": 1}
    engine.answers["messages/hear"] = told if answer is None else answer


def asked(engine: ScriptedEngine) -> list[dict[str, Any]]:
    """What the engine was asked to play."""
    return [sent for what, sent, _ in engine.asked if what == "POST messages/hear"]


async def test_a_player_asks_for_pieces_and_the_engine_is_asked_once(house: House, engine: ScriptedEngine) -> None:
    has_message(engine)
    async with house.browser("orlova") as browser:
        whole = await browser.get(PATH)
        assert (whole.status, await whole.read()) == (200, SOUND)
        kept = {name: whole.headers[name] for name in ("Content-Type", "Cache-Control", "Accept-Ranges")}
        assert kept == {"Content-Type": "audio/wav", "Cache-Control": "no-store", "Accept-Ranges": "bytes"}
        size = len(SOUND)
        for span, first, last in (("0-99", 0, 99), ("100-", 100, size - 1), ("-50", size - 50, size - 1), ("10-999999", 10, size - 1)):
            part = await browser.get(PATH, headers={"Range": f"bytes={span}"})
            assert (part.status, part.headers["Content-Range"]) == (206, f"bytes {first}-{last}/{size}")
            assert await part.read() == SOUND[first : last + 1]
        for span, status in (("bytes=999999-", 416), ("bytes=9-5", 416), ("bytes=-", 200), ("lines=1-2", 200), ("bytes=0-1,5-6", 200)):
            assert (await browser.get(PATH, headers={"Range": span})).status == status
    (wish,) = asked(engine)
    assert wish == {
        "request": REQUEST, "number": 0, "actor": "orlova", "role": "operator", "purpose": "message", "operator": "orlova",
    }  # fmt: skip


async def test_a_newer_message_is_not_the_one_that_was_held(house: House, engine: ScriptedEngine) -> None:
    has_message(engine)
    async with house.browser("orlova") as browser:
        for calls in (1, 1, 2):
            assert (await browser.get(f"{PATH}?of={calls}")).status == 200
    assert [wish["number"] for wish in asked(engine)] == [0, 0]


async def test_another_session_and_a_later_hour_are_another_listening(
    house: House, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_message(engine)
    async with house.browser("orlova") as browser, house.browser("zimina", "supervisor") as other:
        for one in (browser, other):
            assert (await one.get(PATH)).status == 200
        monkeypatch.setattr(playing, "HELD_S", -1.0)
        assert (await browser.get(f"/sound/message/{REQUEST}/1")).status == 200
        assert (await browser.get(f"/sound/message/{REQUEST}/1")).status == 200
    assert [(wish["actor"], wish["number"]) for wish in asked(engine)] == [
        ("orlova", 0), ("zimina", 0), ("orlova", 1), ("orlova", 1)
    ]


@pytest.mark.parametrize(("answer", "status"), [(403, 403), (404, 404), (409, 404), (500, 503)])
async def test_what_the_engine_refuses_is_not_played(house: House, engine: ScriptedEngine, answer: int, status: int) -> None:
    has_message(engine, answer)
    async with house.browser("orlova") as browser:
        assert (await browser.get(PATH)).status == status
        assert (await browser.get("/sound/message/not-an-id/0")).status == 404


@pytest.mark.parametrize("role", ["administrator", "auditor"])
async def test_who_may_not_hear_patients_does_not(house: House, engine: ScriptedEngine, role: str) -> None:
    has_message(engine)
    async with house.browser("root", role) as browser:
        assert (await browser.get(PATH)).status == 403
    async with house.visitor() as nobody:
        assert (await nobody.get(PATH, allow_redirects=False)).status in (303, 401)
    assert asked(engine) == []


async def test_no_more_is_held_than_some(house: House, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    has_message(engine)
    monkeypatch.setattr(playing, "HELD", 1)
    other = str(uuid4())
    async with house.browser("orlova") as browser:
        for request in (REQUEST, other, REQUEST):
            assert (await browser.get(f"/sound/message/{request}/0")).status == 200
    assert [wish["request"] for wish in asked(engine)] == [REQUEST, other, REQUEST]
