"""Sounds at a running engine's door: uploads, messages that come twice or too early, who may hear them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from engine.client import EngineClient
from engine.speech.sound import to_alaw
from engine.speech.wav import read, write
from okno.audit import AuditTrail
from okno.database import Database
from okno.ids import uuid7_of
from okno.seal import Keyring
from okno.service import ServiceDown, ServiceRefused
from tests.engine.conftest import StartEngine, own_home, own_postgres, start_engine
from tests.engine.speech.test_sound import tone

__all__ = ["own_home", "own_postgres", "start_engine"]

ADMIN = {"actor": "root", "role": "administrator"}
BOSS = {"actor": "zimina", "role": "supervisor", "purpose": "message"}
MINE = {"actor": "anna", "role": "operator", "operator": "orlova", "purpose": "message"}
LONG_AGO = datetime.now(UTC) - timedelta(minutes=11)


def message(at: datetime = LONG_AGO, **more: Any) -> dict[str, Any]:
    """A message of a call nobody knows."""
    call = uuid7_of(at, "a call", str(at))
    sound = base64.b64encode(to_alaw(tone(500, length_s=2))).decode()
    return {"pbx": "main", "name": f"{call}-1", "at": at.isoformat(), "sound": sound, **more}


async def left(client: EngineClient) -> str:
    """The request of a message, once it is told."""
    page = await client.requests(**BOSS, params={"kind": "voicemail"})
    (row,) = page["items"]
    assert row["message"] and row["status"] in ("queued", "postponed", "offered")
    return str(row["id"])


async def test_prompts_are_brought_fetched_and_refused(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.ready()
    kept = await engine.client.prompt_upload(write(tone(500, length_s=2)), **ADMIN)
    assert 1.9 < kept["seconds"] < 2.1 and len(kept["file"]) == 64
    assert len(read(await engine.client.prompt(kept["file"])).samples) == round(kept["seconds"] * 8000)
    assert await engine.client.prompt_upload(write(tone(500, length_s=2)), **ADMIN) == kept
    for data, key in ((b"%PDF", "error.not_sound"), (write(tone(500, loud=0)), "error.silent")):
        with pytest.raises(ServiceRefused) as told:
            await engine.client.prompt_upload(data, **ADMIN)
        assert (told.value.status, told.value.problem["key"]) == (422, key)
    with pytest.raises(ServiceRefused) as missing:
        await engine.client.prompt("0" * 64)
    assert missing.value.status == 404
    for data in (b"x" * (3 * 1024 * 1024), b""):
        with pytest.raises(ServiceRefused):
            await engine.client.prompt_upload(data, **ADMIN)
    assert read(await engine.client.prompt_speak("Goodbye.", "en")).samples  # a shipped one needs no PBX
    with pytest.raises(ServiceDown):
        await engine.client.prompt_speak("Something new.", "en")


async def test_a_message_is_told_once_and_heard_by_whom_it_concerns(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.ready()
    first = await engine.client.message_left(message())
    assert await engine.client.message_left(message()) == first
    request = await left(engine.client)
    sound, told = await engine.client.message(request, 0, **BOSS)
    assert (len(read(sound).samples), told["seconds"], told["of"]) == (16000, 2.0, 1)
    for who, number, status in ((MINE, 0, 403), (BOSS, 1, 404)):
        with pytest.raises(ServiceRefused) as refused:
            await engine.client.message(request, number, **who)
        assert refused.value.status == status
    with pytest.raises(ServiceRefused) as nobody:
        await engine.client.message(str(uuid4()), 0, **BOSS)
    assert nobody.value.status == 404
    taken = await engine.client.command(
        str(uuid4()), "take", actor="anna", role="operator", operator="orlova", args={"request": request}
    )
    assert taken["ok"], taken
    assert (await engine.client.message(request, 0, **MINE))[0] == sound
    database = await Database.open(engine.database_url, name="t")
    try:
        trail = AuditTrail(database, Keyring.load(engine.runtime.keyring_path).sealer("engine"))
        rows = [row for row in await trail.page() if row.action == "message.listen"]
        assert [(row.actor, str(row.request), row.details["operator"]) for row in rows] == [
            ("anna", request, "orlova"), ("zimina", request, None)
        ]
    finally:
        await database.close()


async def test_a_message_before_its_call_comes_again_and_nonsense_is_refused(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.ready()
    with pytest.raises(ServiceDown):
        await engine.client.message_left(message(datetime.now(UTC)))
    for wrong in ({"name": "no call"}, {"name": "x" * 200}, {"sound": "***"}, {"at": "yesterday"}, {"more": 1}):
        with pytest.raises(ServiceRefused) as told:
            await engine.client.message_left(message() | wrong)
        assert told.value.status == 400
    by_channel = message() | {"name": "main-1763722000.12-1763722009"}
    assert await engine.client.message_left(by_channel) == await engine.client.message_left(by_channel)
