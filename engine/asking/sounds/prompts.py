"""Prompts for administrators: an upload brought to a telephone's form, a text spoken to be listened to."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from engine.asking.cards import NotFound
from engine.asking.sounds.letters import SpeakAsked, UploadAsked
from engine.asking.who import Asked, Who
from engine.asterisk.phones import helper_port
from engine.speech import wav
from engine.speech.bringing import brought
from engine.speech.shipped import shipped
from engine.speech.sound import from_alaw, seconds, to_alaw
from engine.store.sounds.prompts import PromptStore
from okno.service import ServiceClient, ServiceDown
from okno.settings import Settings

# The voice takes a second for a sentence; a helper on a busy PBX gets some patience.
PATIENCE_S = 30.0


class Prompts:
    """Takes, gives and speaks prompts.

    Args:
        store: of uploads.
        asked: the engine's audit.
        settings: where the helpers beside the PBXs are, which have the voice.
        secret: the service credential.
        connect: makes a client of a helper's address.
    """

    def __init__(
        self, store: PromptStore, asked: Asked, settings: Settings, secret: str,
        connect: Callable[..., ServiceClient] = ServiceClient,
    ) -> None:  # fmt: skip
        self._store, self._asked, self._settings, self._secret = store, asked, settings, secret
        self._connect = connect

    async def upload(self, wish: UploadAsked) -> dict[str, Any]:
        """Keep an upload: {file, seconds}; heard by nobody until the directory names it.

        Raises:
            Refused: it cannot be used; the words say why.
            DatabaseDown: it is not kept.
        """
        samples = await asyncio.to_thread(brought, wish.sound)
        length = round(seconds(samples), 2)
        file = await self._store.keep(to_alaw(samples), length, wish.actor)
        await self._asked.about(
            Who(wish.actor, wish.role, "prompts"), "prompt.upload", None, details={"file": file, "seconds": length}
        )
        return {"file": file, "seconds": length}

    async def get(self, file: str) -> bytes:
        """Return an upload as a WAV file. Raises NotFound, DatabaseDown."""
        sound = await self._store.get(file)
        if sound is None:
            raise NotFound("there is no such sound")
        return wav.write(from_alaw(sound))

    async def speak(self, wish: SpeakAsked) -> bytes:
        """Return a text spoken, as a WAV file.

        Raises:
            ServiceDown: no helper beside a PBX answers, or it has no voice.
            ServiceRefused: the text is not for this voice.
        """
        came = shipped()
        same = came.saying(wish.text, wish.language)
        if same is not None:
            return wav.write(from_alaw(came.path(same).read_bytes()))
        if not self._settings.pbxes:
            raise ServiceDown("there is no PBX whose helper could speak")
        host = self._settings.pbx_service.url.rpartition(":")[0]
        where = f"{host}:{helper_port(self._settings, self._settings.pbxes[0].name)}"
        async with self._connect(where, self._secret, timeout_s=PATIENCE_S) as helper:
            told = await helper.post("/v1/speak", wish.model_dump())
        return base64.b64decode(told["sound"])
