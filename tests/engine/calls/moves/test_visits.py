"""A caller's stays in queues: each once, and how it ended."""

import pytest

from engine import events as ev
from engine.world import Call
from tests.engine.calls.test_ending import waits
from tests.engine.clinic import (
    IVANOV,
    PBX,
    Ended,
    abandons,
    answers,
    at,
    clinic,
    ends,
    exits,
    gone,
    joins,
    leaves,
    left,
    patient,
    rings,
    rings_out,
    uid,
    wants,
)


def stays(call: Call) -> list[tuple[str, str, str]]:
    """Queue, exit and operator of each stay."""
    return [(visit.queue, visit.exit, visit.operator) for visit in call.visits]


def test_a_stay_lasts_until_somebody_answers():
    ended = Ended(clinic()).play(waits())
    assert stays(ended.call()) == [("front", "waiting", "")]
    ended.play([*rings(2), *answers(6)])
    (visit,) = ended.call().visits
    assert (visit.exit, visit.operator, visit.joined_at, visit.left_at) == ("answered", "orlova", at(1), at(6))


def test_the_caller_leaves():
    ended = Ended(clinic()).play([*waits(), wants(9, 1), abandons(9), left(9), gone(9, 1)])
    assert stays(ended.call()) == [("front", "abandoned", "")]
    ended = Ended(clinic()).play([*waits(), wants(9, 1), gone(9, 1)])
    assert stays(ended.call()) == [("front", "abandoned", "")]
    assert ended.call().visits[0].left_at == at(9)


def test_overflow_is_a_second_stay():
    out = [abandons(13), left(13), exits(13, "TIMEOUT")]
    ended = Ended(clinic()).play([*waits(), *rings(2), *rings_out(12), *out, joins(14, queue="back")])
    ended.play([wants(20, 1), abandons(20, queue="back"), left(20, queue="back"), gone(20, 1)])
    assert stays(ended.call()) == [("front", "timeout", ""), ("back", "abandoned", "")]


@pytest.mark.parametrize(
    ("status", "way"),
    [("TIMEOUT", "timeout"), ("LEAVEEMPTY", "empty"), ("LEAVEUNAVAIL", "empty"), ("WITHDRAW", "withdrawn"),
     ("KEY", "key"), ("CONTINUE", "timeout"), ("odd", "timeout")],
)  # fmt: skip
def test_the_dialplan_names_the_reason(status: str, way: str):
    ended = Ended(clinic()).play([*waits(), abandons(30), left(30), exits(30, status), gone(31, 1)])
    assert stays(ended.call()) == [("front", way, "")]


@pytest.mark.parametrize(("status", "way"), [("FULL", "full"), ("JOINEMPTY", "empty"), ("JOINUNAVAIL", "empty")])
def test_refused_at_the_door_is_a_stay_of_no_length(status: str, way: str):
    ended = Ended(clinic()).play([patient(0), exits(1, status), exits(1, status), gone(2, 1)])
    (visit,) = ended.call().visits
    assert (visit.queue, visit.exit, visit.joined_at, visit.left_at) == ("front", way, at(1), at(1))


def test_leaving_by_a_key():
    ended = Ended(clinic()).play([*waits(), *rings(2), *rings_out(8), left(9), joins(10, queue="back"), gone(20, 1)])
    assert stays(ended.call()) == [("front", "key", ""), ("back", "abandoned", "")]


def test_taken_out_while_a_phone_rings():
    ringing = [*waits(), *rings(2)]
    out = [abandons(9), left(9), joins(10, queue="back")]
    ended = Ended(clinic()).play([*ringing, *out, wants(20, 1), gone(20, 1)])
    assert stays(ended.call()) == [("front", "moved", ""), ("back", "abandoned", "")]


def test_to_another_queue_and_back_into_the_first():
    ended = Ended(clinic()).play([*waits(), *rings(2), *answers(6), leaves(10, 1), leaves(10, 2), gone(10, 2)])
    ended.play([joins(11, queue="back"), *rings(12, 3, IVANOV, queue="back"), left(14, queue="back")])
    ended.play([*answers(14, 3, name=IVANOV, bridge="b2"), leaves(20, 1, "b2"), leaves(20, 3, "b2"), gone(20, 3)])
    ended.play([joins(21), *rings(22, 4), *answers(25, 4, bridge="b3"), *ends(30, 1, 4, "b3")])
    call = ended.call()
    assert stays(call) == [
        ("front", "answered", "orlova"),
        ("back", "answered", "ivanov"),
        ("front", "answered", "orlova"),
    ]
    assert [(leg.operator, leg.queue, leg.left_by) for leg in call.legs] == [
        ("orlova", "front", "transfer"), ("ivanov", "back", "transfer"), ("orlova", "front", "caller"),
    ]  # fmt: skip
    assert (call.queue, call.wait_s, call.talk_s) == ("front", 5, 15)


def test_a_call_lost_with_its_pbx_loses_its_stay():
    ended = Ended(clinic()).play([*waits(), ev.PbxStarted(at=at(60), pbx=PBX, last_seen=at(30))])
    (visit,) = ended.call().visits
    assert (visit.exit, visit.left_at, ended.call().result) == ("lost", at(30), "lost_by_pbx")


def test_joining_the_next_queue_without_a_word_of_the_first():
    ended = Ended(clinic()).play([*waits(), joins(9, queue="back"), joins(9, queue="back"), wants(12, 1), gone(12, 1)])
    assert stays(ended.call()) == [("front", "moved", ""), ("back", "abandoned", "")]


def test_a_stay_of_another_queue_is_not_touched():
    ended = Ended(clinic()).play([*waits(), left(3, queue="back"), abandons(3, queue="back"), exits(3, "TIMEOUT", 9)])
    assert stays(ended.call()) == [("front", "waiting", "")]
    ended.play([ev.QueueExited(at=at(4), pbx=PBX, queue="back", uniqueid=uid(1), status="TIMEOUT")])
    assert stays(ended.call()) == [("front", "waiting", "")]
