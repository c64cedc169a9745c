"""How many short messages a text takes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.sms.segments import segments


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "count", "free"),
    [
        ("", "gsm7", 0, 0, 160),
        ("a" * 160, "gsm7", 160, 1, 0),
        ("a" * 161, "gsm7", 161, 2, 145),
        ("a" * 306, "gsm7", 306, 2, 0),
        ("a" * 307, "gsm7", 307, 3, 152),
        ("€" * 80, "gsm7", 160, 1, 0),
        ("€" * 81, "gsm7", 162, 2, 153 - 10),
        ("я" * 70, "ucs2", 70, 1, 0),
        ("я" * 71, "ucs2", 71, 2, 63),
        ("я" * 134, "ucs2", 134, 2, 0),
        ("a" * 69 + "я", "ucs2", 70, 1, 0),
        ("`", "ucs2", 1, 1, 69),
        ("\U0001f600" * 35, "ucs2", 70, 1, 0),
        ("\U0001f600" * 36, "ucs2", 72, 2, 67 - 6),
    ],
)
def test_what_a_text_takes(text: str, alphabet: str, units: int, count: int, free: int) -> None:
    told = segments(text)
    assert (told.alphabet, told.units, told.count, told.free) == (alphabet, units, count, free)


def test_no_sign_is_cut_in_two() -> None:
    # The 153rd septet of the first is left free: what takes two goes whole into the second.
    assert segments("a" * 152 + "€" + "a" * 152).count == 3
    assert segments("a" * 151 + "€" + "a" * 153).count == 2


@settings(deadline=None)
@given(st.text(max_size=800))
def test_more_text_never_takes_less(text: str) -> None:
    told, more = segments(text), segments(text + "a")
    assert more.count >= told.count and more.units >= told.units
    assert 0 <= told.free <= 160 and (told.count == 0) == (text == "")


@settings(deadline=None)
@given(st.text(min_size=1, max_size=800))
def test_units_and_room_fit_together(text: str) -> None:
    told = segments(text)
    room = {"gsm7": (160, 153), "ucs2": (70, 67)}[told.alphabet][told.count > 1]
    assert told.units <= told.count * room
    # At most one unit is left free at each end but the last.
    assert told.units + told.free >= told.count * room - (told.count - 1)
