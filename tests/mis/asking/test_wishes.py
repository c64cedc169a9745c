"""The routes about the waiting list and directories, through the gate, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web

from mis.asking import Door, Wishes
from mis.booking import Bookings
from mis.client import Asker, MisClient, Wish
from mis.guard import Standing
from mis.terms import Unavailable
from mis.watching import Watching
from okno import clock
from okno.audit import AuditTrail
from okno.seal import Keyring
from okno.service import ServiceRefused
from okno.service.doors import telling_errors
from okno.settings import Settings
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import Clinic
from tests.mis.finding.family import PHONE, desk

ASKER = Asker(actor="orlova", role="operator", purpose="booking", request=uuid4())


@pytest_asyncio.fixture
async def served(database: OpenDatabase, keyring: Keyring) -> AsyncIterator[tuple[MisClient, Clinic, Standing]]:
    db, clinic, standing, settings = await database("mis"), Clinic(), Standing(), Settings()
    audit, bus = AuditTrail(db, keyring.sealer("mis")), keyring.sealer("bus")
    books = Bookings(clinic, settings.mis, db, keyring, audit)
    watching = Watching(clinic, settings, db, keyring, audit, books, lambda patient: None)
    standing.saw("ready")
    app = web.Application(middlewares=[telling_errors()])
    app.add_routes(Wishes(
        door=Door(bus), wishes=watching.wishes, directories=watching.directories, standing=standing,
        inquiry=desk(db, keyring).finder.inquiry,
    ).routes())  # fmt: skip
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = MisClient(f"http://127.0.0.1:{runner.addresses[0][1]}", "secret", bus)
    yield client, clinic, standing
    await client.close()
    await books.close()
    await runner.cleanup()


def _wish(**change: Any) -> Wish:
    values = {"key": uuid4(), "patient": "p1", "since": clock.now(), "until": clock.now() + timedelta(days=7)}
    return Wish(**(values | change))


async def test_a_place_on_the_list(served: tuple[MisClient, Clinic, Standing]) -> None:
    client, _, _ = served
    put = await client.wish(_wish(doctor="d1"), "8 (999) 000-00-01", ASKER)
    assert (put.status, put.made_by, put.doctor) == ("waiting", "orlova", "d1")
    assert await client.wishes("p1", ASKER) == [put]
    assert (await client.give_up(put.key, ASKER)).status == "given_up"
    assert await client.wishes("p2", ASKER) == [] and PHONE


async def test_refusals(served: tuple[MisClient, Clinic, Standing]) -> None:
    client, clinic, _ = served
    now = clock.now()
    for wish in (_wish(until=now - timedelta(days=1)), _wish(since=now.replace(tzinfo=None), until=now)):
        with pytest.raises(ServiceRefused) as told:
            await client.wish(wish, "", ASKER)
        assert told.value.status == 400
    with pytest.raises(ServiceRefused) as told:
        await client.give_up(uuid4(), ASKER)
    assert told.value.status == 404
    with pytest.raises(ServiceRefused) as told:
        await client.directory("nonesuch")  # type: ignore[arg-type]
    assert told.value.status == 400
    clinic.capabilities = frozenset()
    with pytest.raises(ServiceRefused) as told:
        await client.directory("doctors")
    assert told.value.status == 409


async def test_a_directory_is_there_when_the_mis_is_not(served: tuple[MisClient, Clinic, Standing]) -> None:
    client, clinic, standing = served
    assert [one.name for one in (await client.directory("doctors")).items] == ["Doctor One"]
    clinic.fault = lambda name: "away"
    assert [one.name for one in (await client.directory("doctors")).items] == ["Doctor One"]
    assert (await client.directory("branches")).error == Unavailable.code
    standing.saw("not_configured")
    assert (await client.directory("doctors")).error == "not_configured"
