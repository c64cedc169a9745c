"""What a caller keys in and says, a site's visitor writes and a supervisor loads is nowhere to be read without the keyring.

One patient each way through a real clinic at debug level: then every dump, stream, log line and figure is searched.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from demo.sipp import Address
from engine.speech.shipped import texts
from engine.speech.sound import to_alaw
from okno import clock
from tests.engine.speech.test_sound import tone
from tests.okno.conftest import own_home, own_postgres
from tests.pbx.bench import free_port
from tests.pbx.dialog import Dialog
from tests.pbx.hearing import Ear
from tests.pbx.softphone import Softphone
from tests.system import clinic as clinics
from tests.system.clinic import MAIN_QUEUE, Clinic, free_ports
from tests.system.leaks import _places, leaks

__all__ = ["own_home", "own_postgres"]

LINE = "+73430000077"
CALLER, KEYED, POSTED, LISTED, BLOCKED = (f"+799900019{n}" for n in (11, 22, 33, 44, 55))
# 17.11.1953, as it is keyed in and as it is remembered.
BORN = ("17111953", "1953-11-17")
NAME, WISH, NOTE, WHY = "Щукоедова Zyxwvutka", "больной qzuб", "Удаление wqxkista", "Ругается jjqzlomko"
SOUND = "pbx/main/data/sounds/okno/ru/leave.alaw"
PROMPT = {"label": {"en": "words"}, "text": {"ru": "words", "en": "words"}}
FLOW = {"title": {"en": "Everything"}, "start": "born", "steps": {
    "born": {"kind": "digits", "prompts": ["words"], "fact": "born", "expect": "birth", "next": "visit",
             "otherwise": "people"},
    "visit": {"kind": "visit", "found": "people", "none": "number", "failed": "number"},
    "number": {"kind": "digits", "prompts": ["words"], "fact": "other", "expect": "phone", "next": "crm",
               "otherwise": "people"},
    "crm": {"kind": "http", "name": "crm", "fields": {"phone": "$phone", "born": "$born", "other": "$other"},
            "ok": "people", "failed": "message"},
    "message": {"kind": "voicemail", "prompts": ["leave"], "least_s": 1, "otherwise": "people"},
    "people": {"kind": "queue"},
}}  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic with a site's form, and a number behind which everything is asked."""
    engine, chat, agi, nobody = free_ports(4)
    lines = [*clinics.settings([0] * 12, 0)["lines"],
             {"number": LINE, "source": {"ru": "m", "en": "m"}, "queue": MAIN_QUEUE, "flow": "all"}]  # fmt: skip
    leave = {"label": {"en": "leave"}, "text": {"ru": texts()["ru/voicemail_leave"]}}
    with clinics.start(
        tmp_path_factory.mktemp("okno"), lines=lines, flows={"all": FLOW}, prompts={"words": PROMPT, "leave": leave},
        engine={"port": engine, "agi_port": agi, "http": {"crm": {"url": f"http://127.0.0.1:{nobody}/ask"}}},
        chat={"port": chat, "sites": [{"key": "clinic", "queue": MAIN_QUEUE}]},
    ) as clinic:
        yield clinic


async def step(clinic: Clinic, name: str) -> None:
    """Wait until the caller is in this step, and is listened to."""
    secret = (clinic.state / "secrets/service.secret").read_text().strip()
    url = f"http://127.0.0.1:{clinic.config['engine']['port']}/v1/ivr/counts"
    async with asyncio.timeout(30), aiohttp.ClientSession(headers={"Okno-Service": secret}) as session:
        while True:
            async with session.get(url) as answer:
                steps = (await answer.json())["flows"].get("all", {"steps": {}})["steps"]
            if steps.get(name, {"now": 0})["now"]:
                break
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)


async def call(clinic: Clinic) -> None:
    """He keys in his birth date and another's number, and says something."""
    async with asyncio.timeout(30):
        while not (clinic.state / SOUND).exists():  # the helper beside the PBX brings it
            await asyncio.sleep(0.2)
    at = Address("127.0.0.2", free_port(socket.SOCK_DGRAM, "127.0.0.2"))
    async with Softphone(CALLER, at, Address("127.0.0.1", clinic.sip_port)) as phone:
        one: Dialog = await phone.dial(LINE.removeprefix("+")).up()
        await step(clinic, "born")
        await one.press(BORN[0] + "#")
        await step(clinic, "number")
        await one.press("8" + KEYED.removeprefix("+7") + "#")
        await step(clinic, "message")
        assert isinstance(one.voice, Ear)
        words = (clinic.state / SOUND).read_bytes()
        async with asyncio.timeout(40):
            while words[1600 : len(words) // 160 * 160 - 320] not in bytes(one.voice.heard):
                await asyncio.sleep(0.1)
        await asyncio.sleep(1.5)  # the signal
        one.voice.says = to_alaw(tone(600, length_s=4, loud=0.3))
        await asyncio.sleep(5)
        await one.hang_up()


async def post(url: str, body: dict[str, Any], **headers: str) -> Any:
    """Post JSON; it must be taken."""
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=body) as answer:
        assert answer.status in (200, 201, 202), (answer.status, await answer.text())
        return await answer.json()


async def from_outside(clinic: Clinic) -> None:
    """A form is posted, a list made, a number blocked."""
    await post(f"http://127.0.0.1:{clinic.config['chat_public']['port']}/public/v1/callback", {
        "site_key": "clinic", "phone": POSTED, "name": NAME, "topic": WISH, "consent": True, "nonce": str(uuid4()),
        "page_url": f"https://clinic.example/?phone={POSTED}", "form_ts": (clock.now() - timedelta(minutes=1)).isoformat(),
    })  # fmt: skip
    staff = {"Authorization": f"Bearer {clinic.token}"}
    people = [{"phone": LISTED, "name": NAME, "note": NOTE, "ref": "card-zzyqx"}]
    body = {"title": "Recall", "queue": MAIN_QUEUE, "people": people, "opens": "00:00", "closes": "24:00"}
    await post(f"{clinic.url}/api/v1/lists", body, **staff, **{"Idempotency-Key": str(uuid4())})
    await post(
        f"{clinic.url}/api/v1/blocked", {"phone": BLOCKED, "reason": WHY}, **staff, **{"Idempotency-Key": str(uuid4())}
    )


async def test_nothing_of_anybody_is_readable_anywhere(running: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.pbx.dialog.Voice", Ear)
    await from_outside(running)
    await call(running)
    async with asyncio.timeout(60):
        while True:
            rows = await running.every("/requests")
            if any(one["message"] for one in rows) and any(one["kind"] == "callback" for one in rows):
                break
            await asyncio.sleep(0.5)
    words = [*BORN, "zzyqx", *(word for text in (NAME, WISH, NOTE, WHY) for word in text.split())]
    marks = {form for word in words for form in (word, json.dumps(word)[1:-1], str(word.encode())[2:-1])}
    places = [one async for one in _places(running)]
    assert [place for place, text in places if "Recall" in text] == ["database okno_engine"]  # what is no secret is found
    assert [(place, mark) for place, text in places for mark in marks if mark in text] == []
    assert await leaks(running, (CALLER, KEYED, POSTED, LISTED, BLOCKED)) == []
    # The PBX's own files know the numbers of calls, but nothing of what was keyed in or said.
    assert [file.name for file in pbx_files(running.state) for born in BORN if born.encode() in file.read_bytes()] == []
    assert [file for file in (running.state / "pbx/main/spool").rglob("*.wav")] == []


def pbx_files(state: Path) -> list[Path]:
    """What an Asterisk of ours writes."""
    home = state / "pbx/main"
    return [file for folder in ("log", "spool", "etc", "db") for file in (home / folder).rglob("*") if file.is_file()]
