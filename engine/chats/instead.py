"""Whom nobody could reach by telephone is written to where he wrote us, else by SMS: once, after the last try.

What is owed is read from the history, so that a restart forgets nothing; the message has an id made of the line that
says that all tries are over: asked for again, it is the same message (P2).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from chat.client import ServiceRefused, Status
from engine.events import WroteInstead
from engine.told import History, Once, Take
from engine.world import Queue, View
from okno import clock, logs
from okno.database import Database, DatabaseDown
from okno.errors import OknoError
from okno.ids import uuid7_of

log = logs.get(__name__)

_EVERY_S = 15.0
SMS = "sms"
# Who has left the site's page hears of no answer there until he comes again: that reaches nobody.
_HEARD_ONLY_THERE = frozenset({"widget"})


class Owed(Protocol):
    """Somebody nobody reached."""

    @property
    def request(self) -> str:
        """The request by which he was called."""

    @property
    def phone(self) -> str:
        """His number (E.164), empty when he has none."""

    @property
    def contact(self) -> str | None:
        """Who he is."""

    @property
    def line(self) -> str:
        """The line of history that says that all tries are over."""

    @property
    def at(self) -> datetime:
        """When that was."""


class Talks(Protocol):
    """What of `engine.store.people.conversations.Talks` is needed here."""

    async def owed(self, silent: Sequence[str] = ()) -> Sequence[Owed]:
        """Whom nobody reached and nobody has written to since, but for those of `silent` queues."""

    async def written_from(self, contact: str | None, phone: str) -> list[tuple[str, str]]:
        """The messengers he wrote from: (identity, account), where he wrote last first."""


class Chat(Protocol):
    """What of `chat.client.ChatClient` is needed here."""

    async def status(self) -> Status:
        """Which accounts there are."""

    async def start(self, who: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Write to somebody; the same id is the same message."""


class Instead:
    """Writes to those nobody reached.

    Args:
        database: the engine's.
        talks: who is owed a word, and where he wrote.
        chat: writes it.
        text: what it says.
        take: gives an event to the loop.
        history: what is written.
        sure: whether we lead.
    """

    def __init__(
        self, database: Database, talks: Talks, chat: Chat, *, text: str, take: Take[WroteInstead], history: History,
        sure: Callable[[], bool],
    ) -> None:
        self._database, self._talks, self._chat, self._text, self._sure = database, talks, chat, text, sure
        self._once = Once(take, history)

    async def run(self, world: View) -> None:
        """Look until cancelled; with `chat` or the database away everybody waits."""
        while True:
            try:
                await self.look(world)
            except DatabaseDown:
                await self._database.wait_available()
            except OknoError as error:
                log.info("not_written_instead", extra={"why": error.key})
            await asyncio.sleep(_EVERY_S)

    async def look(self, world: View) -> None:
        """Write to everybody who is owed a word just now, where his queue writes to people.

        Args:
            world: knows the queues' rules.

        Raises:
            ServiceDown: whether the last one was written is not known; look again.
            DatabaseDown: away.
        """
        silent = [queue.key for queue in world.all(Queue) if not queue.callbacks.write_instead]
        owed = await self._talks.owed(silent)
        if not owed:
            return
        accounts = {one.key: one for one in (await self._chat.status()).accounts if one.colour != "red"}
        sms = next((key for key, one in sorted(accounts.items()) if one.channel == SMS), "")
        for one in owed:
            if not self._sure():
                return
            await self._write(one, frozenset(accounts), sms)

    async def _write(self, one: Owed, accounts: frozenset[str], sms: str) -> None:
        key = str(uuid7_of(one.at, "instead", one.line))
        who = {"actor": "engine", "role": "engine", "purpose": "callback", "request": one.request}
        async for account, whom in self._ways(one, accounts, sms):
            wish = {"id": key, "account": account, "text": self._text, "request": one.request, **whom}
            try:
                await self._chat.start(who, wish)
            except ServiceRefused as refused:
                log.info("way_refused", extra={"account": account, "why": str(refused.problem.get("why", ""))})
                continue
            channel = account.partition(":")[0]
            await self._once(key, WroteInstead(at=clock.now(), key=key, request=one.request, channel=channel))
            return

    async def _ways(
        self, one: Owed, accounts: frozenset[str], sms: str
    ) -> AsyncIterator[tuple[str, dict[str, str]]]:
        """Where he may be written to, the likeliest first: (account, whom)."""
        for identity, account in await self._talks.written_from(one.contact, one.phone):
            if account in accounts and account.partition(":")[0] not in _HEARD_ONLY_THERE:
                yield account, {"identity": identity}
        if sms and one.phone:
            yield sms, {"phone": one.phone}
