"""What calls mean for requests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine import events as ev
from engine.effects import FindContact, PauseMember
from engine.world import Call, Contact, Offer, Operator, Put, Queue, Request, Timer
from tests.engine.calls import test_ending as plays
from tests.engine.clinic import (
    ORLOVA,
    PATIENT,
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
    simplest,
    uid,
    wants,
)
from tests.engine.floor import do, fire, offer, opened
from tests.engine.plays import snapshot


def test_an_answered_call_goes_through_its_states():
    ended = Ended(clinic())
    facts = list(simplest())
    seen = []
    for fact in facts:
        ended.play([fact])
        request = ended.request()
        if not seen or seen[-1] != (request.status, request.owner):
            seen.append((request.status, request.owner))
    assert seen == [("new", None), ("queued", None), ("in_progress", "orlova"), ("wrap_up", "orlova")]
    request = ended.request()
    assert (request.kind, request.queue, request.priority, request.source) == ("call", "front", 5, "73430000001")
    assert (request.created_at, request.queued_at, request.first_response_at) == (at(0), at(1), at(6))
    assert (request.number, request.year, request.phone, request.since) == (1, 2025, PATIENT, at(66))
    timer = ended.world.get(Timer, f"wrap_up:{request.key}")
    assert timer is not None
    assert timer.due == at(96)
    assert FindContact(phone=PATIENT) in ended.said


def test_wrap_up_pauses_and_its_timer_frees():
    ended = Ended(clinic()).play(simplest())
    pause = PauseMember(pbx=PBX, interface="PJSIP/1001", paused=True, reason="eng:acw")
    assert [one for one in ended.said if isinstance(one, PauseMember)] == [pause]
    operator = ended.world.get(Operator, "orlova")
    assert operator is not None
    assert (operator.voice, operator.wrap_up, operator.pauses) == (
        "wrap_up",
        ended.request().key,
        frozenset({"eng:acw"}),
    )
    ended.play([ev.TimerFired(at=at(96), key=f"wrap_up:{ended.request().key}")])
    operator = ended.world.get(Operator, "orlova")
    assert operator is not None
    assert (operator.voice, operator.wrap_up, operator.pauses) == ("idle", None, frozenset())
    assert ended.said[-1] == PauseMember(pbx=PBX, interface="PJSIP/1001", paused=False, reason="eng:acw")
    assert (ended.request().status, ended.request().closed_at) == ("done", at(96))
    assert not list(ended.world.all(Request))
    assert not list(ended.world.all(Timer))
    assert ended.play([ev.TimerFired(at=at(97), key=f"wrap_up:{ended.request().key}")])


def surveyed() -> list[Any]:
    """They talk, the operator hangs up, and a machine asks the caller how it was."""
    talk = list(simplest())[: -len(list(ends(66, 1, 2)))]
    return [*talk, wants(66, 2), leaves(66, 2), leaves(66, 1), gone(66, 2),
            ev.SurveyBegan(at=at(66), pbx=PBX, uniqueid=uid(1))]  # fmt: skip


def test_who_talked_finishes_while_the_caller_says_how_it_was():
    ended = Ended(clinic()).play(surveyed())
    operator = ended.world.get(Operator, "orlova")
    assert operator is not None and operator.pauses == {"eng:acw"}
    assert (ended.request().status, ended.request().since) == ("wrap_up", at(66))
    pauses = [one for one in ended.said if isinstance(one, PauseMember)]
    ended.play([wants(80, 1), gone(80, 1)])
    assert (ended.request().status, ended.request().since, ended.call().result) == ("wrap_up", at(66), "answered")
    assert [one for one in ended.said if isinstance(one, PauseMember)] == pauses
    ended.play([ev.TimerFired(at=at(96), key=f"wrap_up:{ended.request().key}")])
    assert (ended.request().status, ended.request().closed_at) == ("done", at(96))


def test_what_is_finished_before_he_hangs_up_stays_so():
    ended = Ended(clinic()).play(surveyed())
    ended.play([ev.TimerFired(at=at(96), key=f"wrap_up:{ended.request().key}"), wants(100, 1), gone(100, 1)])
    assert (ended.request().status, ended.request().closed_at) == ("done", at(96))
    assert not list(ended.world.all(Request)) and ended.call().result == "answered"


def test_a_queue_without_wrap_up_is_done_at_once():
    ended = Ended(clinic()).play([patient(0, exten="73430000002"), joins(1, queue="back")])
    ended.play([*rings(2, queue="back"), *answers(3), *ends(9, 1, 2)])
    assert (ended.request().status, ended.request().queue, ended.request().outcome) == ("done", "back", "")
    assert not [one for one in ended.said if isinstance(one, PauseMember)]


@pytest.mark.parametrize(
    "play",
    [plays.he_leaves_in_the_queue, plays.the_queue_times_out, plays.the_queue_is_full, plays.the_clinic_is_closed],
)
def test_an_unanswered_call_is_a_missed_call(play):
    ended = Ended(clinic()).play(play())
    request = ended.request()
    assert (request.kind, request.status, request.queue, request.owner) == ("missed_call", "queued", "front", None)
    assert request.due_at is not None
    assert request.due_at == ended.call().ended_at + timedelta(seconds=600)
    assert list(ended.world.all(Request)) == [request]


def test_nobody_to_call_back():
    hidden = patient(0, number="anonymous")
    ended = Ended(clinic()).play([hidden, joins(1), wants(9, 1), abandons(9), gone(9, 1)])
    assert (ended.request().status, ended.request().outcome, ended.call().anonymous) == ("done", "no_number", True)
    assert not [one for one in ended.said if isinstance(one, FindContact)]


def test_an_outbound_call_is_its_operator_s():
    ended = Ended(clinic()).play(plays.an_outbound_call_is_answered())
    request = ended.request()
    assert (request.status, request.owner, request.queue, request.phone) == (
        "wrap_up",
        "orlova",
        "front",
        "+79990000005",
    )


def test_an_outbound_call_that_reached_nobody_is_done():
    ended = Ended(clinic()).play(plays.an_outbound_call_is_busy())
    assert (ended.request().status, ended.request().outcome) == ("done", "not_reached")


def test_an_outbound_call_that_asterisk_cut_off_is_to_be_returned():
    ended = Ended(clinic()).play(list(plays.an_outbound_call_is_answered())[:8])
    ended.play([snapshot({}, at(30), restarted=True, gap_from=at(20))])
    assert (ended.call().result, ended.call().talk_s) == ("lost_by_pbx", 15)
    assert (ended.request().kind, ended.request().status, ended.request().owner) == ("missed_call", "queued", None)


def test_self_service_needs_nobody():
    ended = Ended(clinic()).play([patient(0)])
    served = replace(ended.call(), result="self_service", ended_at=at(9))
    ended.world.apply([Put(served)])
    ended.play([ev.CallEnded(at=at(9), call=served.key)])
    assert (ended.request().status, ended.request().outcome) == ("done", "self_service")


def test_an_internal_call_has_none():
    ended = Ended(clinic()).play(plays.a_colleague_answers())
    assert not ended.requests
    assert ended.call().phone == "1003"


def test_a_second_queue_takes_the_request_back():
    ended = Ended(clinic()).play([patient(0), joins(1), *rings(2), *answers(6)])
    ended.play(
        [*[fact for fact in ends(20, 2, 1) if not (isinstance(fact, ev.ChannelHungUp) and fact.uniqueid[-1] == "1")]]
    )
    ended.play([joins(22, queue="back")])
    assert (ended.request().status, ended.request().owner, ended.request().queue) == ("queued", None, "back")
    assert ended.call().phase == "queued"
    ended.play([wants(30, 1), abandons(30, queue="back"), gone(30, 1)])
    assert ended.call().result == "answered"
    assert ended.request().status == "done"


def test_a_request_closed_while_they_talk_stays_closed():
    ended = Ended(clinic()).play([patient(0), joins(1), *rings(2), *answers(6)])
    key = ended.request().key
    ended.play([ev.CompleteAsked(at=at(9), command="c", actor="a", role="operator", operator="orlova", request=key)])
    ended.play([joins(10, queue="back"), *ends(20, 1, 2)])
    assert ended.request().status == "done"
    operator = ended.world.get(Operator, "orlova")
    assert operator is not None
    assert operator.wrap_up is None


def test_the_contact_comes_late_or_never():
    ended = Ended(clinic()).play([patient(0), joins(1)])
    found = ev.ContactFound(at=at(2), phone=PATIENT, contact="k1", earlier=3)
    version = ended.request().version
    ended.play([found, found])
    assert ended.request().version == version
    assert (ended.request().contact, ended.call().contact) == ("k1", "k1")
    ended.play([patient(3, 9)])
    assert {request.contact for request in ended.requests.values()} == {"k1"}
    ended.play([gone(4, 9), *rings(5), *answers(6), *ends(9, 1, 2)])
    assert ended.world.get(Contact, "k1") is not None
    for request in list(ended.world.all(Request)):
        ended.play([ev.CompleteAsked(at=at(30), command="c", actor="a", role="supervisor", request=request.key)])
    assert ended.world.get(Contact, "k1") is None
    ended.play([found, ev.ContactFound(at=at(2), phone="", contact="k2")])
    assert not list(ended.world.all(Contact))


def test_an_unlisted_phone_answers_and_nobody_wraps_up():
    ended = Ended(clinic()).play([patient(0), joins(1), *rings(2, name="PJSIP/1009-0000000c")])
    ended.play([*answers(6, name="PJSIP/1009-0000000c"), *ends(9, 1, 2)])
    assert (ended.call().result, ended.call().legs[0].operator) == ("answered", "")
    assert (ended.request().status, ended.request().owner) == ("done", None)


def test_a_line_nobody_knows_has_no_queue():
    ended = Ended(clinic()).play([patient(0, exten="73430000099"), wants(2, 1), gone(2, 1)])
    assert (ended.request().kind, ended.request().queue, ended.call().dialled) == ("missed_call", "", "73430000099")


def test_a_line_that_is_named_late_gives_its_queue():
    """After a gap Asterisk tells where the dialplan has sent him by now, not which number he dialled."""
    ended = Ended(clinic()).play([patient(0, exten="s")])
    assert (ended.request().queue, ended.request().status) == ("", "new")
    ended.play([ev.CallTagged(at=at(1), pbx=PBX, uniqueid=uid(1), dialled="+73430000001", source=""), wants(5, 1), gone(5, 1)])
    assert (ended.request().kind, ended.request().status, ended.request().queue) == ("missed_call", "queued", "front")


def test_a_number_is_read_late():
    late = ev.CallerIdChanged(
        at=at(1), pbx=PBX, uniqueid=patient(0).uniqueid, number="89990000003", caller_name="Иванова"
    )
    ended = Ended(clinic()).play([patient(0, number=""), late, late, wants(3, 1), gone(3, 1)])
    assert (ended.call().phone, ended.call().caller_name) == ("+79990000003", "Иванова")
    assert (ended.request().kind, ended.request().phone) == ("missed_call", "+79990000003")


def test_rooms_know_nothing_of_calls_that_are_no_more():
    world = clinic()
    for event in (
        ev.CallArrived(at=at(0), call="x"),
        ev.CallQueued(at=at(0), call="x", queue="front"),
        ev.CallAnswered(at=at(0), call="x", leg=0, operator="orlova"),
        ev.CallEnded(at=at(0), call="x"),
        ev.LegRang(at=at(0), call="x", leg=0, operator="nobody"),
        ev.LegEnded(at=at(0), call="x", leg=0, operator="orlova"),
    ):
        Ended(world).play([event])
    assert not list(world.all(Request))
    assert not list(world.all(Call))
    assert all(queue.today.offered == 0 for queue in world.all(Queue))


def test_the_figures_of_a_pbx_without_queue_exit_events():
    ended = Ended(clinic()).play([patient(0), joins(1), abandons(9), left(9), exits(9, ""), gone(10, 1)])
    assert ended.call().result == "unanswered"
    assert ORLOVA.startswith("PJSIP/1001")


def talk(number: str, seconds: float, begin: float = 20) -> list[Any]:
    """A patient of this number calls, Orlova answers, they talk for so long."""
    return [
        patient(begin, number=number), joins(begin + 1), *rings(begin + 2), *answers(begin + 3),
        *ends(begin + 3 + seconds, 1, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(("seconds", "settles"), [(19, False), (20, True), (60, True)])
def test_a_real_talk_settles_what_he_was_to_be_called_for(seconds: float, settles: bool):
    world = clinic()
    keys = [opened(world, number, kind=kind) for number, kind in ((5, "callback"), (6, "callback"))]
    ended = Ended(world).play(talk("+79990000005", seconds))
    assert (world.get(Request, keys[0]) is None) is settles
    assert world.get(Request, keys[1]) is not None
    if settles:
        done = ended.requests[keys[0]]
        assert (done.status, done.outcome) == ("done", "reached_by_call")


def test_who_talked_with_him_finishes_what_he_had_of_him():
    world = clinic()
    key = opened(world, 5, kind="callback")
    do(world, ev.TakeAsked, 12, request=key)
    ended = Ended(world).play(talk("+79990000005", 60))
    assert (ended.requests[key].status, ended.requests[key].outcome) == ("wrap_up", "reached_by_call")
    assert offer(world, key).state == "wrapping"  # type: ignore[union-attr]
    fire(world, f"wrap_up:{key}", 120)
    assert world.get(Request, key) is None
    assert not list(world.all(Offer))


def test_what_came_after_the_talk_is_not_settled_by_it():
    world = clinic()
    facts = talk("+79990000005", 60)
    Ended(world).play(facts[:-4])
    key = opened(world, 5, 1000, kind="callback")
    Ended(world).play(facts[-4:])
    assert world.get(Request, key) is not None


def test_who_talked_with_him_last_is_asked_first():
    world = clinic()
    ended = Ended(world).play([patient(0), ev.ContactFound(
        at=at(0.1), phone=PATIENT, contact="k1", earlier=3, last_operator="ivanov"
    ), joins(1), gone(9, 1)])
    assert (ended.request().kind, ended.request().preferred) == ("missed_call", "ivanov")
