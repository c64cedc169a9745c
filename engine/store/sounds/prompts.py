"""Uploaded prompts, each under the SHA-256 of its sound: the same sound twice is kept once."""

from __future__ import annotations

from hashlib import sha256

from okno import clock
from okno.database import Database


class PromptStore:
    """Keeps uploaded prompts.

    Args:
        database: the engine's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, sound: bytes, seconds: float, actor: str) -> str:
        """Keep a sound (A-law) and return what it is named by. Raises DatabaseDown."""
        file = sha256(sound).hexdigest()
        await self._database.execute(
            "INSERT INTO prompts (file, at, actor, seconds, sound) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            file, clock.now(), actor, seconds, sound,
        )  # fmt: skip
        return file

    async def get(self, file: str) -> bytes | None:
        """Return the sound with this name, None when there is none. Raises DatabaseDown."""
        sound = await self._database.fetchval("SELECT sound FROM prompts WHERE file = $1", file)
        return bytes(sound) if sound is not None else None
