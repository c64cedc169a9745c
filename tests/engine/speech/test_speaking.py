"""The helper's route: a text is spoken, or the words say why not."""

from __future__ import annotations

import base64

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from engine.speech import voice
from engine.speech.sound import seconds
from engine.speech.speaking import Speaking
from engine.speech.wav import read


async def test_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    app = web.Application()
    Speaking().attach(app)
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/v1/speak", json={"text": "Один, два.", "language": "ru"})
        assert answer.status == 200
        assert seconds(read(base64.b64decode((await answer.json())["sound"])).samples) > 0.5
        for body, status in (({"text": "Да", "language": "en"}, 422), ({"text": "x", "language": "de"}, 400), ({}, 400)):
            assert (await client.post("/v1/speak", json=body)).status == status
        monkeypatch.setattr(voice, "PROGRAM", "no-such-program")
        answer = await client.post("/v1/speak", json={"text": "Один.", "language": "ru"})
        assert answer.status == 422 and (await answer.json())["key"] == "error.no_voice"
