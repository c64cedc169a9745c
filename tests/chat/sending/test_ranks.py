"""Words about a message come in any order: the furthest one holds."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.sending.ranks import highest, holds
from chat.wire import Sent

TOLD: list[Sent] = ["sent", "delivered", "read"]


@given(st.lists(st.sampled_from(TOLD), min_size=1), st.sampled_from(["queued", "sending", "unknown"]))
def test_whatever_the_order_the_furthest_word_holds(told: list[Sent], first: Sent) -> None:
    now = first
    for one in told:
        now = one if holds(now, one) else now
    assert now == highest(first, *told) == max(told, key=TOLD.index)


@given(st.permutations(["sent", "delivered", "failed"]))
def test_he_who_has_it_has_it(told: list[Sent]) -> None:
    now: Sent = "sending"
    for one in told:
        now = one if holds(now, one) else now
    assert now == "delivered"


@pytest.mark.parametrize(("now", "told", "expected"), [
    ("sent", "failed", True), ("delivered", "failed", False), ("read", "failed", False), ("failed", "sent", False),
    ("failed", "delivered", True), ("unknown", "failed", True), ("unknown", "sent", True), ("read", "sent", False),
    ("read", "read", False), ("sent", "unknown", False), ("queued", "sent", True),
])  # fmt: skip
def test_which_word_holds(now: Sent, told: Sent, expected: bool) -> None:
    assert holds(now, told) is expected


def test_all_orders_of_all_words_end_where_he_read_it() -> None:
    assert {highest("sending", *order) for order in permutations([*TOLD, "failed"])} == {"read"}
