"""Who it may be, on a real GNU Health: the families of the MIS sheet's sixth chapter."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from mis.connectors.gnu_health import GnuHealth
from mis.connectors.gnu_health.options import Options
from mis.finding import belongs, spellings
from mis.terms import Connector, Created, Duplicate, Invalid, NotFound, PatientDraft, PatientQuery
from tests.mis.connectors.gnu_health.family import Family
from tests.mis.connectors.gnu_health.lying import tryton
from tests.mis.fhir_server import context
from tests.mis.gnu_health_server import GnuHealthServer

YO, YE = "\u0451", "\u0435"


async def test_trap_1_one_number_is_a_family_and_nobody_is_chosen(mis: Connector, family: Family) -> None:
    await family.patient("Mother")
    await family.patient("Child", born=date(2019, 5, 1))
    await family.patient("Grandfather", born=date(1940, 1, 1), deceased=True)
    found = await family.found(mis)
    assert set(found) == {"Mother", "Child", "Grandfather"}
    assert {name for name, one in found.items() if one.deceased} == {"Grandfather"}
    assert all(one.relation is None and one.phones == (family.phone,) for one in found.values())


async def test_trap_2_a_number_is_found_however_it_is_written(mis: Connector, family: Family) -> None:
    d = family.phone[2:]
    written = {
        "Plain": family.phone, "Eight": "8" + d, "Ten": d, "Brackets": f"8 ({d[:3]}) {d[3:6]}-{d[6:8]}-{d[8:]}",
        "Odd": f"+7 {d[:3]} {d[3:6]} {d[6:]} (mama)", "Two": f"+79990000001, {d}",
        "International": f"+7 {d[:3]} {d[3:6]}-{d[6:8]}-{d[8:]}",
    }  # fmt: skip
    for given, number in written.items():
        await family.patient(given, number)
    await family.patient("Stranger", f"+7{d[:5]}0{d[5:9]}")
    assert set(await family.found(mis)) == set(written)


async def test_trap_2_a_number_the_server_writes_its_own_way_is_found(
    gnu_health_with_phonenumbers: GnuHealthServer
) -> None:
    family, mis = Family(gnu_health_with_phonenumbers), gnu_health_with_phonenumbers.connector()
    await family.patient("Anna")
    made = await mis.create_patient(context(), draft(family, "Zoya"))
    assert isinstance(made, Created)
    found = await family.found(mis)
    assert set(found) == {"Anna", "Petrovna"}
    (stored,) = found["Anna"].phones
    assert stored != family.phone and belongs(family.phone, [stored])
    await mis.close()


async def test_a_number_the_server_does_not_take_is_refused_and_nobody_is_made(
    gnu_health_with_phonenumbers: GnuHealthServer
) -> None:
    family, mis = Family(gnu_health_with_phonenumbers), gnu_health_with_phonenumbers.connector()
    one = draft(family, phone="+7123")
    with pytest.raises(Invalid) as told:
        await mis.create_patient(context(), one)
    assert "7123" not in str(told.value)
    assert (await mis.find_patients(context(), PatientQuery(name=family.name))).people == ()
    await mis.close()


async def test_trap_3_a_kazakh_number_stays_kazakh(mis: Connector, family: Family) -> None:
    d = family.phone[-7:]
    await family.patient("Aigul", f"+7701{d}")
    found = await mis.find_patients(context(), PatientQuery(phones=spellings(f"+7701{d}")))
    assert [one.phones for one in found.people if one.name.startswith(family.name)] == [(f"+7701{d}",)]


async def test_trap_5_nothing_asked_is_nobody(mis: Connector) -> None:
    for query in (PatientQuery(), PatientQuery(phones=("",)), PatientQuery(phones=("123",))):
        with pytest.raises(Invalid):
            await mis.find_patients(context(), query)


async def test_trap_7_twins_differ_by_their_card(mis: Connector, family: Family) -> None:
    for given in ("Vera", "Vesta"):
        await family.patient(given, born=date(2015, 2, 3))
    found = await family.found(mis, born=date(2015, 2, 3))
    cards = {one.card_number for one in found.values()}
    assert len(cards) == 2 and "" not in cards
    number = found["Vera"].card_number
    alone = await mis.find_patients(context(), PatientQuery(card_number=number))
    assert [one.id for one in alone.people] == [found["Vera"].id]


async def test_trap_8_yo_is_ye_and_case_is_nothing(mis: Connector, family: Family) -> None:
    name = f"C{YO}{family.name}"
    await family.patient("Petr", family=name)
    await family.patient("Pavel", family=f"Co{family.name}")
    for asked in (name, name.replace(YO, YE), name.upper(), f"petr {name.lower()}"):
        found = await mis.find_patients(context(), PatientQuery(name=asked))
        assert [one.name for one in found.people] == [f"{name} Petr"]


async def test_a_sign_of_the_search_is_only_a_letter(mis: Connector, family: Family) -> None:
    await family.patient("Anna")
    for asked in ("%", "_____", f"{family.name}%"):
        assert (await mis.find_patients(context(), PatientQuery(name=asked))).people == ()


async def test_too_many_are_told(mis: Connector, family: Family) -> None:
    for given in ("A", "B", "C"):
        await family.patient(given)
    found = await mis.find_patients(context(), PatientQuery(phones=spellings(family.phone), limit=2))
    assert len(found.people) == 2 and not found.complete


async def test_trap_9_one_record_that_cannot_be_read_hides_nobody_but_itself() -> None:
    good = {"id": 7, "party.": {"id": 9, "lastname": "Ivanova", "name": "Anna"}}

    def answer(body: dict[str, Any]) -> web.Response:
        rows = [good, {"id": 8, "party.": ["Ivanova"]}] if "gnuhealth.patient." in body["method"] else []
        return web.json_response({"id": body["id"], "result": rows})

    async with tryton(answer) as (wire, _):
        mis = GnuHealth(wire, Options(), ZoneInfo("UTC"))
        found = await mis.find_patients(context(), PatientQuery(name="Ivanova"))
        assert [one.id for one in found.people] == ["7"] and not found.complete


async def test_trap_17_a_child_is_found_by_the_number_of_its_parent_and_of_its_guardian(
    mis: Connector, family: Family
) -> None:
    await family.patient("Mother")
    for number in range(4):
        await family.patient(f"Child{number}", "+79990099999", born=date(2015, 1, 1))
    await family.certificate("Child0", date(2015, 1, 1), mother=family.parties["Mother"])
    await family.members(Mother="Guardian", Child1="ward", Child2="daughter", Child3="neighbour")
    found = await family.found(mis)
    assert {name: one.relation for name, one in found.items()} == {
        "Mother": None, "Child0": "ward", "Child1": "ward", "Child2": "ward",
    }  # fmt: skip


async def test_trap_15_a_merged_patient_is_found_as_the_one_he_became(mis: Connector, family: Family) -> None:
    old, new = await family.patient("Old"), await family.patient("New")
    await family.server.write("party.party", family.parties["Old"], replaced_by=family.parties["New"], active=False)
    await family.server.write("gnuhealth.patient", old, active=False)
    card = await mis.card(context(), old)
    assert (card.id, card.replaced) == (new, old)
    assert set(await family.found(mis)) == {"New"}


def draft(family: Family, given: str = "Anna", **more: object) -> PatientDraft:
    made = {
        "key": str(uuid4()), "family": family.name, "given": given, "patronymic": "Petrovna", "sex": "female",
        "born": date(1990, 1, 2), "phone": family.phone,
    }  # fmt: skip
    return PatientDraft(**{**made, **more})  # type: ignore[arg-type]


async def test_a_patient_is_made_once(mis: Connector, family: Family) -> None:
    one = draft(family)
    made = await asyncio.gather(*(mis.create_patient(context(), one) for _ in range(3)))
    ids = {each.patient.id for each in made if isinstance(each, Created)}
    assert len(ids) == 1 and len(made) == 3
    found = (await family.found(mis))["Petrovna"]
    assert {found.id} == ids
    assert (found.name, found.born, found.sex) == (f"{family.name} Anna Petrovna", date(1990, 1, 2), "female")


async def test_a_like_patient_is_shown_and_nobody_is_made(mis: Connector, family: Family) -> None:
    there = await family.patient("Anna", born=date(1990, 1, 2))
    came = await mis.create_patient(context(), draft(family))
    assert isinstance(came, Duplicate) and [one.id for one in came.people] == [there]
    other = await mis.create_patient(context(), draft(family, anyway=True))
    assert isinstance(other, Created) and other.patient.id != there


async def test_a_child_is_made_with_its_guardian(mis: Connector, family: Family) -> None:
    mother = await family.patient("Mother")
    one = draft(family, "Child", born=date(2020, 1, 1), guardian=mother, phone="")
    made = [await mis.create_patient(context(), one) for _ in range(2)]
    assert isinstance(made[0], Created) and made[0] == made[1]
    relatives = await mis.relatives(context(), made[0].patient.id)
    assert [(each.id, each.relation, each.authority) for each in relatives] == [(mother, "guardian", True)]


async def test_no_such_patient(mis: Connector) -> None:
    for wrong in ("999999999", "abc", ""):
        with pytest.raises(NotFound):
            await mis.card(context(), wrong)
