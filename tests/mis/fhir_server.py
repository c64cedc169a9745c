"""A real FHIR R4 server (sekmet-fhir) for the session, and small clinics of a test's own in it.

`fhir_server` is the server: `await fhir_server.clinic()` puts a clinic there that no other test sees, `connector()`
makes our connector of it, `get`, `put`, `search` look at the server's own data past everything of ours.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import yaml
from aiohttp import web

from mis.connectors import Setup, make
from mis.terms import Connector, Context
from okno import clock
from okno.command.processes import ports
from okno.command.processes.program import Program
from okno.settings import MisSettings
from tests.fixtures import running
from tests.mis.proxy import answering

Json = dict[str, Any]
ZONE = ZoneInfo("Asia/Yekaterinburg")
MINUTES = 30


@dataclass(frozen=True, slots=True)
class FhirClinic:
    """A clinic in the server: ids of its branch, its doctor, its patients, and its free slots in order."""

    tag: str
    branch: str
    doctor: str
    patients: tuple[str, ...]
    slots: tuple[str, ...]
    first: datetime
    phones: tuple[str, ...]

    @property
    def until(self) -> datetime:
        """When its last slot is over."""
        return self.first + timedelta(minutes=MINUTES * len(self.slots))

    def phone(self, number: int) -> str:
        """The number of a patient of it."""
        return self.phones[number]


_phones = count()


def own_phone() -> str:
    """A number nobody else in the server has: one of +7 999 002…006, so five times ten thousand."""
    return f"+7999{20000 + next(_phones) % 50000:07d}"


class FhirServer:
    """The server at `base`, which takes the bearer `token`."""

    def __init__(self, base: str, token: str) -> None:
        self.base, self.token = base, token

    def settings(self, address: str = "", **options: Any) -> MisSettings:
        """`mis` of okno.yaml for this server; `address`: of a proxy in front of it."""
        return MisSettings(connector="fhir_r4", address=address or self.base, secret="token", options=options)

    def connector(self, address: str = "", **options: Any) -> Connector:
        """Our connector of it; close it."""
        return make(Setup(settings=self.settings(address, **options), secret=lambda _: self.token, zone=ZONE))

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Json]:
        """Ask the server itself; returns the status and the JSON."""
        known = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/fhir+json", **headers}
        async with (
            aiohttp.ClientSession(headers=known) as session,
            session.request(method, f"{self.base}/{path}".rstrip("/"), json=body) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def get(self, path: str) -> Json:
        """A resource as it stands."""
        status, body = await self.ask("GET", path)
        assert status == 200, (status, body)
        return body

    async def put(self, resource: Json) -> Json:
        """Put a resource there under its own id."""
        status, body = await self.ask("PUT", f"{resource['resourceType']}/{resource['id']}", resource)
        assert status in (200, 201), body
        return body

    async def put_all(self, resources: list[Json]) -> None:
        """Put many there at once."""
        entries = [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in resources
        ]
        status, body = await self.ask("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
        assert status == 200, body

    async def search(self, kind: str, query: str) -> list[Json]:
        """What fits `query` ("patient=Patient/1&status=booked"), all of it."""
        body = await self.get(f"{kind}?{query}&_count=1000")
        return [one["resource"] for one in body.get("entry", []) if one["resource"]["resourceType"] == kind]

    async def clinic(self, *, slots: int = 10, patients: int = 2, days: int = 1) -> FhirClinic:
        """Put a clinic there: a doctor with free slots of half an hour from 10:00, `days` ahead, and his patients."""
        tag = secrets.token_hex(6)
        local = clock.now().astimezone(ZONE).replace(hour=10, minute=0, second=0, microsecond=0)
        made = FhirClinic(
            tag=tag,
            branch=f"branch-{tag}",
            doctor=f"doctor-{tag}",
            patients=tuple(f"patient-{tag}-{number}" for number in range(patients)),
            slots=tuple(f"slot-{tag}-{number:03d}" for number in range(slots)),
            first=(local + timedelta(days=days)).astimezone(UTC),
            phones=tuple(own_phone() for _ in range(patients)),
        )
        await self.put_all(_clinic(made))
        return made


def context(key: str = "", seconds: float = 10.0) -> Context:
    """Who asks in a test, and until when."""
    return Context(actor="orlova", purpose="call", deadline=clock.monotonic() + seconds, key=key)


def _clinic(one: FhirClinic) -> list[Json]:
    actors = [{"reference": f"Practitioner/{one.doctor}"}, {"reference": f"Location/{one.branch}"}]
    therapy = [{"coding": [{"system": "urn:test:specialty", "code": "therapy", "display": "Therapy"}]}]
    made: list[Json] = [
        {"resourceType": "Location", "id": one.branch, "status": "active", "name": "Branch"},
        {"resourceType": "Practitioner", "id": one.doctor, "name": [{"family": "Lipina", "given": ["Olga"]}]},
        {"resourceType": "Schedule", "id": f"schedule-{one.tag}", "active": True, "actor": actors, "specialty": therapy},
    ]
    for number, patient in enumerate(one.patients):
        made.append({
            "resourceType": "Patient", "id": patient, "birthDate": f"198{number % 10}-03-04", "gender": "female",
            "name": [{"family": f"Patient{number}", "given": ["Anna"]}],
            "telecom": [{"system": "phone", "value": one.phone(number)}],
        })  # fmt: skip
    for number, slot in enumerate(one.slots):
        start = one.first.astimezone(ZONE) + timedelta(minutes=MINUTES * number)
        made.append({
            "resourceType": "Slot", "id": slot, "status": "free",
            "schedule": {"reference": f"Schedule/schedule-{one.tag}"},
            "start": start.isoformat(), "end": (start + timedelta(minutes=MINUTES)).isoformat(),
        })  # fmt: skip
    return made


def program(home: Path, port: int, auth: Json) -> Program:
    """How to run the server with its data in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    settings = {
        "base_url": f"http://127.0.0.1:{port}/fhir", "host": "127.0.0.1", "port": port, "data_dir": str(home / "data"),
        "server_auth": auth, "simulator": {"enabled": False}, "log_inbound": False,
    }  # fmt: skip
    config = home / "sekmet.yaml"
    config.write_text(yaml.safe_dump(settings))
    url = f"http://127.0.0.1:{port}/fhir/metadata"
    return Program(
        name="sekmet",
        argv=(str(Path(sys.executable).with_name("sekmet")), "serve", "-c", str(config)),
        cwd=home,
        port=port,
        ready=lambda: _answers(url),
        ready_s=60.0,
        env={"PYTHONWARNINGS": "ignore", "PATH": os.environ.get("PATH", "")},
    )


async def _answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


Says = Callable[[str, str, str], Any]


@asynccontextmanager
async def saying(answer: Says) -> AsyncIterator[FhirServer]:
    """A server that answers `answer(method, path, body)`: a bundle's resources, or a status; for what no real one says."""

    async def serve(request: web.Request) -> web.Response:
        said = answer(request.method, request.path, unquote_plus(await request.text()))
        if isinstance(said, int):
            return web.json_response({"resourceType": "OperationOutcome"}, status=said)
        if isinstance(said, list):
            said = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in said]}
        return web.json_response(said)

    async with answering(serve) as url:
        yield FhirServer(f"{url}/fhir", "word")


@pytest.fixture(scope="session")
def fhir_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FhirServer]:
    """The server of this session."""
    port, token = ports.free(), secrets.token_hex(16)
    with running(program(tmp_path_factory.mktemp("fhir"), port, {"types": ["bearer"], "tokens": [token]})):
        yield FhirServer(f"http://127.0.0.1:{port}/fhir", token)
