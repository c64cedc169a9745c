"""Who is heard by whom decides: consultations, operators who are away for one, conferences, two patients joined."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine import events as ev
from engine.world import Call
from tests.engine.calls.moves.test_transfers import TALKING, attended, legs
from tests.engine.calls.test_ending import inside
from tests.engine.clinic import (
    IVANOV,
    ORLOVA,
    PETROVA,
    Ended,
    answers,
    at,
    clinic,
    dialled,
    dials,
    ends,
    enters,
    gone,
    joins,
    leaves,
    left,
    new,
    patient,
    rings,
    state,
    wants,
)

LOCAL = "Local/1002@okno-phones-00000000;"
OTHER = "+79990000009"


def consults() -> Iterator[Any]:
    """Orlova asks Ivanov by a second call of her phone (channels 5 and 6), who lifts at 22."""
    yield new(20, 5, ORLOVA, exten="1002")
    yield new(20, 6, IVANOV, root=5)
    yield dials(20, 5, 6, IVANOV)
    yield dialled(22, 5, 6, "ANSWER")
    yield enters(22, 6, "b2")
    yield enters(22, 5, "b2")


def consults_by_keys() -> Iterator[Any]:
    """She asks by her phone's keys: she leaves the patient's bridge; a Local pair (6, 7) rings Ivanov (8)."""
    yield new(20, 6, f"{LOCAL}1", root=1)
    yield new(20, 7, f"{LOCAL}2", root=1)
    yield leaves(20, 2)
    yield enters(20, 2, "b2")
    yield new(20, 8, IVANOV, root=1)
    yield dials(20, 7, 8, IVANOV)
    yield state(22, 8, 6)
    yield dialled(22, 7, 8, "ANSWER")
    yield enters(22, 8, "b3")
    yield enters(22, 7, "b3")
    yield enters(22, 6, "b2")


def first(ended: Ended) -> Call:
    """The first call there was."""
    return next(iter(ended.calls.values()))


@pytest.mark.parametrize("swap", [5, None])
def test_the_patient_comes_to_the_consultation(swap: int | None):
    """AMI tells whose place he takes, the journal does not: then he meets her other channel for a moment."""
    ended = Ended(clinic()).play([*TALKING, *consults(), leaves(30, 1), enters(30, 1, "b2", swap=swap)])
    ended.play([leaves(30, 5, "b2"), leaves(30, 2), attended(30), gone(30, 2), gone(30, 5), *ends(40, 1, 6, "b2")])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 24), ("ivanov", "answered", "caller", 10)]
    assert (ended.call().legs[1].rang_at, ended.call().legs[1].lifted_at) == (at(20), at(22))
    assert len(ended.requests) == 1


def test_the_colleague_comes_to_the_patient():
    ended = Ended(clinic()).play([*TALKING, *consults(), attended(30), leaves(30, 6, "b2"), enters(30, 6, swap=2)])
    ended.play([leaves(30, 5, "b2"), gone(30, 5), gone(30, 2), *ends(40, 6, 1)])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 24), ("ivanov", "answered", "operator", 10)]


def test_a_local_pair_joins_the_two_bridges():
    """DestType Link."""
    link = "Local/attended@transfer/m-00000001;"
    ended = Ended(clinic()).play(
        [*TALKING, *consults(), new(30, 7, f"{link}1", root=1), new(30, 8, f"{link}2", root=1)]
    )
    ended.play(
        [enters(30, 7, swap=2), enters(30, 8, "b2", swap=5), attended(30, kind="Link"), gone(30, 2), gone(30, 5)]
    )
    ended.play([wants(40, 1), leaves(40, 1), leaves(40, 7), gone(40, 7), gone(40, 8), leaves(40, 6, "b2"), gone(40, 6)])
    ended.play([gone(40, 1)])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 24), ("ivanov", "answered", "caller", 10)]


def test_a_consultation_that_comes_to_nothing_is_a_leg_without_a_talk():
    ended = Ended(clinic()).play([*TALKING, *consults(), *ends(30, 5, 6, "b2"), *ends(40, 1, 2)])
    assert legs(ended.call()) == [("orlova", "answered", "caller", 34), ("ivanov", "answered", None, 0)]
    assert ended.call().legs[1].answered_at is None
    assert (ended.call().result, ended.call().talk_s, ended.request().owner) == ("answered", 34, "orlova")


def test_a_colleague_who_does_not_lift_was_not_consulted():
    ended = Ended(clinic()).play([*TALKING, *list(consults())[:3], dialled(25, 5, 6, "NOANSWER"), gone(25, 6, 19)])
    ended.play([gone(26, 5), *ends(40, 1, 2)])
    assert legs(ended.call()) == [("orlova", "answered", "caller", 34), ("ivanov", "no_answer", None, 0)]


def test_a_consultation_given_up_while_it_rings_is_cancelled():
    asked = [*list(consults())[:3], dialled(25, 5, 6, "CANCEL"), gone(25, 6, 0), gone(25, 5)]
    ended = Ended(clinic()).play([*TALKING, *asked, *ends(40, 1, 2)])
    assert legs(ended.call()) == [("orlova", "answered", "caller", 34), ("ivanov", "cancelled", None, 0)]


def test_the_patient_leaves_during_the_consultation():
    ended = Ended(clinic()).play([*TALKING, *consults(), *ends(30, 1, 2), *ends(50, 5, 6, "b2")])
    assert legs(ended.call()) == [("orlova", "answered", "caller", 24), ("ivanov", "answered", None, 0)]


def test_keys_take_the_operator_away_and_his_talk_goes_on():
    ended = Ended(clinic()).play([*TALKING, *consults_by_keys()])
    assert (first(ended).phase, first(ended).legs[0].left_at) == ("talking", None)
    ended.play([wants(30, 2), leaves(30, 2, "b2"), leaves(30, 6, "b2"), enters(30, 6), attended(30, 2, 2), gone(30, 2)])
    ended.play([wants(40, 1), leaves(40, 1), gone(40, 1), leaves(40, 6), gone(40, 6), gone(40, 7), gone(40, 8)])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 24), ("ivanov", "answered", "caller", 10)]


def test_keys_and_back():
    ended = Ended(clinic()).play([*TALKING, *consults_by_keys(), leaves(30, 2, "b2"), enters(30, 2)])
    ended.play([leaves(30, 6, "b2"), gone(30, 6), gone(30, 7), leaves(30, 8, "b3"), gone(30, 8), *ends(40, 1, 2)])
    assert legs(ended.call()) == [("orlova", "answered", "caller", 34), ("ivanov", "answered", None, 0)]


def test_keys_and_the_patient_is_gone():
    ended = Ended(clinic()).play([*TALKING, *consults_by_keys(), wants(30, 1), leaves(30, 1), gone(30, 1), gone(35, 2)])
    assert legs(ended.call())[0] == ("orlova", "answered", "caller", 24)


def test_keys_and_all_three_talk():
    ended = Ended(clinic()).play([*TALKING, *consults_by_keys(), leaves(30, 2, "b2"), enters(30, 2)])
    ended.play([leaves(30, 6, "b2"), enters(30, 6), wants(35, 2), leaves(35, 2), gone(35, 2)])
    ended.play([wants(40, 1), leaves(40, 1), gone(40, 1)])
    assert legs(ended.call()) == [("orlova", "answered", "operator", 29), ("ivanov", "answered", "caller", 10)]


def test_a_colleague_is_asked_for_in_a_queue():
    ended = Ended(clinic()).play([*TALKING, new(20, 5, ORLOVA, exten="8000"), joins(20, 5, "back")])
    ended.play(
        [
            *rings(21, 6, PETROVA, 5, "back"),
            state(23, 6, 6),
            left(23, 5, "back"),
            enters(23, 6, "b2"),
            enters(23, 5, "b2"),
        ]
    )
    assert ended.call().queue == "front"
    assert [(stay.queue, stay.exit, stay.operator) for stay in ended.call().visits] == [
        ("front", "answered", "orlova"), ("back", "answered", "petrova"),
    ]  # fmt: skip
    ended.play(
        [leaves(30, 1), enters(30, 1, "b2", swap=5), leaves(30, 2), gone(30, 5), gone(30, 2), *ends(40, 1, 6, "b2")]
    )
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 24), ("petrova", "answered", "caller", 10)]
    assert ended.call().queue == "back"


def test_the_patient_takes_the_place_of_who_waits_in_a_queue():
    """DestType App (Queue): a Local half stands in the queue in the operator's place."""
    link = "Local/attended@transfer/m-00000001;"
    ended = Ended(clinic()).play(
        [*TALKING, new(20, 5, ORLOVA, exten="8000"), joins(20, 5, "back"), *rings(21, 6, PETROVA, 5, "back")]
    )
    ended.play(
        [
            new(25, 7, f"{link}1", root=1),
            new(25, 8, f"{link}2", root=1),
            enters(25, 7, swap=2),
            gone(25, 5),
            gone(25, 2),
        ]
    )
    ended.play([state(30, 6, 6), left(30, 8, "back"), enters(30, 6, "b2"), enters(30, 8, "b2")])
    ended.play([wants(40, 1), leaves(40, 1), gone(40, 1)])
    assert legs(ended.call()) == [("orlova", "answered", "transfer", 19), ("petrova", "answered", "caller", 10)]


def test_of_two_patients_the_one_met_last_is_consulted_for_and_a_mistake_is_put_right():
    second = [
        patient(10, 11, OTHER),
        new(10, 12, ORLOVA, root=11),
        dials(10, 11, 12, ORLOVA),
        enters(12, 12, "b9"),
        enters(12, 11, "b9"),
    ]
    ended = Ended(clinic()).play([*TALKING, *second, *consults()])
    assert [len(call.legs) for call in ended.calls.values()] == [1, 2]
    ended.play(
        [leaves(30, 1), enters(30, 1, "b2", swap=5), leaves(30, 2), gone(30, 5), gone(30, 2), *ends(40, 1, 6, "b2")]
    )
    ended.play(ends(50, 11, 12, "b9"))
    assert [legs(call) for call in ended.calls.values()] == [
        [("orlova", "answered", "transfer", 24), ("ivanov", "answered", "caller", 10)],
        [("orlova", "answered", "caller", 38)],
    ]


def test_an_operator_comes_to_stay_by_the_channel_he_consulted_with():
    ended = Ended(clinic()).play(
        [*TALKING, *consults(), leaves(30, 1), leaves(30, 2), enters(30, 1, "b2"), gone(30, 2)]
    )
    ended.play(ends(40, 1, 5, "b2"))
    assert legs(ended.call())[0] == ("orlova", "answered", "caller", 34)
    assert [leg.operator for leg in ended.call().legs] == ["orlova", "ivanov"]


def test_two_patients_joined_name_each_other_and_are_no_third():
    sends = [new(20, 5, ORLOVA, exten="89990000005"), new(20, 6, "PJSIP/trunk-00000006", root=5), dials(20, 5, 6)]
    ended = Ended(clinic()).play([*TALKING, *sends, state(22, 6, 6), enters(22, 6, "b2"), enters(22, 5, "b2")])
    ended.play([leaves(30, 1), enters(30, 1, "b2", swap=5), attended(30), leaves(30, 2), gone(30, 5), gone(30, 2)])
    ended.play([*ends(40, 1, 6, "b2")])
    one, other = ended.calls.values()
    assert (one.others, other.others) == ((other.key,), (one.key,))
    assert (one.direction, other.direction) == ("inbound", "outbound")
    assert legs(one) == [("orlova", "answered", "transfer", 24)]
    assert legs(other) == [("orlova", "answered", "transfer", 8)]


def test_an_outside_person_asked_by_keys_is_a_call_of_his_own():
    local = "Local/89990000005@okno-phones-00000000;"
    asks = [
        new(20, 6, f"{local}1", root=1),
        new(20, 7, f"{local}2", root=1, exten="89990000005"),
        leaves(20, 2),
        enters(20, 2, "b2"),
    ]
    out = [
        new(20, 8, "PJSIP/trunk-00000008", root=1),
        dials(20, 7, 8),
        state(22, 8, 6),
        enters(22, 8, "b3"),
        enters(22, 7, "b3"),
    ]
    ended = Ended(clinic()).play([*TALKING, *asks, *out, enters(22, 6, "b2")])
    assert [call.phase for call in ended.calls.values()] == ["talking", "talking"]
    ended.play([wants(30, 2), leaves(30, 2, "b2"), leaves(30, 6, "b2"), enters(30, 6), attended(30, 2, 2), gone(30, 2)])
    ended.play([wants(40, 1), leaves(40, 1), gone(40, 1), wants(41, 8), gone(41, 8)])
    one, other = ended.calls.values()
    assert (one.others, other.others) == ((other.key,), (one.key,))
    assert legs(one) == [("orlova", "answered", "transfer", 24)]
    assert legs(other) == [("orlova", "answered", "transfer", 8)]
    assert (other.direction, other.phone, other.ended_by) == ("outbound", "+79990000005", "caller")


def test_in_a_conference_a_talk_is_counted_once():
    meets = [patient(10, 11, OTHER), new(12, 12, IVANOV, exten="800"), enters(15, 11, "c"), enters(16, 12, "c")]
    ended = Ended(clinic()).play([*TALKING, *meets, leaves(20, 1), enters(20, 1, "c"), leaves(20, 2), gone(20, 2)])
    ended.play([wants(30, 12), leaves(30, 12, "c"), gone(30, 12), *ends(40, 1, 11, "c")])
    one, other = ended.calls.values()
    assert legs(one) == [("orlova", "answered", "transfer", 14)]
    assert legs(other) == [("ivanov", "answered", "operator", 14)]
    assert (one.others, other.others) == ((other.key,), (one.key,))


def test_a_colleague_on_the_line_is_put_through_to_a_patient():
    """The internal call was there before the patient: it stays a call of its own, and ends where he takes over."""
    talk = [*inside(), dialled(2, 1, 3, "ANSWER"), enters(2, 3, "b0"), enters(2, 1, "b0")]
    called = [patient(5, 11), new(6, 12, IVANOV, root=11), dials(6, 11, 12, IVANOV), *answers(8, 12, 11, IVANOV, "b9")]
    ended = Ended(clinic()).play([*talk, *called])
    ended.play([leaves(20, 1, "b0"), leaves(20, 3, "b0"), enters(20, 1, "b9", swap=12), gone(20, 3), gone(20, 12)])
    ended.play(ends(30, 11, 1, "b9"))
    internal, external = ended.calls.values()
    assert (internal.direction, internal.ended_at, legs(internal)[0][3]) == ("internal", external.legs[0].left_at, 18)
    assert legs(external) == [("ivanov", "answered", "transfer", 12), ("petrova", "answered", "caller", 10)]


def test_what_only_repeats_changes_nothing():
    play = [
        *TALKING,
        *consults(),
        leaves(30, 6, "b2"),
        enters(30, 6, swap=2),
        gone(30, 5),
        gone(30, 2),
        *ends(40, 6, 1),
    ]
    twice = Ended(clinic()).play([fact for fact in play for _ in range(2)])
    assert legs(twice.call()) == legs(Ended(clinic()).play(play).call())


def test_a_conference_call_goes_on_when_one_of_two_operators_leaves():
    ended = Ended(clinic()).play(
        [*TALKING, new(10, 3, IVANOV, exten="800"), enters(15, 3), wants(20, 2), leaves(20, 2), gone(20, 2)]
    )
    assert first(ended).phase == "talking"
    ended.play(ends(30, 1, 3))
    assert legs(ended.call()) == [("orlova", "answered", "operator", 14), ("ivanov", "answered", "caller", 15)]


def test_the_events_of_a_consultation():
    ended = Ended(clinic()).play(TALKING)
    ended.said.clear()
    ended.play(consults())
    assert [type(one) for one in ended.said if isinstance(one, ev.CallEvent)] == [ev.LegRang]


def test_an_outside_person_put_into_the_consultation_by_ami_keeps_the_patient_waiting():
    """He comes into the bridge where she consults: she talks with him in his call and stays his patient's operator."""
    ended = Ended(clinic()).play([*TALKING, *consults_by_keys(), patient(23, 11, OTHER)])
    ended.play([enters(25, 11, "b2"), leaves(28, 8, "b3"), gone(28, 8), leaves(30, 11, "b2"), wants(31, 11)])
    ended.play([gone(31, 11), leaves(33, 2, "b2"), enters(33, 2), *ends(40, 1, 2)])
    one, other = ended.calls.values()
    assert legs(one) == [("orlova", "answered", "caller", 34)]
    assert [(leg.operator, leg.talk_s) for leg in other.legs] == [("orlova", 5), ("ivanov", 3)]
    assert (one.others, other.others) == ((), ())


def test_a_colleague_rung_inside_who_meets_a_patient_first():
    rung = [*inside(), patient(3, 11)]
    ended = Ended(clinic()).play([*rung, enters(5, 11, "b9"), enters(5, 3, "b9"), *ends(15, 11, 3, "b9"), gone(16, 1)])
    internal, external = ended.calls.values()
    assert legs(external) == [("ivanov", "answered", "caller", 10)]
    assert (internal.direction, internal.legs) == ("internal", ())


def test_an_operator_is_moved_from_one_patient_to_another():
    other = [patient(10, 11, OTHER), enters(10, 11, "b9")]
    ended = Ended(clinic()).play([*TALKING, *other, leaves(20, 1), leaves(20, 2), enters(20, 2, "b9"), gone(21, 1)])
    ended.play(ends(30, 11, 2, "b9"))
    assert [legs(call) for call in ended.calls.values()] == [
        [("orlova", "answered", "pbx", 14)],
        [("orlova", "answered", "caller", 10)],
    ]


def test_talks_of_one_phone_with_two_patients_end_in_one():
    """Brought into one bridge with both, she goes on with the one whose operator she is."""
    ended = Ended(clinic()).play([*TALKING, *consults_by_keys(), patient(23, 11, OTHER), enters(25, 11, "b2")])
    ended.play([leaves(30, 1), enters(30, 1, "b2"), *ends(40, 1, 2, "b2"), gone(41, 11)])
    one, other = ended.calls.values()
    assert legs(one)[0] == ("orlova", "answered", "caller", 34)
    assert legs(other)[0] == ("orlova", "answered", "transfer", 5)


def test_a_local_whose_own_dialling_is_told_late_still_works_for_the_patient():
    """Its far half runs in another thread, which may be first to tell whom it dials."""
    local = "Local/89990000005@okno-phones-00000000;"
    forwarded = [*TALKING[:2], new(3, 4, f"{local}1", root=1), new(3, 5, f"{local}2", root=1)]
    mobile = "PJSIP/trunk-00000006"
    ended = Ended(clinic()).play([*forwarded, new(3, 6, mobile, root=1), dials(3, 5, 6, mobile), dials(3, 1, 4)])
    ended.play([enters(5, 6, "b2"), enters(5, 5, "b2"), enters(5, 4), enters(5, 1), *ends(15, 1, 6)])
    assert legs(ended.call()) == [("", "answered", "caller", 10)]


def test_a_colleague_passes_a_colleague_on():
    """Petrova calls Ivanov, who asks Orlova and hands Petrova over: one internal call, hers."""
    talk = [*inside(), dialled(2, 1, 3, "ANSWER"), enters(2, 3), enters(2, 1)]
    asks = [new(10, 5, IVANOV, exten="1001"), new(10, 6, ORLOVA, root=5), dials(10, 5, 6, ORLOVA), state(12, 6, 6)]
    ended = Ended(clinic()).play([*talk, *asks, enters(12, 6, "b2"), enters(12, 5, "b2")])
    ended.play([leaves(20, 6, "b2"), enters(20, 6, swap=3), attended(20, 3, 5), gone(20, 5), gone(20, 3)])
    ended.play(ends(30, 1, 6))
    assert legs(ended.call()) == [("ivanov", "answered", "transfer", 18), ("orlova", "answered", "caller", 10)]
    assert (ended.call().direction, ended.call().phone, ended.call().ended_by) == ("internal", "1003", "caller")
