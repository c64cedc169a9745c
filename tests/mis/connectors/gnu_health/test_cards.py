"""A card of a real GNU Health."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from mis.terms import Connector, Flag
from okno import clock
from tests.mis.connectors.gnu_health.family import Family
from tests.mis.fhir_server import context
from tests.mis.gnu_health_server import day


async def test_a_card_says_what_it_has_and_names_what_it_has_not(mis: Connector, family: Family) -> None:
    one = await family.patient("Anna", born=date(1971, 2, 3), gender="f")
    card = await mis.card(context(), one)
    assert (card.id, card.name, card.born, card.sex) == (one, f"{family.name} Anna", date(1971, 2, 3), "female")
    assert card.card_number and card.version and not card.deceased and not card.replaced
    assert card.missing == ("balance", "consents")
    assert (card.flags, card.insurance, card.relatives, card.doctor) == ((), (), (), None)


async def test_an_allergy_is_a_flag(mis: Connector, family: Family) -> None:
    server = family.server
    named, marked = await family.patient("Named"), await family.patient("Marked")
    clinic = await server.clinic(slots=0, patients=0)
    pathology = await server.create("gnuhealth.pathology", name="Penicillin allergy", code=secrets.token_hex(5))
    for active in (True, False):
        await server.create(
            "gnuhealth.patient.disease", patient=int(named), pathology=pathology, is_allergy=True, is_active=active,
            healthprof=int(clinic.doctor),
        )  # fmt: skip
    await server.write("gnuhealth.patient", marked, crit_allergic=True)
    (flag,) = (await mis.card(context(), named)).flags
    assert flag.kind == "allergy" and "Penicillin allergy" in flag.text
    assert (await mis.card(context(), marked)).flags == (Flag(kind="allergy"),)


async def test_only_policies_that_run_are_shown(mis: Connector, family: Family) -> None:
    server, one = family.server, await family.patient("Anna")
    company = await server.create("party.party", name="Health Mutual", is_insurance_company=True, fed_country="XXX")
    today = clock.now().date()
    for number, until in (
        ("1-runs", today + timedelta(days=9)),
        ("2-over", today - timedelta(days=9)),
        ("3-open", None),
    ):
        await server.create(
            "gnuhealth.insurance", party=family.parties["Anna"], company=company, number=number + secrets.token_hex(4),
            **({"member_exp": day(until)} if until else {}),
        )  # fmt: skip
    policies = (await mis.card(context(), one)).insurance
    assert [(each.number[:6], each.payer, each.valid_until) for each in policies] == [
        ("1-runs", "Health Mutual", today + timedelta(days=9)), ("3-open", "Health Mutual", None),
    ]  # fmt: skip


async def test_the_attending_doctor(mis: Connector, family: Family) -> None:
    clinic = await family.server.clinic(slots=0, patients=0)
    one = await family.patient("Anna")
    await family.server.write("gnuhealth.patient", one, primary_care_doctor=int(clinic.doctor))
    doctor = (await mis.card(context(), one)).doctor
    assert doctor is not None and doctor.id == clinic.doctor and "Lipina" in doctor.name
