"""What the clinic has, from a real server: doctors where they work, services with prices."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest_asyncio

from mis.terms import Connector
from tests.mis.fhir_server import FhirServer, context


@pytest_asyncio.fixture
async def mis(fhir_server: FhirServer) -> AsyncIterator[Connector]:
    one = fhir_server.connector(cancel_reasons={"pat": "Changed his mind"})
    yield one
    await one.close()


async def test_doctors_have_their_specialties_and_branches(mis: Connector, fhir_server: FhirServer) -> None:
    clinic = await fhir_server.clinic(slots=1)
    specialty = {"coding": [{"system": "urn:test:specialty", "code": f"s-{clinic.tag}", "display": "Therapy"}]}
    await fhir_server.put({
        "resourceType": "PractitionerRole", "id": f"role-{clinic.tag}", "active": True, "specialty": [specialty],
        "practitioner": {"reference": f"Practitioner/{clinic.doctor}"},
        "location": [{"reference": f"Location/{clinic.branch}"}],
    })  # fmt: skip
    [doctor] = [one for one in await mis.directory(context(), "doctors") if one.id == clinic.doctor]
    token = f"urn:test:specialty|s-{clinic.tag}"
    assert (doctor.name, doctor.specialties, doctor.branches) == ("Lipina Olga", (token,), (clinic.branch,))
    assert (token, "Therapy") in {(one.id, one.name) for one in await mis.directory(context(), "specialties")}
    assert clinic.branch in {one.id for one in await mis.directory(context(), "branches")}


async def test_services_have_prices_where_the_server_has(mis: Connector, fhir_server: FhirServer) -> None:
    tag = secrets.token_hex(5)
    code = {"coding": [{"system": "urn:test:service", "code": tag}]}
    await fhir_server.put({
        "resourceType": "HealthcareService", "id": f"one-{tag}", "active": True, "name": f"ECG {tag}", "type": [code],
        "extension": [{"url": "urn:okno:minutes", "valuePositiveInt": 20}], "comment": "Come on an empty stomach",
    })  # fmt: skip
    await fhir_server.put({"resourceType": "HealthcareService", "id": f"two-{tag}", "active": True, "name": f"Advice {tag}"})
    await fhir_server.put({
        "resourceType": "ChargeItemDefinition", "id": f"price-{tag}", "status": "active", "url": f"urn:price:{tag}",
        "code": code, "propertyGroup": [{"priceComponent": [{"type": "base", "amount": {"value": 1100, "currency": "RUB"}}]}],
    })  # fmt: skip
    found = {one.name: one for one in await mis.directory(context(), "services") if tag in one.name}
    ecg, advice = found[f"ECG {tag}"], found[f"Advice {tag}"]
    assert (ecg.id, ecg.price, ecg.minutes, ecg.note) == (f"urn:test:service|{tag}", Decimal(1100), 20, "Come on an empty stomach")
    assert (advice.id, advice.price, advice.minutes) == (f"two-{tag}", None, None)
    silent = fhir_server.connector(prices=False)
    try:
        assert {one.price for one in await silent.directory(context(), "services")} == {None}
    finally:
        await silent.close()


async def test_reasons_are_the_settings_own(mis: Connector) -> None:
    assert [(one.id, one.name) for one in await mis.directory(context(), "cancel_reasons")] == [("pat", "Changed his mind")]
