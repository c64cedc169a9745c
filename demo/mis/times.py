"""The demo's doctors: who they are, what they do, and their days, some of which are taken already. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
SPECIALTIES, SERVICES = "urn:okno-demo:specialty", "urn:okno-demo:service"
TIMEZONE = "http://hl7.org/fhir/StructureDefinition/timezone"
DAYS = 14
SHIFT = timedelta(hours=6)
STEP = timedelta(minutes=30)
TAKEN = 0.35


def clinic(words: Json) -> list[Json]:
    """Return branches, doctors, their roles and schedules, services, prices and payers."""
    made: list[Json] = [_branch(one) for one in words["branches"]]
    for one in words["services"]:
        made += _service(one, words)
    for one in words["doctors"]:
        made += _doctor(one, words)
    made += [{"resourceType": "Organization", "id": one["id"], "name": one["name"]} for one in words["payers"]]
    return made


def day(on: date, words: Json, patients: Sequence[str]) -> list[Json]:
    """Return every doctor's slots of a day and the visits that are on them; none on a Sunday.

    Args:
        on: the day, clinic-local for each branch.
        words: of `clinic.yaml`.
        patients: ids of those who may have a visit.
    """
    made: list[Json] = []
    for one in words["doctors"] if on.isoweekday() != 7 else []:
        dice = Random(f"{one['id']} {on}")
        zone = ZoneInfo(next(branch["zone"] for branch in words["branches"] if branch["id"] == one["branch"]))
        start = datetime.combine(on, time(one["from"]), zone)
        while start < datetime.combine(on, time(one["from"]), zone) + SHIFT:
            made += _slot(one, start, dice.choice(patients) if dice.random() < TAKEN else "", words)
            start += STEP
    return made


def _branch(one: Json) -> Json:
    zone = [{"url": TIMEZONE, "valueCode": one["zone"]}]
    return {"resourceType": "Location", "id": one["id"], "status": "active", "name": one["name"], "extension": zone}


def _concept(system: str, code: str, text: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def _service(one: Json, words: Json) -> list[Json]:
    code = _concept(SERVICES, one["id"], one["name"])
    price = {"type": "base", "amount": {"value": one["price"], "currency": "RUB"}}
    return [
        {
            "resourceType": "HealthcareService", "id": one["id"], "active": True, "name": one["name"], "type": [code],
            "specialty": [_concept(SPECIALTIES, one["specialty"], words["specialties"][one["specialty"]])],
            "extension": [{"url": "urn:okno:minutes", "valuePositiveInt": one["minutes"]}],
        },
        {
            "resourceType": "ChargeItemDefinition", "id": f"price-{one['id']}", "status": "active",
            "url": f"urn:okno-demo:price:{one['id']}", "code": code, "propertyGroup": [{"priceComponent": [price]}],
        },
    ]  # fmt: skip


def _doctor(one: Json, words: Json) -> list[Json]:
    own = [service for service in words["services"] if service["specialty"] == one["specialty"]]
    who = {"reference": f"Practitioner/{one['id']}", "display": " ".join([one["family"], *one["given"]])}
    where = {"reference": f"Location/{one['branch']}"}
    what = [_concept(SPECIALTIES, one["specialty"], words["specialties"][one["specialty"]])]
    return [
        {
            "resourceType": "Practitioner", "id": one["id"], "active": True,
            "name": [{"use": "official", "family": one["family"], "given": one["given"]}],
        },
        {
            "resourceType": "PractitionerRole", "id": f"role-{one['id']}", "active": True, "practitioner": who,
            "specialty": what, "location": [where],
            "healthcareService": [{"reference": f"HealthcareService/{service['id']}"} for service in own],
        },
        {
            "resourceType": "Schedule", "id": one["id"], "active": True, "actor": [who, where], "specialty": what,
            "serviceType": [_concept(SERVICES, service["id"], service["name"]) for service in own],
        },
    ]  # fmt: skip


def _slot(doctor: Json, start: datetime, patient: str, words: Json) -> list[Json]:
    name = f"{doctor['id']}-{start:%Y%m%d-%H%M}"
    times = {"start": start.isoformat(), "end": (start + STEP).isoformat()}
    slot = {
        "resourceType": "Slot", "id": name, "schedule": {"reference": f"Schedule/{doctor['id']}"},
        "status": "busy" if patient else "free", **times,
    }  # fmt: skip
    if not patient:
        return [slot]
    actors = [f"Patient/{patient}", f"Practitioner/{doctor['id']}", f"Location/{doctor['branch']}"]
    return [slot, {
        "resourceType": "Appointment", "id": f"v-{name}", "status": "booked", "slot": [{"reference": f"Slot/{name}"}],
        "specialty": [_concept(SPECIALTIES, doctor["specialty"], words["specialties"][doctor["specialty"]])],
        "participant": [{"actor": {"reference": one}, "status": "accepted"} for one in actors], **times,
    }]  # fmt: skip
