"""`mis`, put together. The only file of it that names concrete classes."""

from __future__ import annotations

import asyncio
import contextlib
from zoneinfo import ZoneInfo

from mis import connectors
from mis.api import Api
from mis.feed import STREAM, ConnectorChanged, ConnectorState
from mis.terms import Connector, Context, MisError, NotConnected
from okno import clock
from okno.bus import Outbox, Relay, connect, redis_url_for
from okno.database import Database, DatabaseDown, migrate, url_for
from okno.ids import uuid7
from okno.service import Service
from okno.settings import Runtime

LOOK_EVERY_S = 5.0


async def main(runtime: Runtime) -> None:
    """Serve until SIGTERM. Raises DatabaseDown, KeyringBroken, SecretMissing, CannotListen at the start."""
    service = Service("mis", runtime)
    database = await Database.open(url_for(runtime.settings, "mis"), name="mis")
    service.on_stop(database.close)
    await migrate(database, "okno", "migrations")
    await migrate(database, "mis", "migrations")
    redis = connect(redis_url_for(runtime.settings))
    service.on_stop(redis.aclose)
    settings = runtime.settings.mis
    setup = connectors.Setup(settings=settings, secret=runtime.secret, zone=ZoneInfo(runtime.settings.clinic.timezone))
    mis = connectors.make(setup)
    service.on_stop(mis.close)
    service.app.add_routes(Api(settings.connector, mis, look).routes())
    service.ready(lambda: None if database.available else "the database is away")
    service.background(Relay(database, redis, {STREAM: []}, service.metrics).run, "relay")
    service.background(lambda: watch(database, settings.connector, mis), "watch")
    await service.run(runtime.settings.mis.host, runtime.settings.mis.port)


async def look(mis: Connector) -> ConnectorState:
    """Return how the connection to the MIS is now."""
    try:
        await mis.state(Context(actor="mis", purpose="watch", deadline=clock.monotonic() + LOOK_EVERY_S))
    except NotConnected:
        return "not_configured"
    except MisError:
        return "down"
    return "ready"


async def watch(database: Database, name: str, mis: Connector) -> None:
    """Look at the MIS every few seconds and publish each change of its state; runs until cancelled."""
    while True:
        with contextlib.suppress(DatabaseDown):  # /ready says so; the next look finds the change
            await record(database, name, await look(mis))
        await asyncio.sleep(LOOK_EVERY_S)


async def record(database: Database, name: str, state: ConnectorState) -> bool:
    """Record the connector's state and publish it if it is news; return whether it was. Raises DatabaseDown."""
    async with database.acquire() as connection, connection.transaction():
        known = await connection.fetchval("SELECT state FROM connector WHERE name = $1 FOR UPDATE", name)
        if known == state:
            return False
        await connection.execute(
            "INSERT INTO connector (name, state, since) VALUES ($1, $2, $3)"
            " ON CONFLICT (name) DO UPDATE SET state = EXCLUDED.state, since = EXCLUDED.since",
            name,
            state,
            clock.now(),
        )
        changed = ConnectorChanged(connector=name, state=state)
        await Outbox.add(connection, STREAM, uuid7(), "ConnectorChanged", changed.model_dump())
        return True
