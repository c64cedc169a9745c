"""The mix: the kinds in their shares, every outside party with four digits of his own."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.chaos.traffic import SHARES, mix


def test_every_kind_takes_part_and_nobody_calls_twice() -> None:
    planned = mix(2000, random.Random(1))
    assert len(planned) == 2000 and set(Counter(each.kind for each in planned)) == set(SHARES)
    tails = [each.tail for each in planned if each.external]
    assert len(set(tails)) == len(tails)
    internal = [(each.call.number, each.call.called) for each in planned if not each.external]
    assert len(internal) == 100 == len(set(internal)) and all(caller != called for caller, called in internal)
    for each in planned:
        assert not each.external or tail_of(each.call.called if each.from_phone else each.call.number) == each.tail


def tail_of(number: str) -> str:
    """Its last four digits."""
    return number[-4:]


def test_a_short_mix_has_every_kind_too() -> None:
    assert {each.kind for each in mix(60, random.Random(1))} == set(SHARES)


def test_more_calls_than_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="four digits"):
        mix(10_000, random.Random(1))
