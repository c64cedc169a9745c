"""The race: twenty operators for ten times, on each real server, through a proxy that does what networks do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from mis.booking import Bookings
from mis.client.answers import Asker, Booking
from mis.guard import Figures, Guarded
from mis.terms import LIVE, Connector, Context, Slot, SlotQuery
from okno import clock
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring
from okno.settings import MisSettings
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import ALL, DAY, Clinic
from tests.mis.fhir_server import FhirServer
from tests.mis.gnu_health_server import GnuHealthServer
from tests.mis.proxy import Proxy, faulty
from tests.mis.renovatio_server import renovatio

OPERATORS, SLOTS, SPARE = 20, 10, 4
FINAL = ("booked", "refused")
# In seconds: a promise that is not kept by then hangs.
PATIENCE_S = 120
STORM_S = 15


@dataclass
class Ground:
    """Where the race is run: our connector behind a proxy, the times raced for, and what the server itself says."""

    connector: Connector
    proxy: Proxy | None
    doctor: str
    patients: tuple[str, ...]
    visits: Callable[[], Awaitable[list[tuple[str, str]]]]
    first: Any = DAY


@pytest.fixture(params=["memory", "renovatio", "fhir_server", "gnu_health_server"])
def server(request: pytest.FixtureRequest) -> Any:
    """The server raced on: a real one, or the way to one that is not."""
    return OTHERS.get(request.param) or request.getfixturevalue(request.param)


@pytest_asyncio.fixture
async def ground(server: Any) -> AsyncIterator[Ground]:
    async with server() if callable(server) else WAYS[type(server)](server) as made:
        yield made


@asynccontextmanager
async def in_memory() -> AsyncIterator[Ground]:
    """A MIS that lets two visits stand at once and holds no slots."""
    clinic = Clinic(capabilities=ALL - {"hold"})
    clinic.open(SLOTS + SPARE)

    async def visits() -> list[tuple[str, str]]:
        return [(one.slot, one.key) for one in clinic.live()]

    yield Ground(clinic, None, "d1", tuple(f"p{one}" for one in range(OPERATORS)), visits)


@asynccontextmanager
async def on_fhir(fhir: FhirServer) -> AsyncIterator[Ground]:
    """A clinic of this test's own in a real FHIR server."""
    own = await fhir.clinic(slots=SLOTS + SPARE, patients=OPERATORS)

    async def on_server() -> list[tuple[str, str]]:
        found = await fhir.search("Appointment", f"practitioner=Practitioner/{own.doctor}")
        return [(one["start"], one["id"]) for one in found if one["status"] in LIVE]

    async with faulty(fhir.base) as proxy:
        connector = fhir.connector(proxy.url)
        yield Ground(connector, proxy, own.doctor, own.patients, on_server, own.first)
        await connector.close()


@asynccontextmanager
async def on_gnu_health(gnu: GnuHealthServer) -> AsyncIterator[Ground]:
    """A clinic of this test's own in a real GNU Health, which lets two visits stand at once."""
    own = await gnu.clinic(slots=SLOTS + SPARE, patients=OPERATORS)

    async def on_server() -> list[tuple[str, str]]:
        return [(str(one["appointment_date"]), str(one["id"])) for one in await gnu.visits(own.doctor)]

    async with faulty(gnu.base.rpartition("/")[0]) as proxy:
        connector = gnu.connector(proxy.url)
        yield Ground(connector, proxy, own.doctor, own.patients, on_server, own.first)
        await connector.close()


@asynccontextmanager
async def on_renovatio() -> AsyncIterator[Ground]:
    """A Renovatio with a memory, through the mapping connector: no key of ours on a visit, no hold."""
    async with renovatio(slots=SLOTS + SPARE, patients=OPERATORS) as own, faulty(own.url) as proxy:

        async def standing() -> list[tuple[str, str]]:
            return [(one["time_start"], str(one["id"])) for one in own.standing]

        connector = own.connector(proxy.url)
        patients = tuple(str(one["patient_id"]) for one in own.patients)
        yield Ground(connector, proxy, str(own.doctor), patients, standing, own.first)
        await connector.close()


OTHERS: dict[str, Any] = {"memory": in_memory, "renovatio": on_renovatio}
WAYS: dict[type, Any] = {FhirServer: on_fhir, GnuHealthServer: on_gnu_health}


def asker(number: int) -> Asker:
    return Asker(actor=f"operator{number}", role="operator", purpose="booking", request=UUID(int=number + 1))


def made(ground: Ground, db: Database, keyring: Keyring) -> Bookings:
    settings = MisSettings(read_s=2.0, write_s=2.0, at_once=8)
    mis = Guarded(ground.connector, settings, Figures(CollectorRegistry()))
    return Bookings(mis, settings, db, keyring, AuditTrail(db, keyring.sealer("mis")))


async def times(ground: Ground) -> list[Slot]:
    ctx = Context(actor="test", purpose="booking", deadline=clock.monotonic() + 10)
    query = SlotQuery(since=ground.first, until=ground.first + timedelta(hours=12), doctor=ground.doctor)
    page = await ground.connector.find_slots(ctx, query)
    assert len(page.slots) == SLOTS + SPARE
    return list(page.slots)


async def ends(bookings: Bookings, key: UUID, who: Asker, answer: Booking) -> Booking:
    """Ask as the screen does, until there is an end."""
    while answer.status not in FINAL:
        assert answer.appointment is None, "told of an appointment nobody has read back"
        await asyncio.sleep(0.2)
        answer = await bookings.status(key, who)
    return answer


@pytest.mark.parametrize("seed", [1, 2])
async def test_twenty_operators_race_for_ten_times(
    seed: int, ground: Ground, database: OpenDatabase, keyring: Keyring
) -> None:
    slots = await times(ground)
    db = await database("mis")
    bookings = made(ground, db, keyring)
    background = asyncio.create_task(bookings.run())
    storm = asyncio.create_task(stormy(ground.proxy, seed))

    async def operator(number: int) -> Booking:
        key, who = uuid4(), asker(number)
        answer = await bookings.book(key, slots[number % SLOTS], ground.patients[number], who)
        return await ends(bookings, key, who, answer)

    try:
        async with asyncio.timeout(PATIENCE_S):
            answers = await asyncio.gather(*(operator(number) for number in range(OPERATORS)))
    finally:
        for task in (storm, background):
            task.cancel()
        await asyncio.gather(storm, background, return_exceptions=True)
        await bookings.close()
    assert ground.proxy is None or len(ground.proxy.faults()) >= 5, "there was no storm"
    await judged(ground, answers, slots[:SLOTS])


async def stormy(proxy: Proxy | None, seed: int) -> None:
    """For a while every third question goes wrong in one of seven ways; then the network is well again."""
    if proxy is None:
        return
    proxy.slow_s = 1.0
    proxy.chaos(seed, cut=0.1, unavailable=0.07, html=0.04, drop=0.06, slow=0.05, lie=0.03, stall=0.01)
    await asyncio.sleep(STORM_S)
    proxy.calm()


async def judged(ground: Ground, answers: list[Booking], raced: list[Slot]) -> None:
    """Ask the server itself: ten visits, one on each time; winners hold theirs, losers see others."""
    assert Counter(one.status for one in answers) == {"booked": SLOTS, "refused": OPERATORS - SLOTS}
    standing = await ground.visits()
    assert len(standing) == SLOTS and len({when for when, _ in standing}) == SLOTS
    won = {one.appointment.start for one in answers if one.status == "booked" and one.appointment is not None}
    assert won == {one.start for one in raced}
    for one in answers:
        if one.status == "refused":
            assert one.error == "held" and one.alternatives, "a loser sees other times"
            assert one.appointment is None


