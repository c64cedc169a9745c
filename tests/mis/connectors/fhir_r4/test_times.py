"""The doctors' time as a real server gives it: what was asked for, in the branch's own zone, and never a guess."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from mis.connectors.fhir_r4.times import HELD_BY, turned
from mis.terms import Connector, NotFound, SlotPage, SlotQuery
from mis.terms.visits import PartOfDay
from tests.mis.fhir_server import FhirClinic, FhirServer, context


@pytest_asyncio.fixture
async def mis(fhir_server: FhirServer) -> AsyncIterator[Connector]:
    one = fhir_server.connector()
    yield one
    await one.close()


@pytest_asyncio.fixture
async def clinic(fhir_server: FhirServer) -> FhirClinic:
    return await fhir_server.clinic(slots=16)


async def _find(mis: Connector, clinic: FhirClinic, **more: Any) -> SlotPage:
    asked = {"since": clinic.first, "until": clinic.until, "doctor": clinic.doctor, **more}
    return await mis.find_slots(context(), SlotQuery(**asked))


async def test_free_times_come_in_order_with_who_and_where(mis: Connector, clinic: FhirClinic) -> None:
    page = await _find(mis, clinic)
    assert ([one.id for one in page.slots], page.complete) == (list(clinic.slots), True)
    one = page.slots[0]
    assert (one.doctor.name, one.branch and one.branch.name, one.zone) == ("Lipina Olga", "Branch", "Asia/Yekaterinburg")
    assert one.specialty is not None and one.specialty.id == "urn:test:specialty|therapy"
    assert one.start.utcoffset() == timedelta(0) and one.start == clinic.first


async def test_only_what_was_asked_for(mis: Connector, clinic: FhirClinic) -> None:
    assert len((await _find(mis, clinic, until=clinic.first + timedelta(hours=1))).slots) == 2
    assert len((await _find(mis, clinic, branch=clinic.branch)).slots) == 16
    assert (await _find(mis, clinic, branch="another")).slots == ()
    assert len((await _find(mis, clinic, specialty="urn:test:specialty|therapy")).slots) == 16
    assert (await _find(mis, clinic, specialty="urn:test:specialty|surgery")).slots == ()
    assert (await _find(mis, clinic, service="urn:test|any")).slots == ()
    cut = await _find(mis, clinic, limit=5)
    assert (len(cut.slots), cut.complete) == (5, False)


@pytest.mark.parametrize(("part", "hours"), [("morning", {10, 11}), ("day", {12, 13, 14, 15, 16}), ("evening", {17})])
async def test_a_part_of_the_day_is_the_branchs(mis: Connector, clinic: FhirClinic, part: PartOfDay, hours: set[int]) -> None:
    page = await _find(mis, clinic, part=part)
    assert {one.start.hour + 5 for one in page.slots} == hours


async def test_trap_12_a_branch_in_another_zone_is_told_so(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    zone = [{"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": "Europe/Moscow"}]
    await fhir_server.put({**await fhir_server.get(f"Location/{clinic.branch}"), "extension": zone})
    assert {one.zone for one in (await _find(mis, clinic)).slots} == {"Europe/Moscow"}
    told = fhir_server.connector(zones={clinic.branch: "Asia/Omsk"})
    try:
        assert {one.zone for one in (await _find(told, clinic)).slots} == {"Asia/Omsk"}
    finally:
        await told.close()


async def test_a_slot_of_an_unknown_status_is_not_free(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    slot = (await _find(mis, clinic)).slots[0]
    await fhir_server.put({**await fhir_server.get(f"Slot/{slot.id}"), "status": "bananas"})
    assert slot.id not in {one.id for one in (await _find(mis, clinic)).slots}
    assert (await mis.slot(context(), slot)).state == "busy"
    await fhir_server.put({**await fhir_server.get(f"Slot/{slot.id}"), "status": "entered-in-error"})
    with pytest.raises(NotFound):
        await mis.slot(context(), slot)


async def test_a_slot_that_cannot_be_read_makes_the_list_incomplete(
    mis: Connector, clinic: FhirClinic, fhir_server: FhirServer
) -> None:
    raw = await fhir_server.get(f"Slot/{clinic.slots[0]}")
    await fhir_server.put({**raw, "id": f"lost-{clinic.tag}", "schedule": {"reference": "Schedule/nowhere"}})
    page = await mis.find_slots(context(), SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor))
    assert f"lost-{clinic.tag}" not in {one.id for one in page.slots}


def test_turning_a_slot_keeps_what_else_it_says() -> None:
    raw = {"resourceType": "Slot", "id": "1", "status": "free", "comment": "x", "extension": [{"url": "urn:a", "valueCode": "b"}]}
    held = turned(raw, "busy-tentative", "key")
    assert (held["comment"], [one["url"] for one in held["extension"]]) == ("x", ["urn:a", HELD_BY])
    assert turned(held, "free") == raw
    assert "extension" not in turned(turned({"status": "free"}, "busy-tentative", "key"), "busy")


async def test_more_than_can_be_sorted_is_looked_through_day_by_day(
    mis: Connector, fhir_server: FhirServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mis.connectors.fhir_r4.times.LOOKED_THROUGH", 20)
    clinic = await fhir_server.clinic(slots=60)
    part = await _find(mis, clinic)  # a day of 48 slots is too much as well, and said so
    assert (len(part.slots), part.complete) == (20, False)
    monkeypatch.setattr("mis.connectors.fhir_r4.times.LOOKED_THROUGH", 50)
    whole = await _find(mis, clinic)
    assert ([one.id for one in whole.slots], whole.complete) == (list(clinic.slots), True)


async def test_a_schedule_that_is_off_has_no_times(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    raw = await fhir_server.get(f"Schedule/schedule-{clinic.tag}")
    await fhir_server.put({**raw, "active": False})
    assert (await _find(mis, clinic)).slots == ()
