"""No span of time holds more messages than a channel allows."""

from __future__ import annotations

import itertools
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.sending.paces import Pace, Paces
from chat.wire import Abilities

GAPS = st.lists(st.floats(0, 5), min_size=1, max_size=60)


@given(GAPS, st.floats(0.05, 2))
def test_two_are_never_closer_than_the_pace(gaps: list[float], every_s: float) -> None:
    pace, now, went = Pace(every_s), 100.0, []
    for gap in gaps:
        now += gap
        went.append(now + pace.reserve(now))
    assert all(later - earlier >= every_s - 1e-9 for earlier, later in itertools.pairwise(went))
    assert all(went[i] >= sum(gaps[: i + 1]) + 100.0 - 1e-9 for i in range(len(gaps)))


def test_whoever_comes_late_waits_for_nothing() -> None:
    pace = Pace(0.5)
    assert [pace.reserve(0.0), pace.reserve(0.0), pace.reserve(10.0)] == [0.0, 0.5, 0.0]


def test_a_person_waits_for_himself_only_and_an_account_for_all() -> None:
    paces = Paces(Abilities(per_second=10, per_peer_s=2))
    one, other = uuid4(), uuid4()
    assert [paces.peer(one, 0.0), paces.peer(one, 0.0), paces.peer(other, 0.0)] == [0.0, 2.0, 0.0]
    assert [paces.account(0.0), paces.account(0.0)] == [0.0, pytest.approx(0.1)]
    paces.rest(7.0)
    assert paces.account(1.0) == 6.0


def test_people_who_were_written_to_long_ago_are_forgotten() -> None:
    paces = Paces(Abilities(per_peer_s=1))
    for number in range(3000):
        paces.peer(UUID(int=number), float(number))
    assert len(paces._peers) <= 1002
