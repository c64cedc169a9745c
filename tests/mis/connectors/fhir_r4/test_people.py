"""Who it may be, on a real FHIR server that holds the families of the MIS sheet's sixth chapter."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from mis.terms import Candidate, Connector, Created, Duplicate, Invalid, NotFound, PatientDraft, PatientQuery
from okno import clock
from tests.mis.fhir_server import FhirServer, context, own_phone, saying

Json = dict[str, Any]
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
SECRET = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}


class Family:
    """Builds patients whose ids and names no other test has."""

    def __init__(self, server: FhirServer) -> None:
        self.server, self.tag, self.phone = server, secrets.token_hex(5), own_phone()
        self.digits = self.phone[-5:]

    @property
    def spellings(self) -> tuple[str, ...]:
        """As `mis.finding.spellings` would ask."""
        tail = f"{self.digits[0]}{self.digits[1]}-{self.digits[2:4]}"
        return (self.phone, self.phone[1:], "8" + self.phone[2:], self.phone[2:], f"8 (999) 00{tail[0]}-{self.digits[1:3]}-{self.digits[3:]}")

    async def patient(self, name: str, family: str = "", born: str = "1980-01-01", phone: str | None = "", **more: Any) -> str:
        made: Json = {
            "resourceType": "Patient", "id": f"{name}-{self.tag}", "birthDate": born,
            "name": [{"family": family or f"F{self.tag}", "given": [name]}], **more,
        }  # fmt: skip
        if phone is not None:
            made["telecom"] = [{"system": "phone", "value": phone or self.phone}]
        await self.server.put(made)
        return str(made["id"])

    async def tie(self, ward: str, code: str = "MTH", **more: Any) -> Json:
        """A RelatedPerson of `ward`; what is returned is the link for the other one's record."""
        made = {
            "resourceType": "RelatedPerson", "id": f"tie-{secrets.token_hex(5)}", "active": True,
            "patient": {"reference": f"Patient/{ward}"},
            "relationship": [{"coding": [{"system": ROLES, "code": code}]}], **more,
        }  # fmt: skip
        await self.server.put(made)
        return {"other": {"reference": f"RelatedPerson/{made['id']}"}, "type": "seealso"}

    async def ask(self, mis: Connector, **more: Any) -> list[Candidate]:
        found = await mis.find_patients(context(), PatientQuery(phones=self.spellings, **more))
        assert found.complete
        return list(found.people)


@pytest_asyncio.fixture
async def mis(fhir_server: FhirServer) -> AsyncIterator[Connector]:
    one = fhir_server.connector()
    yield one
    await one.close()


@pytest.fixture
def family(fhir_server: FhirServer) -> Family:
    return Family(fhir_server)


async def test_trap_1_one_number_is_a_family_and_nobody_is_chosen(mis: Connector, family: Family) -> None:
    await family.patient("mother")
    await family.patient("child", born="2019-05-01")
    await family.patient("grandfather", born="1940-01-01", deceasedBoolean=True)
    found = {one.id.split("-")[0]: one for one in await family.ask(mis)}
    assert set(found) == {"mother", "child", "grandfather"}
    assert [found[name].deceased for name in ("mother", "child", "grandfather")] == [False, False, True]
    assert {one.relation for one in found.values()} == {None}


async def test_trap_2_every_spelling_of_a_number_is_found(mis: Connector, family: Family) -> None:
    for number, spelling in enumerate(family.spellings):
        await family.patient(f"p{number}", phone=spelling)
    assert len(await family.ask(mis)) == len(family.spellings)


async def test_trap_3_a_kazakh_number_is_its_owners_alone(mis: Connector, family: Family) -> None:
    kazakh = f"+770100{family.digits}"
    await family.patient("aigul", phone=kazakh)
    await family.patient("anna")
    found = await mis.find_patients(context(), PatientQuery(phones=(kazakh, kazakh[1:])))
    assert [one.id.split("-")[0] for one in found.people] == ["aigul"]


async def test_trap_5_an_empty_question_never_leaves(mis: Connector) -> None:
    with pytest.raises(Invalid):
        await mis.find_patients(context(), PatientQuery())
    with pytest.raises(Invalid):
        await mis.find_patients(context(), PatientQuery(name="   "))


async def test_trap_7_twins_differ_by_their_cards(mis: Connector, family: Family) -> None:
    for number in ("77001", "77002"):
        card = {"system": "urn:mis:card", "value": f"{number}{family.digits}", "type": {"coding": [{"code": "MR"}]}}
        await family.patient(f"twin{number}", born="2015-02-02", identifier=[card])
    found = await family.ask(mis)
    assert {one.card_number for one in found} == {f"77001{family.digits}", f"77002{family.digits}"}
    one = await mis.find_patients(context(), PatientQuery(card_number=f"77002{family.digits}"))
    assert [each.id.split("-")[0] for each in one.people] == ["twin77002"]


@pytest.mark.parametrize(("stored", "typed"), [("Артёмов", "артемов"), ("Артемов", "Артёмов"), ("АРТЁМОВ", "Артёмов")])
async def test_trap_8_case_and_yo_do_not_matter(mis: Connector, family: Family, stored: str, typed: str) -> None:
    born = date(1971, 1, 1 + int(family.tag, 16) % 28)
    await family.patient("fyodor", family=stored + family.tag, born=born.isoformat())
    found = await mis.find_patients(context(), PatientQuery(name=f"{typed}{family.tag} fyodor", born=born))
    assert [one.name for one in found.people] == [f"{stored}{family.tag} fyodor"]


async def test_trap_15_a_merged_patient_is_followed(mis: Connector, family: Family, fhir_server: FhirServer) -> None:
    new = await family.patient("new")
    link = {"other": {"reference": f"Patient/{new}"}, "type": "replaced-by"}
    old = await family.patient("old", active=False, link=[link])
    assert [one.id for one in await family.ask(mis)] == [new]
    card = await mis.card(context(), old)
    assert (card.id, card.replaced) == (new, old)
    with pytest.raises(NotFound):
        await mis.card(context(), "nobody-at-all")


async def test_trap_16_a_restricted_patient_is_marked(mis: Connector, family: Family) -> None:
    await family.patient("vip", meta={"security": [SECRET]})
    assert [one.restricted for one in await family.ask(mis)] == [True]


async def test_a_child_is_found_by_its_guardians_number(mis: Connector, family: Family) -> None:
    """Feature 2: four children, and a mother whose number alone is known."""
    links = []
    for number in range(4):
        child = await family.patient(f"child{number}", born=f"201{number + 5}-05-01", phone=None)
        links.append(await family.tie(child))
    mother = await family.patient("mother", link=links)
    found = await family.ask(mis)
    assert {one.id: one.relation for one in found}[mother] == "self"
    assert sorted(one.relation or "" for one in found) == ["self", "ward", "ward", "ward", "ward"]
    only = await family.ask(mis, born=date(2017, 5, 1))
    assert [one.id.split("-")[0] for one in only] == []  # the mother herself was not born then


async def test_trap_17_a_parents_right_ends_at_fifteen(mis: Connector, family: Family) -> None:
    today = clock.now().date()
    born = date(today.year - 10, 1, 1)
    small = await family.patient("small", born=born.isoformat(), phone=None)
    grown = await family.patient("grown", born=f"{today.year - 16}-01-01", phone=None)
    away = await family.tie(small, "FTH", period={"end": "2020-01-01"}, name=[{"family": "Gone"}])
    aunt = await family.tie(small, "AUNT")
    links = [await family.tie(small), await family.tie(grown)]
    mother = await family.patient("mother", link=links)
    await family.patient("father", link=[away], phone="")
    await family.patient("aunt", link=[aunt])
    of_small = {one.id.split("-")[0] or one.name: one for one in await mis.relatives(context(), small)}
    assert {name: (one.relation, one.authority) for name, one in of_small.items()} == {
        "mother": ("guardian", True), "father": ("guardian", False), "aunt": ("family", False),
    }  # fmt: skip
    assert of_small["mother"].until == date(today.year + 5, 1, 1)
    assert [one.authority for one in await mis.relatives(context(), grown)] == [False]
    assert {one.relation for one in await mis.relatives(context(), mother)} == {"ward"}


async def test_ten_thousand_matches_are_cut_and_said_so(mis: Connector, family: Family, fhir_server: FhirServer) -> None:
    await fhir_server.put_all([
        {"resourceType": "Patient", "id": f"m{number}-{family.tag}", "name": [{"family": f"Many{family.tag}"}]}
        for number in range(130)
    ])  # fmt: skip
    found = await mis.find_patients(context(), PatientQuery(name=f"Many{family.tag}", limit=20))
    assert (len(found.people), found.complete) == (20, False)
    found = await mis.find_patients(context(), PatientQuery(name=f"Many{family.tag}", limit=130))
    assert (len({one.id for one in found.people}), found.complete) == (130, True)


async def test_a_patient_is_made_once_and_not_beside_a_like_one(mis: Connector, family: Family, fhir_server: FhirServer) -> None:
    draft = PatientDraft(
        key=str(uuid4()), family=f"New{family.tag}", given="Vera", born=date(1990, 2, 3), sex="female", phone=family.phone
    )
    made = await asyncio.gather(*(mis.create_patient(context(), draft) for _ in range(3)))
    assert len({one.patient.id for one in made if isinstance(one, Created)}) == 1
    again = PatientDraft(key=str(uuid4()), family=f"new{family.tag}", given="vera", born=date(1990, 2, 3))
    like = await mis.create_patient(context(), again)
    assert isinstance(like, Duplicate) and len(like.people) == 1
    assert len(await fhir_server.search("Patient", f"family=New{family.tag}")) == 1
    anyway = PatientDraft(key=again.key, family=again.family, given=again.given, born=again.born, anyway=True)
    assert isinstance(await mis.create_patient(context(), anyway), Created)


async def test_a_child_is_made_with_its_guardians_tie(mis: Connector, family: Family) -> None:
    mother = await family.patient("mother")
    draft = PatientDraft(key=str(uuid4()), family=f"Kid{family.tag}", given="Ilya", born=date(2020, 1, 1), guardian=mother)
    made = await mis.create_patient(context(), draft)
    assert isinstance(made, Created)
    tied = await mis.relatives(context(), made.patient.id)
    assert [(one.id, one.relation, one.authority) for one in tied] == [(mother, "guardian", True)]
    assert {one.relation for one in await family.ask(mis)} == {"self", "ward"}


async def test_a_server_that_lists_everybody_is_not_believed() -> None:
    """The MIS sheet, 2.5: a filter that was overlooked gave all patients."""
    everybody = [
        {"resourceType": "Patient", "id": str(number), "telecom": [{"system": "phone", "value": f"+7999000{number:04d}"}]}
        for number in range(50)
    ]
    async with saying(lambda *_: everybody) as server:
        mis = server.connector()
        try:
            found = await mis.find_patients(context(), PatientQuery(phones=("+79990000007", "8 (999) 000-00-07")))
        finally:
            await mis.close()
    assert [one.id for one in found.people] == ["7"]


async def test_a_server_that_brings_nobody_along_is_asked_without() -> None:
    own = {"resourceType": "Patient", "id": "1", "telecom": [{"system": "phone", "value": "+79990000007"}]}
    asked: list[str] = []

    def answer(method: str, path: str, body: str) -> Any:
        asked.append(f"{method} {path}")
        return 404 if path.endswith("metadata") else 400 if "_include" in body else [own]

    async with saying(answer) as server:
        mis = server.connector()
        try:
            found = await mis.find_patients(context(), PatientQuery(phones=("+79990000007",)))
        finally:
            await mis.close()
    assert ([one.id for one in found.people], found.complete) == (["1"], True)
    assert asked == ["POST /fhir/Patient/_search"] * 2 + ["GET /fhir/metadata"]


async def test_trap_9_a_list_where_an_object_was_promised_leaves_one_out_and_says_so() -> None:
    good = {"resourceType": "Patient", "id": "1", "telecom": [{"system": "phone", "value": "+79990000007"}]}
    for bad in ({**good, "id": "2", "birthDate": {"year": 1980}}, {**good, "id": "3", "telecom": {"value": "+79990000007"}}):
        async with saying(lambda method, path, body, bad=bad: [good, bad]) as server:  # type: ignore[misc]
            mis = server.connector()
            try:
                found = await mis.find_patients(context(), PatientQuery(phones=("+79990000007",)))
            finally:
                await mis.close()
        assert ([one.id for one in found.people], found.complete) == (["1"], False)
