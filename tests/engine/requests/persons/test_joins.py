"""The joining rules: who misses us again is to be called back once, and a talk settles it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.requests.of_calls import REACHED
from engine.world import Append, Call, Contact, HistoryEntry, Put, Request
from tests.engine.clinic import (
    PATIENT,
    Ended,
    abandons,
    answers,
    at,
    clinic,
    ends,
    exits,
    gone,
    joins,
    left,
    patient,
    rings,
    wants,
)
from tests.engine.floor import do, opened
from tests.engine.playbook import perform
from tests.engine.plays import shifted

OTHER = "+79990000002"
HIM = "01a1fc83-0000-7000-8000-00000000000a"


def missed(s: float, number: int = 0, phone: str = PATIENT) -> list[Any]:
    """He waits nine seconds and hangs up; `number` keeps the channels of several calls apart."""
    facts = [patient(s, number=phone), joins(s + 1), wants(s + 10, 1), abandons(s + 10), gone(s + 10, 1)]
    return [shifted(fact, number) for fact in facts]


def talked(s: float, number: int, seconds: float = 60, phone: str = PATIENT) -> list[Any]:
    """He is answered and talks."""
    facts = [patient(s, number=phone), joins(s + 1), *rings(s + 2), *answers(s + 4), *ends(s + 4 + seconds, 1, 2)]
    return [shifted(fact, number) for fact in facts]


def waiting(ended: Ended) -> list[Request]:
    """What waits to be called back, the oldest first."""
    found = [one for one in ended.world.all(Request) if one.status in ("queued", "offered", "postponed", "in_progress")]
    return sorted(found, key=lambda one: one.created_at)


def his(ended: Ended, *phones: str, name: str = HIM) -> None:
    """The store says of these numbers whose they are."""
    for phone in phones:
        others = tuple(sorted({*phones} - {phone}))
        ended.play([ev.ContactFound(at=at(0), phone=phone, contact=name, phones=others)])


def lines(ended: Ended, *events: Any) -> list[HistoryEntry]:
    """The lines of history these events leave."""
    return [
        one.entry for event in events for outcome in perform(ended.world, event) for one in outcome.changes
        if isinstance(one, Append)
    ]  # fmt: skip


def test_a_missed_call_opens_a_request_and_the_next_one_joins_it_and_rises() -> None:
    ended = Ended(clinic()).play(missed(0))
    (first,) = waiting(ended)
    assert (first.kind, first.missed, first.joined, first.priority, len(first.calls)) == ("missed_call", 1, (), 5, 1)
    ended.play(missed(100, 1))
    (again,) = waiting(ended)
    assert again.key == first.key
    assert (again.missed, len(again.calls), again.priority, again.due_at) == (2, 2, 15, first.due_at)
    assert again.version > first.version and again.queued_at == first.queued_at
    (own,) = [one for one in ended.requests.values() if one.key != first.key]
    assert again.joined == (own.key,)
    assert (own.status, own.outcome, own.calls, own.closed_at) == ("cancelled", "joined", (), at(110))
    assert {call.request for call in ended.calls.values()} == {first.key}


def test_it_rises_three_times_and_then_only_counts() -> None:
    ended = Ended(clinic())
    for number in range(6):
        ended.play(missed(100.0 * number, number))
    (request,) = waiting(ended)
    assert (request.missed, len(request.calls), len(request.joined), request.priority) == (6, 6, 5, 35)


def test_both_histories_say_so_with_the_call() -> None:
    ended = Ended(clinic()).play(missed(0))
    (first,) = waiting(ended)
    got = [(one.what, one.request == first.key, one.call is not None) for one in lines(ended, *missed(100, 1))]
    assert got[-2:] == [("joined", True, True), ("joined_away", False, True)]


def test_a_second_number_of_the_same_contact_joins_and_says_which() -> None:
    ended = Ended(clinic()).play(missed(0)[:-1])
    his(ended, PATIENT, OTHER)
    ended.play(missed(0)[-1:])
    facts = missed(100, 1, OTHER)
    ended.play(facts[:2])
    his(ended, OTHER, PATIENT)
    said = lines(ended, *facts[2:])
    (request,) = waiting(ended)
    assert (request.missed, request.phone, request.contact) == (2, PATIENT, HIM)
    assert "joined_other" in [one.what for one in said]


def test_a_number_whose_contact_is_not_known_in_time_stands_for_itself() -> None:
    ended = Ended(clinic()).play(missed(0))
    ended.play(missed(100, 1, OTHER))
    his(ended, PATIENT, OTHER)
    assert [one.phone for one in waiting(ended)] == [PATIENT, OTHER]
    # …and one talk with him settles both.
    ended.play(talked(200, 2))
    assert waiting(ended) == []


@pytest.mark.parametrize("phone", ["", "anonymous", "Unavailable"])
def test_anonymous_callers_are_counted_and_never_joined(phone: str) -> None:
    ended = Ended(clinic()).play(missed(0, phone=phone)).play(missed(100, 1, phone))
    assert waiting(ended) == []
    assert [(one.status, one.outcome, one.joined) for one in ended.requests.values()] == [("done", "no_number", ())] * 2
    assert len(ended.calls) == 2


def test_other_people_are_not_joined() -> None:
    ended = Ended(clinic()).play(missed(0)).play(missed(100, 1, OTHER))
    assert [(one.phone, one.missed) for one in waiting(ended)] == [(PATIENT, 1), (OTHER, 1)]


@pytest.mark.parametrize("phone", [PATIENT, OTHER])
def test_a_later_talk_closes_it_from_any_of_his_numbers(phone: str) -> None:
    ended = Ended(clinic()).play(missed(0)[:-1])
    his(ended, PATIENT, OTHER)
    ended.play(missed(0)[-1:])
    facts = talked(100, 1, phone=phone)
    ended.play(facts[:2])
    his(ended, phone, *({PATIENT, OTHER} - {phone}))
    ended.play(facts[2:])
    assert waiting(ended) == []
    (closed,) = [one for one in ended.requests.values() if one.kind == "missed_call"]
    assert (closed.status, closed.outcome) == ("done", REACHED)


def test_a_talk_of_a_few_seconds_settles_nothing() -> None:
    ended = Ended(clinic()).play(missed(0)).play(talked(100, 1, seconds=19))
    assert [one.kind for one in waiting(ended)] == ["missed_call"]


def test_a_promised_callback_is_joined_and_is_off_when_he_rings_first_and_is_answered() -> None:
    ended = Ended(clinic())
    key = opened(ended.world, 1, 0, kind="callback")
    ended.play(missed(100))
    (request,) = waiting(ended)
    assert (request.key, request.kind, request.missed) == (key, "callback", 1)
    ended.play(talked(200, 1))
    assert waiting(ended) == []
    assert (ended.requests[key].status, ended.requests[key].outcome) == ("done", REACHED)


def test_a_voicemail_is_joined_and_still_to_be_heard_after_a_talk() -> None:
    ended = Ended(clinic())
    key = opened(ended.world, 1, 0, kind="voicemail")
    ended.play(missed(100)).play(talked(200, 1))
    (request,) = waiting(ended)
    assert (request.key, request.kind, request.missed) == (key, "voicemail", 1)


def test_what_was_put_aside_is_wanted_now() -> None:
    ended = Ended(clinic())
    key = opened(ended.world, 1, 0, kind="callback")
    assert do(ended.world, ev.PostponeAsked, 5, by=None, role="supervisor", request=key, until=at(90000)).ok
    ended.play(missed(100))
    (request,) = waiting(ended)
    assert (request.status, request.postponed_until, request.missed) == ("queued", None, 1)
    assert request.due_at == at(110 + 600)


def test_who_has_it_in_hand_keeps_it_and_his_page_is_told() -> None:
    ended = Ended(clinic())
    key = opened(ended.world, 1, 0, kind="callback")
    assert do(ended.world, ev.TakeAsked, 5, request=key).ok
    version = next(iter(ended.world.all(Request))).version
    ended.play(missed(100))
    (request,) = waiting(ended)
    assert (request.owner, request.status, request.missed) == ("orlova", "in_progress", 1)
    assert not do(ended.world, ev.CompleteAsked, 120, request=key, outcome="asked", version=version).ok


@pytest.mark.parametrize(
    "fields",
    [{"kind": "form"}, {"source": "mis:confirm"}, {"source": "list:recall"}, {"status": "wrap_up", "owner": "orlova"}],
)
def test_what_is_another_matter_is_not_joined(fields: dict[str, Any]) -> None:
    ended = Ended(clinic())
    opened(ended.world, 1, 0, **({"kind": "callback"} | fields))
    ended.play(missed(100))
    assert [one.missed for one in waiting(ended) if one.kind == "missed_call"] == [1]


def test_what_somebody_talks_with_him_about_just_now_is_not_joined() -> None:
    ended = Ended(clinic())
    key = opened(ended.world, 1, 0, kind="callback")
    talk = Call(
        key=HIM, pbx="main", direction="outbound", channel="9.9", phone=PATIENT, started_at=at(1), answered_at=at(2),
        phase="talking", request=key,
    )  # fmt: skip
    request = next(iter(ended.world.all(Request)))
    ended.world.apply([Put(talk), Put(replace(request, status="in_progress", owner="orlova", calls=(HIM,)))])
    ended.play(missed(100))
    assert sorted((one.kind, one.missed) for one in waiting(ended)) == [("callback", 0), ("missed_call", 1)]


def test_internal_calls_make_no_request_and_join_none() -> None:
    ended = Ended(clinic()).play(missed(0))
    before = waiting(ended)
    facts = [
        ev.ChannelCreated(at=at(50), pbx="main", uniqueid="1.7", linkedid="1.7", name="PJSIP/1001-00000007", state=4,
                          number="1001", context="okno-phones", exten="1002"),
        ev.ChannelHungUp(at=at(60), pbx="main", uniqueid="1.7", linkedid="1.7", cause=16),
    ]  # fmt: skip
    ended.play(facts)
    assert waiting(ended) == before


def test_what_he_got_from_the_menu_joins_nothing() -> None:
    ended = Ended(clinic()).play(missed(0))
    facts = missed(100, 1)
    ended.play(facts[:1])
    (call,) = ended.world.all(Call)
    ended.world.apply([Put(replace(call, result="self_service", ended_at=at(110)))])
    ended.play([ev.CallEnded(at=at(110), call=call.key)])
    (request,) = waiting(ended)
    assert request.missed == 1
    assert sorted(one.outcome for one in ended.requests.values()) == ["", "self_service"]


def test_a_call_that_timed_out_in_the_queue_joins_too() -> None:
    facts = [shifted(one, 1) for one in (patient(100), joins(101), left(160), exits(160, "TIMEOUT"), gone(161, 1))]
    ended = Ended(clinic()).play(missed(0)).play(facts)
    (request,) = waiting(ended)
    assert (request.missed, len(request.calls)) == (2, 2)


def test_the_contact_stays_known_while_anything_of_his_is_open() -> None:
    ended = Ended(clinic()).play(missed(0)[:-1])
    his(ended, PATIENT, OTHER)
    ended.play(missed(0)[-1:])
    facts = talked(100, 1, seconds=5, phone=OTHER)
    ended.play(facts[:2])
    his(ended, OTHER, PATIENT)
    ended.play(facts[2:])
    known = ended.world.get(Contact, HIM)
    assert known is not None and {known.phone, *known.phones} == {PATIENT, OTHER}
    ended.play(talked(300, 2))
    for timer in [one.key for one in ended.requests.values() if one.status == "wrap_up"]:
        ended.play([ev.TimerFired(at=at(1000), key=f"wrap_up:{timer}")])
    assert ended.world.get(Contact, HIM) is None
