"""What the PBX says of a move: whose leg ended how, and that it may be said before, after, late or twice."""

from typing import Any

import pytest

from engine import events as ev
from engine.world import Call
from tests.engine.calls.test_ending import inside, waits
from tests.engine.clinic import (
    IVANOV,
    PBX,
    Ended,
    answers,
    at,
    clinic,
    dialled,
    dials,
    ends,
    enters,
    gone,
    leaves,
    new,
    patient,
    rings,
    rings_out,
    state,
    uid,
    wants,
)
from tests.engine.playbook import perform

TALKING = [*waits(), *rings(2), *answers(6)]


def legs(call: Call) -> list[tuple[str, str, str | None, float]]:
    """Operator, result, leaver and seconds of each leg."""
    return [(leg.operator, leg.result, leg.left_by, leg.talk_s) for leg in call.legs]


def blind(s: float, phone: int = 2, done: bool = True) -> Any:
    """BlindTransfer."""
    return ev.BlindTransferred(at=at(s), pbx=PBX, uniqueid=uid(phone), transferee=uid(1), exten="1002", done=done)


def attended(s: float, first: int = 2, second: int = 5, kind: str = "Bridge") -> Any:
    """AttendedTransfer."""
    return ev.AttendedTransferred(at=at(s), pbx=PBX, first=uid(first), second=uid(second), kind=kind)


def parked(s: float) -> Any:
    """ParkedCall."""
    return ev.CallParked(at=at(s), pbx=PBX, uniqueid=uid(1))


def picked(s: float, picker: int = 3, target: int = 2) -> Any:
    """Pickup."""
    return ev.PickedUp(at=at(s), pbx=PBX, uniqueid=uid(picker), target=uid(target))


@pytest.mark.parametrize("before", [True, False])
def test_a_blind_transfer_is_one_whoever_hangs_up_and_whenever_it_is_told(before: bool):
    told, moved = [blind(20)], [leaves(20, 1), wants(20, 2), leaves(20, 2), gone(20, 2)]
    ended = Ended(clinic()).play([*TALKING, *(told + moved if before else moved + told), wants(25, 1), gone(25, 1)])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 14)]
    assert (ended.call().result, ended.call().ended_by) == ("answered", "caller")


def test_a_transfer_that_was_refused_changes_nothing():
    ended = Ended(clinic()).play([*TALKING, blind(10, done=False), attended(11, kind="Fail"), *ends(20, 2, 1)])
    assert legs(ended.call()) == [("orlova", "answered", "operator", 14)]


def test_a_transfer_told_much_later_or_of_nobody_changes_nothing():
    ended = Ended(clinic()).play([*TALKING, blind(10, 9), parked(3), leaves(20, 2), wants(20, 2), gone(20, 2)])
    ended.play([blind(40), wants(41, 1), gone(41, 1)])
    assert legs(ended.call())[0][2] != "transfer"
    internal = Ended(clinic()).play([*inside(), blind(2, 1), parked(2), gone(3, 1)])
    assert internal.call().legs[0].left_by is None


def test_the_next_operator_answers_after_a_transfer_that_nobody_told():
    ended = Ended(clinic()).play([*TALKING, leaves(20, 1), leaves(20, 2), gone(20, 2)])
    ended.play([new(21, 3, IVANOV, root=1), dials(21, 1, 3, IVANOV), *answers(25, 3, name=IVANOV, bridge="b2")])
    ended.play(ends(35, 1, 3, "b2"))
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 14), ("ivanov", "answered", "caller", 10)]


def test_a_blonde_transfer_by_hanging_up():
    """He hangs up while the colleague's phone rings: it rang already, so it is a transfer."""
    ended = Ended(clinic()).play([*TALKING, new(20, 3, IVANOV, root=1), dials(20, 1, 3, IVANOV)])
    ended.play([wants(22, 2), leaves(22, 2), gone(22, 2), dialled(25, 1, 3, "ANSWER"), enters(25, 3), *ends(35, 1, 3)])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 16), ("ivanov", "answered", "caller", 10)]


def test_who_stays_for_a_conference_is_not_said_to_hand_on():
    ended = Ended(clinic()).play([*TALKING, attended(20, kind="Threeway"), *ends(30, 2, 1)])
    assert legs(ended.call()) == [("orlova", "answered", "operator", 24)]


def test_a_caller_is_parked_and_fetched():
    away = [
        parked(20),
        leaves(20, 1),
        enters(20, 1, "lot", kind="holding"),
        leaves(22.6, 2),
        wants(22.6, 2),
        gone(22.6, 2),
    ]
    back = [new(30, 3, IVANOV, exten="701"), leaves(31, 1, "lot"), enters(31, 3, "b2"), enters(31, 1, "b2"), parked(20)]
    ended = Ended(clinic()).play([*TALKING, *away, *back, *ends(41, 3, 1, "b2")])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 14), ("ivanov", "answered", "operator", 10)]
    assert ended.call().result == "answered"


def test_a_caller_is_parked_without_a_leave():
    ended = Ended(clinic()).play(
        [*TALKING, parked(20), enters(20, 1, "lot", kind="holding"), wants(30, 1), gone(30, 1)]
    )
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 14)]
    assert ended.call().ended_by == "caller"


def test_a_parked_caller_comes_back_to_the_same_phone():
    away = [parked(20), leaves(20, 1), leaves(20, 2), gone(20, 2)]
    back = [ev.CallUnparked(at=at(60), pbx=PBX, uniqueid=uid(1), reason="timeout"), *rings(60, 3), *answers(64, 3)]
    ended = Ended(clinic()).play([*TALKING, *away, *back, *ends(70, 1, 3)])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 14), ("orlova", "answered", "caller", 6)]


@pytest.mark.parametrize("order", ["told first", "answered first", "not told", "no DialEnd"])
def test_a_queue_leg_is_picked_up(order: str):
    ended = Ended(clinic()).play([*waits(), *rings(2), new(4, 3, IVANOV, exten="*8")])
    told, lifted = [picked(5), picked(5)], [dialled(5, 1, 3, "ANSWER")]
    ended.play(
        {"told first": told + lifted, "answered first": lifted + told, "not told": lifted, "no DialEnd": told}[order]
    )
    ended.play([gone(5, 2, 26), enters(5, 3), enters(5, 1), *ends(15, 1, 3)])
    assert legs(ended.call()) == [("orlova", "answered_elsewhere", None, 0), ("ivanov", "answered", "caller", 10)]
    assert [leg.queue for leg in ended.call().legs] == ["front", "front"]
    assert [(visit.exit, visit.operator) for visit in ended.call().visits] == [("answered", "ivanov")]


def test_a_pickup_told_after_the_phone_fell_silent():
    ended = Ended(clinic()).play([*waits(), *rings(2), new(4, 3, IVANOV, exten="*8"), gone(5, 2, 0), picked(5)])
    ended.play([picked(5, 9, 2), picked(5, 3, 8), enters(5, 3), enters(5, 1), *ends(15, 1, 3)])
    assert legs(ended.call()) == [("orlova", "answered_elsewhere", None, 0), ("ivanov", "answered", "caller", 10)]


@pytest.mark.parametrize(("told", "cause"), [(True, 0), (True, 23), (False, 23)])
def test_a_phone_sends_the_caller_elsewhere(told: bool, cause: int):
    local = "Local/1002@okno-phones-00000000;"
    ended = Ended(clinic()).play([*waits(), *rings(2)])
    ended.play([ev.PhoneForwarded(at=at(3), pbx=PBX, uniqueid=uid(2), to="1002")] * (2 * told))
    ended.play([new(3, 4, f"{local}1", root=1), new(3, 5, f"{local}2", root=1), dials(3, 1, 4, f"{local}1")])
    ended.play([gone(3, 2, cause), new(3, 6, IVANOV, root=1), dials(3, 5, 6, IVANOV), state(5, 6, 6)])
    ended.play([enters(5, 6, "b2"), enters(5, 5, "b2"), enters(5, 4), enters(5, 1), *ends(15, 1, 6)])
    assert legs(ended.call()) == [("orlova", "answered_elsewhere", None, 0), ("ivanov", "answered", "caller", 10)]
    assert ended.call().legs[1].queue == "front"


def test_voicemail():
    reached = ev.VoicemailReached(at=at(5), pbx=PBX, uniqueid=uid(1))
    ended = Ended(clinic()).play([patient(0), reached, reached, wants(9, 1), gone(9, 1)])
    assert (ended.call().result, ended.call().voicemail) == ("voicemail", True)
    answered = Ended(clinic()).play([*TALKING, reached, *ends(9, 1, 2)])
    assert answered.call().result == "answered"
    assert not Ended(clinic()).play([reached]).calls


def test_served_without_anybody():
    served = ev.SelfServed(at=at(5), pbx=PBX, uniqueid=uid(1))
    ended = Ended(clinic()).play([patient(0), served, served, wants(9, 1), gone(9, 1)])
    assert (ended.call().result, ended.call().self_served) == ("self_service", True)
    promised = Ended(clinic()).play([*waits(), served, wants(9, 1), gone(9, 1)])
    assert promised.call().result == "self_service"
    answered = Ended(clinic()).play([*TALKING, served, *ends(9, 1, 2)])
    assert answered.call().result == "answered"
    assert not Ended(clinic()).play([served]).calls


def test_he_is_asked_how_it_was_when_nobody_talks_with_him_any_more():
    survey = ev.SurveyBegan(at=at(20), pbx=PBX, uniqueid=uid(1))
    hung_up = [wants(20, 2), leaves(20, 2), leaves(20, 1), gone(20, 2)]
    ended = Ended(clinic()).play([*TALKING, *hung_up])
    (call,) = ended.world.all(Call)
    assert [leg.left_by for leg in call.legs] == ["operator"]
    assert [one for outcome in perform(ended.world, survey) for one in outcome.events] == [
        ev.TalkOver(at=at(20), call=call.key)
    ]
    assert not [one for outcome in perform(Ended(clinic()).play(TALKING).world, survey) for one in outcome.events]
    assert not [one for outcome in perform(Ended(clinic()).play([patient(0)]).world, survey) for one in outcome.events]
    assert Ended(clinic()).play([*TALKING, *hung_up, survey, wants(30, 1), gone(30, 1)]).call().result == "answered"


def test_the_wish_to_hang_up_is_told_with_the_hangup_only():
    """The journal knows it no sooner."""
    ended = Ended(clinic()).play([*TALKING, leaves(20, 1), leaves(20, 2), wants(20, 2), gone(20, 2), gone(20.1, 1)])
    assert legs(ended.call()) == [("orlova", "answered", "operator", 14)]
    assert ended.call().ended_by == "operator"


def test_rung_in_vain_after_a_transfer():
    ended = Ended(clinic()).play([*TALKING, blind(20), leaves(20, 1), leaves(20, 2), gone(20, 2)])
    ended.play([new(20, 3, IVANOV, root=1), dials(20, 1, 3, IVANOV), *rings_out(25, 3, cause=17, name=IVANOV)])
    ended.play([gone(26, 1)])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 14), ("ivanov", "busy", None, 0)]
    assert (ended.call().result, ended.call().ended_by) == ("answered", "pbx")
