"""`chat`, put together. The only file of it that names concrete classes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace

from chat import channels
from chat.accounts.making import Accounts, made
from chat.accounts.running import Runners
from chat.accounts.watching import Watching
from chat.api import Api, public
from chat.conversations.forgetting import Forgetting
from chat.conversations.live import Hub
from chat.conversations.standing import Standing
from chat.conversations.threads import Thread
from chat.desk.asked import Audited
from chat.desk.routes import Desk
from chat.desk.seeing import Seeing
from chat.desk.writing import Writing
from chat.feed import (
    CALLBACKS,
    CONVERSATIONS,
    ENDS,
    RULES,
    STANDINGS,
    STREAM,
    CallbackOver,
    ChannelChanged,
    ChannelState,
)
from chat.media.checking import Check
from chat.media.fetching import Fetcher
from chat.media.keeping import Media
from chat.media.routes import Attachments
from chat.receiving.hooks import Hooks
from chat.receiving.raws import Raws
from chat.receiving.taking import Taking
from chat.receiving.turn import Kept
from chat.receiving.workers import Workers
from chat.ruling.answering import Answering
from chat.ruling.idle import Idle
from chat.ruling.keeping import Keeping
from chat.sending import Sender
from okno import clock
from okno.audit import AuditTrail
from okno.bus import BusEvent, Consumer, Outbox, Relay, connect, redis_url_for
from okno.database import HELD_UP, Connection, Database, DatabaseDown, migrate, url_for
from okno.ids import uuid7
from okno.seal import Keyring
from okno.service import Service
from okno.settings import Runtime

LOOK_EVERY_S = 5.0
FAREWELL_S = 5.0
# Whoever reads a stream of `chat` confirms under this name.
CONSUMERS = {STREAM: [], CALLBACKS: ["engine"], CONVERSATIONS: ["engine"]}
_CONNECTIONS = 20  # readers, senders, listeners and routes at once


async def main(runtime: Runtime) -> None:
    """Serve until SIGTERM.

    Raises DatabaseDown, KeyringBroken, SecretMissing, NoSuchChannel, CannotListen at the start.
    """
    service = Service("chat", runtime)
    settings = runtime.settings
    database = await Database.open(url_for(settings, "chat"), name="chat", size=_CONNECTIONS)
    service.on_stop(database.close)
    await migrate(database, "okno", "migrations")
    await migrate(database, "chat", "migrations")
    redis = connect(redis_url_for(settings))
    service.on_stop(redis.aclose)
    keyring = Keyring.load(runtime.keyring_path)
    house = House(service, runtime, database, keyring)
    await house.raws.remember()
    await house.raws.again()
    service.on_stop(house.accounts.close)
    for name, one in house.channels.items():
        service.background(one.run, f"channel {name}")

    async def over(event: BusEvent, connection: Connection) -> None:
        told = CallbackOver.model_validate(event.payload)
        for one in house.channels.values():
            await one.over(told)

    for stream, handler in ((ENDS, over), (STANDINGS, house.standing.stands), (RULES, house.standing.rules)):
        consumer = Consumer(redis, stream, "chat", "chat", handler, database, service.metrics)
        service.background(consumer.run, f"stream {stream}")
    service.app.add_routes(Api(house.channels, house.watching).routes())
    service.app.add_routes([*house.desk.routes(), *house.attachments.routes()])
    app = public(house.channels)
    house.hooks.attach(app)
    service.listen(app, settings.chat_public.host, settings.chat_public.port)
    service.before_end(house.sender.farewell, FAREWELL_S)
    service.ready(lambda: None if database.available else "the database is away")
    service.background(Relay(database, redis, CONSUMERS, service.metrics).run, "relay")
    service.background(lambda: watch(database, house.channels), "watch")
    await service.run(settings.chat.host, settings.chat.port)


class House:
    """What `chat` is made of, each part running beside the others once the service runs.

    Args:
        service: runs them.
        runtime: the settings and secrets.
        database: of `chat`.
        keyring: gives the sealers.
    """

    def __init__(self, service: Service, runtime: Runtime, database: Database, keyring: Keyring) -> None:
        own, bus = keyring.sealer("chat"), keyring.sealer("bus")
        self.kept = kept = Kept(own, bus, runtime.settings.clinic)
        self.raws = Raws(database, kept.seals, service.metrics)
        self.hub = Hub(database)
        setup = channels.Setup(runtime, database, own, bus, service.metrics, self.hub, self.raws.keep)
        self.accounts: Accounts = made(setup, self.raws, kept.seals)
        self.channels = channels.load(replace(setup, messengers=self.accounts.messengers))
        self.book = Keeping(database, self.hub)
        self.answering = Answering(kept, self.book)
        runners = Runners(database, self.accounts.messengers)
        self.watching = Watching(database, self.accounts, self.raws, self.book, service.metrics, runners.mine)
        self.sender = Sender(
            database, own, self.accounts.messengers, self.hub, service.metrics, self.watching.ill
        )
        media = Media(database, own, runtime.settings.chat.most_file_mb << 20, Check(runtime.settings.chat.check_file))
        self.attachments = Attachments(media, AuditTrail(database, own))
        fetcher = Fetcher(media, database, own, self.accounts.messengers, self.hub, service.metrics)
        self.standing = Standing(kept.threads, kept.identities, kept.telling, self._closed)
        self.hooks = Hooks(self.accounts.messengers, self.raws, service.metrics)
        seeing = Seeing(database, kept, self.accounts, Audited(AuditTrail(database, own)))
        self.desk = Desk(database, seeing, Writing(seeing, self.sender), self.hub)
        workers = Workers(database, self.raws, Taking(kept, self.answering, {}), self.accounts, service.metrics)
        for work, name in (
            (self.hub.run, "live"), (self.book.run, "rules"), (workers.run, "readers"), (self.sender.run, "sender"),
            (fetcher.run, "files"),
            (runners.run, "accounts"), (self.watching.run, "lamps"),
            (Idle(database, kept, self.accounts, self.answering, self.book).run, "idle"),
            (AuditTrail(database, own).anchor, "audit anchor"),
            (Forgetting(database, runtime.settings.chat.keep_days).run, "forgetting"),
        ):  # fmt: skip
            service.background(work, name)

    async def _closed(self, connection: Connection, thread: Thread) -> None:
        """Ask how it was."""
        await self.answering.closed(connection, thread, self.accounts.get(thread.account))


async def watch(database: Database, switched_on: Mapping[str, channels.Channel]) -> None:
    """Look at the channels every few seconds and publish each change; runs until cancelled."""
    while True:
        with contextlib.suppress(DatabaseDown, *HELD_UP):  # /ready says so; the next look finds the change
            await record(database, {name: await one.state() for name, one in switched_on.items()})
        await asyncio.sleep(LOOK_EVERY_S)


async def record(database: Database, states: Mapping[str, channels.State]) -> list[ChannelChanged]:
    """Record the channels' states and publish what is news; return that. Raises DatabaseDown."""
    async with database.acquire() as connection, connection.transaction():
        rows = await connection.fetch("SELECT name, state FROM channel ORDER BY name FOR UPDATE")
        known = {str(row["name"]): str(row["state"]) for row in rows}
        gone: dict[str, ChannelState] = {name: "removed" for name in known if name not in states}
        wanted: dict[str, ChannelState] = {**states, **gone}
        news = [ChannelChanged(channel=n, state=s) for n, s in wanted.items() if known.get(n) != s]
        for one in news:
            await connection.execute(
                "INSERT INTO channel (name, state, since) VALUES ($1, $2, $3)"
                " ON CONFLICT (name) DO UPDATE SET state = EXCLUDED.state, since = EXCLUDED.since",
                one.channel,
                one.state,
                clock.now(),
            )
            await Outbox.add(connection, STREAM, uuid7(), "ChannelChanged", one.model_dump())
    return news
