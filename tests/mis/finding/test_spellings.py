"""The spellings of a number (traps 2 and 3 of the MIS sheet)."""

from __future__ import annotations

import pytest

from mis.finding import belongs, spellings
from okno import phones


def test_trap_2_several_stored_formats() -> None:
    """The two that a MIS was seen to hold at once are asked for, and six at least."""
    found = spellings("+79990000001")
    assert {"8 (999) 000-00-01", "+79990000001", "79990000001", "89990000001", "+7 (999) 000-00-01"} <= set(found)
    assert len(set(found)) == len(found) >= 6
    assert found[0] == "+79990000001" and found[-1] == "9990000001"


@pytest.mark.parametrize("e164", ["+79990000001", "+77012345678", "+998901234567", "+4930123456", "+12025550123"])
def test_every_spelling_with_its_country_is_the_number(e164: str) -> None:
    for spelt in spellings(e164)[:-1]:
        if not spelt.startswith("810"):
            country = "RU" if e164.startswith("+7") else phones.parse(e164).region  # type: ignore[union-attr]
            assert phones.parse(spelt, country=country) is not None, spelt
            assert phones.parse(spelt, country=country).e164 == e164, spelt  # type: ignore[union-attr]


def test_trap_3_a_kazakh_number_stays_kazakh() -> None:
    assert spellings("+77012345678")[0] == "+77012345678"
    assert belongs("+77012345678", ["8 (701) 234-56-78"])
    assert phones.parse("8 (701) 234-56-78").region == "KZ"  # type: ignore[union-attr]


def test_what_is_stored_with_remarks_belongs_and_a_like_end_does_not() -> None:
    assert belongs("+79990000001", ["", "8(999)0000001,89990000002"])
    assert belongs("+79990000001", ["7 999 000 00 01 (мама)"])
    assert not belongs("+79990000001", ["+19990000001", "89990000002", "anonymous"])
    assert belongs("+73432223344", ["222-33-44"], area_code="343")
    assert not belongs("+73432223344", ["222-33-44"], area_code="495")
