"""`chat` is told what it answers by itself: the directory's rules, at our start and at each change."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from chat.feed import RULES, ChatRulesTold
from engine.directory.document import document_of
from okno.bus import Outbox
from okno.database import Connection, Database, DatabaseDown
from okno.ids import uuid7
from okno.settings.model import Settings

_WAIT_S = 60.0
_SECTIONS = ("queues", "hours", "holidays", "chats")


class Directory(Protocol):
    """What of `engine.asking.directory.keeping.Keeping` is needed here."""

    version: int
    epoch: str
    settings: Settings

    async def newest(self, after: int, epoch: str, wait_s: float) -> dict[str, Any]:
        """Return when there is another one, or so much later."""


class Rules:
    """Tells the rules.

    Args:
        database: the engine's; the outbox.
        directory: in force.
    """

    def __init__(self, database: Database, directory: Directory) -> None:
        self._database, self._directory = database, directory

    async def run(self) -> None:
        """Tell until cancelled: once now, and each version after."""
        told: int | None = None
        while True:
            try:
                if told != self._directory.version:
                    told = await self.tell()
                await self._directory.newest(told, self._directory.epoch, _WAIT_S)
            except DatabaseDown:
                await self._database.wait_available()
                await asyncio.sleep(1)

    async def tell(self) -> int:
        """Leave what is in force in the outbox; return its version. Raises DatabaseDown."""
        settings, version = self._directory.settings, self._directory.version
        event = ChatRulesTold(
            version=version, zone=settings.clinic.timezone, language=settings.clinic.language,
            clinic=settings.clinic.name, document=rules_of(settings),
        )  # fmt: skip
        async with self._database.acquire() as connection, connection.transaction():
            await _leave(connection, event)
        return version


def rules_of(settings: Settings) -> dict[str, Any]:
    """Return what of the directory conversations are answered by: of queues their name, title and hours only."""
    document = {name: part for name, part in document_of(settings.directory).items() if name in _SECTIONS}
    queues = document.get("queues") or []
    kept = ("name", "title", "hours")
    return document | {"queues": [{name: one[name] for name in kept if name in one} for one in queues]}


async def _leave(connection: Connection, event: ChatRulesTold) -> None:
    await Outbox.add(connection, RULES, uuid7(), "ChatRulesTold", event.model_dump(mode="json"))
