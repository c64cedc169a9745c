"""Directories of a real GNU Health."""

from __future__ import annotations

import secrets
from decimal import Decimal

from mis.terms import Connector
from tests.mis.fhir_server import context
from tests.mis.gnu_health_server import GnuHealthServer


async def test_a_clinic_has_its_branch_its_doctor_and_what_he_is(
    mis: Connector, gnu_health_server: GnuHealthServer
) -> None:
    clinic = await gnu_health_server.clinic(slots=0, patients=0)
    branches = {one.id: one.name for one in await mis.directory(context(), "branches")}
    assert branches[clinic.branch] == f"Branch {clinic.tag}"
    specialties = {one.id: one.name for one in await mis.directory(context(), "specialties")}
    assert specialties[clinic.specialty] == f"Therapy {clinic.tag}"
    (doctor,) = [one for one in await mis.directory(context(), "doctors") if one.id == clinic.doctor]
    assert (doctor.name, doctor.specialties, doctor.branches) == ("Lipina Olga", (clinic.specialty,), (clinic.branch,))


async def test_a_specialty_nobody_has_is_left_out(mis: Connector, gnu_health_server: GnuHealthServer) -> None:
    name = f"Nobody's {secrets.token_hex(4)}"
    await gnu_health_server.create("gnuhealth.specialty", name=name, code=secrets.token_hex(5).upper())
    assert name not in [one.name for one in await mis.directory(context(), "specialties")]


async def test_services_come_with_the_price_of_our_accounts_company(
    mis: Connector, gnu_health_server: GnuHealthServer
) -> None:
    server, name = gnu_health_server, f"Consultation {secrets.token_hex(4)}"
    currency = await server.create(
        "currency.currency", name=name, code=secrets.token_hex(1).upper() + "Q", symbol="R", digits=2,
        rounding={"__class__": "Decimal", "decimal": "0.01"},
    )  # fmt: skip
    party = await server.create("party.party", name=name, fed_country="XXX")
    company = await server.create("company.company", party=party, currency=currency)
    await server.write("res.user", 1, companies=[["add", [company]]], company=company)
    unit = (await server.rows("product.uom", []))[0]["id"]
    price = {"__class__": "Decimal", "decimal": "1500.50"}
    template = await server.create(
        "product.template", name=name, type="service", default_uom=unit, products=[["create", [{}]]],
        list_prices=[["create", [{"company": company, "list_price": price}]]],
    )  # fmt: skip
    assert template
    (found,) = [one for one in await mis.directory(context(), "services") if name in one.name]
    assert found.price == Decimal("1500.50")


async def test_who_cancelled_is_all_it_knows(mis: Connector) -> None:
    reasons = await mis.directory(context(), "cancel_reasons")
    assert [one.id for one in reasons] == ["user_cancelled", "center_cancelled"]
