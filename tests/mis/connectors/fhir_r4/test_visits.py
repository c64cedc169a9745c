"""Visits on a real FHIR server: booked once, seen by the server itself, never twice on one slot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
import pytest_asyncio

from mis.terms import (
    AppointmentQuery,
    Booked,
    BookingOrder,
    Conflict,
    Connector,
    Invalid,
    Malformed,
    MisError,
    NotFound,
    OutcomeUnknown,
    Slot,
    SlotQuery,
    Unavailable,
)
from tests.mis.fhir_server import FhirClinic, FhirServer, context, saying
from tests.mis.proxy import Fault, faulty


@pytest_asyncio.fixture
async def clinic(fhir_server: FhirServer) -> FhirClinic:
    return await fhir_server.clinic()


@pytest_asyncio.fixture
async def mis(fhir_server: FhirServer) -> AsyncIterator[Connector]:
    one = fhir_server.connector()
    yield one
    await one.close()


async def _free(mis: Connector, clinic: FhirClinic) -> tuple[Slot, ...]:
    page = await mis.find_slots(context(), SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor))
    return page.slots


async def _book(mis: Connector, clinic: FhirClinic, slot: Slot, key: str = "", patient: int = 0) -> Booked:
    key = key or str(uuid4())
    order = BookingOrder(key=key, slot=slot, patient=clinic.patients[patient], comment="by telephone")
    made = await mis.book(context(key), order)
    assert isinstance(made, Booked)
    return made


async def test_a_booking_stands_on_the_server_itself(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    slot = (await _free(mis, clinic))[0]
    key = str(uuid4())
    held = await mis.claim(context(key), slot)
    assert (held.state, held.version != slot.version) == ("held", True)
    made = (await _book(mis, clinic, held, key)).appointment
    raw = await fhir_server.get(f"Appointment/{made.id}")
    assert (raw["status"], raw["identifier"][0]["value"]) == ("booked", key)
    assert (await fhir_server.get(f"Slot/{slot.id}"))["status"] == "busy"
    assert (made.start, made.patient, made.doctor.id, made.branch.id if made.branch else "") == (
        clinic.first, clinic.patients[0], clinic.doctor, clinic.branch,
    )  # fmt: skip
    assert [one.id for one in await mis.on_slot(context(), slot)] == [made.id]
    assert slot.id not in {one.id for one in await _free(mis, clinic)}


async def test_the_same_key_is_the_same_visit(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    """Trap 13: double submit."""
    slot = (await _free(mis, clinic))[0]
    key = str(uuid4())
    made = await asyncio.gather(*(_book(mis, clinic, slot, key) for _ in range(5)))
    assert len({one.appointment.id for one in made}) == 1
    assert len(await fhir_server.search("Appointment", f"slot=Slot/{slot.id}")) == 1


async def test_of_ten_who_want_one_slot_one_gets_it(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    slot = (await _free(mis, clinic))[0]
    ended = await asyncio.gather(*(_book(mis, clinic, slot) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(one, Booked) for one in ended) == 1
    assert [one.kind for one in ended if isinstance(one, Conflict)] == ["slot"] * 9
    assert len(await fhir_server.search("Appointment", f"slot=Slot/{slot.id}")) == 1


async def test_a_slot_is_given_back_only_by_who_holds_it(mis: Connector, clinic: FhirClinic) -> None:
    slot = (await _free(mis, clinic))[0]
    held = await mis.claim(context("mine"), slot)
    assert (await mis.claim(context("mine"), slot)).version == held.version
    with pytest.raises(Conflict):
        await mis.claim(context("another"), slot)
    with pytest.raises(Conflict):
        await mis.release(context("another"), slot)
    await mis.release(context("mine"), held)
    await mis.release(context("mine"), held)
    assert (await mis.slot(context(), slot)).state == "free"


async def test_a_cancelled_visit_frees_its_slot(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    slot = (await _free(mis, clinic))[0]
    made = (await _book(mis, clinic, slot)).appointment
    gone = await mis.cancel(context(), made, "pat")
    raw = await fhir_server.get(f"Appointment/{made.id}")
    assert (gone.status, raw["status"], raw["cancelationReason"]["coding"][0]["code"]) == ("cancelled", "cancelled", "pat")
    assert (await mis.slot(context(), slot)).state == "free"
    assert (await mis.cancel(context(), made, "pat")).status == "cancelled"
    with pytest.raises(Conflict, match="version"):
        await mis.confirm(context(), made)


async def test_what_changed_meanwhile_is_not_written_over(mis: Connector, clinic: FhirClinic) -> None:
    made = (await _book(mis, clinic, (await _free(mis, clinic))[0])).appointment
    sure = await mis.confirm(context(), made)
    assert (sure.confirmed, made.confirmed) == (True, False)
    with pytest.raises(Conflict, match="version"):
        await mis.cancel(context(), made, "pat")
    assert (await mis.mark(context(), sure, "arrived")).status == "arrived"


async def test_a_slot_stays_busy_while_another_visit_is_on_it(
    mis: Connector, clinic: FhirClinic, fhir_server: FhirServer
) -> None:
    slot = (await _free(mis, clinic))[0]
    ours = (await _book(mis, clinic, slot)).appointment
    raw = await fhir_server.get(f"Appointment/{ours.id}")
    theirs = {**raw, "id": f"theirs-{clinic.tag}", "identifier": []}
    await fhir_server.put(theirs)
    assert {one.key == "" for one in await mis.on_slot(context(), slot)} == {True, False}
    await mis.cancel(context(), ours, "other")
    assert (await mis.slot(context(), slot)).state == "busy"


async def test_a_visit_is_moved_in_one_step(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    first, second = (await _free(mis, clinic))[:2]
    made = (await _book(mis, clinic, first)).appointment
    key = str(uuid4())
    order = BookingOrder(key=key, slot=second, patient=made.patient)
    moved = (await mis.reschedule(context(key), made, order)).appointment
    assert (moved.id, moved.start, moved.key) == (made.id, second.start, key)
    assert moved.created_at is not None and made.created_at is not None and moved.created_at > made.created_at
    states = [(await fhir_server.get(f"Slot/{one.id}"))["status"] for one in (first, second)]
    assert states == ["free", "busy"]
    assert (await mis.reschedule(context(key), made, order)).appointment.id == made.id


async def test_a_patients_visits_are_his_and_in_order(mis: Connector, clinic: FhirClinic) -> None:
    slots = await _free(mis, clinic)
    for number in (2, 0):
        await _book(mis, clinic, slots[number])
    await _book(mis, clinic, slots[1], patient=1)
    found = await mis.appointments(context(), AppointmentQuery(patient=clinic.patients[0]))
    assert ([one.slot for one in found.items], found.complete) == ([slots[0].id, slots[2].id], True)
    with pytest.raises(Invalid):
        await mis.appointments(context(), AppointmentQuery(doctor=clinic.doctor))
    with pytest.raises(NotFound):
        await mis.appointment(context(), "nobody")


async def test_an_unknown_status_still_takes_the_time(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    slot = (await _free(mis, clinic))[0]
    made = (await _book(mis, clinic, slot)).appointment
    await fhir_server.put({**await fhir_server.get(f"Appointment/{made.id}"), "status": "bananas"})
    assert [one.status for one in await mis.on_slot(context(), slot)] == ["unknown"]


async def test_a_slot_that_vanished_is_a_lost_slot(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    slot = (await _free(mis, clinic))[0]
    assert (await fhir_server.ask("DELETE", f"Slot/{slot.id}"))[0] in (200, 204)
    with pytest.raises(NotFound):
        await mis.slot(context(), slot)
    with pytest.raises(Conflict, match="slot"):
        await mis.claim(context("k"), slot)


async def test_a_deadline_that_is_over_sends_nothing(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    slot = (await _free(mis, clinic))[0]
    with pytest.raises(MisError) as raised:
        await mis.claim(context("k", seconds=-1), slot)
    assert raised.value.code == "unavailable"
    assert (await fhir_server.get(f"Slot/{slot.id}"))["status"] == "free"


@pytest.mark.parametrize("fault", ["cut", "unavailable", "html", "stall"])
async def test_a_booking_whose_answer_was_lost_is_found_by_its_key(
    clinic: FhirClinic, fhir_server: FhirServer, fault: Fault
) -> None:
    """P2: whatever the line did, the MIS is asked, and nothing is booked twice."""
    async with faulty(fhir_server.base) as proxy:
        mis = fhir_server.connector(proxy.url)
        try:
            key = str(uuid4())
            slot = await mis.claim(context(key), (await _free(mis, clinic))[0])
            order = BookingOrder(key=key, slot=slot, patient=clinic.patients[0])
            proxy.when(lambda method, path, body: fault if b'"transaction"' in body else None)
            with pytest.raises(OutcomeUnknown) as raised:
                await mis.book(context(key, seconds=2), order)
            proxy.calm()
            assert raised.value.ours == key
            done = await mis.by_key(context(), order)
            assert (done is not None) == (fault == "cut")
            again = await mis.book(context(key), order)
            assert isinstance(again, Booked) and (done is None or again.appointment.id == done.id)
        finally:
            await mis.close()
    assert len(await fhir_server.search("Appointment", f"slot=Slot/{slot.id}")) == 1


async def test_a_server_without_transactions_is_booked_too(clinic: FhirClinic, fhir_server: FhirServer) -> None:
    mis = fhir_server.connector(transactions=False)
    try:
        first, second = (await _free(mis, clinic))[:2]
        made = (await _book(mis, clinic, first)).appointment
        ended = await asyncio.gather(*(_book(mis, clinic, second) for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(one, Booked) for one in ended) == 1
        assert (await mis.cancel(context(), made, "pat")).status == "cancelled"
        assert (await mis.slot(context(), first)).state == "free"
    finally:
        await mis.close()


async def test_a_line_that_dies_before_anything_was_sent_leaves_nothing_unknown(
    clinic: FhirClinic, fhir_server: FhirServer
) -> None:
    async with faulty(fhir_server.base) as proxy:
        mis = fhir_server.connector(proxy.url)
        try:
            key = str(uuid4())
            order = BookingOrder(key=key, slot=(await _free(mis, clinic))[0], patient=clinic.patients[0])
            proxy.always("stall")
            with pytest.raises(Unavailable):
                await mis.book(context(key, seconds=0.5), order)
        finally:
            await mis.close()
    assert (await fhir_server.get(f"Slot/{order.slot.id}"))["status"] == "free"


async def test_trap_9_what_cannot_be_read_on_a_slot_is_never_taken_for_nobody(clinic: FhirClinic, mis: Connector) -> None:
    """A read-back that overlooks a visit would say «booked» of a slot that is somebody else's."""
    slot = (await _free(mis, clinic))[0]
    times = {"start": slot.start.isoformat(), "end": slot.end.isoformat()}
    good = {"resourceType": "Appointment", "id": "1", "status": "booked", "participant": [], **times}
    bad = {**good, "id": "2", "participant": {"actor": {"reference": "Patient/1"}}}
    async with saying(lambda *_: [good, bad]) as server:
        liar = server.connector()
        try:
            with pytest.raises(Malformed):
                await liar.on_slot(context(), slot)
            listed = await liar.appointments(context(), AppointmentQuery(since=slot.start, until=slot.end))
        finally:
            await liar.close()
    assert ([one.id for one in listed.items], listed.complete) == (["1"], False)


async def test_a_slot_taken_for_a_booking_that_was_refused_is_given_back(
    mis: Connector, clinic: FhirClinic, fhir_server: FhirServer
) -> None:
    first, second = (await _free(mis, clinic))[:2]
    key = str(uuid4())
    with pytest.raises(Invalid):
        await mis.book(context(key), BookingOrder(key=key, slot=first, patient=clinic.patients[0], service="no  code"))
    assert (await mis.slot(context(), first)).state == "free"
    made = (await _book(mis, clinic, first)).appointment
    await fhir_server.put({**await fhir_server.get(f"Slot/{first.id}"), "comment": "changed meanwhile"})
    with pytest.raises(Conflict, match="version"):
        await mis.reschedule(context(key), replace(made, version="99"), BookingOrder(key=key, slot=second, patient=made.patient))
    assert (await mis.slot(context(), second)).state == "free"
