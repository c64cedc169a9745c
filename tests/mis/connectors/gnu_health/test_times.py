"""Free rows of a real GNU Health's calendar."""

from __future__ import annotations

from datetime import timedelta

from mis.terms import Connector, SlotQuery
from tests.mis.fhir_server import context
from tests.mis.gnu_health_server import GnuHealthServer


async def test_only_what_was_asked_for(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    one, other = (
        await gnu_health_server.clinic(slots=2, patients=0),
        await gnu_health_server.clinic(slots=2, patients=0),
    )
    window = {"since": one.first, "until": one.until}
    for query in (
        SlotQuery(**window, doctor=one.doctor), SlotQuery(**window, branch=one.branch),
        SlotQuery(**window, specialty=one.specialty),
    ):  # fmt: skip
        assert [slot.id for slot in (await mis.find_slots(context(), query)).slots] == list(one.slots)
    nothing = SlotQuery(**window, doctor=one.doctor, branch=other.branch)
    assert (await mis.find_slots(context(), nothing)).slots == ()


async def test_trap_10_a_part_of_the_day_is_the_branches(gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=2, patients=0)  # 10:00 in Yekaterinburg, 17:00 on Kamchatka
    query = SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor, part="morning")
    here = gnu_health_server.connector()
    there = gnu_health_server.connector(zones={clinic.branch: "Asia/Kamchatka"})
    found = (await here.find_slots(context(), query)).slots
    assert len(found) == 2 and found[0].zone == "Asia/Yekaterinburg"
    assert (await there.find_slots(context(), query)).slots == ()
    for mis in (here, there):
        await mis.close()


async def test_a_row_without_an_end_lasts_as_long_as_the_settings_say(gnu_health_server: GnuHealthServer) -> None:
    clinic = await gnu_health_server.clinic(slots=1, patients=0)
    await gnu_health_server.write("gnuhealth.appointment", clinic.slots[0], appointment_date_end=None)
    mis = gnu_health_server.connector(minutes=45)
    query = SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor)
    (slot,) = (await mis.find_slots(context(), query)).slots
    assert slot.end - slot.start == timedelta(minutes=45)
    await mis.close()


async def test_a_visit_of_a_state_nobody_knows_takes_the_time(
    mis: Connector, gnu_health_server: GnuHealthServer
) -> None:
    clinic = await gnu_health_server.clinic(slots=1, patients=1)
    row = await gnu_health_server.free(clinic.doctor, clinic.first, clinic.branch, clinic.specialty)
    await gnu_health_server.write("gnuhealth.appointment", row, state=None, patient=int(clinic.patients[0]))
    query = SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor)
    assert (await mis.find_slots(context(), query)).slots == ()
