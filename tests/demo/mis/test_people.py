"""Every trap of the MIS sheet's sixth chapter stands in the demo, and nobody in it is real."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest

from demo import patients
from demo.mis import filling, people

Json = dict[str, Any]
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def words() -> Json:
    return filling.words()


@pytest.fixture(scope="module")
def everybody(words: Json) -> list[Json]:
    return [one for number in range(people.CALLERS) for one in people.family(number, words, TODAY)]


def _people(made: list[Json]) -> list[Json]:
    return [one for one in made if one["resourceType"] == "Patient"]


def test_who_calls_in_the_demo_is_known_to_its_mis() -> None:
    assert people.CALLERS == patients.PEOPLE


def test_the_same_number_is_the_same_family(words: Json) -> None:
    assert people.family(10, words, TODAY) == people.family(10, words, TODAY) != people.family(30, words, TODAY)


def test_numbers_are_synthetic_and_spelt_in_many_ways(everybody: list[Json], words: Json) -> None:
    told = [one["value"] for who in everybody for one in who.get("telecom", [])]
    assert all(re.fullmatch(r"\+?[78]?999000\d{4}", re.sub(r"[ ()-]", "", number)) for number in told)
    assert len({re.sub(r"\d", "0", number) for number in told}) >= 6
    [abroad, none] = people.strangers(words, TODAY)
    assert (abroad["telecom"][0]["value"][:5], "telecom" in none) == ("+7701", False)


@pytest.mark.parametrize(("number", "roles"), [
    (0, ["mother", "child", "grandfather"]),
    (1, ["mother", "twin1", "twin2"]),
    (2, ["guardian", "child0", "child1", "child2", "child3"]),
    (3, ["mother", "father", "teen"]),
    (4, ["own"]),
    (5, ["new", "old"]),
    (9, []),
])  # fmt: skip
def test_a_numbers_last_digits_say_who_answers(words: Json, number: int, roles: list[str]) -> None:
    made = _people(people.family(number, words, TODAY))
    assert [one["id"].rpartition("-")[2] for one in made] == roles


def test_trap_26_the_traps_are_what_they_are_called(words: Json) -> None:
    dead = _people(people.family(0, words, TODAY))[2]
    one, other = _people(people.family(1, words, TODAY))[1:]
    teen = _people(people.family(3, words, TODAY))[2]
    secret = _people(people.family(4, words, TODAY))[0]
    old = _people(people.family(5, words, TODAY))[1]
    assert "deceasedDateTime" in dead
    assert (one["name"], one["birthDate"]) == (other["name"], other["birthDate"])
    assert one["identifier"][0]["value"] != other["identifier"][0]["value"]
    assert teen["birthDate"] == "2011-11-21"
    assert secret["meta"]["security"][0]["code"] == "R"
    assert (old["active"], old["link"][0]["type"]) == (False, "replaced-by")
    assert len(_people(people.family(6, words, TODAY))[0]["telecom"]) == 3
    kinds = {one["resourceType"] for one in [*people.family(7, words, TODAY), *people.family(8, words, TODAY)]}
    assert {"Coverage", "AllergyIntolerance", "Account", "Flag", "Consent"} <= kinds


def test_ids_are_unique_and_what_they_point_at_is_there(everybody: list[Json]) -> None:
    ids = [f"{one['resourceType']}/{one['id']}" for one in everybody]
    assert len(ids) == len(set(ids))
    pointed = set(re.findall(r'"reference": "((?:Patient|RelatedPerson)/[^"]+)"', json.dumps(everybody)))
    assert pointed <= set(ids)


def test_the_letter_yo_is_among_the_names(everybody: list[Json]) -> None:
    assert any("ё" in one["name"][0]["family"] for one in _people(everybody))
