"""Who is called for a time that came free, and which change a patient must hear of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from mis.client.answers import Wish
from mis.terms import Appointment, Named
from mis.watching.matching import OFFERED_TO, called, fits, frees, matters
from tests.mis.booking.clinic import DAY, DOCTOR, slot_at

VISIT = Appointment(
    id="a1", status="booked", patient="p9", start=slot_at(4).start, end=slot_at(4).end, doctor=DOCTOR, key="ours",
    branch=Named(id="b1", name="Main"), specialty=Named(id="s1", name="Therapy"),
)  # fmt: skip
BEFORE = DAY - timedelta(days=1)


def wish(number: int, **more: object) -> Wish:
    values: dict[str, object] = {
        "key": UUID(int=number), "patient": f"p{number}", "since": DAY, "until": DAY + timedelta(days=1),
        "made_at": BEFORE + timedelta(minutes=number),
    }  # fmt: skip
    return Wish(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, True),
        ({"doctor": "d1"}, True),
        ({"doctor": "d2"}, False),
        ({"specialty": "s1"}, True),
        ({"specialty": "s2"}, False),
        ({"branch": "b2"}, False),
        ({"branch": "b1", "doctor": "d1", "specialty": "s1"}, True),
        ({"until": VISIT.start}, False),
        ({"since": VISIT.start}, True),
        ({"service": "x"}, True),
    ],
)
def test_a_wish_fits_a_time(more: dict[str, object], expected: bool) -> None:
    assert fits(wish(1, **more), VISIT) is expected


def test_a_service_that_is_another_does_not_fit() -> None:
    assert not fits(wish(1, service="x"), replace(VISIT, service=Named(id="y", name="Y")))


def test_the_urgent_first_then_who_waits_longest() -> None:
    wishes = [wish(3), wish(2), wish(5, urgent=True), wish(1), wish(4, status="offered"), wish(9)]
    assert [one.key.int for one in called(wishes, VISIT, BEFORE)] == [5, 1, 2]
    assert OFFERED_TO == 3


def test_nobody_is_called_for_a_time_he_cannot_come_to() -> None:
    assert called([wish(1)], VISIT, VISIT.start - timedelta(minutes=30)) == []


CANCELLED = replace(VISIT, status="cancelled")
MOVED = replace(VISIT, start=VISIT.start + timedelta(hours=1))


@pytest.mark.parametrize(
    ("before", "now", "at", "told", "free"),
    [
        (VISIT, CANCELLED, BEFORE, True, True),
        (None, CANCELLED, BEFORE, True, True),
        (CANCELLED, CANCELLED, BEFORE, False, False),
        (VISIT, MOVED, BEFORE, True, True),
        (None, VISIT, BEFORE, False, False),
        (VISIT, VISIT, BEFORE, False, False),
        (VISIT, replace(VISIT, doctor=Named(id="d2", name="Two")), BEFORE, True, True),
        (VISIT, replace(VISIT, status="arrived"), BEFORE, False, False),
        (VISIT, replace(VISIT, status="fulfilled"), BEFORE, False, False),
        (VISIT, CANCELLED, VISIT.end, False, True),
        (replace(VISIT, key=""), replace(CANCELLED, key=""), BEFORE, False, True),
    ],
)
def test_what_a_change_means(
    before: Appointment | None, now: Appointment, at: datetime, told: bool, free: bool
) -> None:
    assert matters(before, now, at) is told
    assert (frees(before, now) is not None) is free
    if free and before is not None:
        assert frees(before, now) == before, "the time that is free is the old one"
