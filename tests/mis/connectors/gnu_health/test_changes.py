"""What changed in a real GNU Health, and what is told to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from mis.connectors.gnu_health import GnuHealth, changes
from mis.connectors.gnu_health.options import Options
from mis.terms import Connector, ContactReport, Malformed
from okno import clock
from tests.mis.connectors.gnu_health.family import Family
from tests.mis.connectors.gnu_health.lying import tryton
from tests.mis.fhir_server import context
from tests.mis.gnu_health_server import GnuHealthServer, moment


async def test_a_cursor_begins_now_and_tells_each_change_once(
    mis: Connector, gnu_health_server: GnuHealthServer
) -> None:
    clinic = await gnu_health_server.clinic(slots=2, patients=1)
    began = await mis.changes(context(), "")
    assert began.items == () and began.cursor
    await gnu_health_server.write(
        "gnuhealth.appointment", clinic.slots[0], patient=int(clinic.patients[0]), state="confirmed"
    )  # fmt: skip
    came = await mis.changes(context(), began.cursor)
    told = {(one.resource, one.id): one for one in came.items}
    visit = told["appointment", clinic.slots[0]]
    assert visit.appointment is not None and visit.appointment.patient == clinic.patients[0]
    again = await mis.changes(context(), came.cursor)
    assert ("appointment", clinic.slots[0]) not in {(one.resource, one.id) for one in again.items}
    await gnu_health_server.write("gnuhealth.appointment", clinic.slots[0], state="center_cancelled")
    (last,) = [one for one in (await mis.changes(context(), again.cursor)).items if one.id == clinic.slots[0]]
    assert last.appointment is not None and last.appointment.status == "cancelled" and last.version != visit.version


async def test_more_than_is_taken_at_once_comes_piece_by_piece(
    mis: Connector, gnu_health_server: GnuHealthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = await gnu_health_server.clinic(slots=8, patients=1)
    cursor = (await mis.changes(context(), "")).cursor
    for slot in clinic.slots:
        await gnu_health_server.write(
            "gnuhealth.appointment", slot, patient=int(clinic.patients[0]), state="confirmed"
        )  # fmt: skip
    monkeypatch.setattr(changes, "MOST", 3)
    monkeypatch.setattr(changes, "OVERLAP", timedelta(milliseconds=20))
    monkeypatch.setattr(changes, "LEAST", timedelta(milliseconds=40))
    told: list[str] = []
    for _ in range(200):
        came = await mis.changes(context(), cursor)
        told += [one.id for one in came.items if one.appointment is not None]
        cursor = came.cursor
        if set(clinic.slots) <= set(told):
            break
    assert set(clinic.slots) <= set(told)


async def test_a_name_that_changed_is_a_change_of_the_patient(mis: Connector, family: Family) -> None:
    one = await family.patient("Anna")
    cursor = (await mis.changes(context(), "")).cursor
    cursor = (await mis.changes(context(), cursor)).cursor
    await family.server.write("party.party", family.parties["Anna"], lastname="Other")
    came = await mis.changes(context(), cursor)
    assert ("patient", one) in {(each.resource, each.id) for each in came.items}


async def test_a_free_row_is_a_slot(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    cursor = (await mis.changes(context(), "")).cursor
    clinic = await gnu_health_server.clinic(slots=1, patients=0)
    came = await mis.changes(context(), cursor)
    assert [one.appointment for one in came.items if (one.resource, one.id) == ("slot", clinic.slots[0])] == [None]


async def test_trap_9_a_row_that_cannot_be_read_is_a_change_all_the_same() -> None:
    at = moment(clock.now())

    def answer(body: dict[str, Any]) -> web.Response:
        row = {"id": 7, "state": "confirmed", "appointment_date": "ten o'clock", "create_date": at, "_timestamp": "1.5"}
        rows = [row] if "gnuhealth.appointment." in body["method"] else []
        return web.json_response({"id": body["id"], "result": rows})

    async with tryton(answer) as (wire, _):
        mis = GnuHealth(wire, Options(), ZoneInfo("UTC"))
        cursor = (await mis.changes(context(), "")).cursor
        (one,) = (await mis.changes(context(), cursor)).items
        assert (one.resource, one.id, one.version, one.appointment) == ("appointment", "7", "1.5", None)


@pytest.mark.parametrize("cursor", ["x", "{}", '{"at": "today", "seen": []}', "[]"])
async def test_a_cursor_that_is_none_is_malformed(cursor: str, mis: Connector) -> None:
    with pytest.raises(Malformed):
        await mis.changes(context(), cursor)


async def test_a_contact_is_noted_on_the_patient_once(mis: Connector, family: Family) -> None:
    one = await family.patient("Anna")
    report = ContactReport(
        key=str(uuid4()), patient=one, at=clock.now(), kind="call", outcome="booked", operator="orlova", recording="r1"
    )  # fmt: skip
    for _ in range(2):
        await mis.report_contact(context(), report)
    notes = await family.server.rows("ir.note", [["resource", "=", f"gnuhealth.patient,{one}"]], "message")
    assert len(notes) == 1
    assert all(part in notes[0]["message"] for part in (report.key, "booked", "orlova", "r1"))
