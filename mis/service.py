"""`mis`, put together. The only file of it that names concrete classes."""

from __future__ import annotations

import asyncio
import contextlib
from zoneinfo import ZoneInfo

from aiohttp import web

from mis import asking, connectors
from mis.api import Api
from mis.booking import Bookings
from mis.feed import REPORTS, STREAM, VISITS, WORK, ConnectorChanged, ConnectorState
from mis.finding import Cards, Finder, Inquiry, Links, Lookups, Making, Waiting
from mis.guard import Figures, Flights, Guarded, Standing
from mis.shown import Shown
from mis.terms import Connector, Context, MisError, NotConnected
from mis.watching import Watching
from okno import clock
from okno.audit import AuditTrail
from okno.bus import Consumer, Outbox, Relay, connect, redis_url_for
from okno.bus.streams import Redis
from okno.database import Database, DatabaseDown, migrate, url_for
from okno.ids import uuid7
from okno.seal import Keyring
from okno.service import Service
from okno.settings import Runtime

LOOK_EVERY_S = 5.0
TIDY_EVERY_S = 600.0
CONSUMERS = {STREAM: [], VISITS: ["engine"], WORK: ["engine"]}


async def main(runtime: Runtime) -> None:
    """Serve until SIGTERM. Raises DatabaseDown, KeyringBroken, SecretMissing, CannotListen, BadOptions at the start."""
    service = Service("mis", runtime)
    keyring = Keyring.load(runtime.keyring_path)
    database = await Database.open(url_for(runtime.settings, "mis"), name="mis")
    service.on_stop(database.close)
    await migrate(database, "okno", "migrations")
    await migrate(database, "mis", "migrations")
    redis = connect(redis_url_for(runtime.settings))
    service.on_stop(redis.aclose)
    service.ready(lambda: None if database.available else "the database is away")
    service.background(Relay(database, redis, CONSUMERS, service.metrics).run, "relay")
    figures, standing = Figures(service.metrics), Standing()
    mis = Guarded(connector(runtime), runtime.settings.mis, figures)
    service.on_stop(mis.close)
    name = runtime.settings.mis.connector
    service.background(lambda: watch(database, name, mis, standing, figures), "watch")
    service.background(AuditTrail(database, keyring.sealer("mis")).anchor, "audit anchor")
    service.app.add_routes(Api(name, mis, standing, look).routes())
    service.app.add_routes(_routes(service, database, redis, keyring, mis, standing, figures))
    await service.run(runtime.settings.mis.host, runtime.settings.mis.port)


def connector(runtime: Runtime) -> Connector:
    """Return the connector the settings name. Raises NoSuchConnector, BadOptions, SecretMissing."""
    settings = runtime.settings
    zone = ZoneInfo(settings.clinic.timezone)
    return connectors.make(connectors.Setup(settings=settings.mis, secret=runtime.secret, zone=zone))


def _routes(  # noqa: PLR0917  what everything stands on
    service: Service,
    database: Database,
    redis: Redis,
    keyring: Keyring,
    mis: Guarded,
    standing: Standing,
    figures: Figures,
) -> list[web.RouteDef]:
    """Put together who answers, and what goes on beside; return the routes."""
    settings, own, of = service.runtime.settings, keyring.sealer("mis"), service.runtime.settings.mis.connector
    shown, lookups, audit = Shown(database, own), Lookups(database, own, of), AuditTrail(database, own)
    cards = Cards(mis=mis, settings=settings, standing=standing, shown=shown, figures=figures)
    inquiry = Inquiry(
        mis=mis, settings=settings, figures=figures, lookups=lookups, waiting=Waiting(), flights=Flights()
    )
    links = Links(database, own, of)
    finder = Finder(inquiry=inquiry, standing=standing, shown=shown, links=links, cards=cards)
    making = Making(inquiry=inquiry, finder=finder, flights=Flights())
    bookings = Bookings(mis, settings.mis, database, keyring, audit)
    bookings.measure(service.metrics)
    watching = Watching(mis, settings, database, keyring, audit, bookings, cards.forget)
    reports = Consumer(redis, REPORTS, "mis", "mis", watching.reports.handle, database, service.metrics)
    beside = [(lambda: tidy(lookups), "tidy"), (bookings.run, "bookings"), (reports.run, "reports of contacts")]
    for work, name in [*beside, *watching.backgrounds()]:
        service.background(work, name)
    for step in (inquiry.flights.close, making.flights.close, bookings.close):
        service.on_stop(step)
    if settings.mis.push_url:
        push = asking.listening(watching.watcher.pushed)
        service.listen(push, settings.mis.push_host, settings.mis.push_port)
    door = asking.Door(keyring.sealer("bus"))
    wishes = asking.Wishes(
        door=door, wishes=watching.wishes, directories=watching.directories, inquiry=inquiry, standing=standing
    )
    return [
        *asking.Patients(door=door, finder=finder, cards=cards, making=making).routes(),
        *asking.Bookings(door=door, bookings=bookings, cards=cards).routes(),
        *wishes.routes(),
    ]


async def look(mis: Connector) -> tuple[ConnectorState, str]:
    """Return how the connection to the MIS is now, and the code of what is wrong."""
    try:
        await mis.state(Context(actor="mis", purpose="watch", deadline=clock.monotonic() + LOOK_EVERY_S))
    except NotConnected:
        return "not_configured", ""
    except MisError as error:
        return "down", error.code
    return "ready", ""


async def watch(database: Database, name: str, mis: Connector, standing: Standing, figures: Figures) -> None:
    """Look at the MIS every few seconds and publish each change of its state; runs until cancelled."""
    while True:
        state, error = await look(mis)
        standing.saw(state, error)
        figures.up.set(state != "down")
        with contextlib.suppress(DatabaseDown):  # /ready says so; the next look finds the change
            await record(database, name, state)
        await asyncio.sleep(LOOK_EVERY_S)


async def tidy(lookups: Lookups) -> None:
    """Remove what the cache may not keep, every few minutes; runs until cancelled."""
    while True:
        with contextlib.suppress(DatabaseDown):  # the next round removes it; nothing of it is read meanwhile
            await lookups.tidy()
        await asyncio.sleep(TIDY_EVERY_S)


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
