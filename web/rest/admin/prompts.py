"""The routes of prompts: bring a sound, hear one, hear a text spoken. The directory names what callers then hear."""

from __future__ import annotations

import base64

from okno.service import ServiceRefused
from web.rest.admin.models import PromptBody, PromptKept, PromptQuery, PromptSound, SpeakBody
from web.rest.endpoint import Visit, endpoint
from web.rest.problems import Problem

# 2 MB of sound in base64, and what stands around it.
LONGEST = 2 * 1024 * 1024 * 4 // 3 + 4096


class Prompts:
    """What callers hear, as sounds."""

    @endpoint(
        "POST", "/prompts", "directory.change", answers=PromptKept, body=PromptBody, people=True, longest=LONGEST
    )
    async def prompt_upload(self, visit: Visit) -> PromptKept:
        """Keep a WAV or MP3 file (base64) of up to 2 MB as a prompt; nobody hears it until the directory names it."""
        body: PromptBody = visit.body
        try:
            sound = base64.b64decode(body.sound, validate=True)
        except ValueError:
            raise Problem(422, "the sound is not base64", "error.malformed") from None
        try:
            return PromptKept.model_validate(await visit.engine.prompt_upload(sound))
        except ServiceRefused as refusal:
            raise _told(refusal) from None

    @endpoint("GET", "/prompts/sound", "directory.read", answers=PromptSound, query=PromptQuery, people=True)
    async def prompt_sound(self, visit: Visit) -> PromptSound:
        """Return an uploaded prompt as a WAV file (base64)."""
        return _sound(await visit.engine.prompt(visit.query.file))

    @endpoint("POST", "/prompts/speak", "directory.change", answers=PromptSound, body=SpeakBody, people=True)
    async def prompt_speak(self, visit: Visit) -> PromptSound:
        """Speak a text by the packaged voice, to be listened to; nothing is kept."""
        body: SpeakBody = visit.body
        try:
            return _sound(await visit.engine.prompt_speak(body.text, body.language))
        except ServiceRefused as refusal:
            raise _told(refusal) from None


def _sound(data: bytes) -> PromptSound:
    return PromptSound(sound=base64.b64encode(data).decode())


def _told(refusal: ServiceRefused) -> Problem:
    """Why a sound or a text cannot be used, in the engine's own words: they name nothing of what was sent."""
    key = str(refusal.problem.get("key", "error.malformed"))
    return Problem(422, str(refusal.problem.get("title") or "the sound cannot be used"), key)
