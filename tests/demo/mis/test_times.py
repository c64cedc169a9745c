"""The demo's days: slots in each branch's own time, some taken, none twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

from demo.mis import filling, times

MONDAY = date(2026, 11, 23)


def test_a_day_has_free_and_taken_slots_and_none_overlap() -> None:
    made = times.day(MONDAY, filling.words(), ["p1", "p2"])
    slots = [one for one in made if one["resourceType"] == "Slot"]
    assert {one["status"] for one in slots} == {"free", "busy"}
    visits = {one["slot"][0]["reference"] for one in made if one["resourceType"] == "Appointment"}
    assert visits == {f"Slot/{one['id']}" for one in slots if one["status"] == "busy"}
    own = [one for one in slots if one["schedule"]["reference"] == "Schedule/lipina"]
    moments = [(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in own]
    assert all(first[1] <= second[0] for first, second in pairwise(moments))


def test_a_branch_keeps_its_own_zone() -> None:
    slots = [one for one in times.day(MONDAY, filling.words(), ["p"]) if one["resourceType"] == "Slot"]
    offsets = {one["schedule"]["reference"]: datetime.fromisoformat(one["start"]).utcoffset() for one in slots}
    assert offsets["Schedule/orlovskaya"] == timedelta(hours=3)
    assert offsets["Schedule/lipina"] == timedelta(hours=5)


def test_nobody_works_on_a_sunday_and_the_same_day_is_the_same() -> None:
    assert times.day(MONDAY - timedelta(days=1), filling.words(), ["p"]) == []
    assert times.day(MONDAY, filling.words(), ["p"]) == times.day(MONDAY, filling.words(), ["p"])


def test_every_doctor_has_a_branch_a_specialty_and_priced_services() -> None:
    words = filling.words()
    made = times.clinic(words)
    priced = {one["code"]["coding"][0]["code"] for one in made if one["resourceType"] == "ChargeItemDefinition"}
    schedules = [one for one in made if one["resourceType"] == "Schedule"]
    assert len(schedules) == len(words["doctors"])
    assert all(one["serviceType"] and one["specialty"] and len(one["actor"]) == 2 for one in schedules)
    assert {kind["coding"][0]["code"] for one in schedules for kind in one["serviceType"]} <= priced
