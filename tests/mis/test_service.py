"""`mis` as it runs: its own process, its own database, reached by its gate."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from mis import service
from mis.client import Asker, MisClient, SlotQuery, Status, Wish
from mis.connectors.none import NoMis
from mis.feed import STREAM
from mis.guard import Figures, Standing
from okno.command.processes import ports
from okno.seal import Keyring
from okno.service import ServiceRefused
from okno.settings import Runtime
from tests.fixtures import MakeUrl, OpenDatabase, serving
from tests.mis.fhir_server import FhirClinic, FhirServer
from tests.mis.proxy import faulty


@pytest_asyncio.fixture
async def base(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    where = runtime.settings.mis
    url = await new_database_url("mis")
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    async with serving(service.main(runtime), f"http://{where.host}:{where.port}") as address:
        yield address


def _client(runtime: Runtime, base: str, secret: str | None = None) -> MisClient:
    bus = Keyring.load(runtime.keyring_path).sealer("bus")
    return MisClient(base, secret or runtime.secret("file:service.secret"), bus)


async def test_it_says_honestly_that_no_mis_is_connected(runtime: Runtime, base: str) -> None:
    client = _client(runtime, base)
    try:
        told = await client.status()
        assert told == Status(connector="none", state="not_configured", since=told.since)
    finally:
        await client.close()


async def test_without_the_credential_nothing_is_told(runtime: Runtime, base: str) -> None:
    client = _client(runtime, base, secret="0" * 64)
    try:
        with pytest.raises(ServiceRefused, match="401"):
            await client.status()
    finally:
        await client.close()


async def test_health_ready_and_metrics_are_open(base: str) -> None:
    async with aiohttp.ClientSession() as session:
        for path, part in (("/health", '"mis"'), ("/ready", "true"), ("/metrics", "okno_service_info")):
            async with session.get(base + path) as answer:
                assert (answer.status, part in await answer.text()) == (200, True), path


async def test_a_state_is_published_once(database: OpenDatabase) -> None:
    db = await database("mis")
    assert await service.record(db, "none", "not_configured")
    assert not await service.record(db, "none", "not_configured")
    rows = await db.fetch("SELECT stream, kind, payload FROM outbox ORDER BY id")
    assert [(row["stream"], row["kind"], row["payload"]["state"]) for row in rows] == [
        (STREAM, "ConnectorChanged", "not_configured")
    ]
    assert await service.record(db, "none", "down")
    assert await db.fetchrow("SELECT 1 FROM connector WHERE state = 'down'") is not None


async def test_watching_publishes_the_first_state(database: OpenDatabase) -> None:
    db = await database("mis")
    standing, figures = Standing(), Figures(CollectorRegistry())
    task = asyncio.create_task(service.watch(db, "none", NoMis(), standing, figures))
    async with asyncio.timeout(5):
        while await db.fetchrow("SELECT 1 FROM connector") is None:
            await asyncio.sleep(0.02)
    assert (standing.seen, standing.state, standing.error) == (True, "not_configured", "")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture
async def clinic(fhir_server: FhirServer) -> FhirClinic:
    return await fhir_server.clinic(slots=4, patients=2)


@asynccontextmanager
async def _connected(
    runtime: Runtime, server: FhirServer, address: str, url: str, monkeypatch: pytest.MonkeyPatch, **more: object
) -> AsyncIterator[MisClient]:
    """`mis` itself, its settings naming a FHIR server at `address`; `more` of them."""
    place = runtime.path(runtime.settings.paths.secrets) / "mis.secret"
    place.write_text(server.token)
    place.chmod(0o600)
    where = server.settings(address).model_copy(
        update={"secret": "file:mis.secret", "port": runtime.settings.mis.port, **more}
    )
    whole = replace(runtime, settings=runtime.settings.model_copy(update={"mis": where}))
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    async with serving(service.main(whole), f"http://{where.host}:{where.port}") as base:
        client = _client(runtime, base)
        try:
            yield client
        finally:
            await client.close()


async def _stored(url: str) -> str:
    """Everything that stands in a database, as whoever steals a dump of it reads it."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [await connection.fetch(f'SELECT * FROM "{table["tablename"]}"') for table in tables]  # noqa: S608
    finally:
        await connection.close()
    assert sum(map(len, rows)) > 10
    return str([[dict(row) for row in one] for one in rows])


async def test_with_a_real_fhir_server_behind_a_faulty_line(  # noqa: PLR0917
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch,
    fhir_server: FhirServer, clinic: FhirClinic, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """From the ring to a read-back visit; then the server answers nonsense, and dies."""
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    origin, _, path = fhir_server.base.rpartition("/")
    url, phone = await new_database_url("mis"), clinic.phone(0)
    asker, call = Asker(actor="orlova", role="operator", purpose="call", request=uuid4()), uuid4()
    async with (
        faulty(origin) as proxy,
        _connected(runtime, fhir_server, f"{proxy.url}/{path}", url, monkeypatch) as client,
    ):
        assert (await client.status()).state == "ready"
        assert [who.name for who in (await client.prefetch(phone, call=call)).people] == [""]
        found = await client.candidates(phone, asker, call=call)
        assert [(who.id, who.birth_year) for who in found.people] == [(clinic.patients[0], 1980)]
        await client.identified(clinic.patients[0], ("name", "birth_date"), asker, e164=phone)
        offered = await client.slots(SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor), asker)
        assert len(offered.slots) == 4
        proxy.next("cut", method="POST", path=path)  # the answer of the first write after the look is lost
        key = uuid4()
        booked = await client.book(key, offered.slots[0].slot, clinic.patients[0], asker)
        async with asyncio.timeout(30):
            while booked.status not in ("booked", "refused"):
                await asyncio.sleep(0.1)
                booked = await client.booking(key, asker)
        assert booked.status == "booked", booked.error
        card = (await client.card(clinic.patients[0], asker)).card
        assert card is not None and [one.start for one in card.upcoming] == [clinic.first]
        visits = await fhir_server.search("Appointment", f"patient=Patient/{clinic.patients[0]}&status=booked")
        assert len(visits) == 1
        for fault, code in (("html", "malformed"), ("unavailable", "unavailable")):
            proxy.calm()
            proxy.always(fault)  # type: ignore[arg-type]
            answer = await client.candidates(clinic.phone(1), asker)
            assert (answer.people, answer.error) == ((), code)
        held = await client.candidates(phone, asker, call=call)
        assert held.people[0].name == found.people[0].name
        wish = Wish(key=uuid4(), patient=clinic.patients[0], since=clinic.first, until=clinic.until)
        await client.wish(wish, phone, asker)
    stored, logged = await _stored(url), str([vars(record) for record in caplog.records])
    for clear in (phone[2:], clinic.patients[0], "Patient0", "Anna"):  # P5
        assert clear not in stored and clear not in logged, clear


async def test_a_mis_that_hangs_holds_up_nobody_for_long(  # noqa: PLR0917
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch,
    fhir_server: FhirServer, clinic: FhirClinic,
) -> None:  # fmt: skip
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    origin, _, path = fhir_server.base.rpartition("/")
    asker, url = Asker(actor="orlova", role="operator", purpose="call", request=uuid4()), await new_database_url("mis")
    async with (
        faulty(origin) as proxy,
        _connected(runtime, fhir_server, f"{proxy.url}/{path}", url, monkeypatch, read_s=1.0) as client,
    ):
        proxy.always("stall")
        numbers = [f"+7999009{number:04d}" for number in range(20)]
        answers = await asyncio.gather(*(client.candidates(number, asker) for number in numbers))
        assert {answer.error for answer in answers} <= {"deadline", "unavailable"}
        assert {answer.people for answer in answers} == {()}
        proxy.calm()
        async with asyncio.timeout(60):
            while not (await client.candidates(clinic.phone(0), asker)).people:
                await asyncio.sleep(0.2)


async def test_a_change_the_mis_pushes_drops_the_card(  # noqa: PLR0917
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch,
    fhir_server: FhirServer, clinic: FhirClinic,
) -> None:  # fmt: skip
    """A visit cancelled at the desk: the server itself tells, no poll does, and the card on the screen follows."""
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    port, patient = ports.free(), clinic.patients[0]
    asker = Asker(actor="orlova", role="operator", purpose="call", request=uuid4())
    url = await new_database_url("mis")
    more = {"push_url": f"http://127.0.0.1:{port}", "push_port": port, "poll_s": 3600.0}
    async with _connected(runtime, fhir_server, fhir_server.base, url, monkeypatch, **more) as client:
        offered = await client.slots(SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor), asker)
        booked = await client.book(uuid4(), offered.slots[0].slot, patient, asker)
        assert booked.appointment is not None and booked.status == "booked"
        card = (await client.card(patient, asker)).card
        assert card is not None and len(card.upcoming) == 1
        async with asyncio.timeout(20):
            while not await fhir_server.search("Subscription", f"url=http://127.0.0.1:{port}"):
                await asyncio.sleep(0.1)
        visit = await fhir_server.get(f"Appointment/{booked.appointment.id}")
        await fhir_server.put(visit | {"status": "cancelled"})
        async with asyncio.timeout(25):  # less than a card is kept
            while card is None or card.upcoming:
                await asyncio.sleep(0.2)
                card = (await client.card(patient, asker)).card
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT count(*) FROM changes_taken") >= 1
    await connection.close()


@pytest.mark.parametrize("service", ["engine", "chat", "web"])
def test_trap_22_no_other_service_reads_the_credential(service: str) -> None:
    """An account of the MIS opens the whole base: it is one process's, and the linter keeps the connectors from others."""
    files = list((Path(__file__).parents[2] / service).rglob("*.py"))
    found = [file.name for file in files if re.search(r"\bmis\.(secret|user|options)\b|mis\.connectors", file.read_text())]
    assert files and found == []
