"""What a mended call means for its request: the table of what was believed, what is true, and who works on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import FindContact, PauseMember
from engine.world import Call, Callback, Operator, Put, Request, Timer
from tests.engine.clinic import (
    ORLOVA,
    PATIENT,
    abandons,
    agent,
    at,
    dialled,
    dials,
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
from tests.engine.floor import do, floor, offer, opened, request
from tests.engine.mending import Live, told_by
from tests.engine.playbook import perform

LATER = at(3_600)
FRONT_DUE_S = 600


def answered(queue: str = "front") -> list[Any]:
    """A patient waits, Orlova answers, they talk for twenty seconds, the patient hangs up."""
    line = {"front": "73430000001", "back": "73430000002"}[queue]
    return [
        patient(0, exten=line), joins(1, queue=queue), *rings(2, queue=queue), dialled(4, 1, 2, "ANSWER"),
        left(4, queue=queue), agent(ev.AgentConnected, 4, 2, queue=queue), enters(4, 1), enters(4, 2),
        wants(24, 1), leaves(24, 1), leaves(24, 2), gone(24, 2), gone(24, 1),
    ]  # fmt: skip


def abandoned() -> list[Any]:
    """A patient waits in vain and leaves."""
    return [patient(0), joins(1), wants(9, 1), abandons(9), left(9), gone(9, 1)]


def outbound() -> list[Any]:
    """Orlova calls a patient who does not lift."""
    phone, trunk = new(0, 1, ORLOVA, exten="89990000001"), new(1, 2, "PJSIP/trunk-00000009", root=1)
    return [
        phone, trunk, dials(1, 1, 2, "PJSIP/trunk-00000009"), state(2, 2, 5), wants(20, 1),
        dialled(20, 1, 2, "CANCEL"), gone(20, 2), gone(20, 1),
    ]  # fmt: skip


def told(facts: list[Any], **more: Any) -> Call:
    """The journal's account of the only call."""
    (call,) = told_by(facts)
    return replace(call, **more)


def whats(live: Live) -> list[str]:
    """The lines of history, by their kind."""
    return [entry.what for entry in live.lines]


def take(live: Live, **more: Any) -> None:
    """Orlova takes the request by hand."""
    asked = ev.TakeAsked(
        at=at(60), command="c1", actor="anna", role="operator", operator="orlova", request=live.request().key, **more
    )
    live.play([asked])


def complete(live: Live, outcome: str) -> None:
    """Orlova closes the request."""
    live.play([ev.CompleteAsked(
        at=at(90), command="c2", actor="anna", role="operator", operator="orlova", request=live.request().key,
        outcome=outcome,
    )])  # fmt: skip


def test_a_missing_answered_call_is_work_done() -> None:
    live = Live()
    live.tell([told(answered())], LATER)
    request = live.request()
    assert (request.kind, request.status, request.owner, request.outcome) == ("call", "done", "orlova", "")
    assert (request.created_at, request.first_response_at, request.closed_at) == (at(0), at(4), at(24))
    assert live.world.get(Request, request.key) is None and not list(live.world.all(Timer))
    assert whats(live) == ["opened", "answered", "done"]
    assert live.call().request == request.key
    assert not any(isinstance(one, PauseMember) for one in live.said)


def test_a_missing_unanswered_call_is_to_be_returned() -> None:
    live = Live()
    live.tell([told(abandoned())], LATER)
    request = live.request()
    assert (request.kind, request.status, request.owner, request.queue) == ("missed_call", "queued", None, "front")
    assert request.due_at == at(9 + FRONT_DUE_S) and request.priority == 5
    assert live.world.get(Request, request.key) == request
    assert FindContact(phone=PATIENT) in live.said
    assert whats(live) == ["opened", "missed"]


def test_a_contact_found_with_the_look_up_is_kept() -> None:
    live = Live()
    live.tell([told(abandoned(), contact="c")], LATER)
    assert (live.request().contact, live.call().contact) == ("c", "c")
    assert not any(isinstance(one, FindContact) for one in live.said)


@pytest.mark.parametrize(
    ("call", "status", "outcome"),
    [
        (told(abandoned(), phone="", anonymous=True), "done", "no_number"),
        (told(abandoned(), result="self_service"), "done", "self_service"),
        (told(abandoned(), result="out_of_hours"), "queued", ""),
        (told(abandoned(), result="lost_by_pbx"), "queued", ""),
        (told(outbound()), "done", "not_reached"),
        (told(outbound(), result="lost_by_pbx"), "queued", ""),
    ],
)
def test_a_missing_call_ends_as_a_live_one(call: Call, status: str, outcome: str) -> None:
    live = Live()
    live.tell([call], LATER)
    assert (live.request().status, live.request().outcome) == (status, outcome)


def test_an_outbound_call_has_its_maker() -> None:
    live = Live()
    live.tell([told(outbound())], LATER)
    assert live.request().owner == "orlova" and live.request().queue == "front"


def test_an_open_call_that_was_abandoned_is_a_missed_one() -> None:
    live = Live().play(abandoned()[:2])
    live.tell([told(abandoned())], LATER)
    assert (live.request().kind, live.request().due_at) == ("missed_call", at(9 + FRONT_DUE_S))


def promised_in_the_queue(facts: list[Any]) -> Live:
    """He was promised a call while he waited; then nobody saw how he went."""
    live = Live().play(abandoned()[:2])
    call = next(iter(live.world.all(Call)))
    live.play([ev.CallbackWanted(
        at=at(5), key="01a1fc83-0000-7000-8000-0000000000aa", origin="queue", phone=PATIENT, call=call.key, queue="front",
    )])  # fmt: skip
    live.tell([told(facts)], at(40))
    return live


@pytest.mark.parametrize("served", [True, False])
def test_a_promise_made_in_the_queue_outlives_a_gap_in_which_he_went(served: bool) -> None:
    went = abandoned()
    if served:
        went = [*went[:2], ev.SelfServed(at=at(8), pbx=went[0].pbx, uniqueid=went[0].uniqueid), wants(9, 1), gone(9, 1)]
    live = promised_in_the_queue(went)
    (kept,) = live.world.all(Request)
    assert (kept.kind, kept.status, kept.queued_at) == ("callback", "queued", at(1))
    assert live.world.get(Callback, kept.key) is not None and not list(live.world.all(Call))
    assert whats(live)[-1] == "repaired"


def test_a_promise_is_over_with_a_talk_nobody_saw() -> None:
    live = promised_in_the_queue(answered())
    assert not list(live.world.all(Request)) and not list(live.world.all(Callback))


def test_a_message_that_came_before_the_end_of_its_call_is_a_voicemail() -> None:
    live = Live().play(abandoned()[:2])
    call = next(iter(live.world.all(Call)))
    live.play([ev.VoicemailLeft(
        at=at(20), call=call.key, recording="01a1fc83-0000-7000-8000-0000000000ab", left_at=at(8), seconds=5,
        phone=PATIENT, queue="front", request=call.request,
    )])  # fmt: skip
    live.tell([told(abandoned(), result="voicemail", voicemail=True)], at(40))
    assert (live.request().kind, live.request().status, live.request().queued_at) == ("voicemail", "queued", at(9))


def test_who_talked_keeps_what_is_left_of_his_wrap_up() -> None:
    live = Live().play(answered()[:-5])
    live.tell([told(answered())], at(34))
    request = live.request()
    assert (request.status, request.owner) == ("wrap_up", "orlova")
    (timer,) = live.world.all(Timer)
    assert timer.due == at(54)
    assert not any(isinstance(one, PauseMember) for one in live.said)
    live.play([ev.TimerFired(at=at(54), key=timer.key)])
    assert live.request().status == "done"


def test_a_wrap_up_that_is_long_over_is_not_begun() -> None:
    live = Live().play(answered()[:-5])
    live.tell([told(answered())], LATER)
    assert (live.request().status, live.request().closed_at) == ("done", at(24))


def test_an_open_call_answered_in_the_gap_is_work_done() -> None:
    live = Live().play(answered()[:2])
    live.tell([told(answered())], at(30))
    assert (live.request().status, live.request().owner) == ("done", "orlova")
    assert whats(live)[-2:] == ["answered", "done"]


def test_a_request_closed_while_the_call_went_on_stays_closed() -> None:
    live = Live().play(answered()[:-5])
    complete(live, "booked")
    before = live.request()
    live.tell([told(answered())], LATER)
    assert live.request() == before and before.outcome == "booked"


def believed_missed() -> Live:
    """A call that was answered, of which we saw only that it came and was over."""
    return Live().play([*answered()[:2], *answered()[-5:-4], *answered()[-1:]])


def test_an_untouched_missed_call_that_was_answered_is_closed() -> None:
    live = believed_missed()
    assert live.request().kind == "missed_call"
    live.tell([told(answered())], LATER)
    request = live.request()
    assert (request.kind, request.status, request.owner, request.due_at) == ("call", "done", "orlova", None)
    assert whats(live)[-2:] == ["repaired", "done"]


def test_a_talk_that_seemed_cut_off_by_the_pbx_and_was_not_is_closed() -> None:
    """We saw the operator answer; then link and Asterisk died, and only the journal knows that the talk had ended."""
    live = Live().play(answered()[:-5])
    live.play([ev.PbxStarted(at=at(23), pbx="main")])
    assert live.request().kind == "missed_call" and live.request().first_response_at == at(4)
    live.tell([told(answered())], LATER)
    request = live.request()
    assert (request.kind, request.status, request.owner) == ("call", "done", "orlova")


def test_a_missed_call_somebody_works_on_is_never_closed() -> None:
    live = believed_missed()
    take(live)
    live.tell([told(answered())], LATER)
    request = live.request()
    assert (request.status, request.owner) == ("in_progress", "orlova")
    assert live.world.get(Request, request.key) == request
    assert whats(live)[-1] == "repaired"


def test_a_missed_call_put_aside_by_a_person_is_never_closed() -> None:
    live = believed_missed()
    take(live)
    live.play([ev.PostponeAsked(
        at=at(70), command="c3", actor="anna", role="operator", operator="orlova", request=live.request().key,
        until=at(9_000),
    )])  # fmt: skip
    live.tell([told(answered())], LATER)
    assert live.request().status == "postponed"


def wrong(**more: Any) -> Call:
    """The journal's account of a call we believed answered: nobody talked to the caller."""
    true = told(abandoned(), **more)
    return replace(true, key=told(answered()).key)


def test_a_call_nobody_answered_opens_its_missed_call() -> None:
    live = Live().play(answered("back"))
    assert live.request().status == "done"
    number = live.request().number
    live.tell([wrong()], LATER)
    request = live.request()
    assert (request.kind, request.status, request.owner, request.closed_at) == ("missed_call", "queued", None, None)
    assert (request.number, request.due_at) == (number, at(9 + FRONT_DUE_S))
    assert live.world.get(Request, request.key) == request
    assert FindContact(phone=PATIENT) in live.said and whats(live)[-2:] == ["repaired", "missed"]


def test_what_a_person_closed_stays_closed() -> None:
    live = Live().play(answered())
    complete(live, "booked")
    live.tell([wrong()], LATER)
    assert (live.request().status, live.request().outcome) == ("done", "booked")


def test_a_wrap_up_of_nothing_becomes_the_missed_call() -> None:
    live = Live().play(answered())
    assert live.request().status == "wrap_up"
    live.tell([wrong()], at(40))
    request = live.request()
    assert (request.kind, request.status, request.owner) == ("missed_call", "queued", None)
    assert not list(live.world.all(Timer))
    assert not any(one.wrap_up for one in live.world.all(Operator))


def test_who_works_on_it_sees_that_it_is_a_missed_call() -> None:
    live = Live().play(abandoned())
    take(live)
    live.tell([told(abandoned(), result="failed")], LATER)
    assert (live.request().kind, live.request().status, live.request().owner) == ("missed_call", "in_progress", "orlova")


def test_another_unanswered_end_changes_no_request() -> None:
    live = Live().play(abandoned())
    before = live.request()
    live.tell([told(abandoned(), result="unanswered")], LATER)
    assert live.request() == before and live.call().result == "unanswered"


def test_internal_calls_have_no_request() -> None:
    live = Live()
    live.tell([told(answered(), direction="internal")], LATER)
    assert not live.requests and live.call().request is None


@pytest.mark.parametrize(("result", "status"), [("unanswered", "in_progress"), ("answered", "wrap_up")])
@pytest.mark.parametrize("kind", ["open", "differs"])
def test_a_mended_call_that_was_made_for_a_request_closes_nobodys_work(result: Any, status: str, kind: Any):
    world = floor("orlova")
    key = opened(world, kind="callback")
    assert do(world, ev.TakeAsked, 12, request=key).ok
    began = Call(
        key="01a1fde9-0000-7000-8000-000000000001", pbx="main", direction="outbound", channel="1.1", request=key,
        started_at=at(20), phone="+79990000001",
    )  # fmt: skip
    call = replace(began, result=result, phase="ended", ended_at=at(30))
    world.apply([Put(call)])
    perform(world, ev.CallRepaired(at=at(40), call=call, was=began, kind=kind))
    found = request(world, key)
    assert (found.status, found.owner) == (status if kind == "open" else "in_progress", "orlova")
    assert offer(world, key) is not None
