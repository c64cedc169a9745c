"""A caller leaves a message in a flow; it becomes a request, sealed, and is heard in a browser after its audit row.

All of it real: Asterisk records RTP, `okno serve pbx` ships the file, the engine keeps it, Chromium plays it.
"""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page

from demo.sipp import Address
from engine.speech.shipped import texts
from engine.speech.sound import to_alaw
from engine.speech.wav import read
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring
from tests.engine.speech.test_sound import tone
from tests.okno.conftest import own_home, own_postgres
from tests.pbx.bench import free_port
from tests.pbx.hearing import Ear
from tests.pbx.softphone import Softphone
from tests.system import clinic as clinics
from tests.system.clinic import ANY_HOUR, LINES, MAIN_QUEUE, Clinic, free_ports
from tests.system.conftest import page
from tests.system.screen import logged_in
from tests.system.tones import level

__all__ = ["own_home", "own_postgres", "page"]

NUMBER = "+73430000077"
HERTZ, SECONDS = 600.0, 4.0
# How the page hears a message: its player's length, the pieces it asked for, that it played to its end.
_PLAY = """async (path) => {
  const sound = new Audio(path);
  await new Promise((done, failed) => { sound.onloadedmetadata = done; sound.onerror = () => failed(new Error("no sound")); });
  sound.playbackRate = 8;
  const over = new Promise((done) => { sound.onended = done; });
  await sound.play();
  await over;
  const piece = await fetch(path, { headers: { Range: "bytes=44-1043" } });
  const rest = await fetch(path, { headers: { Range: "bytes=999999999-" } });
  const whole = await fetch(path);
  const bytes = new Uint8Array(await whole.arrayBuffer());
  return { length: sound.duration, piece: [piece.status, piece.headers.get("Content-Range"), (await piece.arrayBuffer()).byteLength],
    past: rest.status, kept: whole.headers.get("Cache-Control"), whole: btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join("")) };
}"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic with one more number, behind which one may only leave a message."""
    engine, agi = free_ports(2)
    said = texts()
    prompts = {
        name: {"label": {"en": name}, "text": {"ru": said[f"ru/voicemail_{name}"]}} for name in ("leave", "thanks")
    }
    flow = {"title": {"en": "Message"}, "start": "message", "steps": {
        "message": {"kind": "voicemail", "prompts": ["leave"], "thanks": ["thanks"], "least_s": 1, "otherwise": "people"},
        "people": {"kind": "queue"},
    }}  # fmt: skip
    lines = [{"number": number, "source": {"ru": name, "en": name}, "queue": MAIN_QUEUE if name == "closed" else name}
             for name, number in LINES.items()]  # fmt: skip
    lines.append({"number": NUMBER, "source": {"ru": "Ночь", "en": "Night"}, "queue": MAIN_QUEUE, "flow": "message"})
    # Whatever hour it is where the test runs: nobody's are quiet.
    queues = [{"name": name, "title": {"ru": name, "en": name}, "callbacks": ANY_HOUR}
              for name in (MAIN_QUEUE, "busy", "deaf", "empty")]  # fmt: skip
    with clinics.start(
        tmp_path_factory.mktemp("okno"), engine={"port": engine, "agi_port": agi}, flows={"message": flow},
        prompts=prompts, lines=lines, queues=queues,
    ) as clinic:
        yield clinic


async def leave_a_message(clinic: Clinic, patient: str, monkeypatch: pytest.MonkeyPatch, *, hang_up: bool) -> bytes:
    """Ring, hear the prompt out, say a tone, press # or hang up; returns what was heard."""
    monkeypatch.setattr("tests.pbx.dialog.Voice", Ear)
    at = Address("127.0.0.2", free_port(socket.SOCK_DGRAM, "127.0.0.2"))
    async with Softphone(patient, at, Address("127.0.0.1", clinic.sip_port)) as phone:
        call = await phone.dial(NUMBER.removeprefix("+")).up()
        assert isinstance(call.voice, Ear)
        prompt = (clinic.state / "pbx/main/data/sounds/okno/ru/leave.alaw").read_bytes()
        async with asyncio.timeout(40):
            while prompt[1600 : len(prompt) // 160 * 160 - 320] not in bytes(call.voice.heard):
                await asyncio.sleep(0.1)
        await asyncio.sleep(1.5)  # the signal
        call.voice.says = to_alaw(tone(HERTZ, length_s=SECONDS, loud=0.3))
        async with asyncio.timeout(10):
            while call.voice.says:
                await asyncio.sleep(0.1)
        if hang_up:
            await call.hang_up()
        else:
            await call.voice.press("#")
            async with asyncio.timeout(30):
                while call.ended_at is None:
                    await asyncio.sleep(0.1)
        return bytes(call.voice.heard)


async def request_of(clinic: Clinic, before: set[str]) -> dict[str, Any]:
    """The request of a message, once it is one."""
    async with asyncio.timeout(30):
        while True:
            found = [one for one in await clinic.every("/requests") if one["kind"] == "voicemail" and one["id"] not in before]
            if found and found[0]["message"]:
                return found[0]
            await asyncio.sleep(0.3)


@pytest.mark.parametrize("hang_up", [False, True])
async def test_a_message_becomes_a_request_and_is_heard(
    running: Clinic, page: Page, monkeypatch: pytest.MonkeyPatch, hang_up: bool
) -> None:
    before = {one["id"] for one in await running.every("/requests")}
    patient = f"+7999000180{int(hang_up)}"
    heard = await leave_a_message(running, patient, monkeypatch, hang_up=hang_up)
    if not hang_up:
        thanks = (running.state / "pbx/main/data/sounds/okno/ru/thanks.alaw").read_bytes()
        assert thanks[1600:8000] in heard
    request = await request_of(running, before)
    assert (request["status"], request["queue"], len(request["calls"])) == ("queued", MAIN_QUEUE, 1)
    call = await running.get(f"/calls/{request['calls'][0]}")
    assert call["result"] == "voicemail"
    spool = running.state / "pbx/main/spool/okno/voicemail"
    assert list(spool.rglob("*.wav")) == []

    await logged_in(page, running, "zimina", "supervisor")
    told = await page.evaluate(_PLAY, f"/sound/message/{request['id']}/0")
    assert told["piece"][0] == 206 and told["piece"][1].startswith("bytes 44-1043/") and told["piece"][2] == 1000
    assert (told["past"], told["kept"]) == (416, "no-store")
    samples = list(read(base64.b64decode(told["whole"])).samples)
    assert abs(told["length"] - len(samples) / 8000) < 0.1 and SECONDS - 0.5 < told["length"] < SECONDS + 6
    loudest = max(level(samples[begin : begin + 4000], HERTZ) for begin in range(0, len(samples) - 4000, 2000))
    assert loudest > 5 * level(samples[: 4000], 1700)
    await page.context.clear_cookies()
    await logged_in(page, running, "op1001", "operator", "op1001")
    refused = await page.evaluate("async (path) => (await fetch(path)).status", f"/sound/message/{request['id']}/0")
    assert refused == 403

    database = await Database.open(database_of(running), name="t")
    try:
        keyring = Keyring.load(running.state / "keyring.json")
        rows = [row for row in await AuditTrail(database, keyring.sealer("engine")).page() if row.action == "message.listen"]
        assert [(row.actor, row.purpose) for row in rows][:1] == [("zimina", "message")]
        assert len([row for row in rows if str(row.request) == request["id"]]) == 1  # five asks, one listening
        sound = await database.fetchval("SELECT sound FROM recordings ORDER BY at DESC LIMIT 1")
        clear = to_alaw(read(base64.b64decode(told["whole"])).samples)
        assert clear[8000:8100] not in bytes(sound) and base64.b64encode(clear)[9000:9100] not in bytes(sound)
    finally:
        await database.close()


def database_of(clinic: Clinic) -> str:
    secret = (clinic.state / "secrets/database.secret").read_text().strip()
    return f"postgresql://okno:{secret}@127.0.0.1:{clinic.config['database_port']}/okno_engine"
