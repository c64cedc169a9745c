"""What others are told of a deal, and when a person is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mis.booking.rules.deal import Deal
from mis.booking.telling import happened, wants_person, words_of
from tests.mis.booking.clinic import slot_at
from tests.mis.booking.rules.test_saga import CANCEL, CONFIRM, DEAL, MOVE, NOW, VISIT


@pytest.mark.parametrize(
    ("deal", "status", "what"),
    [(DEAL, "booked", "booked"), (MOVE, "booked", "moved"), (CONFIRM, "booked", "confirmed"),
     (CANCEL, "cancelled", "cancelled"), (DEAL, "requested", "requested"), (DEAL, "refused", "refused"),
     (DEAL, "unknown", "unknown"), (DEAL, "pending", None), (DEAL, "held", None), (DEAL, "released", None),
     (DEAL, "sending", None)],
)  # fmt: skip
def test_a_line_of_the_history(deal: Deal, status: str, what: str | None) -> None:
    assert happened(deal, replace(deal, status=status)) == what  # type: ignore[arg-type]


def test_a_refusal_behind_his_back_asks_for_a_person() -> None:
    pending, refused = replace(DEAL, status="pending"), replace(DEAL, status="refused")
    soon, late = NOW + timedelta(seconds=30), NOW + timedelta(minutes=2)
    assert not wants_person(pending, refused, soon), "he still looks at his screen"
    assert wants_person(pending, refused, late)
    assert not wants_person(DEAL, refused, late)
    assert wants_person(DEAL, replace(DEAL, told=True), soon)
    assert not wants_person(replace(DEAL, told=True), replace(DEAL, told=True), soon)


def test_words_are_in_the_branch_s_time() -> None:
    assert words_of(slot_at(0)) == "04.03.2031 11:00 · Doctor One"
    assert words_of(replace(VISIT, zone="Europe/Moscow")) == "04.03.2031 10:00 · Doctor One"
    assert words_of(replace(VISIT, zone="the moon")) == "04.03.2031 07:00 · Doctor One"
    assert words_of(None) == ""
