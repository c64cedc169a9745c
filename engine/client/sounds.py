"""What the engine's client asks about sounds."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from engine.client.wire import Answer, Wire


class SoundAsks(Wire):
    """The part of `engine.client.EngineClient` that is about prompts and messages.

    Everything raises ServiceDown, and ServiceRefused with the words of what is wrong.
    """

    async def prompt(self, file: str) -> bytes:
        """Return an uploaded prompt as a WAV file (404: there is none)."""
        return _sound(await self._post("/v1/prompts/get", {"file": file}))

    async def prompt_upload(self, sound: bytes, *, actor: str, role: str) -> Answer:
        """Keep a WAV or MP3 file as a prompt: {file, seconds}; 422 says why it cannot be used."""
        told = base64.b64encode(sound).decode()
        return await self._post("/v1/prompts", {"actor": actor, "role": role, "sound": told})

    async def prompt_speak(self, text: str, language: str) -> bytes:
        """Return a text spoken, as a WAV file; 422: the voice cannot read it."""
        return _sound(await self._post("/v1/prompts/speak", {"text": text, "language": language}))

    async def message_left(self, message: Mapping[str, Any]) -> Answer:
        """Tell a message a caller left: {pbx, name, at, sound}; the same file again does nothing twice."""
        return await self._post("/v1/messages", message)

    async def message(
        self, request: str, number: int, *, actor: str, role: str, purpose: str, operator: str | None = None
    ) -> tuple[bytes, Answer]:
        """Return a message of a request as a WAV file, and {seconds, at, number, of}; audited before it is answered.

        Args: whose; which, counted from the newest; who asks and why. 403: the request is not his; 404: none.
        """
        told = await self._post("/v1/messages/hear", {
            "request": request, "number": number, "actor": actor, "role": role, "purpose": purpose,
            "operator": operator,
        })  # fmt: skip
        return _sound(told), {name: value for name, value in told.items() if name != "sound"}


def _sound(told: Answer) -> bytes:
    return base64.b64decode(told["sound"])
