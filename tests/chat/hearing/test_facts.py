"""What readers of several clouds share."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.hearing.facts import facts, fingerprint, joined, phone, place, text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("79990000001", "+79990000001"), ("+79990000001", "+79990000001"), (79990000001, "+79990000001"),
        (" 79990000001 ", "+79990000001"), ("8 (999) 000-00-01", "8 (999) 000-00-01"), ("103", "103"), (None, ""),
        ("RU.1234567890", "RU.1234567890"), ("٧٩٩٩٠٠٠٠٠٠١", "٧٩٩٩٠٠٠٠٠٠١"),
    ],
)  # fmt: skip
def test_a_number_is_e164_when_all_of_it_is_there(value: object, said: str) -> None:
    assert phone(value) == said


def test_places_and_words() -> None:
    assert (place(55.75, 37), place("55", 37), place(None, None)) == ("55.750000, 37.000000", "", "")
    assert joined(" Anna ", "", None, 7, by=", ") == "Anna, 7"
    assert (text(7), text("7"), text(True), text([]), facts([]), facts({"a": 1})) == ("7", "7", "", "", {}, {"a": 1})
    assert fingerprint(b"a") != fingerprint(b"b")


@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists))
def test_no_value_breaks_them(value: object) -> None:
    for said in (text(value), phone(value), joined(value), place(value, value)):
        assert said.encode() is not None and "\0" not in said
