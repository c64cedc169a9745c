"""What every connector promises, kept by a map that writes; and twenty operators racing for ten times through it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from mis.connectors import Setup, make
from okno.seal import Keyring
from tests.contracts.mis_suite import PROMISES, Ground, Promise
from tests.fixtures import OpenDatabase
from tests.mis.booking import test_race as race
from tests.mis.connectors.mapping.replay import CLINIC
from tests.mis.proxy import faulty
from tests.mis.renovatio_server import MINUTES, RenovatioServer, renovatio

# Renovatio keeps no key of ours with a patient: the same wish again finds him as a like one, and without a number it
# has nobody to show (docs/mis/mapping.md). Our connector shows; a person decides.
NOT_KEPT = {"a_patient_is_made_once_and_a_like_one_is_shown"}
KEPT = [one for one in PROMISES if one.name not in NOT_KEPT]


@asynccontextmanager
async def at_renovatio(server: RenovatioServer) -> AsyncIterator[Ground]:
    async def standing() -> list[datetime]:
        return sorted(datetime.strptime(one["time_start"], "%d.%m.%Y %H:%M").replace(tzinfo=CLINIC)
                      for one in server.standing)  # fmt: skip

    async with faulty(server.url) as proxy:
        ground = Ground(
            mis=server.connector(), doctor=str(server.doctor), phone="+79990000000", name="Берёзкина",
            patients=tuple(str(one["patient_id"]) for one in server.patients), free=server.slots, first=server.first,
            until=server.first + timedelta(minutes=MINUTES * server.slots), standing=standing, missing="999999",
            proxy=proxy, behind=server.connector(proxy.url),
            stranger=make(Setup(settings=server.settings(), secret=lambda _: "wrong", zone=CLINIC)),
        )  # fmt: skip
        yield ground
        for one in (ground.mis, ground.behind, ground.stranger):
            assert one is not None
            await one.close()


@pytest_asyncio.fixture
async def ground() -> AsyncIterator[Ground]:
    async with renovatio(slots=3, patients=5) as server, at_renovatio(server) as one:
        yield one


@pytest.mark.parametrize("promise", KEPT, ids=lambda one: one.name)
async def test_a_map_that_writes_keeps(promise: Promise, ground: Ground) -> None:
    await promise.keep(ground)


async def test_twenty_operators_race_for_ten_times_at_a_mis_that_takes_anything(
    database: OpenDatabase, keyring: Keyring
) -> None:
    """No key of ours, no hold, no lock, no look at overlaps: ten visits stand all the same, no time twice."""
    async with (
        renovatio(slots=race.SLOTS + race.SPARE, patients=race.OPERATORS) as server,
        faulty(server.url) as proxy,
    ):
        server.checked = False
        connector = server.connector(proxy.url)

        async def visits() -> list[tuple[str, str]]:
            return [(one["time_start"], str(one["id"])) for one in server.standing]

        patients = tuple(str(one["patient_id"]) for one in server.patients)
        where = race.Ground(connector, proxy, str(server.doctor), patients, visits, server.first)
        try:
            await race.test_twenty_operators_race_for_ten_times(1, where, database, keyring)
        finally:
            await connector.close()
