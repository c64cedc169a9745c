"""Two accounts of a call agree or differ, field by field."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.calls.repairs.comparing import differences, paired, same_time
from engine.calls.repairs.repairing import mended
from engine.world import Call, Leg, Visit
from engine.world.work import LeftBy
from tests.engine.clinic import at

LEGS = (
    Leg(operator="orlova", channel="2", queue="front", rang_at=at(3), left_at=at(9), result="no_answer"),
    Leg(
        operator="ivanov", channel="3", queue="front", rang_at=at(9), lifted_at=at(11), answered_at=at(11),
        left_at=at(31), result="answered", left_by="operator", talk_s=20.0,
    ),
)  # fmt: skip
VISIT = Visit(queue="front", joined_at=at(2), left_at=at(11), exit="answered", operator="ivanov")
CALL = Call(
    key="k", pbx="main", direction="inbound", channel="1", phone="+79990000001", queue="front", phase="ended",
    started_at=at(0), queued_at=at(2), answered_at=at(11), ended_at=at(31), result="answered", ended_by="operator",
    legs=LEGS, visits=(VISIT,), caller_name="Anna", request="r", contact="c",
    source="site", dialled="73430000001",
)  # fmt: skip
# First seen in a snapshot: what the dialplan says of a line had been said before.
UNTAGGED = replace(CALL, source="", dialled="")
LOST = replace(CALL, result="lost_by_pbx")


def leg(place: int, **more: Any) -> Call:
    """The call with one of its legs changed."""
    legs = list(LEGS)
    legs[place] = replace(legs[place], **more)
    return replace(CALL, legs=tuple(legs))


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (CALL, ()),
        (replace(CALL, started_at=at(1), ended_at=at(30)), ()),
        (replace(CALL, caller_name="", contact=None, request=None, aliases=("x",), source="s", dialled="d"), ()),
        (replace(CALL, phone="", ended_by=None), ()),
        (replace(CALL, phone="+79990000002"), ("phone",)),
        (replace(CALL, result="abandoned"), ("result",)),
        (replace(CALL, others=("k2",)), ("others",)),
        (replace(CALL, direction="outbound"), ("direction",)),
        (replace(CALL, queue="back"), ("queue",)),
        (replace(CALL, voicemail=True, out_of_hours=True), ("voicemail", "out_of_hours")),
        (replace(CALL, started_at=at(1.1), queued_at=None), ("started_at", "queued_at")),
        (replace(CALL, answered_at=None), ("answered_at",)),
        (replace(CALL, ended_at=at(32.5), ended_by="caller"), ("ended_at", "ended_by")),
        (leg(1, operator="petrova"), ("legs",)),
        (leg(0, result="busy"), ("legs",)),
        (leg(1, talk_s=21.5), ("legs",)),
        (leg(1, talk_s=20.9, left_at=at(31.9)), ()),
        (leg(1, left_by=None, lifted_at=None, queue=""), ()),
        (leg(1, left_by="caller"), ("legs",)),
        (leg(0, rang_at=at(5)), ("legs",)),
        (leg(0, left_at=None), ("legs",)),
        (replace(CALL, legs=LEGS[:1]), ("legs",)),
        (replace(CALL, legs=LEGS[::-1]), ()),
        (replace(CALL, visits=()), ("visits",)),
        (replace(CALL, visits=(replace(VISIT, exit="timeout"),)), ("visits",)),
        (replace(CALL, visits=(replace(VISIT, left_at=at(13)),)), ("visits",)),
        (replace(CALL, visits=(VISIT, VISIT)), ("visits",)),
    ],
)
def test_what_differs_is_named(told: Call, fields: tuple[str, ...]) -> None:
    assert differences(told, CALL) == fields
    assert bool(differences(CALL, told)) == bool(fields) or "phone" in fields or not told.phone


def test_what_the_dialplan_said_in_a_gap_is_mended() -> None:
    assert differences(CALL, UNTAGGED) == ("dialled", "source")
    assert differences(UNTAGGED, CALL) == ()


def test_nobody_knows_when_a_lost_call_ended() -> None:
    later = at(99)
    told = replace(
        LOST, ended_at=later, ended_by="pbx", legs=(LEGS[0], replace(LEGS[1], left_at=later, talk_s=88.0)),
        visits=(replace(VISIT, left_at=later),),
    )  # fmt: skip
    assert differences(told, LOST) == ()
    assert differences(replace(told, started_at=later), LOST) == ("started_at",)
    assert differences(told, CALL) == ("result", "ended_at", "ended_by", "legs", "visits")


def test_an_end_that_only_ami_heard_of_before_asterisk_died_is_one() -> None:
    told = replace(LOST, ended_at=at(30.5), ended_by="pbx", legs=(LEGS[0], replace(LEGS[1], left_at=at(30.5))))
    assert differences(told, CALL) == ()
    assert differences(replace(told, phone="+79990000009", started_at=at(9)), CALL) == ("phone", "started_at")
    assert differences(CALL, told) != ()


@pytest.mark.parametrize("stayed_s", [2.5, 18])
def test_of_a_caller_who_stays_for_a_survey_the_journal_does_not_tell_who_ended_it(stayed_s: float) -> None:
    """CEL names the operator's phone for the caller's own end, too: measured in the demo."""
    ours = replace(CALL, ended_at=at(31 + stayed_s), ended_by="caller")
    words: tuple[LeftBy, ...] = ("pbx", "operator")
    for word in words:
        told = replace(ours, ended_by=word)
        assert differences(told, ours) == ()
        assert mended(replace(told, dialled="73430000002"), ours).ended_by == "caller"
    at_once = replace(CALL, ended_at=at(32))
    assert differences(replace(at_once, ended_by="caller"), at_once) == ("ended_by",)


def test_times_of_one_moment_are_a_second_apart_at_most() -> None:
    assert same_time(None, None) and not same_time(None, at(0)) and not same_time(at(0), None)
    assert same_time(at(0), at(1)) and same_time(at(1), at(0))
    assert not same_time(at(0), at(1) + timedelta(microseconds=1))


def test_legs_without_channels_are_paired_by_whose_they_are() -> None:
    bare = [replace(one, channel="") for one in LEGS]
    assert {(one.operator, other.operator) for one, other in paired(bare[::-1], LEGS) if one and other} == {
        ("orlova", "orlova"), ("ivanov", "ivanov"),
    }  # fmt: skip
    assert paired(bare[:1], LEGS)[1] == (None, LEGS[1])
