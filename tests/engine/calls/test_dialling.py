"""Whose phone rings for whom."""

from typing import Any

from engine import events as ev
from engine.calls.legs import give_up, meet, settle
from engine.world import Channel
from tests.engine.calls.test_ending import inside, waits
from tests.engine.clinic import (
    IVANOV,
    ORLOVA,
    PBX,
    Ended,
    agent,
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
)


def test_agent_called_before_its_newchannel_and_without_a_dial():
    ended = Ended(clinic()).play(waits()).play([agent(ev.AgentCalled, 2, 2)])
    (leg,) = ended.call().legs
    assert (leg.operator, leg.queue, leg.rang_at) == ("orlova", "front", at(2))


def test_a_member_on_another_interface_is_credited_by_it():
    ended = Ended(clinic()).play(waits()).play([
        new(2, 2, "PJSIP/mobile-00000002", root=1, context="x"),
        ev.AgentCalled(at=at(2), pbx=PBX, queue="front", uniqueid=uid(1), dest=uid(2), interface="PJSIP/1001"),
    ])
    assert ended.call().legs[0].operator == "orlova"


def test_a_queue_s_dial_without_agent_called():
    ended = Ended(clinic()).play(waits()).play([new(2, 2, ORLOVA, root=1), dials(2, 1, 2, ORLOVA)])
    assert (ended.call().legs[0].queue, ended.call().phase) == ("front", "ringing")


def test_a_colleague_s_queue_call_rings():
    ended = Ended(clinic()).play([new(0, 1, IVANOV, exten="600"), agent(ev.AgentCalled, 2, 2), gone(3, 1)])
    assert (ended.call().direction, ended.call().legs[0].operator) == ("internal", "orlova")


def test_nobody_rings_for_the_unknown_or_the_gone():
    ended = Ended(clinic()).play([agent(ev.AgentCalled, 2, 2, caller=77), dialled(3, 77, 78, "ANSWER")])
    ended.play([agent(ev.AgentConnected, 3, 78), agent(ev.AgentRangNoAnswer, 3, 78), agent(ev.AgentDumped, 3, 78)])
    ended.play([new(4, 5, ORLOVA), gone(5, 5), dials(6, 77, 5, ORLOVA), agent(ev.AgentCalled, 6, 5)])
    ended.play([dials(7, None, 9, ORLOVA), dials(8, 77, 10, "Local/x@y-00000001;1")])
    assert not ended.calls


def test_a_pickup_of_nothing():
    ended = Ended(clinic()).play([new(0, 3, ORLOVA, exten="*8"), dialled(1, 77, 3, "ANSWER")])
    one = ended.world.get(Channel, f"{PBX}/{uid(3)}")
    assert one is not None
    assert (one.dial_status, one.call) == ("ANSWER", None)


def test_the_first_dialend_counts():
    ended = Ended(clinic()).play(waits()).play(rings(2)).play([dialled(3, 1, 2, "BUSY"), dialled(3, 1, 2, "CANCEL")])
    ended.play([gone(3, 2, 0)])
    assert ended.call().legs[0].result == "busy"


def test_a_consulting_phone_rings_for_the_patient_s_call():
    ended = Ended(clinic()).play([*waits(), *rings(2), *answers(6)])
    ended.play([new(9, 3, IVANOV, root=1), dials(9, 2, 3, IVANOV)])
    assert [leg.operator for leg in ended.call().legs] == ["orlova", "ivanov"]


def test_an_inbound_call_opened_by_what_it_meets():
    """Its trunk is known only now: the settings were loaded again while it rang."""
    world = clinic()
    caller: Any = new(0, 1, "SIP/other-00000001", number="89990000001", context="odd")
    ended = Ended(world).play([caller])
    assert not ended.calls
    one = world.get(Channel, f"{PBX}/{uid(1)}")
    assert one is not None
    world.apply([_as_outside(one)])
    ended.play([new(2, 2, ORLOVA, root=1), dials(2, 1, 2, ORLOVA)])
    assert (ended.call().direction, ended.call().phone) == ("inbound", "+79990000001")


def _as_outside(one: Channel) -> Any:
    from dataclasses import replace

    from engine.world import Put

    return Put(replace(one, role="outside"))


def test_a_leg_of_no_call_is_nothing():
    world = clinic()
    Ended(world).play([patient(0), new(1, 2, ORLOVA, root=1)])
    one = world.get(Channel, f"{PBX}/{uid(2)}")
    assert one is not None
    assert not list(meet(world, "none", one, at(1)))
    assert not list(settle(world, "none", 0, at(1), None))
    assert not list(give_up(world, "none", 0, at(1), "busy"))


def test_entering_twice_is_meeting_once():
    ended = Ended(clinic()).play([*waits(), *rings(2), *answers(6)]).play([enters(7, 1), enters(7, 2)])
    assert sum(isinstance(one, ev.CallAnswered) for one in ended.said) == 1


def test_who_called_a_colleague_and_is_put_through_outside_leaves_that_call():
    """The colleague transfers the caller blindly to a number outside: that is a call of its own, and hers."""
    talk = [*inside(), dialled(2, 1, 3, "ANSWER"), enters(2, 3), enters(2, 1), leaves(9, 1), leaves(9, 3), gone(9, 3)]
    trunk = "PJSIP/trunk-00000009"
    ended = Ended(clinic()).play([*talk, new(10, 9, trunk, root=1), dials(10, 1, 9, trunk, "79990000005@trunk")])
    ended.play([state(12, 9, 6), enters(12, 9, "b2"), enters(12, 1, "b2"), *ends(20, 9, 1, "b2")])
    internal, outbound = ended.calls.values()
    assert (internal.direction, internal.ended_at, internal.talk_s) == ("internal", at(10), 7)
    assert (outbound.direction, outbound.phone, outbound.result) == ("outbound", "+79990000005", "answered")
    assert [(leg.operator, leg.talk_s, leg.left_by) for leg in outbound.legs] == [("petrova", 8, "caller")]
