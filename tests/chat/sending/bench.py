"""Persons, conversations and messages of ours in a real database, and a sender beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry

from chat.channels import Messenger
from chat.conversations.identities import Identities
from chat.conversations.live import Hub
from chat.conversations.sealing import Seals
from chat.conversations.threads import Threads
from chat.conversations.writing import New, Writing
from chat.sending.returning import Returning
from chat.sending.sender import Sender
from chat.sending.wishes import Wishes
from chat.wire import Peer
from okno import clock
from okno.database import Database
from okno.ids import uuid7
from okno.seal import Sealer

FINAL = ("sent", "delivered", "read", "failed", "unknown")


@dataclass(frozen=True)
class Person:
    """Somebody who is written to."""

    identity: UUID
    conversation: UUID
    account: str
    user: str


@dataclass
class Bench:
    """A database with conversations."""

    database: Database
    own: Sealer
    ill: list[tuple[str, str]] = field(default_factory=list)
    metrics: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        """Make what writes."""
        self.seals = Seals(self.own)
        self.threads = Threads(self.seals)
        self.writing = Writing(self.seals, self.threads)
        self.wishes = Wishes(self.seals, self.writing)
        self.returning = Returning(self.seals, self.writing)

    async def person(self, account: str = "fake:main", user: str = "5501") -> Person:
        """Let somebody write, so that he can be answered."""
        async with self.database.acquire() as connection, connection.transaction():
            identity = await Identities(self.seals).known(
                connection, account, Peer(ext_user=user, name="Anna P"), clock.now()
            )
            thread = await self.threads.begin(connection, identity, "chat", clock.now())
            await self.writing.write(
                connection, thread.id, account, New(side="in", at=clock.now(), body={"text": "?"}, ext=f"in-{user}")
            )
        return Person(identity.id, thread.id, account, user)

    async def say(self, to: Person, text: str, *, id: UUID | None = None, **more: Any) -> UUID:
        """Write something to him, as the operator's page does."""
        async with self.database.acquire() as connection, connection.transaction():
            await self.threads.get(connection, to.conversation, hold=True)
            new = New(side="out", at=clock.now(), body={"text": text}, state="queued", id=id or uuid7(), **more)
            written = await self.writing.write(connection, to.conversation, to.account, new)
            await self.wishes.enqueue(connection, written.id, to.account, to.identity)
        return written.id

    async def say_in_the_app(self, to: Person, text: str, ext: str) -> None:
        """Let somebody of the clinic write in the channel's own program."""
        async with self.database.acquire() as connection, connection.transaction():
            new = New(side="out", at=clock.now(), body={"text": text}, state="sent", ext=ext)
            await self.writing.write(connection, to.conversation, to.account, new)

    async def files(self, message: UUID, *uploads: str) -> None:
        """Put uploads to a message of ours."""
        for place, id in enumerate(uploads):
            await self.database.execute(
                "UPDATE attachment SET message = $2, place = $3 WHERE id = $1", UUID(id), message, place
            )

    async def row(self, message: UUID) -> Mapping[str, Any]:
        """Return a message's row."""
        row = await self.database.fetchrow("SELECT * FROM message WHERE id = $1", message)
        assert row is not None
        return dict(row)

    async def until(self, message: UUID, *states: str, within_s: float = 20.0) -> Mapping[str, Any]:
        """Wait until a message is in one of these states (none given: a final one)."""
        async with asyncio.timeout(within_s):
            while (row := await self.row(message))["state"] not in (states or FINAL):
                await asyncio.sleep(0.02)
        return row

    async def quiet(self, within_s: float = 20.0) -> None:
        """Wait until nothing is on its way."""
        async with asyncio.timeout(within_s):
            while await self.database.fetchval("SELECT count(*) FROM outgoing"):
                await asyncio.sleep(0.02)

    async def text(self, message: UUID) -> str:
        """Return what a message says."""
        row = await self.row(message)
        return str(self.writing.body(message, row["body"])["text"])

    @asynccontextmanager
    async def sending(self, *messengers: Messenger) -> AsyncIterator[Sender]:
        """Send for the body of an `async with`."""
        hub = Hub(self.database)

        async def ill(account: str, code: str) -> None:
            self.ill.append((account, code))

        registry = self.metrics = CollectorRegistry()
        sender = Sender(self.database, self.own, {one.key: one for one in messengers}, hub, registry, ill)
        tasks = [asyncio.create_task(hub.run()), asyncio.create_task(sender.run())]
        try:
            yield sender
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in messengers:
                await one.close()


async def soon(true: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.02)


DAY = timedelta(days=1)
