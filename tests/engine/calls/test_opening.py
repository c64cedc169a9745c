"""Who opens which call."""

from dataclasses import replace

import pytest

from engine import events as ev
from engine.calls.opening import operator_of, role_of
from engine.world import Call, Operator, Put
from tests.engine.clinic import (
    IVANOV,
    ORLOVA,
    PATIENT,
    PBX,
    TRUNK,
    Ended,
    answers,
    at,
    clinic,
    dials,
    enters,
    gone,
    joins,
    new,
    patient,
    rings,
    state,
    uid,
)


@pytest.mark.parametrize(
    ("name", "context", "role"),
    [
        (TRUNK, "", "outside"),
        (ORLOVA, "okno-phones", "operator"),
        ("PJSIP/else-00000001", "okno-inbound", "outside"),
        ("PJSIP/else-00000001", "okno-phones", "other"),
        ("Local/1001@x-00000001;1", "okno-inbound", "other"),
    ],
)
def test_roles(name: str, context: str, role: str):
    assert role_of(clinic(), PBX, name, context) == role


def test_a_trunk_may_be_named_by_its_interface_and_a_pbx_be_unknown():
    world = clinic()
    assert role_of(world, "other", TRUNK, "okno-inbound") == "other"
    operator = operator_of(world, PBX, "PJSIP/1001")
    assert operator is not None
    world.apply([Put(replace(operator, active=False))])
    assert operator_of(world, PBX, "PJSIP/1001") is None


def test_a_patient_is_known_by_his_line_and_number():
    ended = Ended(clinic()).play([patient(0)])
    call = ended.call()
    assert (call.direction, call.phone, call.dialled, call.source, call.phase) == (
        "inbound",
        PATIENT,
        "73430000001",
        "73430000001",
        "arrived",
    )
    assert call.aliases == (uid(1),)


def test_an_unknown_endpoint_in_an_inbound_context_is_a_patient():
    ended = Ended(clinic()).play([new(0, 1, "IAX2/provider-77", number="89990000001", context="okno-inbound")])
    assert ended.call().direction == "inbound"


def test_the_first_we_hear_may_be_a_new_state():
    ended = Ended(clinic()).play([state(1, 1, 4, TRUNK)])
    assert (ended.call().direction, ended.call().anonymous) == ("inbound", True)
    assert not Ended(clinic()).play([state(1, 1, 5, TRUNK)]).calls
    assert not Ended(clinic()).play([state(1, 2, 4, TRUNK, root=1)]).calls


def test_a_colleague_in_a_queue():
    ended = Ended(clinic()).play([new(0, 1, ORLOVA, exten="600"), joins(1)])
    assert (ended.call().direction, ended.call().queue, ended.call().phone) == ("internal", "front", "1001")
    stranger = Ended(clinic()).play([new(0, 1, "PJSIP/1077-00000001", number="1077", context="okno-phones"), joins(1)])
    assert stranger.call().phone == "1077"


def test_half_of_a_local_pair_opens_nothing():
    assert not Ended(clinic()).play([new(0, 1, "Local/600@x-00000001;2"), joins(1)]).calls


def test_an_originated_outbound_call():
    ended = Ended(clinic()).play(
        [
            new(0, 1, TRUNK, state=0),
            dials(0, None, 1, TRUNK, "PJSIP/+79990000008@trunk"),
            gone(9, 1, 19),
        ]
    )
    call = ended.call()
    assert (call.direction, call.phone, call.result, call.legs) == ("outbound", "+79990000008", "unanswered", ())
    assert ended.request().queue == ""


def test_a_prefix_that_cannot_be_read_is_read_from_what_was_sent():
    ended = Ended(clinic()).play(
        [
            new(0, 1, ORLOVA, exten="089990000008"),
            new(1, 2, "PJSIP/trunk-00000009", root=1),
            dials(1, 1, 2, "PJSIP/trunk-00000009", "PJSIP/trunk/sip:79990000008@example"),
        ]
    )
    assert (ended.call().phone, ended.call().dialled) == ("+79990000008", "089990000008")


def test_an_outbound_call_shows_when_the_bridge_is_all_we_saw():
    ended = Ended(clinic()).play(
        [
            new(0, 1, ORLOVA, exten="89990000005"),
            new(1, 2, TRUNK, root=1, number="79990000005"),
            enters(5, 2),
            enters(5, 1),
        ]
    )
    assert (ended.call().direction, ended.call().phase, ended.call().phone) == ("outbound", "talking", "+79990000005")


def test_a_second_call_of_the_same_phone_channel():
    ended = Ended(clinic()).play(
        [
            new(0, 1, ORLOVA, exten="89990000005"),
            new(1, 2, TRUNK, root=1),
            dials(1, 1, 2, TRUNK),
            gone(2, 2, 34),
            new(3, 3, TRUNK, root=1),
            dials(3, 1, 3, TRUNK),
            gone(9, 3, 19),
        ]
    )
    assert [(call.result, len(call.legs)) for call in ended.calls.values()] == [("failed", 1), ("unanswered", 1)]


def test_the_inactive_pbx_or_operator_opens_nothing_new():
    world = clinic()
    ended = Ended(world).play(
        [new(0, 1, "PJSIP/zzz-00000001", context="elsewhere"), dials(1, 1, 9, "PJSIP/yyy-00000002")]
    )
    assert not list(world.all(Call))
    assert not ended.calls
    assert {one.key for one in world.all(Operator)} == {"orlova", "ivanov", "petrova"}
    assert isinstance(joins(1), ev.QueueJoined)
    assert at(0) < at(1)


def test_both_phones_are_his_whichever_he_uses_today() -> None:
    world = clinic()
    for name in ("PJSIP/1001", "PJSIP/web-1001"):
        operator = operator_of(world, PBX, name)
        assert operator is not None and operator.key == "orlova"
        world.apply([Put(replace(operator, phone="web", interface=operator.web_interface))])
    assert role_of(world, PBX, "PJSIP/web-1001-00000001", "okno-phones") == "operator"
    assert role_of(world, PBX, "PJSIP/web-1009-00000001", "okno-phones") == "other"


def test_a_consultation_by_the_page_belongs_to_the_talk_on_the_desk_phone() -> None:
    ended = Ended(clinic()).play([patient(0), joins(1), *rings(2), *answers(4)])
    ended.play([
        new(10, 5, "PJSIP/web-1001-00000005", exten="1002"), new(10, 6, IVANOV, root=5), dials(10, 5, 6, IVANOV),
    ])  # fmt: skip
    assert [leg.operator for leg in ended.call().legs] == ["orlova", "ivanov"]
