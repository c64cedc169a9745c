"""Shared bridges: transfers in their raw form must never lose or double a patient's call."""

from engine import events as ev
from tests.engine.calls.test_ending import sends, waits
from tests.engine.clinic import (
    IVANOV,
    ORLOVA,
    PBX,
    TRUNK,
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
    state,
    uid,
    wants,
)

TALKING = [*waits(), *rings(2), *answers(6)]


def legs(ended: Ended, number: int = 0):
    call = list(ended.calls.values())[number]
    return [(leg.operator, leg.result, leg.left_by, leg.talk_s) for leg in call.legs]


def test_a_blind_transfer_is_one_call():
    ended = (
        Ended(clinic())
        .play(TALKING)
        .play(
            [
                leaves(20, 2),
                leaves(20, 1),
                new(20, 3, IVANOV, root=1),
                dials(20, 1, 3, IVANOV),
                gone(20, 2),
                dialled(25, 1, 3, "ANSWER"),
                enters(25, 3, "b2"),
                enters(25, 1, "b2"),
                *ends(35, 1, 3, "b2"),
            ]
        )
    )
    assert legs(ended) == [("orlova", "answered", "transfer", 14), ("ivanov", "answered", "caller", 10)]
    assert (ended.call().answered_at, ended.call().wait_s, ended.request().owner) == (at(6), 5, "ivanov")


def test_a_consultation_ends_when_the_patient_comes_to_it():
    ended = (
        Ended(clinic())
        .play(TALKING)
        .play(
            [
                new(20, 5, ORLOVA, exten="1002"),
                new(20, 6, IVANOV, root=5),
                dials(20, 5, 6, IVANOV),
                dialled(22, 5, 6, "ANSWER"),
                enters(22, 6, "b2"),
                enters(22, 5, "b2"),
                leaves(30, 2),
                enters(30, 1, "b2", swap=5),
                leaves(30, 5, "b2"),
                gone(30, 2),
                gone(30, 5),
                *ends(40, 1, 6, "b2"),
            ]
        )
    )
    assert legs(ended) == [("orlova", "answered", "transfer", 24), ("ivanov", "answered", "caller", 10)]
    assert ended.call().direction == "inbound"
    assert len(ended.requests) == 1


def test_a_conference_of_three():
    ended = (
        Ended(clinic())
        .play(TALKING)
        .play(
            [
                new(20, 5, ORLOVA, exten="1002"),
                new(20, 6, IVANOV, root=5),
                dials(20, 5, 6, IVANOV),
                dialled(22, 5, 6, "ANSWER"),
                enters(22, 6, "b2"),
                enters(22, 5, "b2"),
                leaves(30, 6, "b2"),
                enters(30, 6),
                leaves(30, 5, "b2"),
                enters(30, 5),
                *ends(40, 1, 2),
                gone(40, 5),
                gone(40, 6),
            ]
        )
    )
    external = ended.calls[next(iter(ended.calls))]
    assert external.result == "answered"
    assert {leg.operator for leg in external.legs} == {"orlova", "ivanov"}
    assert list(ended.calls.values()) == [external]


def test_two_patients_joined_stay_two_calls():
    ended = Ended(clinic()).play(TALKING).play([patient(10, 9), leaves(20, 2), enters(20, 9), gone(20, 2)])
    ended.play([*ends(40, 1, 9)])
    assert [len(call.legs) for call in ended.calls.values()] == [1, 0]
    assert all(call.ended_at == at(40) for call in ended.calls.values())


def test_a_parked_patient_is_fetched():
    ended = (
        Ended(clinic())
        .play(TALKING)
        .play(
            [
                leaves(20, 1),
                leaves(20, 2),
                gone(22, 2),
                enters(20, 1, "park", kind="holding"),
                new(30, 3, IVANOV, exten="701"),
                leaves(30, 1, "park"),
                enters(30, 3, "b3"),
                enters(30, 1, "b3"),
                *ends(40, 3, 1, "b3"),
            ]
        )
    )
    assert legs(ended) == [("orlova", "answered", "transfer", 14), ("ivanov", "answered", "operator", 10)]


def test_a_pickup_is_credited_to_who_lifted():
    ended = Ended(clinic()).play([*waits(), *rings(2), new(4, 3, IVANOV, exten="*8")])
    ended.play([dialled(5, 1, 3, "ANSWER"), gone(5, 2, 26)])
    ended.play(
        [ev.AgentConnected(at=at(5), pbx=PBX, queue="front", uniqueid=uid(1), dest=uid(3), interface="PJSIP/1001")]
    )
    ended.play([enters(5, 3), enters(5, 1), *ends(15, 1, 3)])
    assert legs(ended) == [("orlova", "answered_elsewhere", None, 0), ("ivanov", "answered", "caller", 10)]
    assert ended.request().owner == "ivanov"


def test_a_destroyed_bridge_lets_everybody_go():
    ended = Ended(clinic()).play(TALKING).play([ev.BridgeDestroyed(at=at(20), pbx=PBX, bridge="b1")])
    assert ended.call().legs[0].left_at == at(20)
    assert ended.call().phase == "arrived"


def test_moving_without_a_leave():
    ended = Ended(clinic()).play(TALKING).play([enters(20, 2, "b2"), enters(21, 1, "b2"), leaves(22, 1, "b1")])
    assert (ended.call().phase, ended.call().legs[0].left_at) == ("talking", None)


def test_the_unknown_and_the_gone_enter_nothing():
    ended = Ended(clinic()).play(
        [enters(1, 1), leaves(1, 1), patient(0), enters(2, 9), wants(3, 1), gone(3, 1), enters(4, 1)]
    )
    assert ended.call().legs == ()


def test_a_local_channel_makes_no_leg_of_its_own():
    local = "Local/1001@x-00000001;"
    ended = (
        Ended(clinic())
        .play(waits())
        .play(
            [
                new(2, 5, f"{local}1", root=1, context="x"),
                new(2, 6, f"{local}2", root=1, context="x"),
                ev.AgentCalled(
                    at=at(2), pbx=PBX, queue="front", uniqueid=uid(1), dest=uid(5), interface="Local/1001@x"
                ),
                dials(2, 1, 5),
                new(2, 7, ORLOVA, root=1),
                dials(2, 6, 7, ORLOVA),
                dialled(5, 6, 7, "ANSWER"),
                enters(5, 5),
                enters(5, 1),
                enters(5, 7, "b2"),
                enters(5, 6, "b2"),
                enters(6, 7, "b1", swap=5),
                gone(6, 5),
                gone(6, 6),
                *ends(16, 1, 7),
            ]
        )
    )
    assert legs(ended) == [("orlova", "answered", "caller", 11)]
    assert len(ended.calls) == 1


def test_an_operator_s_second_device_and_an_outside_mobile():
    ended = (
        Ended(clinic())
        .play(waits())
        .play(
            [
                new(2, 3, "PJSIP/trunk-00000033", root=1),
                dials(2, 1, 3, "PJSIP/trunk-00000033"),
                state(5, 3, 6, TRUNK, 1),
                dialled(5, 1, 3, "ANSWER"),
                enters(5, 3),
                enters(5, 1),
                *ends(15, 1, 3),
            ]
        )
    )
    assert legs(ended) == [("", "answered", "caller", 10)]


def test_a_new_family_is_an_alias():
    ended = Ended(clinic()).play(sends())
    entered = enters(5, 2)
    assert entered.linkedid == uid(1)
    ended.play(
        [
            entered,
            ev.BridgeEntered(at=at(6), pbx=PBX, bridge="b9", bridge_type="basic", uniqueid=uid(2), linkedid="7.7"),
        ]
    )
    assert ended.call().aliases == (uid(2), uid(1), "7.7")
