"""The rules in force: as the engine told them last, read again when it tells anew."""

from __future__ import annotations

import asyncio
import contextlib

import pydantic

from chat.conversations.live import Hub
from chat.ruling.rules import Book
from okno import logs
from okno.database import Database, DatabaseDown

log = logs.get(__name__)

_LOOK_S = 60.0


class Keeping:
    """Keeps the rules at hand.

    Args:
        database: of `chat`.
        hub: says when they change.
    """

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._book = Book()
        self._changed = asyncio.Event()

    def __call__(self) -> Book:
        """Return the rules in force."""
        return self._book

    async def read(self) -> None:
        """Read them. Raises DatabaseDown."""
        told = await self._database.fetchval("SELECT told FROM rules")
        if told is None:
            return
        try:
            self._book = Book.of(told)
        except (pydantic.ValidationError, KeyError, TypeError) as error:
            log.error("chat_rules_not_understood", extra={"reason": type(error).__name__})

    async def run(self) -> None:
        """Read them whenever they change, until cancelled."""
        end = self._hub.on(lambda said: self._changed.set() if said["what"] in ("rules", "begun") else None)
        try:
            while True:
                self._changed.clear()
                with contextlib.suppress(DatabaseDown):  # /ready says so; they are read when it is back
                    await self.read()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S):
                        await self._changed.wait()
        finally:
            end()
