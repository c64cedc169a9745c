"""Families of a test's own on GNU Health: nobody else has their numbers and names."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from mis.finding import spellings
from mis.terms import Candidate, Connector, PatientQuery
from tests.mis.fhir_server import context
from tests.mis.gnu_health_server import GnuHealthServer, day, phone


class Family:
    """Makes persons with one number and one surname, unless told otherwise; `parties` by given name."""

    def __init__(self, server: GnuHealthServer) -> None:
        self.server, tag = server, secrets.token_hex(5)
        self.phone, self.name = phone(tag, 0), f"F{tag}"
        self.parties: dict[str, int] = {}

    async def patient(
        self, given: str, *numbers: str, family: str = "", born: date = date(1980, 1, 1), **more: Any
    ) -> str:
        """Make a patient; no numbers: the family's."""
        party = await self.server.person(family or self.name, given, *(numbers or (self.phone,)), born=born, **more)
        self.parties[given] = party
        return await self.server.patient_of(party)

    async def certificate(self, child: str, born: date, **parents: int) -> None:
        """Write a birth certificate, as GNU Health's registrar does."""
        countries = await self.server.rows("country.country", [])
        country = countries[0]["id"] if countries else await self.server.create("country.country", name="Ruritania")
        party = self.parties[child]
        row = await self.server.create(
            "gnuhealth.birth_certificate", party=party, code=secrets.token_hex(5), dob=day(born), country=country, **parents
        )  # fmt: skip
        await self.server.write("party.party", party, birth_certificate=row)

    async def members(self, **roles: str) -> None:
        """Make them members of one family by given name and role."""
        rows = [{"party": self.parties[given], "role": role} for given, role in roles.items()]
        await self.server.create("gnuhealth.family", name=secrets.token_hex(6), members=[["create", rows]])

    async def found(self, mis: Connector, **more: Any) -> dict[str, Candidate]:
        """Who is found by the family's number, by the last word of his name."""
        came = await mis.find_patients(context(), PatientQuery(phones=spellings(self.phone), **more))
        assert came.complete
        return {one.name.split()[-1]: one for one in came.people}
