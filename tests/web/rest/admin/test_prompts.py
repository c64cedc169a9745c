"""Prompts by REST: brought, heard, spoken; refused with the engine's words; for administrators."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

from tests.web.house import House, form_token
from tests.web.rest.test_routes import api
from tests.web.scripted import Refusal, ScriptedEngine

__all__ = ["api"]

FILE = "ab" * 32
SOUND = base64.b64encode(b"RIFF....WAVE").decode()


async def test_a_prompt_is_brought_heard_and_spoken(api: Any, engine: ScriptedEngine) -> None:
    engine.answers |= {"prompts": {"file": FILE, "seconds": 2.5}, "prompts/get": {"sound": SOUND}, "prompts/speak": {"sound": SOUND}}
    answer, body = await api("POST", "/prompts", role="administrator", json={"sound": SOUND})
    assert (answer.status, body) == (200, {"file": FILE, "seconds": 2.5})
    assert (await api("GET", f"/prompts/sound?file={FILE}", role="administrator"))[1] == {"sound": SOUND}
    spoken = await api("POST", "/prompts/speak", role="administrator", json={"text": "Hello.", "language": "en"})
    assert spoken[1] == {"sound": SOUND}
    sent = {what: told for what, told, _ in engine.asked if what.startswith("POST prompts")}
    assert sent == {
        "POST prompts": {"actor": "token:administrator", "role": "administrator", "sound": SOUND},
        "POST prompts/get": {"file": FILE}, "POST prompts/speak": {"text": "Hello.", "language": "en"},
    }  # fmt: skip


async def test_why_a_sound_or_a_text_cannot_be_used_is_told(api: Any, engine: ScriptedEngine) -> None:
    engine.answers["prompts"] = Refusal({"status": 422, "key": "error.not_sound", "title": "The file is neither WAV nor MP3."})
    engine.answers["prompts/speak"] = Refusal({"status": 422, "key": "error.cannot_speak"})
    answer, body = await api("POST", "/prompts", role="administrator", json={"sound": SOUND})
    assert (answer.status, body["key"], body["title"]) == (422, "error.not_sound", "The file is neither WAV nor MP3.")
    answer, body = await api("POST", "/prompts/speak", role="administrator", json={"text": "%", "language": "en"})
    assert (answer.status, body["key"]) == (422, "error.cannot_speak")
    assert (await api("GET", f"/prompts/sound?file={FILE}", role="administrator"))[0].status == 404


async def test_what_is_no_sound_or_too_long_never_reaches_the_engine(api: Any, engine: ScriptedEngine) -> None:
    for wrong in ({"sound": "***"}, {}, {"sound": SOUND, "more": 1}):
        assert (await api("POST", "/prompts", role="administrator", json=wrong))[0].status == 422
    long = base64.b64encode(bytes(2 * 1024 * 1024 + 9000)).decode()
    body = io.BytesIO(json.dumps({"sound": long}).encode())
    sent = {"Content-Type": "application/json"}
    assert (await api("POST", "/prompts", role="administrator", data=body, headers=sent))[0].status == 413
    assert (await api("GET", "/prompts/sound?file=../etc/passwd", role="administrator"))[0].status == 422
    assert not [what for what, _, _ in engine.asked if "prompts" in what]


async def test_only_administrators_change_what_callers_hear(api: Any, house: House, engine: ScriptedEngine) -> None:
    engine.answers["prompts"] = {"file": FILE, "seconds": 2.5}
    for role in ("operator", "supervisor", "auditor"):
        assert (await api("POST", "/prompts", role=role, json={"sound": SOUND}))[0].status == 403
    async with house.browser("root", "administrator") as browser:
        assert (await browser.post("/api/v1/prompts", json={"sound": SOUND})).status == 403
        word = await form_token(browser, "/admin")
        assert (await browser.post("/api/v1/prompts", json={"sound": SOUND}, headers={"Okno-Form": word})).status == 200
