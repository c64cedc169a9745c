"""References in their three forms, concepts with and without codes."""

from __future__ import annotations

import pytest

from mis.connectors.fhir_r4.forms.parts import Concept, Reference


@pytest.mark.parametrize(("text", "kind", "name"), [
    ("Patient/1", "Patient", "1"), ("https://mis.example/fhir/Patient/a-b.c", "Patient", "a-b.c"),
    ("Patient/1/_history/7", "Patient", "1"), ("#contained", "", ""), ("urn:uuid:1", "", ""), ("patient/1", "", ""),
    ("", "", ""),
])  # fmt: skip
def test_a_reference_is_read_in_every_form(text: str, kind: str, name: str) -> None:
    assert (Reference(reference=text).kind, Reference(reference=text).id) == (kind, name)


def test_a_concept_is_its_first_code_and_its_best_words() -> None:
    one = Concept.model_validate({"coding": [{"display": "no code"}, {"system": "urn:a", "code": "b", "display": "B"}]})
    assert (one.token, one.name, one.codes) == ("urn:a|b", "no code", frozenset("b"))
    assert (Concept(text="words").token, Concept(text="words").name) == ("", "words")
