"""The plan of faults: every kind as often as asked, at random moments that a seed repeats."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

from tests.chaos.faults import KINDS, plan


def test_every_kind_comes_as_often_as_asked() -> None:
    faults = plan(20, 1200, random.Random(1))
    assert Counter(fault.kind for fault in faults) == {kind: 20 for kind in KINDS}
    assert [fault.after_s for fault in faults] == sorted(fault.after_s for fault in faults)
    assert all(0 < fault.after_s < 1201 for fault in faults)
    assert all((fault.cut is not None) == (fault.kind == "ami") for fault in faults)


def test_a_seed_repeats_a_plan_and_another_does_not() -> None:
    assert plan(5, 300, random.Random(7)) == plan(5, 300, random.Random(7)) != plan(5, 300, random.Random(8))


def test_some_faults_of_different_kinds_come_together() -> None:
    faults = plan(20, 1200, random.Random(3))
    close = [
        (one.kind, two.kind) for one, two in pairwise(faults) if two.after_s - one.after_s < 1 and one.kind != two.kind
    ]
    assert len(close) > 5
