"""The numbers by which channels know our messages."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from chat.wire import mark_of


@given(st.uuids())
def test_a_mark_is_a_positive_number_of_31_bits_and_stays_the_same(id: UUID) -> None:
    assert 1 <= mark_of(str(id)) <= 0x7FFFFFFF
    assert mark_of(str(id)) == mark_of(str(id).upper())
