"""FHIR's words in ours: what is not understood is Malformed or unknown, never a guess."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.forms.parts import HumanName
from mis.connectors.fhir_r4.options import Options
from mis.connectors.fhir_r4.reading import Around, best, candidate, day, moment, read, read_all, written
from mis.terms import Malformed

ZONE = ZoneInfo("Asia/Yekaterinburg")
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize("text", [
    "2026-11-23T14:00:00+05:00", "2026-11-23T09:00:00Z", "2026-11-23T12:00:00.000+03:00", "2026-11-23T14:00:00",
])  # fmt: skip
def test_trap_10_every_moment_is_utc_and_a_naive_one_is_the_branchs(text: str) -> None:
    assert moment(text, ZONE) == NINE and moment(text, ZONE).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "23.11.2026 09:00", "2026-11-23", "soon"])
def test_what_is_no_moment_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        moment(text, ZONE)


@pytest.mark.parametrize(("text", "when"), [
    ("1980-03-04", date(1980, 3, 4)), ("1980-03", None), ("1980", None), ("", None), ("1980-13-40", None),
    ("2019-01-01T10:00:00Z", date(2019, 1, 1)),
])  # fmt: skip
def test_a_date_is_known_to_the_day_or_not_at_all(text: str, when: date | None) -> None:
    assert day(text) == when


def test_the_official_name_of_those_in_use_is_said_surname_first() -> None:
    old, nick = HumanName(use="maiden", family="Before"), HumanName(use="nickname", text="Nyusha")
    official = HumanName(use="official", family="Now", given=("Anna", "Ivanovna"))
    assert best([old, nick, HumanName(text="Now A."), official]) == "Now Anna Ivanovna"
    assert best([old, nick, HumanName(text="Now A.")]) == "Now A."
    assert best([old]) == "Before"
    assert best([]) == ""


def test_malformed_says_nothing_of_what_it_is_about() -> None:
    with pytest.raises(Malformed) as raised:
        read(fhir.Patient, {"resourceType": "Patient", "name": {"family": "Ivanova"}})
    assert "Ivanova" not in str(raised.value) and raised.value.__cause__ is None
    good, whole = read_all(fhir.Patient, [{"resourceType": "Patient"}, {"resourceType": "Patient", "name": 5}])
    assert (len(good), whole) == (1, False)


def test_of_many_numbers_a_card_has_the_one_of_its_type_or_system() -> None:
    raw: dict[str, Any] = {"resourceType": "Patient", "id": "1", "identifier": [
        {"system": "urn:snils", "value": "111"}, {"system": "urn:card", "value": "222"},
        {"value": "333", "type": {"coding": [{"code": "MR"}]}},
    ]}  # fmt: skip
    patient = read(fhir.Patient, raw)
    assert candidate(patient, Options()).card_number == "333"
    assert candidate(patient, Options(card_system="urn:card")).card_number == "222"


@pytest.mark.parametrize(("told", "zone"), [("Europe/Moscow", "Europe/Moscow"), ("Mars/Base", str(ZONE)), ("", str(ZONE))])
def test_a_zone_that_is_none_is_the_clinics(told: str, zone: str) -> None:
    url = "http://hl7.org/fhir/StructureDefinition/timezone"
    place = {"resourceType": "Location", "id": "b", "name": "B", "extension": [{"url": url, "valueCode": told}]}
    around = Around({"Location/b": place}, Options(), ZONE)
    branch, found = around.branch(read(fhir.Appointment, {
        "resourceType": "Appointment", "participant": [{"actor": {"reference": "https://mis.example/fhir/Location/b/_history/2"}}],
    }).participant[0].actor)  # fmt: skip
    assert (branch.name if branch else "", found) == ("B", zone)


def test_a_moment_is_written_in_utc() -> None:
    assert written(NINE.astimezone(ZONE)) == "2026-11-23T09:00:00Z"
