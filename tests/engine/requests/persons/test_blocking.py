"""Numbers nobody is to call back."""

from __future__ import annotations

from typing import Any

import pytest

from engine import events as ev
from engine.requests.persons.blocking import block_of
from engine.world import Blocked, Request, Timer
from tests.engine.clinic import PATIENT, Ended, at, clinic
from tests.engine.floor import do, fire, opened
from tests.engine.requests.persons.test_joins import lines, missed, talked, waiting


def block(ended: Ended, s: float = 0, **fields: Any) -> Any:
    return do(ended.world, ev.BlockAsked, s, **({"by": None, "role": "supervisor", "phone": PATIENT} | fields))


def test_a_missed_call_from_there_makes_no_work_and_rings_all_the_same() -> None:
    ended = Ended(clinic())
    assert block(ended).ok
    ended.play(missed(10))
    assert waiting(ended) == []
    assert [(one.status, one.outcome) for one in ended.requests.values()] == [("done", "blocked")]
    ended.play(talked(100, 1))
    assert sorted(call.result for call in ended.calls.values()) == ["abandoned", "answered"]


def test_what_waits_for_the_number_is_over_and_what_somebody_has_is_his() -> None:
    ended = Ended(clinic())
    opened(ended.world, 1, 0, kind="callback")
    mine = opened(ended.world, 2, 0, kind="callback", phone=PATIENT)
    assert do(ended.world, ev.TakeAsked, 1, request=mine).ok
    ended.play(missed(10))
    assert block(ended, 30, phone="", request=mine, by="orlova", role="operator", reason=" a prank ").ok
    (left,) = waiting(ended)
    assert (left.key, left.owner) == (mine, "orlova")
    (kept,) = ended.world.all(Blocked)
    assert (kept.phone, kept.reason, kept.actor, kept.until) == (PATIENT, "a prank", "orlova.a", None)


def test_the_history_says_who_and_why() -> None:
    ended = Ended(clinic())
    key = opened(ended.world, 1, 0, kind="voicemail")
    event = ev.BlockAsked(at=at(5), command="c", actor="boss", role="supervisor", request=key, reason="a prank")
    assert [(one.what, one.actor, one.note) for one in lines(ended, event)] == [("blocked", "boss", "a prank")]


def test_said_again_the_newer_word_holds() -> None:
    ended = Ended(clinic())
    assert block(ended, until=at(50)).ok
    assert block(ended, 1, reason="more").ok
    (kept,) = ended.world.all(Blocked)
    assert (kept.reason, kept.until) == ("more", None)
    assert list(ended.world.all(Timer)) == []


def test_a_block_for_a_time_ends_by_its_timer() -> None:
    ended = Ended(clinic())
    assert block(ended, until=at(50)).ok
    (kept,) = ended.world.all(Blocked)
    assert block_of(ended.world, PATIENT, at(49)) == kept and block_of(ended.world, PATIENT, at(50)) is None
    fire(ended.world, f"blocked:{kept.key}", 50)
    assert list(ended.world.all(Blocked)) == [] and list(ended.world.all(Timer)) == []
    ended.play(missed(60))
    assert len(waiting(ended)) == 1


def test_only_supervisors_take_it_back() -> None:
    ended = Ended(clinic())
    assert block(ended, until=at(50)).ok
    (kept,) = ended.world.all(Blocked)
    assert do(ended.world, ev.UnblockAsked, 2, block=kept.key).why == "not_yours"
    assert do(ended.world, ev.UnblockAsked, 2, by=None, role="supervisor", block=kept.key).ok
    assert do(ended.world, ev.UnblockAsked, 3, by=None, role="supervisor", block=kept.key).why == "not_found"
    assert list(ended.world.all(Blocked)) == [] and list(ended.world.all(Timer)) == []


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"role": "operator", "by": "orlova"}, "not_yours"), ({"phone": ""}, "no_number"), ({"until": at(0)}, "bad_time"),
        ({"request": "01a1fc83-0000-7000-8000-0000000000ff"}, "not_found"),
    ],
)  # fmt: skip
def test_who_may_not_and_what_cannot_be(fields: dict[str, Any], why: str) -> None:
    ended = Ended(clinic())
    assert block(ended, **fields).why == why
    assert list(ended.world.all(Blocked)) == [] and list(ended.world.all(Request)) == []


def test_an_operator_blocks_only_the_number_of_what_he_has() -> None:
    ended = Ended(clinic())
    key = opened(ended.world, 1, 0, kind="callback")
    asked = {"phone": "", "request": key, "role": "operator", "by": "orlova"}
    assert block(ended, **asked).why == "not_yours"
    assert do(ended.world, ev.TakeAsked, 1, request=key).ok
    assert block(ended, 2, **asked).ok
