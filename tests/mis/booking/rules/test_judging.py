"""What a read-back means: the same appointments, the same verdict, whoever looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from mis.booking.rules.deal import Deal
from mis.booking.rules.judging import judge, same_time, same_visit
from mis.terms import Appointment, Named
from tests.mis.booking.clinic import DAY, slot_at

KEY = UUID(int=1)
SLOT = slot_at(0)
DEAL = Deal(
    key=KEY, action="book", status="sending", step="readback", request=UUID(int=2), actor="o", patient="p1",
    made_at=DAY, slot=SLOT,
)  # fmt: skip
OURS = Appointment(
    id="a5", status="booked", patient="p1", start=SLOT.start, end=SLOT.end, doctor=SLOT.doctor, key=str(KEY),
    branch=SLOT.branch, created_at=DAY,
)  # fmt: skip
RIVAL = replace(OURS, id="a6", key="", patient="p9")
LATER, EARLIER = DAY + timedelta(seconds=1), DAY - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("live", "what", "ours"),
    [
        ((), "missing", None),
        ((RIVAL,), "missing", None),
        ((OURS,), "kept", "a5"),
        ((OURS, replace(RIVAL, created_at=LATER)), "kept", "a5"),
        ((OURS, replace(RIVAL, created_at=EARLIER)), "lost", "a5"),
        ((OURS, replace(RIVAL, created_at=None)), "lost", "a5"),
        ((replace(OURS, created_at=None), RIVAL), "kept", "a5"),
        ((OURS, RIVAL), "kept", "a5"),  # made in one moment: the id decides
        ((OURS, replace(RIVAL, id="a4")), "lost", "a5"),
        ((OURS, replace(RIVAL, id="a4", status="cancelled")), "kept", "a5"),
        ((OURS, replace(RIVAL, id="a4", doctor=Named(id="d2", name="Two"))), "kept", "a5"),
        ((OURS, replace(RIVAL, id="a4", start=SLOT.end, end=SLOT.end + timedelta(hours=1))), "kept", "a5"),
        ((OURS, replace(RIVAL, id="a4", start=SLOT.start - timedelta(minutes=5))), "lost", "a5"),
        ((replace(OURS, patient="p2"),), "mismatch", "a5"),
        ((replace(OURS, start=SLOT.start + timedelta(minutes=5)),), "mismatch", "a5"),
        ((replace(OURS, doctor=Named(id="d2", name="Two")),), "mismatch", "a5"),
        ((replace(OURS, branch=Named(id="b2", name="Two")),), "mismatch", "a5"),  # trap 12: the wrong branch
        ((replace(OURS, branch=None),), "kept", "a5"),
        ((OURS, replace(OURS, id="a9", created_at=LATER)), "twice", "a9"),
    ],
)
def test_a_verdict(live: tuple[Appointment, ...], what: str, ours: str | None) -> None:
    for order in permutations(live):
        verdict = judge(DEAL, order)
        assert (verdict.what, verdict.ours.id if verdict.ours else None) == (what, ours)


def test_of_two_that_judge_each_other_one_stays() -> None:
    other = replace(DEAL, key=UUID(int=3), patient="p9")
    theirs = replace(RIVAL, key=str(other.key))
    for mine_at in (None, EARLIER, DAY, LATER):
        for theirs_at in (None, EARLIER, DAY, LATER):
            live = (replace(OURS, created_at=mine_at), replace(theirs, created_at=theirs_at))
            assert sorted((judge(DEAL, live).what, judge(other, live).what)) == ["kept", "lost"]


def test_a_visit_is_no_rival_to_its_own_new_time() -> None:
    old = replace(RIVAL, id="a1", patient="p1", created_at=EARLIER)
    assert judge(replace(DEAL, action="move", visit=old), (OURS, old)).what == "kept"


def test_what_was_seen_and_what_is() -> None:
    assert same_time(SLOT, replace(SLOT, version="9", state="busy"))
    assert not same_time(SLOT, replace(SLOT, branch=Named(id="b2", name="Two")))
    assert not same_time(SLOT, slot_at(1))
    assert same_visit(OURS, replace(OURS, version="9", confirmed=True))
    assert not same_visit(OURS, replace(OURS, patient="p2"))
    assert same_visit(OURS, replace(OURS, start=OURS.start.astimezone(UTC)))
