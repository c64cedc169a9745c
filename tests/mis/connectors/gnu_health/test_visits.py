"""Visits on a real GNU Health: made once, found by our key, moved and cancelled by their version."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from mis.terms import (
    Appointment,
    AppointmentQuery,
    Booked,
    BookingOrder,
    Conflict,
    Connector,
    Invalid,
    MisError,
    NotFound,
    OutcomeUnknown,
    Slot,
    SlotQuery,
)
from tests.mis.fhir_server import context
from tests.mis.gnu_health_server import GnuClinic, GnuHealthServer, moment
from tests.mis.proxy import faulty


async def slots(mis: Connector, clinic: GnuClinic) -> list[Slot]:
    query = SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor)
    return list((await mis.find_slots(context(), query)).slots)


def order(clinic: GnuClinic, slot: Slot, who: int = 0, comment: str = "") -> BookingOrder:
    return BookingOrder(key=str(uuid4()), slot=slot, patient=clinic.patients[who], comment=comment)


async def booked(mis: Connector, one: BookingOrder) -> Appointment:
    made = await mis.book(context(one.key), one)
    assert isinstance(made, Booked)
    return made.appointment


async def test_a_free_row_becomes_the_visit_and_bears_our_key(
    mis: Connector, gnu_health_server: GnuHealthServer
) -> None:
    clinic = await gnu_health_server.clinic(slots=2)
    free = await slots(mis, clinic)
    one = order(clinic, free[0], comment="second floor")
    visit = await booked(mis, one)
    assert (visit.status, visit.patient, visit.start) == ("booked", clinic.patients[0], clinic.first)
    assert (visit.key, visit.comment, visit.slot) == (one.key, "second floor", free[0].id)
    assert visit.doctor == free[0].doctor and visit.branch == free[0].branch
    assert [row["id"] for row in await gnu_health_server.visits(clinic.doctor)] == [int(visit.id)]
    assert [slot.id for slot in await slots(mis, clinic)] == [free[1].id]


async def test_the_same_order_again_is_the_same_visit(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    one = order(clinic, (await slots(mis, clinic))[0])
    made = await asyncio.gather(*(booked(mis, one) for _ in range(3)))
    assert {visit.id for visit in made} == {made[0].id}
    assert len(await gnu_health_server.visits(clinic.doctor)) == 1


async def test_of_ten_bookings_of_one_row_one_stands(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1, patients=10)
    slot = (await slots(mis, clinic))[0]
    orders = [order(clinic, slot, who) for who in range(10)]
    made = await asyncio.gather(*(mis.book(context(one.key, 30), one) for one in orders), return_exceptions=True)
    won = [one for one in made if isinstance(one, Booked)]
    lost = [one for one in made if isinstance(one, Conflict) and one.kind == "slot"]
    assert (len(won), len(lost)) == (1, 9)
    standing = await gnu_health_server.visits(clinic.doctor)
    assert [str(row["patient"]) for row in standing] == [won[0].appointment.patient]


async def test_a_row_somebody_took_meanwhile_is_a_conflict(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    slot = (await slots(mis, clinic))[0]
    taken = {"patient": int(clinic.patients[1]), "state": "confirmed"}
    await gnu_health_server.write("gnuhealth.appointment", slot.id, **taken)
    with pytest.raises(Conflict, match="slot"):
        await mis.book(context(), order(clinic, slot))


async def test_a_row_that_vanished_or_was_put_elsewhere_is_a_conflict(
    mis: Connector, gnu_health_server: GnuHealthServer
) -> None:
    clinic = await gnu_health_server.clinic(slots=2)
    gone, moved = await slots(mis, clinic)
    await gnu_health_server.call("model.gnuhealth.appointment.delete", [int(gone.id)], {})
    with pytest.raises(Conflict, match="slot"):
        await mis.book(context(), order(clinic, gone))
    with pytest.raises(Conflict, match="slot"):
        await mis.book(context(), order(clinic, replace(moved, start=moved.start + timedelta(minutes=5))))
    assert await gnu_health_server.visits(clinic.doctor) == []


async def test_a_visit_put_over_the_time_without_the_row_is_seen(
    mis: Connector, gnu_health_server: GnuHealthServer
) -> None:
    clinic = await gnu_health_server.clinic(slots=2)
    first, second = await slots(mis, clinic)
    over = await by_hand(gnu_health_server, clinic, first)
    assert [one.id for one in await mis.on_slot(context(), first)] == [over]
    assert [one.id for one in await slots(mis, clinic)] == [second.id]
    assert (await mis.slot(context(), first)).state == "busy"
    with pytest.raises(Conflict, match="slot"):
        await mis.book(context(), order(clinic, first))


async def test_on_slot_gives_both_that_stand_over_one_time(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    slot = (await slots(mis, clinic))[0]
    ours = await booked(mis, order(clinic, slot))
    theirs = await by_hand(gnu_health_server, clinic, slot)
    found = {one.id: one for one in await mis.on_slot(context(), slot)}
    assert set(found) == {ours.id, theirs} and found[ours.id].created_at < found[theirs].created_at


async def by_hand(server: GnuHealthServer, clinic: GnuClinic, slot: Slot) -> str:
    """A visit that somebody in the clinic made without looking at the calendar, five minutes later."""
    row = await server.free(clinic.doctor, slot.start + timedelta(minutes=5), clinic.branch, clinic.specialty)
    await server.write(
        "gnuhealth.appointment", row, patient=int(clinic.patients[1]), state="confirmed",
        appointment_date_end=moment(slot.end),
    )  # fmt: skip
    return str(row)


async def test_a_booking_whose_answer_was_lost_is_unknown_and_found_by_its_key(
    gnu_health_server: GnuHealthServer,
) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    async with faulty(gnu_health_server.base.rpartition("/")[0]) as proxy:
        mis = gnu_health_server.connector(proxy.url)
        one = order(clinic, (await slots(mis, clinic))[0])
        proxy.when(lambda method, path, body: "cut" if b"gnuhealth.appointment.write" in body else None)
        with pytest.raises(OutcomeUnknown) as lost:
            await mis.book(context(), one)
        assert lost.value.ours == one.key
        proxy.calm()
        found = await mis.by_key(context(), one)
        assert found is not None and found.status == "booked" and found.patient == one.patient
        await mis.close()


async def test_a_booking_that_never_reached_the_server_is_not_there(gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    async with faulty(gnu_health_server.base.rpartition("/")[0]) as proxy:
        mis = gnu_health_server.connector(proxy.url)
        one = order(clinic, (await slots(mis, clinic))[0])
        proxy.when(lambda method, path, body: "lie" if b"gnuhealth.appointment.write" in body else None)
        with pytest.raises(OutcomeUnknown):
            await mis.book(context(), one)
        proxy.calm()
        assert await mis.by_key(context(), one) is None
        await mis.close()


async def test_a_cancelled_visit_leaves_its_time_free_and_cancelling_again_changes_nothing(
    mis: Connector, gnu_health_server: GnuHealthServer
) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    slot = (await slots(mis, clinic))[0]
    one = order(clinic, slot)
    visit = await booked(mis, one)
    over = await mis.cancel(context(), visit, "user_cancelled")
    assert over.status == "cancelled" and over.id == visit.id
    again = await mis.cancel(context(), visit, "user_cancelled")
    assert again == over
    free = await slots(mis, clinic)
    assert [(each.start, each.end) for each in free] == [(slot.start, slot.end)] and free[0].id != slot.id
    assert (await mis.by_key(context(), one)) == over
    assert (await booked(mis, order(clinic, free[0], 1))).status == "booked"


@pytest.mark.parametrize(("reason", "state"), [
    ("", "user_cancelled"), ("center_cancelled", "center_cancelled"), ("has a cold", "user_cancelled"),
])  # fmt: skip
async def test_who_cancelled_stands_in_the_state(
    reason: str, state: str, mis: Connector, gnu_health_server: GnuHealthServer
) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    visit = await booked(mis, order(clinic, (await slots(mis, clinic))[0]))
    await mis.cancel(context(), visit, reason)
    row = (await gnu_health_server.rows("gnuhealth.appointment", [["id", "=", int(visit.id)]], "state", "comments"))[0]
    assert row["state"] == state and (reason in row["comments"] or reason == "center_cancelled")


async def test_a_visit_changed_by_others_is_not_cancelled(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    visit = await booked(mis, order(clinic, (await slots(mis, clinic))[0]))
    await gnu_health_server.write("gnuhealth.appointment", visit.id, urgency="b")
    with pytest.raises(Conflict, match="version") as lost:
        await mis.cancel(context(), visit, "")
    assert lost.value.current not in ("", visit.version)
    assert (await mis.appointment(context(), visit.id)).status == "booked"


async def test_the_patient_confirms(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    visit = await booked(mis, order(clinic, (await slots(mis, clinic))[0], comment="ramp"))
    assert not visit.confirmed
    sure = await mis.confirm(context(), visit)
    assert sure.confirmed and sure.status == "booked" and (sure.key, sure.comment) == (visit.key, "ramp")
    with pytest.raises(Conflict, match="version"):
        await mis.mark(context(), visit, "arrived")
    assert (await mis.mark(context(), sure, "arrived")).status == "checked-in"


async def test_a_status_it_does_not_have_is_refused(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    visit = await booked(mis, order(clinic, (await slots(mis, clinic))[0]))
    with pytest.raises(Invalid):
        await mis.mark(context(), visit, "waitlist")


async def test_visits_of_a_patient_and_of_a_day(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=3)
    free = await slots(mis, clinic)
    made = [await booked(mis, order(clinic, free[number], number % 2)) for number in (2, 0, 1)]
    own = await mis.appointments(context(), AppointmentQuery(patient=clinic.patients[0]))
    assert [one.id for one in own.items] == [made[1].id, made[0].id] and own.complete
    day = AppointmentQuery(doctor=clinic.doctor, since=clinic.first, until=clinic.until)
    assert [one.start for one in (await mis.appointments(context(), day)).items] == [one.start for one in free]
    cut = await mis.appointments(context(), replace(day, limit=2))
    assert len(cut.items) == 2 and not cut.complete
    with pytest.raises(Invalid):
        await mis.appointments(context(), AppointmentQuery(doctor=clinic.doctor))


async def test_no_such_visit(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    for wrong in ("999999999", "abc", clinic.slots[0]):
        with pytest.raises(NotFound):
            await mis.appointment(context(), wrong)


async def test_a_wrong_patient_is_refused_in_the_closed_set(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1)
    slot = (await slots(mis, clinic))[0]
    with pytest.raises(MisError):
        await mis.book(context(), replace(order(clinic, slot), patient="999999999"))
    assert await gnu_health_server.visits(clinic.doctor) == []
