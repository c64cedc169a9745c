"""What the dialplan and the queue tell."""

from engine import events as ev
from tests.engine.calls.test_ending import waits
from tests.engine.clinic import (
    PBX,
    Ended,
    abandons,
    answers,
    at,
    clinic,
    exits,
    gone,
    joins,
    left,
    new,
    patient,
    rings,
    uid,
    wants,
)


def tagged(dialled: str, source: str = "", serial: int = 1) -> ev.CallTagged:
    return ev.CallTagged(at=at(0), pbx=PBX, uniqueid=uid(serial), dialled=dialled, source=source)


def test_the_tag_names_the_line():
    ended = Ended(clinic()).play([patient(0, exten="s"), tagged("+73430000002")])
    assert (ended.call().dialled, ended.call().source) == ("73430000002", "73430000002")
    ended.play([tagged("+73430000099", "unlisted"), tagged("x", serial=9)])
    assert (ended.call().dialled, ended.call().source) == ("+73430000099", "unlisted")


def test_he_joins_once_however_often_told():
    ended = Ended(clinic()).play([*waits(), joins(1), joins(2)])
    assert sum(isinstance(one, ev.CallQueued) for one in ended.said) == 1
    ended.play([abandons(9), left(9), joins(1)])
    assert (ended.call().phase, ended.call().exit_status) == ("arrived", "EXIT")
    ended.play([joins(10)])
    assert (ended.call().phase, ended.call().exit_status, ended.call().queued_at) == ("queued", "", at(1))


def test_a_second_queue_names_the_first():
    ended = Ended(clinic()).play([*waits(), abandons(9), left(9), joins(10, queue="back")])
    assert [one for one in ended.said if isinstance(one, ev.CallQueued)][-1].previous == "front"
    ended.play([exits(11, "FULL", queue="front")])
    assert (ended.call().phase, ended.call().exit_status) == ("queued", "")


def test_leaving_with_somebody_who_lifted_is_going_to_him():
    ended = Ended(clinic()).play([*waits(), *rings(2), *list(answers(6))[:3]])
    assert ended.call().phase == "ringing"


def test_others_say_nothing_of_him():
    ended = Ended(clinic()).play(
        [*waits(), left(2, queue="back"), abandons(2, queue="back"), left(2, 9), abandons(2, 9)]
    )
    ended.play(
        [exits(2, ""), exits(2, "TIMEOUT", 9), ev.ClosedHoursReached(at=at(2), pbx=PBX, uniqueid=uid(9)), joins(2, 9)]
    )
    assert (ended.call().phase, ended.call().exit_status, ended.call().out_of_hours) == ("queued", "", False)


def test_his_leaving_is_not_outdone_by_a_late_status():
    ended = Ended(clinic()).play([*waits(), wants(9, 1), abandons(9), left(9), exits(9, "TIMEOUT"), gone(9, 1)])
    assert ended.call().result == "abandoned"


def test_a_phone_s_queue_facts_are_not_the_caller_s():
    ended = Ended(clinic()).play([*waits(), *rings(2), joins(3, 2), exits(3, "TIMEOUT", 2)])
    assert ended.call().exit_status == ""
    assert new(0, 1, "x").uniqueid == uid(1)
