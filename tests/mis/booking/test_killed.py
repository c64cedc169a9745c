"""`mis` itself is killed (SIGKILL) in the middle of the race, twice; on a real server behind a proxy."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest_asyncio
import yaml

from mis.client import Asker, Booking, MisClient, SlotQuery
from mis.terms import LIVE, Slot
from okno.command import state
from okno.command.processes import ports
from okno.command.status import healthy
from okno.seal import Keyring
from okno.service import ServiceDown, ServiceRefused
from okno.settings import Runtime, load_settings
from tests.fixtures import MakeUrl
from tests.mis.fhir_server import FhirClinic, FhirServer
from tests.mis.proxy import faulty

OPERATORS, SLOTS, SPARE = 20, 10, 4
PATIENCE_S = 150

# The test's database has a name of its own; all else is as `okno serve mis` does it.
_MAIN = """
import asyncio, sys
from okno.settings import runtime
import mis.service as service
service.url_for = lambda settings, name: sys.argv[1]
asyncio.run(service.main(runtime()))
"""


@dataclass
class Mis:
    """The service as a process of its own; `start` and `kill` as often as one likes."""

    folder: Path
    file: Path
    database: str
    redis: str
    address: str
    process: subprocess.Popen[bytes] | None = None
    lives: int = 0

    async def start(self) -> None:
        self.lives += 1
        with (self.folder / f"mis-{self.lives}.out").open("wb") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _MAIN, self.database], stdout=sink, stderr=sink,
                env=os.environ | {
                    "OKNO_CONFIG": str(self.file), "OKNO_STATE": str(self.folder / "state"), "OKNO_REDIS_URL": self.redis,
                },
            )  # fmt: skip
        async with asyncio.timeout(30):
            while not await healthy(self.address):
                assert self.process.poll() is None, (self.folder / f"mis-{self.lives}.out").read_text()[-2000:]
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest_asyncio.fixture
async def clinic(fhir_server: FhirServer) -> FhirClinic:
    return await fhir_server.clinic(slots=SLOTS + SPARE, patients=OPERATORS)


@pytest_asyncio.fixture
async def served(
    fhir_server: FhirServer, tmp_path: Path, new_database_url: MakeUrl, redis_url: str
) -> AsyncIterator[tuple[Mis, MisClient]]:
    async with faulty(fhir_server.base) as proxy:
        proxy.slow_s = 1.0
        proxy.chaos(5, cut=0.08, unavailable=0.04, drop=0.04, slow=0.05)
        port, file = ports.free(), tmp_path / "okno.yaml"
        mis = fhir_server.settings(proxy.url).model_copy(
            update={"secret": "file:mis.secret", "port": port, "read_s": 1.5, "write_s": 2.0}
        )
        file.write_text(yaml.safe_dump({"mis": mis.model_dump(mode="json", exclude_defaults=True)}))
        runtime = Runtime(load_settings(file), tmp_path / "state")
        state.prepare(runtime)
        secret = runtime.path(runtime.settings.paths.secrets) / "mis.secret"
        secret.write_text(fhir_server.token)
        secret.chmod(0o600)
        one = Mis(tmp_path, file, await new_database_url("mis"), redis_url, f"http://127.0.0.1:{port}")
        bus = Keyring.load(runtime.keyring_path).sealer("bus")
        client = MisClient(one.address, runtime.secret("file:service.secret"), bus)
        await one.start()
        yield one, client
        await client.close()
        one.kill()


async def booked(client: MisClient, slot: Slot, patient: str, number: int) -> Booking:
    """Book as a screen does: with one key, asking how it stands whenever the service did not answer."""
    key, who = uuid4(), Asker(actor=f"o{number}", role="operator", purpose="booking", request=UUID(int=number + 1))
    answer: Booking | None = None
    while answer is None or answer.status not in ("booked", "refused"):
        try:
            if answer is None:
                answer = await client.book(key, slot, patient, who)
            else:
                answer = await client.booking(key, who)
                assert answer.status in ("booked", "refused") or answer.appointment is None
        except ServiceDown:
            await asyncio.sleep(0.2)
        except ServiceRefused as refused:
            assert refused.status == 404
        await asyncio.sleep(0.1)
    return answer


async def test_killed_in_the_middle_of_the_race_it_books_each_time_once(
    served: tuple[Mis, MisClient], clinic: FhirClinic, fhir_server: FhirServer
) -> None:
    mis, client = served
    asker = Asker(actor="o", role="operator", purpose="booking", request=uuid4())
    query = SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor)
    slots: tuple[Slot, ...] = ()
    async with asyncio.timeout(30):
        while len(slots) < SLOTS + SPARE:
            slots = tuple(one.slot for one in (await client.slots(query, asker)).slots)
    async with asyncio.timeout(PATIENCE_S):
        race = asyncio.gather(*(
            booked(client, slots[number % SLOTS], clinic.patients[number], number) for number in range(OPERATORS)
        ))  # fmt: skip
        for pause in (0.7, 2.0):
            await asyncio.sleep(pause)
            mis.kill()
            await mis.start()
        answers = await race
    assert Counter(one.status for one in answers) == {"booked": SLOTS, "refused": OPERATORS - SLOTS}
    found = await fhir_server.search("Appointment", f"practitioner=Practitioner/{clinic.doctor}")
    standing = [one for one in found if one["status"] in LIVE]
    assert len(standing) == SLOTS and len({one["start"] for one in standing}) == SLOTS
    ids = {one.appointment.id for one in answers if one.status == "booked" and one.appointment is not None}
    assert ids == {one["id"] for one in standing}, "what people were told is what the server has"
    assert all(one.alternatives for one in answers if one.status == "refused")
    log = "".join(file.read_text() for file in mis.folder.rglob("*.out"))
    assert not any(patient in log for patient in clinic.patients)
