"""Whom a search meant, which visits take a time: the rules that are ours whatever the MIS answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mis.connectors.mapping.building import fits, folded, merged, overlapping
from mis.terms import Appointment, Candidate, Entry, Named, PatientQuery, Slot
from tests.mis.connectors.mapping.replay import at, born

ONE = Candidate(id="1", name="Петров-Водкин Семён Лукич", born=born(1980, 4, 5), card_number="A-1",
                phones=("8 (999) 000-18-73; 8 999 000 00 01",))  # fmt: skip


@pytest.mark.parametrize(
    ("query", "fit"),
    [
        (PatientQuery(name="петров"), True),
        (PatientQuery(name="ВОДКИН семен"), True),
        (PatientQuery(name="Cемён Петров"), True),  # a Latin C, foreign order
        (PatientQuery(name="Сидоров"), False),
        (PatientQuery(name="Петров Иван"), False),
        (PatientQuery(name="петров", born=born(1980, 4, 5)), True),
        (PatientQuery(name="петров", born=born(1981, 4, 5)), False),
        (PatientQuery(card_number="A-1"), True),
        (PatientQuery(card_number="A-2"), False),
        (PatientQuery(phones=("+79990001873",)), True),
        (PatientQuery(phones=("+79990000001",)), True),
        (PatientQuery(phones=("+79990000002",)), False),
    ],
)
def test_who_was_asked_for(query: PatientQuery, fit: bool) -> None:
    """Trap 8 and the MIS that answers everybody."""
    assert fits(ONE, query) is fit


def test_a_ward_is_found_by_the_guardians_number() -> None:
    """Trap 1: the child's own number is another one."""
    ward = replace(ONE, relation="ward")
    assert fits(ward, PatientQuery(phones=("+79990000002",)))


def test_what_the_mis_does_not_tell_cannot_speak_against_him() -> None:
    bare = replace(ONE, born=None, card_number="", phones=())
    assert fits(bare, PatientQuery(phones=("+79990000002",), born=born(2000, 1, 1), card_number="Z"))


def test_a_name_as_it_is_compared() -> None:
    assert folded("  Петров-ВОДКИН,  Семён%_\\ ") == "петров водкин семен"
    assert folded("%_-") == ""
    assert folded("Ivanova") == "ivanova"


def test_visits_that_take_a_part_of_a_time() -> None:
    doctor = Named(id="d", name="")
    slot = Slot(id="s", start=at(10), end=at(10, 30), doctor=doctor)
    visit = Appointment(id="v", status="booked", patient="p", start=at(10), end=at(10, 30), doctor=doctor)
    there = [
        replace(visit, id="same"), replace(visit, id="before", start=at(9, 30), end=at(10)),
        replace(visit, id="touching", start=at(9, 45), end=at(10, 5)), replace(visit, id="gone", status="cancelled"),
        replace(visit, id="strange", status="unknown"), replace(visit, id="other", doctor=Named(id="e", name="")),
        replace(visit, id="after", start=at(10, 30), end=at(11)), replace(visit, id="long", start=at(8), end=at(20)),
    ]  # fmt: skip
    assert [one.id for one in overlapping(there, slot)] == ["long", "touching", "same", "strange"]


def test_an_entry_of_many_lines_is_one() -> None:
    lines = [Entry(id="1", name="a", branches=("1",)), Entry(id="2", name="b"),
             Entry(id="1", name="a", branches=("2", "1"), specialties=("x",))]  # fmt: skip
    assert merged(lines) == (Entry(id="1", name="a", branches=("1", "2"), specialties=("x",)), lines[1])
