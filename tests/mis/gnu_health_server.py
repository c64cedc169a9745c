"""A real GNU Health (Tryton, on the session's PostgreSQL) for the session, and small clinics of a test's own in it.

`gnu_health_server` is the server: `await gnu_health_server.clinic()` puts a clinic there that no other test sees,
`connector()` makes our connector of it, `call`, `rows`, `create` look at the server's own data past everything of ours.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import phonenumbers
import pytest

from mis.connectors import Setup, make
from mis.terms import Connector
from okno import clock
from okno.command.processes import ports
from okno.command.processes.program import Program
from okno.settings import MisSettings
from tests.fixtures import running
from tests.mis import gnu_health_root
from tests.mis.fhir_server import MINUTES, ZONE

Row = dict[str, Any]
USER = "admin"


@dataclass(frozen=True, slots=True)
class GnuClinic:
    """A clinic in the server: ids of its branch, its doctor, its patients, and its free rows in order."""

    tag: str
    branch: str
    doctor: str
    specialty: str
    patients: tuple[str, ...]
    slots: tuple[str, ...]
    first: datetime

    @property
    def until(self) -> datetime:
        """When its last slot is over."""
        return self.first + timedelta(minutes=MINUTES * len(self.slots))

    def phone(self, number: int) -> str:
        """The number of a patient of it."""
        return phone(self.tag, number)


class GnuHealthServer:
    """The server at `base` (database included), where `USER` logs in with `password`."""

    def __init__(self, base: str, password: str) -> None:
        self.base, self.password = base, password
        self._session = ""

    def settings(self, address: str = "", **options: Any) -> MisSettings:
        """`mis` of okno.yaml for this server; `address`: of a proxy in front of it, without the database."""
        path = "/" + self.base.rpartition("/")[2]
        where = address.rstrip("/") + path if address else self.base
        return MisSettings(connector="gnu_health", address=where, user=USER, secret="word", options=options)

    def connector(self, address: str = "", **options: Any) -> Connector:
        """Our connector of it; close it."""
        return make(Setup(settings=self.settings(address, **options), secret=lambda _: self.password, zone=ZONE))

    async def call(self, method: str, *params: Any) -> Any:
        """Ask the server itself."""
        async with aiohttp.ClientSession() as session:
            if not self._session:
                came = await _ask(session, self.base, "common.db.login", USER, {"password": self.password}, "en")
                self._session = base64.b64encode(f"{USER}:{came[0]}:{came[1]}".encode()).decode()
            return await _ask(session, self.base, method, *params, session_word=self._session)

    async def rows(self, model: str, domain: list[Any], *fields: str) -> list[Row]:
        """Rows of a model, inactive ones too, by id."""
        context = {"active_test": False}
        return list(await self.call(f"model.{model}.search_read", domain, 0, None, [["id", "ASC"]], [*fields], context))

    async def create(self, model: str, **values: Any) -> int:
        """Make a row."""
        return int((await self.call(f"model.{model}.create", [values], {}))[0])

    async def write(self, model: str, row: int | str, **values: Any) -> None:
        """Change a row past everything of ours."""
        await self.call(f"model.{model}.write", [int(row)], values, {})

    async def visits(self, doctor: str) -> list[Row]:
        """What stands in a doctor's calendar with a patient in it, cancelled ones excepted."""
        domain = [["healthprof", "=", int(doctor)], ["state", "in", ["confirmed", "checked_in", "done"]]]
        fields = ("appointment_date", "patient", "state", "comments")
        return [told(row) for row in await self.rows("gnuhealth.appointment", domain, *fields)]

    async def person(self, family: str, given: str, *numbers: str, born: date | None = None, **values: Any) -> int:
        """Make a party that is a patient, unless told otherwise; returns the party's id."""
        made: Row = {
            "name": given, "lastname": family, "gender": "f", "is_person": True, "is_patient": True,
            "create_target": True, "fed_country": "XXX", "dob": day(born) if born else None,
            "contact_mechanisms": [["create", [{"type": "mobile", "value": one} for one in numbers]]] if numbers else [],
        }  # fmt: skip
        return await self.create("party.party", **{**made, **values})

    async def patient(self, family: str, given: str, *numbers: str, born: date | None = None, **values: Any) -> str:
        """Make a patient; returns the patient's id."""
        return await self.patient_of(await self.person(family, given, *numbers, born=born, **values))

    async def patient_of(self, party: int) -> str:
        """The patient a party is."""
        return str((await self.rows("gnuhealth.patient", [["party", "=", party]]))[0]["id"])

    async def clinic(self, *, slots: int = 10, patients: int = 2, days: int = 1) -> GnuClinic:
        """Put a clinic there: a doctor with free rows of half an hour from 10:00, `days` ahead, and his patients."""
        tag = secrets.token_hex(6)
        party = await self.create("party.party", name=f"Branch {tag}", is_institution=True, fed_country="XXX")
        branch = await self.create("gnuhealth.institution", party=party, code=tag, institution_type="clinic", public_level="private")
        specialty = await self.create("gnuhealth.specialty", name=f"Therapy {tag}", code=tag.upper())
        person = await self.person("Lipina", "Olga", is_patient=False, create_target=False, is_healthprof=True)
        doctor = await self.create(
            "gnuhealth.healthprofessional", party=person, institution=branch, code=tag,
            specialties=[["create", [{"specialty": specialty}]]],
        )  # fmt: skip
        people = [
            await self.patient(f"Patient{number}", "Anna", phone(tag, number), born=date(1980 + number % 10, 3, 4))
            for number in range(patients)
        ]
        local = clock.now().astimezone(ZONE).replace(hour=10, minute=0, second=0, microsecond=0)
        first = (local + timedelta(days=days)).astimezone(UTC)
        rows = [
            await self.free(doctor, first + timedelta(minutes=MINUTES * number), branch, specialty)
            for number in range(slots)
        ]
        return GnuClinic(
            tag=tag, branch=str(branch), doctor=str(doctor), specialty=str(specialty), patients=tuple(people),
            slots=tuple(map(str, rows)), first=first,
        )  # fmt: skip

    async def free(self, doctor: int | str, start: datetime, branch: int | str, specialty: int | str) -> int:
        """Put a free row into a doctor's calendar, as its wizard does."""
        return await self.create(
            "gnuhealth.appointment", healthprof=int(doctor), institution=int(branch), speciality=int(specialty),
            appointment_date=moment(start), appointment_date_end=moment(start + timedelta(minutes=MINUTES)),
            state="free",
        )  # fmt: skip


def phone(tag: str, number: int) -> str:
    """A number of a clinic's own."""
    return f"+799900{(int(tag, 16) + number) % 100000:05d}"


def day(one: date) -> Row:
    """A date as Tryton's JSON has it."""
    return {"__class__": "date", "year": one.year, "month": one.month, "day": one.day}


def moment(at: datetime) -> Row:
    """A moment as Tryton's JSON has it: UTC, without saying so."""
    at = at.astimezone(UTC)
    return {
        "__class__": "datetime", "year": at.year, "month": at.month, "day": at.day, "hour": at.hour,
        "minute": at.minute, "second": at.second, "microsecond": at.microsecond,
    }  # fmt: skip


def told(row: Row) -> Row:
    """A row with its moments read."""
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {
        name: datetime(*(value[part] for part in parts), UTC)
        if isinstance(value, dict) and value.get("__class__") == "datetime" else value
        for name, value in row.items()
    }  # fmt: skip


async def _ask(session: aiohttp.ClientSession, url: str, method: str, *params: Any, session_word: str = "") -> Any:
    headers = {"Authorization": f"Session {session_word}"} if session_word else {}
    body = {"id": 1, "method": method, "params": [*params]}
    async with session.post(f"{url}/", json=body, headers=headers) as answer:
        assert answer.status == 200, (method, answer.status)
        came = await answer.json()
    assert "error" not in came, (method, came["error"])
    return came["result"]


@contextmanager
def served(postgres_url: str, home: Path, env: dict[str, str] | None = None) -> Iterator[GnuHealthServer]:
    """A GNU Health on a database of its own, with `env` besides."""
    place, name, port = gnu_health_root.root(postgres_url), f"gnu_{secrets.token_hex(6)}", ports.free()
    gnu_health_root.restore(place, postgres_url, name)
    settings = gnu_health_root.config(home / "trytond.conf", postgres_url, port)
    base = f"http://127.0.0.1:{port}/{name}"
    one = Program(
        name="trytond",
        argv=(*gnu_health_root.program(place, "trytond"), "-c", str(settings), "-d", name),
        cwd=home,
        env=env or {},
        port=port,
        ready=lambda: _answers(base),
        ready_s=60.0,
    )
    try:
        with running(one):
            yield GnuHealthServer(base, (place / "password").read_text())
    finally:
        gnu_health_root.sql(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def gnu_health_server(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GnuHealthServer]:
    """The server of this session; it keeps numbers as they are typed."""
    with served(postgres_url, tmp_path_factory.mktemp("gnu-health")) as one:
        yield one


@pytest.fixture(scope="session")
def gnu_health_with_phonenumbers(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GnuHealthServer]:
    """Another one, beside which the package `phonenumbers` is installed: it checks numbers and writes them its way."""
    home = tmp_path_factory.mktemp("gnu-health-phonenumbers")
    (home / "packages").mkdir()
    (home / "packages" / "phonenumbers").symlink_to(Path(phonenumbers.__file__).parent)
    with served(postgres_url, home, {"PYTHONPATH": str(home / "packages")}) as one:
        yield one


async def _answers(base: str) -> bool:
    """Whether it answers a question of its database, even by saying that it does not know us."""
    try:
        async with aiohttp.ClientSession() as session:
            body = {"id": 1, "method": "system.listMethods", "params": []}
            async with session.post(f"{base}/", json=body) as answer:
                return answer.status == 401
    except aiohttp.ClientError:
        return False
