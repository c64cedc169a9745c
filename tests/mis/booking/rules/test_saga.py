"""The rules one by one: a step, what came of it, and where that leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from mis.booking.rules.deal import Deal, Done, Fact, Failed
from mis.booking.rules.going import GIVE_UP_TRIES, SURE, Can
from mis.booking.rules.saga import after, asked_to_book, asked_to_leave, begun, orphaned, resumed
from mis.terms import Appointment, Booked, Named, Requested
from tests.mis.booking.clinic import ALL, DAY, slot_at

NOW = DAY - timedelta(days=1)
CAN = Can.of(ALL)
SLOT = slot_at(0)
HELD = replace(SLOT, state="held", version="2")
DEAL = Deal(
    key=UUID(int=1), action="book", status="sending", step="check", request=UUID(int=2), actor="o", patient="p1",
    made_at=NOW, slot=SLOT, expires_at=NOW + timedelta(minutes=5),
)  # fmt: skip
OURS = Appointment(
    id="a5", status="booked", patient="p1", start=SLOT.start, end=SLOT.end, doctor=SLOT.doctor, key=str(DEAL.key),
    branch=SLOT.branch, created_at=NOW,
)  # fmt: skip
VISIT = replace(OURS, id="a1", key="", start=slot_at(2).start, end=slot_at(2).end)
MOVE = replace(DEAL, action="move", visit=VISIT)
CANCEL = replace(DEAL, action="cancel", slot=None, visit=VISIT)
CONFIRM = replace(CANCEL, action="confirm")


def at(step: str, deal: Deal = DEAL, **more: Any) -> Deal:
    return replace(deal, step=step, **more)  # type: ignore[arg-type]


TABLE: list[tuple[Deal, Fact, str, str, str]] = [
    # a booking, as it should be
    (at("check"), Done(SLOT), "claim", "sending", ""),
    (at("claim"), Done(HELD), "book", "sending", ""),
    (at("book", sends=1), Done(Booked(appointment=OURS)), "readback", "sending", ""),
    (at("readback", sends=1), Done((OURS,)), "done", "booked", ""),
    (at("readback", sends=2), Done((OURS,)), "recheck", "booked", ""),
    # the time is not what it was
    (at("check"), Done(replace(SLOT, state="busy")), "alternatives", "refused", "conflict"),
    (at("check"), Failed("not_found"), "alternatives", "refused", "gone"),
    (at("check"), Done(slot_at(1)), "alternatives", "refused", "mismatch"),
    (at("check"), Done(replace(SLOT, branch=Named(id="b2", name="Two"))), "alternatives", "refused", "mismatch"),
    (at("claim"), Failed("conflict"), "alternatives", "refused", "conflict"),
    (at("book", sends=1, claimed=HELD), Failed("conflict"), "alternatives", "refused", "conflict"),
    (at("book", sends=1, claimed=HELD), Failed("invalid"), "unclaim", "refused", "invalid"),
    # an earlier sending of ours may be what is in the way
    (at("book", sends=2), Failed("conflict"), "look", "unknown", "conflict"),
    (at("claim", misses=1), Failed("conflict"), "look_claim", "sending", ""),
    # nothing was said of the outcome
    (at("claim"), Failed("unknown"), "look_claim", "sending", ""),
    (at("look_claim"), Done(HELD), "book", "sending", ""),
    (at("look_claim"), Done(SLOT), "claim", "sending", ""),
    (at("look_claim"), Done(replace(SLOT, state="busy")), "alternatives", "refused", "conflict"),
    *((at("book", sends=1), Failed(code), "look", "unknown", code) for code in ("unknown", "malformed", "deadline")),
    (at("look", status="unknown"), Done(None), "look", "unknown", ""),
    (at("look", status="unknown", misses=1), Done(None), "book", "unknown", ""),
    (at("look", status="unknown"), Done(OURS), "readback", "unknown", ""),
    (at("look", status="unknown"), Done(replace(OURS, patient="p2")), "undo", "unknown", "mismatch"),
    (at("look", status="unknown"), Done(replace(OURS, status="cancelled")), "alternatives", "refused", "conflict"),
    (at("look", status="unknown", appointment=OURS, misses=99), Done(None), "look", "unknown", ""),
    # the MIS is away: not booked, and looked for all the same before it is sent again
    *((at("book", sends=1), Failed(code), "look", "pending", code)
      for code in ("unavailable", "rate_limited", "unauthenticated")),
    (at("look", status="pending"), Done(None), "book", "sending", ""),
    (at("check"), Failed("unavailable"), "check", "pending", "unavailable"),
    (at("check", expires_at=NOW), Failed("unavailable"), "done", "refused", "unavailable"),
    # a read-back that cannot be read is no booking
    (at("readback", sends=1), Failed("unavailable"), "readback", "unknown", ""),
    (at("readback", sends=1), Failed("not_found"), "look", "sending", ""),
    (at("readback", sends=1), Done(()), "look", "sending", ""),
    (at("readback", sends=1), Done((OURS, replace(OURS, id="a4", key=""))), "undo", "sending", "conflict"),
    (at("readback", sends=1), Done((OURS, replace(OURS, id="a6"))), "undo", "sending", ""),
    (at("readback", sends=1), Done((replace(OURS, status="pending"),)), "done", "requested", ""),
    # what is undone is looked at again
    (at("undo", doomed=OURS, error="conflict"), Done(replace(OURS, status="cancelled")), "readback", "sending", "conflict"),
    (at("readback", error="conflict"), Done(()), "alternatives", "refused", "conflict"),
    (at("undo", doomed=OURS), Failed("conflict"), "look_undo", "sending", ""),
    (at("look_undo", doomed=OURS), Done(OURS), "undo", "sending", ""),
    (at("look_undo", doomed=OURS), Failed("not_found"), "readback", "sending", ""),
    (at("undo", doomed=OURS), Failed("forbidden"), "done", "unknown", ""),
    # a MIS that takes wishes only
    (at("book", sends=1), Done(Requested(id="r1")), "done", "requested", ""),
    # a move
    (at("see", MOVE), Done(VISIT), "check", "sending", ""),
    (at("see", MOVE), Done(replace(VISIT, patient="p2")), "done", "refused", "not_found"),
    (at("see", MOVE), Done(replace(VISIT, start=VISIT.end)), "alternatives", "refused", "conflict"),
    (at("readback", MOVE, sends=1), Done((OURS,)), "cancel_old", "booked", ""),
    (at("cancel_old", MOVE, status="booked"), Done(replace(VISIT, status="cancelled")), "done", "booked", ""),
    (at("cancel_old", MOVE, status="booked"), Failed("unavailable"), "look_old", "booked", "unavailable"),
    (at("cancel_old", MOVE, status="booked"), Failed("forbidden"), "done", "booked", "forbidden"),
    (at("look_old", MOVE, status="booked"), Done(VISIT), "cancel_old", "booked", ""),
    (at("look_old", MOVE, status="booked"), Done(replace(VISIT, start=VISIT.end)), "done", "booked", "conflict"),
    (at("look_old", MOVE, status="booked"), Failed("not_found"), "done", "booked", ""),
    # a cancellation, a confirmation
    (at("see", CANCEL), Done(VISIT), "change", "sending", ""),
    (at("see", CANCEL), Done(replace(VISIT, status="cancelled")), "done", "cancelled", ""),
    (at("see", CONFIRM), Done(replace(VISIT, status="cancelled")), "done", "refused", "conflict"),
    (at("change", CANCEL, sends=1), Done(replace(VISIT, status="cancelled")), "done", "cancelled", ""),
    (at("change", CONFIRM, sends=1), Done(replace(VISIT, confirmed=True)), "done", "booked", ""),
    (at("change", CANCEL, sends=1), Failed("unknown"), "look_change", "unknown", "unknown"),
    (at("change", CANCEL, sends=1), Failed("conflict"), "look_change", "sending", ""),
    (at("look_change", CANCEL, status="unknown"), Done(replace(VISIT, status="cancelled")), "done", "cancelled", ""),
    (at("look_change", CANCEL, status="unknown"), Done(VISIT), "look_change", "unknown", ""),
    (at("look_change", CANCEL, status="unknown", misses=1), Done(VISIT), "change", "unknown", ""),
    (at("look_change", CANCEL), Done(replace(VISIT, start=VISIT.end)), "done", "refused", "conflict"),
    # the tail
    (at("alternatives", status="refused"), Done((slot_at(3),)), "done", "refused", ""),
    (at("alternatives", status="refused", claimed=HELD), Failed("deadline"), "alternatives", "refused", ""),
    (at("alternatives", status="refused", claimed=HELD, tries=8), Failed("deadline"), "unclaim", "refused", ""),
    (at("unclaim", status="released", claimed=HELD), Done(), "done", "released", ""),
    (at("unclaim", status="released", claimed=HELD), Failed("unavailable"), "unclaim", "released", ""),
    (at("unclaim", status="released", claimed=HELD), Failed("conflict"), "done", "released", ""),
]


@pytest.mark.parametrize(
    ("deal", "fact", "step", "status", "error"), TABLE,
    ids=[f"{deal.action}-{deal.step}-{number}" for number, (deal, *_) in enumerate(TABLE)],
)  # fmt: skip
def test_a_step(deal: Deal, fact: Fact, step: str, status: str, error: str) -> None:
    then = after(deal, fact, NOW, CAN)
    assert (then.step, then.status, then.error) == (step, status, error)


def test_the_first_step_looks_first() -> None:
    assert begun(DEAL, CAN).step == "check"
    assert begun(DEAL, Can()).step == "claim"
    assert begun(MOVE, CAN).step == "see" and begun(CANCEL, CAN).step == "see"
    assert begun(CANCEL, Can()).step == "change"


def test_without_slots_to_hold_it_books_at_once() -> None:
    assert after(at("check"), Done(SLOT), NOW, replace(CAN, hold=False)).step == "book"
    assert after(at("claim"), Done(), NOW, Can(look_by_key=True)).step == "book"


def test_what_cannot_be_looked_for_is_given_to_a_person() -> None:
    then = after(at("book", sends=1), Failed("unknown"), NOW, replace(CAN, look_by_key=False))
    assert (then.step, then.status, then.told) == ("done", "unknown", True)
    then = after(at("change", CANCEL, sends=1), Failed("unknown"), NOW, replace(CAN, look_at_visits=False))
    assert (then.step, then.status, then.told) == ("done", "unknown", True)


def test_who_looks_in_vain_for_long_asks_for_a_person_and_goes_on_looking() -> None:
    deal, asked = at("look", status="unknown"), 0
    for _ in range(GIVE_UP_TRIES + 3):
        before, deal = deal, after(replace(deal, next_at=None), Failed("unavailable"), NOW, CAN)
        asked += deal.told and not before.told
    assert (deal.step, asked) == ("look", 1)
    over = after(replace(deal, next_at=None), Failed("unavailable"), SLOT.start, CAN)
    assert (over.step, over.status) == ("done", "unknown"), "once the visit's time has come only a person can know"


def test_a_visit_moved_in_one_step_is_never_cancelled_by_us() -> None:
    rival = replace(OURS, id="a0", key="", patient="p9")
    then = after(at("readback", MOVE, sends=1), Done((OURS, rival)), NOW, replace(CAN, atomic=True))
    assert (then.step, then.status, then.told) == ("done", "unknown", True)
    assert after(at("readback", MOVE, sends=1), Done((OURS,)), NOW, replace(CAN, atomic=True)).step == "done"


@pytest.mark.parametrize(
    ("step", "then", "status"),
    [("claim", "look_claim", "sending"), ("book", "look", "unknown"), ("undo", "look_undo", "sending"),
     ("cancel_old", "look_old", "sending"), ("change", "look_change", "unknown"), ("readback", "readback", "sending"),
     ("unclaim", "unclaim", "sending")],
)  # fmt: skip
def test_after_a_crash_a_write_is_a_question(step: str, then: str, status: str) -> None:
    deal = resumed(at(step), NOW, CAN)
    assert (deal.step, deal.status) == (then, status)


def test_after_a_crash_what_cannot_be_asked_is_given_to_a_person() -> None:
    assert resumed(at("book"), NOW, Can()).told


def test_a_hold_is_booked_or_given_back() -> None:
    parked = at("parked", holding=True, status="held", claimed=HELD, next_at=DEAL.expires_at)
    later = NOW + timedelta(hours=1)
    ordered = asked_to_book(parked, later, CAN, service="s", comment="c")
    assert (ordered.step, ordered.sends, ordered.holding, ordered.service) == ("book", 1, False, "s")
    assert asked_to_book(replace(parked, claimed=None), later, CAN, service="", comment="").step == "check"
    assert asked_to_book(ordered, later, CAN, service="", comment="") == ordered, "a double click"
    assert asked_to_leave(parked).step == "unclaim"
    assert asked_to_leave(replace(parked, claimed=None)).step == "done"
    assert asked_to_leave(replace(DEAL, status="booked", step="done")).status == "booked"
    assert after(parked, Done(), NOW, CAN).next_at == parked.expires_at
    assert after(parked, Done(), DEAL.expires_at or NOW, CAN).status == "released"


def test_a_claim_under_way_is_let_go_once_it_is_answered() -> None:
    leaving = asked_to_leave(at("claim"))
    assert (leaving.step, leaving.status) == ("claim", "sending")
    then = after(leaving, Done(HELD), NOW, CAN)
    assert (then.step, then.status, then.claimed) == ("unclaim", "released", HELD)


def test_who_leaves_what_may_have_been_sent_waits_until_it_is_sure() -> None:
    deal = asked_to_leave(at("look", status="pending", sends=1))
    for _ in range(SURE - 1):
        deal = after(replace(deal, next_at=None), Done(None), NOW, CAN)
        assert (deal.step, deal.status) == ("look", "pending")
    assert after(deal, Done(None), NOW, CAN).status == "released"
    assert after(deal, Done(OURS), NOW, CAN).step == "readback", "it was done: he must hear of it"


def test_of_another_mis_nothing_is_done() -> None:
    assert (orphaned(at("check"), NOW).status, orphaned(at("check"), NOW).error) == ("refused", "not_configured")
    for deal in (at("look", status="unknown", sends=1), at("unclaim", status="released", claimed=HELD)):
        over = orphaned(deal, NOW)
        assert (over.step, over.status, over.told) == ("done", deal.status, True)
