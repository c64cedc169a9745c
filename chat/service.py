"""`chat`, put together. The only file of it that names concrete classes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from chat import channels
from chat.api import Api, public
from chat.feed import STREAM, ChannelChanged, ChannelState
from okno import clock
from okno.bus import Outbox, Relay, connect, redis_url_for
from okno.database import Database, DatabaseDown, migrate, url_for
from okno.ids import uuid7
from okno.service import Service
from okno.settings import Runtime

LOOK_EVERY_S = 5.0


async def main(runtime: Runtime) -> None:
    """Serve until SIGTERM. Raises DatabaseDown, SecretMissing, CannotListen at the start."""
    service = Service("chat", runtime)
    settings = runtime.settings
    database = await Database.open(url_for(settings, "chat"), name="chat")
    service.on_stop(database.close)
    await migrate(database, "okno", "migrations")
    await migrate(database, "chat", "migrations")
    redis = connect(redis_url_for(settings))
    service.on_stop(redis.aclose)
    switched_on = channels.load()
    service.app.add_routes(Api(switched_on).routes())
    service.listen(public(), settings.chat_public.host, settings.chat_public.port)
    service.ready(lambda: None if database.available else "the database is away")
    service.background(Relay(database, redis, {STREAM: []}, service.metrics).run, "relay")
    service.background(lambda: watch(database, switched_on), "watch")
    await service.run(settings.chat.host, settings.chat.port)


async def watch(database: Database, switched_on: Mapping[str, channels.Channel]) -> None:
    """Look at the channels every few seconds and publish each change; runs until cancelled."""
    while True:
        with contextlib.suppress(DatabaseDown):  # /ready says so; the next look finds the change
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
