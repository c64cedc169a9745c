"""Keeps one Asterisk's sounds: those that came with Okno, the directory's texts spoken, what people uploaded.

Beside the configuration, not before it: a text that cannot be spoken leaves a sound away, never a change of queues.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from engine.asterisk.commands import folders_of
from engine.speech import library
from engine.speech.shipped import shipped
from engine.speech.sound import to_alaw
from engine.speech.wav import read
from okno import clock, logs
from okno.errors import OknoError
from okno.service import ServiceDown, ServiceRefused
from okno.settings import PbxSettings, Runtime
from okno.settings.directory import PromptSettings

log = logs.get(__name__)

LOOK_S = 1.0
RETRY_S = 30.0
# An uploaded sound is some hundred kilobytes.
UPLOAD_S = 20.0


class Follows(Protocol):
    """What of `Keeper` is needed: the settings with the directory that is followed."""

    @property
    def runtime(self) -> Runtime:
        """The settings."""


class Engine(Protocol):
    """What of `engine.client.EngineClient` is needed here."""

    async def prompt(self, file: str) -> bytes:
        """The WAV of an uploaded sound. Raises ServiceDown, ServiceRefused."""


class Fetched:
    """Uploads fetched from the engine before a thread puts them in place.

    Args:
        engine: has them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, bytes] = {}

    async def fetch(self, prompts: Mapping[str, PromptSettings]) -> None:
        """Fetch every upload the directory names that is not known yet; what cannot be had is reported by `get`."""
        files = {prompt.file for prompt in prompts.values() if prompt.file}
        for gone in self._known.keys() - files:
            del self._known[gone]
        for file in files - self._known.keys():
            try:
                async with asyncio.timeout(UPLOAD_S):
                    self._known[file] = to_alaw(read(await self._engine.prompt(file)).samples)
            except (ServiceDown, ServiceRefused, TimeoutError) as trouble:
                log.warning("sound_not_fetched", extra={"why": type(trouble).__name__})

    def get(self, file: str) -> bytes:
        """Return an upload in A-law. Raises NoFile."""
        if file not in self._known:
            raise library.NoFile("the engine could not give the uploaded sound; it is asked again")
        return self._known[file]


class SoundKeeper:
    """Follows the directory's prompts for one PBX.

    Args:
        pbx: whose.
        follows: has the directory.
        engine: has the uploads.
        retry_s: seconds before another try after trouble.

    `problem` says which sounds are missing and why; None when all are there.
    """

    def __init__(self, pbx: PbxSettings, follows: Follows, engine: Engine, *, retry_s: float = RETRY_S) -> None:
        self._pbx, self._follows, self._retry_s = pbx, follows, retry_s
        self._uploads = Fetched(engine)
        self.problem: str | None = "the sounds are not installed yet"

    async def keep(self) -> None:
        """Follow for ever."""
        if not self._pbx.managed and self._pbx.config_dir is None:
            self.problem = None  # the sounds are left to the PBX, as its configuration is
            await asyncio.Event().wait()
        told: Any = None
        due = 0.0
        while True:
            prompts = self._follows.runtime.settings.prompts
            if prompts != told or (self.problem is not None and clock.monotonic() >= due):
                await self.bring()
                told, due = prompts, clock.monotonic() + self._retry_s
            await asyncio.sleep(LOOK_S)

    async def bring(self) -> None:
        """Put what is missing into its place."""
        runtime = self._follows.runtime
        await self._uploads.fetch(runtime.settings.prompts)
        try:
            done = await asyncio.to_thread(self._bring, runtime)
        except OknoError as fault:
            self.problem = str(fault)
        except OSError as fault:
            self.problem = f"{fault.filename}: {fault.strerror}"
        else:
            self.problem = "; ".join(done.problems) or None
            if done.changed:
                log.info("sounds_installed", extra={"sounds": len(done.changed)})
        if self.problem is not None:
            log.error("sounds_not_installed", extra={"reason": self.problem[:500]})

    def _bring(self, runtime: Runtime) -> library.Brought:
        came = shipped()
        want = library.wanted(runtime.settings.prompts, came)
        return library.bring(want, folders_of(runtime, self._pbx).sounds, came, self._uploads)
