"""Who belongs to whom on a real GNU Health, and whose right ends when."""

from __future__ import annotations

from datetime import date

import pytest

from mis.terms import Connector, NotFound
from okno import clock
from tests.mis.connectors.gnu_health.family import Family
from tests.mis.fhir_server import context


def aged(years: int) -> date:
    return clock.now().date().replace(day=1, year=clock.now().year - years)


async def test_trap_17_a_parents_right_ends_at_fifteen(mis: Connector, family: Family) -> None:
    await family.patient("Mother")
    young, old = await family.patient("Young", born=aged(14)), await family.patient("Old", born=aged(15))
    for child, born in (("Young", aged(14)), ("Old", aged(15))):
        await family.certificate(child, born, mother=family.parties["Mother"])
    (of_young,) = await mis.relatives(context(), young)
    (of_old,) = await mis.relatives(context(), old)
    assert (of_young.relation, of_young.authority) == ("guardian", True)
    assert (of_old.relation, of_old.authority) == ("guardian", False)
    assert of_old.until is not None and of_old.until <= clock.now().date()


async def test_a_mother_has_her_children_and_the_rest_of_the_family(mis: Connector, family: Family) -> None:
    mother = await family.patient("Mother")
    for given, born in (("Certified", aged(5)), ("Member", aged(6)), ("Aunt", aged(40))):
        await family.patient(given, born=born)
    await family.certificate("Certified", aged(5), mother=family.parties["Mother"])
    await family.members(Mother="mother", Member="Son", Aunt="aunt")
    found = {one.name.split()[-1]: (one.relation, one.authority) for one in await mis.relatives(context(), mother)}
    assert found == {"Certified": ("ward", False), "Member": ("ward", False), "Aunt": ("family", False)}


async def test_the_dead_speak_for_nobody(mis: Connector, family: Family) -> None:
    await family.patient("Father", deceased=True)
    child = await family.patient("Child", born=aged(5))
    await family.certificate("Child", aged(5), father=family.parties["Father"])
    (father,) = await mis.relatives(context(), child)
    assert (father.relation, father.authority) == ("guardian", False)


async def test_somebody_alone_has_nobody_and_nobody_is_not_found(mis: Connector, family: Family) -> None:
    assert await mis.relatives(context(), await family.patient("Alone")) == ()
    with pytest.raises(NotFound):
        await mis.relatives(context(), "999999999")
