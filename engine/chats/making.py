"""The engine's side of the gate of `chat`, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from chat.client import ChatClient
from engine.chats.instead import Instead, Talks
from engine.chats.listening import Contacts, Listening, Requests, Told
from engine.chats.telling import Directory, Rules
from engine.chats.waiting import Places
from engine.events import WroteInstead
from engine.told import Take
from engine.world import View
from okno.bus.streams import Redis
from okno.database import Database
from okno.i18n import Catalogue
from okno.seal import Sealer
from okno.service import Service
from okno.settings.model import Settings


class Chats:
    """All that passes between the engine and `chat`.

    Args:
        settings: of this machine.
        service: the process around it.
        database: the engine's.
        redis: the bus.
        bus: opens what is sealed for it.
        talks: who is owed a word.
        contacts: whose a point is.
        history: what is written.
        take: gives an event to the loop.
        sure: whether we lead.
    """

    def __init__(
        self, settings: Settings, service: Service, database: Database, *, redis: Redis, bus: Sealer, talks: Talks,
        contacts: Contacts, history: Requests, take: Take[Told | WroteInstead], sure: Callable[[], bool],
    ) -> None:
        clinic = settings.clinic
        words = Catalogue.load(Path(str(files("engine"))) / "i18n")
        self._database = database
        self._client = ChatClient(settings.chat.url, service.secret)
        service.on_stop(self._client.close)
        self._listening = Listening(
            database, redis, bus, take=take, history=history, contacts=contacts, registry=service.metrics
        )
        self._instead = Instead(
            database, talks, self._client, take=take, history=history, sure=sure,
            text=words.t("chat.not_reached", clinic.language, clinic=clinic.name),
        )  # fmt: skip

    async def run(self, world: View, directory: Directory) -> None:
        """Listen and tell, while we lead, until cancelled. Args: world: as it is now; directory: in force."""
        parts = {
            "chats": self._listening.run(), "chat rules": Rules(self._database, directory).run(),
            "chat places": Places(world, self._client).run(), "written instead": self._instead.run(world),
        }  # fmt: skip
        async with asyncio.TaskGroup() as group:
            for name, part in parts.items():
                group.create_task(part, name=name)
