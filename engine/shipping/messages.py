"""Messages callers left, from the PBX's spool to the engine: a file is removed when the engine has it, not before.

The spool holds voices in the clear, like the journal numbers: it is the PBX's own, and empty a second after a message
is there. Asterisk says a file's length when it has written all of it; one whose writer died is taken as it is.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge

from engine.speech import wav
from engine.speech.sound import RATE, StrangeRate, resampled, to_alaw
from okno import logs
from okno.service import ServiceDown, ServiceRefused

log = logs.get(__name__)

LOOK_S = 1.0
RETRY_S = 5.0
# Nothing was written to it for so long: whoever wrote it is gone.
DEAD_S = 120.0
# Shorter is a caller who pressed a key, or hung up.
LEAST_S = 1.0
# Ten minutes in 16 bits; a longer file is nobody's message.
MOST_BYTES = 10 << 20
_HEAD = 44
# What the engine will never take is kept aside for a person to look at, and not for ever: it is a voice in the clear.
ASIDE, ASIDE_S = "refused", 7 * 86400.0


Why = Literal["being said", "empty", "too long"]


@dataclass(frozen=True, slots=True)
class Said:
    """A message in A-law, and when it was said to its end."""

    sound: bytes
    at: datetime


class Engine(Protocol):
    """What of `engine.client.EngineClient` is needed here."""

    async def message_left(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Tell a message. Raises ServiceDown, ServiceRefused."""


class Figures:
    """Counts of messages.

    Args:
        registry: the service's.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.shipped = Counter("okno_pbx_messages_shipped", "Messages the engine has taken.", registry=registry)
        self.refused = Counter("okno_pbx_messages_refused", "Messages the engine would not take.", registry=registry)
        self.waiting = Gauge("okno_pbx_messages_waiting", "Messages on their way to the engine.", registry=registry)


class Messages:
    """Ships one PBX's messages.

    Args:
        pbx: its name.
        spool: where Asterisk records them.
        engine: takes them.
        figures: counts.
    """

    def __init__(self, pbx: str, spool: Path, engine: Engine, figures: Figures) -> None:
        self._pbx, self._spool, self._engine, self._figures = pbx, spool, engine, figures

    async def run(self) -> None:
        """Ship for ever."""
        while True:
            good = await self.once()
            await asyncio.sleep(LOOK_S if good else RETRY_S)

    async def once(self) -> bool:
        """Ship what is complete; say whether the engine took all of it."""
        try:
            files = await asyncio.to_thread(self._there)
            self._figures.waiting.set(len(files))
            return all([await self._ship(file) for file in files])
        except OSError as fault:
            log.error("spool_unreadable", extra={"why": fault.strerror})
            return False

    def _there(self) -> list[Path]:
        """The files to be looked at; those aside long enough are removed. Raises OSError."""
        for file in self._spool.glob(f"{ASIDE}/*.wav"):
            if time.time() - file.stat().st_mtime > ASIDE_S:
                file.unlink(missing_ok=True)
        return sorted(self._spool.glob("*.wav"))

    async def _ship(self, file: Path) -> bool:
        read = await asyncio.to_thread(_read, file)
        if read == "being said":
            return True
        if isinstance(read, str):
            await asyncio.to_thread(self._done_with, file, aside=read == "too long")
            return True
        return await self._tell(file, {
            "pbx": self._pbx, "name": file.stem, "at": read.at.isoformat(),
            "sound": base64.b64encode(read.sound).decode(),
        })  # fmt: skip

    async def _tell(self, file: Path, message: Mapping[str, Any]) -> bool:
        try:
            await self._engine.message_left(message)
        except ServiceDown as trouble:
            log.warning("message_not_taken", extra={"why": type(trouble).__name__})
            return False
        except ServiceRefused as refusal:
            log.error("message_refused", extra={"status": refusal.status})
            await asyncio.to_thread(self._done_with, file, aside=True)
            return True
        await asyncio.to_thread(self._done_with, file)
        self._figures.shipped.inc()
        return True

    def _done_with(self, file: Path, *, aside: bool = False) -> None:
        if not aside:
            file.unlink(missing_ok=True)
            return
        self._figures.refused.inc()
        folder = self._spool / ASIDE
        folder.mkdir(mode=0o700, exist_ok=True)
        file.replace(folder / file.name).touch()  # its week begins now


def _read(file: Path) -> Said | Why:
    """The message in a file, or why there is none yet or at all. Raises OSError."""
    state = file.stat()
    if state.st_size > MOST_BYTES:
        return "too long"
    data = file.read_bytes()
    if not wav.complete(data[:_HEAD], len(data)) and time.time() - state.st_mtime < DEAD_S:
        return "being said"
    sound = _alaw(data)
    if sound is None or len(sound) < LEAST_S * RATE:
        return "empty"
    return Said(sound, datetime.fromtimestamp(state.st_mtime, UTC))


def _alaw(data: bytes) -> bytes | None:
    """The sound of a file in A-law; None when it holds none."""
    try:
        told = wav.read(data)
        return to_alaw(resampled(told.samples, told.rate))
    except (wav.NotWav, wav.StrangeWav, StrangeRate):
        return None
