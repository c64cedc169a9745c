"""A Renovatio that keeps what it is told, on a real socket: its envelopes, its local times, its errors with status 200.

Not the real thing (that runs at the vendor's): a replay with a memory, so that the suite every connector must pass and
the races can be run through the mapping connector too.

    async with renovatio() as server:
        one = server.connector()               # or server.connector(proxy.url)
        server.visits                          # what the server itself knows, past everything of ours
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from mis.connectors import Setup, make
from mis.terms import Connector
from okno import clock
from okno.settings import MisSettings

ZONE = ZoneInfo("Asia/Yekaterinburg")
MINUTES = 30
KEY = "a key of nobody's clinic"
Row = dict[str, Any]


class Wrong(Exception):
    """What it refuses: a code of its own and words."""

    def __init__(self, code: int, desc: str) -> None:
        self.envelope = {"error": 1, "data": {"code": code, "desc": desc}}
        super().__init__(desc)


@dataclass
class RenovatioServer:
    """One clinic: a doctor with free half-hours from 10:00 of a day, and patients on a phone each."""

    day: date
    slots: int = 10
    url: str = ""
    doctor: int = 44
    branch: int = 2
    patients: list[Row] = field(default_factory=list)
    visits: list[Row] = field(default_factory=list)
    # What createAppointment may do to those who ask at once: nothing, unless they send check_intersection.
    checked: bool = True

    def settings(self, address: str = "") -> MisSettings:
        """`mis` of okno.yaml for this server; `address`: of a proxy in front of it."""
        return MisSettings(connector="mapping", address=address or self.url, secret="file:key", options={"map": "renovatio"})

    def connector(self, address: str = "") -> Connector:
        """Our connector of it; close it."""
        return make(Setup(settings=self.settings(address), secret=lambda _: KEY, zone=ZONE))

    @property
    def first(self) -> datetime:
        """When its first slot begins."""
        return datetime(self.day.year, self.day.month, self.day.day, 10, tzinfo=ZONE)

    @property
    def standing(self) -> list[Row]:
        """Visits that stand."""
        return [one for one in self.visits if one["status"] == "upcoming"]

    async def answer(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        method = getattr(self, request.match_info["method"], None)
        try:
            if form.pop("api_key", "") != KEY:
                raise Wrong(401, "Auth error")
            if method is None or request.method != "POST":
                raise Wrong(404, "Метод не найден")
            return web.json_response({"error": 0, "data": method(form)})
        except Wrong as wrong:
            return web.json_response(wrong.envelope)

    def getClinics(self, form: Row) -> list[Row]:  # the vendor's names
        return [{"id": self.branch, "title": "Филиал", "address": "ул. Выдуманная, 1"}]

    def getProfessions(self, form: Row) -> list[Row]:
        return [{"id": 5, "name": "Терапевт"}]

    def getUsers(self, form: Row) -> list[Row]:
        return [{"id": self.doctor, "name": "Осенева Р. И.", "profession": ["5"], "clinic": [self.branch]}]

    def getServices(self, form: Row) -> list[Row]:
        return [{"service_id": 8, "title": "Приём", "price": "1 500,00"}]

    def getPatient(self, form: Row) -> Row | list[Row] | None:
        if "id" in form:
            found = [one for one in self.patients if str(one["patient_id"]) in form["id"].split(",")]
        else:
            found = [one for one in self.patients if _tail(one["mobile"]) == _tail(form.get("mobile", ""))]
        return found[0] if len(found) == 1 else found or None

    def getPatientBalance(self, form: Row) -> list[Row]:
        return [{"id": int(form["patient_id"]), "balance": "0.00"}]

    def createPatient(self, form: Row) -> Row:
        same = ("last_name", "first_name", "birth_date")
        if any(all(one.get(name) == form.get(name) for name in same) for one in self.patients):
            raise Wrong(500, "Такой пациент уже существует")
        made = {**form, "patient_id": 500 + len(self.patients), "number": f"A-{500 + len(self.patients)}"}
        self.patients.append(made)
        return made

    def getSchedule(self, form: Row) -> Row | list[Row]:
        if int(form["user_id"]) != self.doctor:
            return []
        rows = []
        for number in range(self.slots):
            start = self.first + timedelta(minutes=MINUTES * number)
            end = start + timedelta(minutes=MINUTES)
            inside = _moment(form["time_start"]) <= start < _moment(form["time_end"])
            if inside and not self._busy(start, end):
                rows.append({"clinic_id": self.branch, "date": f"{start:%d.%m.%Y}", "time_start_short": f"{start:%H:%M}",
                             "time_end_short": f"{end:%H:%M}", "is_busy": False})  # fmt: skip
        return {str(self.doctor): rows}

    def createAppointment(self, form: Row) -> int:
        start, end = _moment(form["time_start"]), _moment(form["time_end"])
        if self.checked and form.get("check_intersection") == "1" and self._busy(start, end):
            raise Wrong(500, "Визит пересекается с другими визитами врача")
        stamp = f"{clock.now().astimezone(ZONE):%d.%m.%Y %H:%M:%S}"
        self.visits.append({
            "id": 9000 + len(self.visits), "patient_id": int(form["patient_id"]), "doctor_id": int(form["doctor_id"]),
            "doctor": "Осенева Р. И.", "clinic_id": int(form["clinic_id"]), "clinic": "Филиал",
            "time_start": form["time_start"], "time_end": form["time_end"], "status": "upcoming", "confirm_status": 0,
            "date_created": stamp, "date_updated": stamp,
        })  # fmt: skip
        return int(self.visits[-1]["id"])

    def getAppointment(self, form: Row) -> list[Row]:
        return [one for one in self.visits if str(one["id"]) == form["appointment_id"]]

    def getAppointments(self, form: Row) -> list[Row]:
        found = self.visits
        for name in ("patient_id", "doctor_id", "clinic_id"):
            found = [one for one in found if name not in form or str(one[name]) == form[name]]
        for name, stamp in (("date_from", "time_start"), ("date_updated_from", "date_updated")):
            if name in form:
                first, last = _moment(form[name]), _moment(form[name.replace("from", "to")])
                found = [one for one in found if first <= _moment(one[stamp]) <= last + timedelta(seconds=59)]
        return found

    def cancelAppointment(self, form: Row) -> bool:
        self._change(form["appointment_id"], status="refused")
        return True

    def confirmAppointment(self, form: Row) -> bool:
        self._change(form["appointment_id"], confirm_status=1)
        return True

    def _change(self, visit: str, **to: Any) -> None:
        one = next((one for one in self.visits if str(one["id"]) == visit), None)
        if one is None:
            raise Wrong(404, "Визит не найден")
        one.update(to, date_updated=f"{clock.now().astimezone(ZONE):%d.%m.%Y %H:%M:%S}")

    def _busy(self, start: datetime, end: datetime) -> bool:
        return any(_moment(one["time_start"]) < end and start < _moment(one["time_end"]) for one in self.standing)


def _moment(text: str) -> datetime:
    pattern = "%d.%m.%Y %H:%M:%S" if text.count(":") == 2 else "%d.%m.%Y %H:%M"
    return datetime.strptime(text, pattern).replace(tzinfo=ZONE)


def _tail(number: str) -> str:
    return re.sub(r"\D", "", number)[-10:]


@asynccontextmanager
async def renovatio(*, slots: int = 10, patients: int = 2, days: int = 3) -> AsyncIterator[RenovatioServer]:
    """Serve a clinic on loopback, its slots `days` from today."""
    server = RenovatioServer(day=(clock.now().astimezone(ZONE) + timedelta(days=days)).date(), slots=slots)
    for number in range(patients):
        server.patients.append({
            "patient_id": 501 + number, "last_name": "Берёзкина", "first_name": "Алёна", "third_name": f"{number}-я",
            "birth_date": f"{1 + number % 28:02d}.05.1990", "number": f"A-{501 + number}",
            "mobile": f"+7 (999) 000-{number // 100:02d}-{number % 100:02d}", "send_sms": 1,
        })  # fmt: skip
    app = web.Application()
    app.router.add_route("*", "/{method}", server.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()
