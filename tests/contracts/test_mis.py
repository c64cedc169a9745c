"""What the registry of MIS connectors promises, and what every connector keeps, each over a real MIS."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio

from mis import connectors
from mis.connectors import Setup, make
from mis.terms import LIVE
from okno import clock
from okno.settings import MisSettings
from tests.contracts.mis_suite import PROMISES, Ground, Promise
from tests.fixtures import MakeUrl
from tests.mis.fhir_server import MINUTES, ZONE, FhirServer
from tests.mis.gnu_health_server import GnuHealthServer, phone
from tests.mis.proxy import faulty

FREE = 3
VIEWS = Path(__file__).parents[2] / "docs" / "mis" / "smt-views.sql"


def _setup(name: str) -> connectors.Setup:
    return connectors.Setup(settings=MisSettings(connector=name), secret=lambda _: "a secret", zone=ZoneInfo("UTC"))


def test_the_settings_name_the_connector() -> None:
    assert type(connectors.make(_setup("none"))).__name__ == "NoMis"


def test_an_unknown_connector_is_named_with_the_known_ones() -> None:
    with pytest.raises(connectors.NoSuchConnector, match=r"mis.connector.*'acme'.*none"):
        connectors.make(_setup("acme"))


@asynccontextmanager
async def on_fhir(server: FhirServer) -> AsyncIterator[Ground]:
    """A clinic in sekmet-fhir."""
    clinic = await server.clinic(slots=FREE)
    name = f"Q{clinic.tag}"
    for patient in clinic.patients:
        raw = await server.get(f"Patient/{patient}")
        await server.put({**raw, "name": [{"family": name, "given": ["Anna"]}]})
    doctor, branch = {"reference": f"Practitioner/{clinic.doctor}"}, {"reference": f"Location/{clinic.branch}"}
    role = {"active": True, "practitioner": doctor, "location": [branch]}
    await server.put({"resourceType": "PractitionerRole", "id": f"role-{clinic.tag}", **role})

    async def standing() -> list[datetime]:
        found = await server.search("Appointment", f"practitioner=Practitioner/{clinic.doctor}")
        return sorted(datetime.fromisoformat(one["start"]) for one in found if one["status"] in LIVE)

    stranger = make(Setup(settings=server.settings(), secret=lambda _: "wrong", zone=ZONE))
    async with faulty(server.base.rpartition("/")[0]) as proxy:
        ground = Ground(
            mis=server.connector(), doctor=clinic.doctor, patients=clinic.patients, phone=clinic.phone(0), name=name,
            free=FREE, first=clinic.first, until=clinic.until, standing=standing, missing="no-such-thing", proxy=proxy,
            behind=server.connector(f"{proxy.url}/fhir"), stranger=stranger,
        )  # fmt: skip
        yield ground
        await closed(ground)


@asynccontextmanager
async def on_gnu_health(server: GnuHealthServer) -> AsyncIterator[Ground]:
    """A clinic in GNU Health."""
    clinic = await server.clinic(slots=FREE, patients=0)
    name = f"Q{clinic.tag}"
    patients = tuple([
        await server.patient(name, f"Anna{number}", phone(clinic.tag, number), born=date(1980, 3, 4)) for number in range(2)
    ])  # fmt: skip

    async def standing() -> list[datetime]:
        return sorted(row["appointment_date"] for row in await server.visits(clinic.doctor))

    stranger = make(Setup(settings=server.settings(), secret=lambda _: "wrong", zone=ZONE))
    async with faulty(server.base.rpartition("/")[0]) as proxy:
        ground = Ground(
            mis=server.connector(), doctor=clinic.doctor, patients=patients, phone=clinic.phone(0), name=name, free=FREE,
            first=clinic.first, until=clinic.until, standing=standing, missing="999999999", proxy=proxy,
            behind=server.connector(proxy.url), stranger=stranger,
        )  # fmt: skip
        yield ground
        await closed(ground)


@asynccontextmanager
async def on_views(url: str) -> AsyncIterator[Ground]:
    """The clinic's own MIS as its map reads it: views of a real PostgreSQL, filled with a clinic."""
    tag = secrets.token_hex(6)
    first = clock.now().astimezone(UTC).replace(hour=5, minute=0, second=0, microsecond=0) + timedelta(days=1)
    patients, name, number = (f"{tag}-0", f"{tag}-1"), f"Q{tag}", phone(tag, 0)
    slots = [first + timedelta(minutes=MINUTES * one) for one in range(FREE)]
    connection = await asyncpg.connect(url)
    await connection.execute(VIEWS.read_text())
    rows = {
        "patients": [
            {"id": one, "family": name, "given": "Anna", "search_name": f"{name} Anna".lower()} for one in patients
        ],
        "patient_phones": [
            {"patient_id": one, "phone": phone(tag, at), "tail": phone(tag, at)[-10:]} for at, one in enumerate(patients)
        ],
        "doctors": [{"id": f"d{tag}", "name": "Lipina O."}],
        "slots": [
            {
                "id": f"s{at}", "doctor_id": f"d{tag}", "doctor_name": "Lipina O.", "start_at": start,
                "end_at": start + timedelta(minutes=MINUTES), "state": "free", "version": "1",
            }
            for at, start in enumerate(slots)
        ],
    }  # fmt: skip
    for view, several in rows.items():
        await _behind(connection, view, several)
    await connection.close()
    settings = MisSettings(connector="mapping", address=url, options={"map": "smt_klinika"})
    ground = Ground(
        mis=make(Setup(settings=settings, secret=lambda _: "", zone=ZONE)), doctor=f"d{tag}", patients=patients,
        phone=number, name=name, free=FREE, first=first, until=slots[-1] + timedelta(minutes=MINUTES), standing=_nothing,
        missing="no-such-thing",
    )  # fmt: skip
    yield ground
    await closed(ground)


async def _nothing() -> list[datetime]:
    return []


async def _behind(connection: asyncpg.Connection[Any], view: str, rows: list[dict[str, Any]]) -> None:
    """Put rows behind a view, its columns and types as the vendor is asked for them."""
    await connection.execute(f'CREATE TABLE public."{view}" AS SELECT * FROM okno."{view}"')  # noqa: S608
    for row in rows:
        names, places = ", ".join(row), ", ".join(f"${at}" for at in range(1, len(row) + 1))
        await connection.execute(f'INSERT INTO public."{view}" ({names}) VALUES ({places})', *row.values())  # noqa: S608
    await connection.execute(f'CREATE OR REPLACE VIEW okno."{view}" AS SELECT * FROM public."{view}"')  # noqa: S608


async def closed(ground: Ground) -> None:
    """Close a ground's connectors."""
    for one in (ground.mis, ground.behind, ground.stranger):
        if one is not None:
            await one.close()


@pytest.fixture(params=["fhir_r4", "gnu_health", "mapping"])
def server(request: pytest.FixtureRequest) -> FhirServer | GnuHealthServer | None:
    """The MIS of a connector; None: the views, for each test their own."""
    fixture = {"fhir_r4": "fhir_server", "gnu_health": "gnu_health_server"}.get(request.param)
    return request.getfixturevalue(fixture) if fixture else None  # type: ignore[no-any-return]


@pytest_asyncio.fixture
async def ground(server: FhirServer | GnuHealthServer | None, new_database_url: MakeUrl) -> AsyncIterator[Ground]:
    """A clinic in the MIS of each connector."""
    match server:
        case FhirServer():
            where = on_fhir(server)
        case GnuHealthServer():
            where = on_gnu_health(server)
        case None:
            where = on_views(await new_database_url())
    async with where as one:
        yield one


@pytest.mark.parametrize("promise", PROMISES, ids=lambda one: one.name)
async def test_every_connector_keeps(promise: Promise, ground: Ground) -> None:
    await promise.keep(ground)


def test_every_connector_of_the_folder_is_here() -> None:
    assert set(connectors.names()) == {"none", "fhir_r4", "gnu_health", "mapping"}
