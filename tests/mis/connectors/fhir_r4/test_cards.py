"""A card from a real server: what is kept of a patient, and what of it the server does not give."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from mis.connectors.fhir_r4.cards import BALANCE, NEEDS_LETTER
from mis.terms import Connector, NotFound
from okno import clock
from tests.mis.fhir_server import FhirServer, context
from tests.mis.proxy import faulty

Json = dict[str, Any]


@pytest_asyncio.fixture
async def mis(fhir_server: FhirServer) -> AsyncIterator[Connector]:
    one = fhir_server.connector(flags={"wheelchair": "note"})
    yield one
    await one.close()


@pytest_asyncio.fixture
async def patient(fhir_server: FhirServer) -> str:
    tag = secrets.token_hex(5)
    await fhir_server.put({"resourceType": "Practitioner", "id": f"gp-{tag}", "name": [{"family": "Lipina"}]})
    await fhir_server.put({
        "resourceType": "Patient", "id": tag, "birthDate": "1980", "gender": "bananas",
        "name": [{"use": "old", "family": "Before"}, {"use": "official", "family": "Now", "given": ["Anna"]}],
        "generalPractitioner": [{"reference": f"Practitioner/gp-{tag}"}],
    })  # fmt: skip
    return tag


def _of(patient: str, kind: str, where: str, **more: Any) -> Json:
    return {"resourceType": kind, "id": secrets.token_hex(6), where: {"reference": f"Patient/{patient}"}, **more}


async def test_a_bare_patient_has_a_bare_card(mis: Connector, patient: str) -> None:
    card = await mis.card(context(), patient)
    assert (card.name, card.born, card.sex, card.version) == ("Now Anna", None, "unknown", "1")
    assert (card.flags, card.insurance, card.relatives, card.balance, card.missing) == ((), (), (), None, ())
    assert card.doctor is not None and card.doctor.name == "Lipina"
    with pytest.raises(NotFound):
        await mis.card(context(), "nobody")


async def test_flags_are_warnings_allergies_and_refusals_that_stand_today(
    mis: Connector, patient: str, fhir_server: FhirServer
) -> None:
    year = clock.now().year

    def flag(code: str, **more: Any) -> Json:
        return _of(patient, "Flag", "subject", status="active", code={"coding": [{"code": code}], "text": code}, **more)

    def consent(code: str, kind: str, **more: Any) -> Json:
        scope = {"coding": [{"code": "patient-privacy"}]}
        return _of(patient, "Consent", "patient", status="active", scope=scope, category=[{"coding": [{"code": code}]}],
                   policyRule={"text": "x"}, provision={"type": kind, **more})  # fmt: skip

    for one in (
        flag("vip"), flag("wheelchair"), flag("debt", period={"end": f"{year - 1}-01-01"}),
        {**flag("complaint"), "status": "inactive"},
        _of(patient, "AllergyIntolerance", "patient", code={"text": "penicillin"}),
        _of(patient, "AllergyIntolerance", "patient", code={"text": "past"}, clinicalStatus={"coding": [{"code": "resolved"}]}),
        consent("no-calls", "deny"), consent("no-ads", "permit"), consent("no-messages", "deny", period={"end": f"{year - 1}-01-01"}),
    ):  # fmt: skip
        await fhir_server.put(one)
    flags = {(one.kind, one.text) for one in (await mis.card(context(), patient)).flags}
    assert flags == {("vip", "vip"), ("note", "wheelchair"), ("allergy", "penicillin"), ("no_calls", "")}


async def test_a_policy_and_money(mis: Connector, patient: str, fhir_server: FhirServer) -> None:
    payer = {"resourceType": "Organization", "id": f"payer-{patient}", "name": "North Star"}
    plan = {"type": {"coding": [{"code": "plan"}]}, "value": "basic", "name": "Basic"}
    await fhir_server.put(payer)
    await fhir_server.put(_of(
        patient, "Coverage", "beneficiary", status="active", payor=[{"reference": f"Organization/{payer['id']}"}],
        subscriberId="77", period={"end": "2027-01-01"}, extension=[{"url": NEEDS_LETTER, "valueBoolean": True}],
        **{"class": [plan]},
    ))  # fmt: skip
    for amount in ("150.50", "-200"):
        money = {"url": "amount", "valueMoney": {"value": float(amount), "currency": "RUB"}}
        account = _of(patient, "Account", "x", status="active", extension=[{"url": BALANCE, "extension": [money]}])
        await fhir_server.put({**{key: value for key, value in account.items() if key != "x"}, "subject": [{"reference": f"Patient/{patient}"}]})
    card = await mis.card(context(), patient)
    [policy] = card.insurance
    assert (policy.payer, policy.number, policy.programme, policy.needs_letter) == ("North Star", "77", "Basic", True)
    assert (card.balance, card.currency) == (Decimal("-49.5"), "RUB")


async def test_a_part_that_fails_is_named_and_the_rest_is_there(patient: str, fhir_server: FhirServer) -> None:
    async with faulty(fhir_server.base) as proxy:
        mis = fhir_server.connector(proxy.url)
        try:
            proxy.always("html", path="Coverage")
            proxy.always("unavailable", path="Account")
            card = await mis.card(context(), patient)
            assert (card.name, card.missing) == ("Now Anna", ("balance", "insurance"))
        finally:
            await mis.close()


async def test_the_mis_is_told_of_a_card_that_was_read_where_it_wants_to_be(patient: str, fhir_server: FhirServer) -> None:
    mis = fhir_server.connector(audit=True)
    try:
        card = await mis.card(context(), patient)
        [event] = await fhir_server.search("AuditEvent", f"patient=Patient/{patient}")
        assert card.missing == ()
        assert (event["action"], event["subtype"][0]["code"], len(event["entity"])) == ("R", "read", 2)
        assert event["agent"][1]["who"]["identifier"]["value"] == "orlova"
    finally:
        await mis.close()
    assert len(await fhir_server.search("AuditEvent", f"patient=Patient/{patient}")) == 1
