"""Who may speak for whom, by HL7's codes and by the age at which a child's secret becomes its own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mis.connectors.fhir_r4.families import Tie
from mis.connectors.fhir_r4.forms.resources import RelatedPerson

TODAY = date(2026, 11, 21)
CHILD, TEEN, ADULT = date(2016, 1, 1), date(2011, 11, 21), date(1950, 1, 1)


def _tie(code: str, **more: Any) -> Tie:
    raw = {
        "resourceType": "RelatedPerson", "id": "r", "patient": {"reference": "Patient/p"},
        "relationship": [{"coding": [{"code": code}]}], **more,
    }  # fmt: skip
    return Tie(RelatedPerson.model_validate(raw), "p")


@pytest.mark.parametrize(("code", "relation"), [
    ("MTH", "guardian"), ("FTH", "guardian"), ("GUARD", "guardian"), ("GRMTH", "family"), ("AUNT", "family"),
    ("NBOR", "other"), ("", "other"),
])  # fmt: skip
def test_a_code_is_a_relation(code: str, relation: str) -> None:
    assert _tie(code).relation == relation


@pytest.mark.parametrize(("code", "born", "may"), [
    ("MTH", CHILD, True), ("MTH", TEEN, False), ("MTH", None, False), ("GRMTH", CHILD, False), ("NBOR", CHILD, False),
    ("HPOWATT", ADULT, True), ("GUARD", ADULT, True), ("FTH", ADULT, False),
])  # fmt: skip
def test_who_may_speak(code: str, born: date | None, may: bool) -> None:
    """Trap 17: on the very fifteenth birthday a parent's right has ended; grandparents never had it."""
    assert _tie(code).speaks(born, 15, TODAY) is may


@pytest.mark.parametrize(("period", "active", "may"), [
    ({"start": "2027-01-01"}, True, False), ({"end": "2026-11-21"}, True, False), ({"end": "2026-11-22"}, True, True),
    ({}, False, False),
])  # fmt: skip
def test_a_right_has_dates(period: dict[str, str], active: bool, may: bool) -> None:
    assert _tie("MTH", period=period, active=active).speaks(CHILD, 15, TODAY) is may


def test_a_right_ends_at_the_earlier_of_its_paper_and_the_birthday() -> None:
    assert _tie("MTH").ends(CHILD, 15) == date(2031, 1, 1)
    assert _tie("MTH", period={"end": "2028-05-05"}).ends(CHILD, 15) == date(2028, 5, 5)
    assert _tie("MTH").ends(date(2016, 2, 29), 15) == date(2031, 3, 1)
    assert _tie("GUARD").ends(ADULT, 15) is None
