"""The helper's route that speaks a text for listening, beside the PBX where the voice is."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from engine.speech import wav
from engine.speech.voice import CannotSpeak, NoVoice, spoken
from okno.service.doors import problem


class SpeakAsked(BaseModel):
    """What is to be spoken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, StringConstraints(min_length=1, max_length=1500)]
    language: Literal["ru", "en"]


class Speaking:
    """Speaks one text at a time: the PBX's processor is for calls."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    def attach(self, app: web.Application) -> None:
        """Put the route onto `app`; the service credential guards it."""
        app.router.add_post("/v1/speak", self.speak)

    async def speak(self, request: web.Request) -> web.Response:
        """Answer {sound}, a WAV file in base64; 422 when the text cannot be spoken or there is no voice."""
        try:
            wish = SpeakAsked.model_validate_json(await request.read())
        except ValidationError:
            return problem(400, "a text and its language are needed", key="error.bad_query")
        try:
            async with self._one:
                samples = await asyncio.to_thread(spoken, wish.text, wish.language)
        except (CannotSpeak, NoVoice) as fault:
            return problem(422, str(fault), key=fault.key)
        return web.json_response({"sound": base64.b64encode(wav.write(samples)).decode()})
