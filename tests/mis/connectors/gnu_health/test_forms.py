"""Rows as they should be, and as they should not."""

from __future__ import annotations

import pytest

from mis.connectors.gnu_health.forms import Party, Patient, Visit, read
from mis.terms import Malformed


def test_a_state_nobody_knows_is_none() -> None:
    assert read(Visit, {"id": 1, "state": "bananas"}).state is None
    assert read(Visit, {"id": 1, "state": "free"}).state == "free"


@pytest.mark.parametrize("row", [{}, {"id": "1"}, {"id": 1, "appointment_date": "10:00"}, {"id": 1, "patient": [3]}])
def test_trap_9_a_row_of_another_shape_is_malformed(row: dict[str, object]) -> None:
    with pytest.raises(Malformed) as told:
        read(Visit, row)
    assert "10:00" not in str(told.value)


def test_a_patient_without_a_person_is_malformed() -> None:
    with pytest.raises(Malformed):
        read(Patient, {"id": 1, "party.": None})


def test_a_name_is_surname_first_and_a_sex_one_of_four() -> None:
    one = Party(id=1, lastname=" Ivanova ", name="Anna", gender="nb")
    assert (one.called, one.sex, one.parents) == ("Ivanova Anna", "other", ())
    assert Party(id=1, gender="nd").sex == "unknown" and Party(id=1, name="Anna").called == "Anna"
