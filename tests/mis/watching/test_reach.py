"""How a patient may be reached: his own number, a child's by its guardian, the dead and the unwilling never."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mis.terms import Capability, Card, Flag, Forbidden, Relative, Unavailable
from mis.watching.reach import Reach, Reached, reached
from okno import clock
from okno.settings import Settings
from tests.mis.booking.clinic import ALL, Clinic
from tests.mis.watching.house import PHONE

SETTINGS = Settings.model_validate({"mis": {"connector": "none", "read_s": 1}})
OWN = "+79990010204"


def reach(clinic: Clinic) -> Reach:
    return Reach(clinic, SETTINGS)


def clinic_of(capabilities: frozenset[Capability] = ALL) -> Clinic:
    return Clinic(capabilities=capabilities)


@pytest.mark.parametrize("capabilities", [ALL, ALL - {"search_name"}])
@pytest.mark.parametrize("about", [
    {"deceased": True}, {"flags": (Flag(kind="no_calls"),)}, {"flags": (Flag(kind="anonymous"),)},
])  # fmt: skip
async def test_trap_1_the_dead_and_who_wants_no_calls_are_never_dialled(
    capabilities: frozenset[Capability], about: dict[str, object]
) -> None:
    clinic = clinic_of(capabilities)
    clinic.cards["p1"] = Card(id="p1", name="Name", card_number="n-1", **about)  # type: ignore[arg-type]
    clinic.phones["p1"] = (PHONE,)
    assert await reach(clinic).of("p1") == Reached(calm=True)


@pytest.mark.parametrize(("years", "phone"), [(14, PHONE), (15, OWN)])
async def test_trap_17_a_guardian_is_called_until_fifteen(years: int, phone: str) -> None:
    clinic, born = clinic_of(), clock.now().date() - timedelta(days=years * 366)
    clinic.cards["child"] = Card(
        id="child", name="Child", card_number="n-1", born=born,
        relatives=(Relative(id="aunt", name="Aunt", relation="family"),
                   Relative(id="mother", name="Mother", relation="guardian", authority=True)),
    )  # fmt: skip
    clinic.cards["mother"] = Card(id="mother", name="Mother", card_number="n-2")
    clinic.phones |= {"child": (OWN,), "mother": ("8 (999) 001-02-03",)}
    assert await reach(clinic).of("child") == Reached(phone)


async def test_a_mis_that_may_not_say_leaves_it_to_a_person_and_one_that_is_away_is_asked_again() -> None:
    clinic = clinic_of()

    def refuse(name: str) -> None:
        raise Forbidden

    clinic.fault = refuse  # type: ignore[assignment]
    assert await reached(reach(clinic), "p1") == Reached()
    clinic.fault = lambda name: "away"
    with pytest.raises(Unavailable):
        await reached(reach(clinic), "p1")
