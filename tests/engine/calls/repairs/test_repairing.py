"""The journal's word: what is missing is made, what is open closed, what differs mended; once, whatever was lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.calls.naming import call_id
from engine.calls.repairs.comparing import differences
from engine.calls.repairs.repairing import STRANGER, mended
from engine.effects import Alarm, PauseMember, ShowRing
from engine.world import Call, Channel, Operator
from tests.engine.calls.test_ending import TABLE
from tests.engine.clinic import PBX, at, clinic, play
from tests.engine.mending import Live, told_by
from tests.engine.plays import shifted
from tests.engine.test_properties import external, one_request_each

PLAYS: list[tuple[Callable[[], Any], tuple[Any, ...]]] = list(TABLE)
FACTS = [list(make()) for make, _ in PLAYS]
LATER = at(10_000)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def end_of(facts: list[Any]) -> Any:
    """A moment after which the live stream has had its time."""
    return max(fact.at for fact in facts) + (at(6) - at(0))


@pytest.mark.parametrize("facts", FACTS, ids=range(len(FACTS)))
def test_what_the_live_stream_told_too_changes_nothing(facts: list[Any]) -> None:
    live = Live().play(facts)
    calls, requests, said = dict(live.calls), dict(live.requests), len(live.said)
    assert live.tell(told_by(facts), end_of(facts)) == []
    assert (live.calls, live.requests) == (calls, requests)
    assert not any(isinstance(one, ev.CallRepaired) for one in live.said[said:])


@pytest.mark.parametrize("facts", FACTS, ids=range(len(FACTS)))
def test_what_nobody_saw_is_made_with_its_request(facts: list[Any]) -> None:
    live = Live()
    told = told_by(facts)
    assert [repair.kind for repair in live.tell(told, LATER)] == ["missing"] * len(told)
    assert not any(isinstance(one, ShowRing | PauseMember) for one in live.said)
    for call in told:
        assert replace(live.calls[call.key], request=None) == call
    one_request_each(live)
    assert not list(live.world.all(Call))
    assert live.tell(told, LATER) == []


@QUICK
@given(st.data())
def test_any_damage_is_mended_and_makes_one_request(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(FACTS) - 1), min_size=1, max_size=3))
    facts = [shifted(fact, copy) for copy, number in enumerate(chosen) for fact in FACTS[number]]
    kept = data.draw(st.lists(st.booleans(), min_size=len(facts), max_size=len(facts)))
    told = told_by(facts)
    live = Live().play([fact for fact, keep in zip(facts, kept, strict=True) if keep])
    live.tell(told, end_of(facts))
    for call in told:
        assert differences(call, live.calls[call.key]) == ()
        assert live.world.get(Call, call.key) is None
    one_request_each(live)
    requests, calls = dict(live.requests), dict(live.calls)
    assert live.tell(told, LATER) == []
    assert (live.requests, live.calls) == (requests, calls)
    late = data.draw(st.lists(st.sampled_from(facts), max_size=len(facts)))
    live.play(late)
    assert all(live.world.get(Call, call.key) is None for call in told), "a late fact opened a mended call anew"


def test_a_lagging_stream_has_five_seconds() -> None:
    facts = FACTS[0]
    live, told = Live().play(facts[:-1]), told_by(facts)
    assert told[0].ended_at is not None
    outcome = play(live.world, [ev.JournalTold(at=told[0].ended_at, pbx=PBX, calls=told)])
    assert [type(one).__name__ for one in outcome] == ["LookUpCalls"]
    assert live.world.get(Call, told[0].key) is not None
    live.play(facts[-1:])
    assert live.tell(told, LATER) == []


def test_without_a_link_nothing_is_waited_for() -> None:
    facts = FACTS[0]
    live, told = Live().play(facts[:-1]), told_by(facts)
    live.play([ev.PbxLinkChanged(at=told[0].ended_at, pbx=PBX, state="down")])  # type: ignore[arg-type]
    assert [repair.kind for repair in live.tell(told, told[0].ended_at)] == ["open"]  # type: ignore[arg-type]


def test_a_gap_in_the_link_excuses_a_difference() -> None:
    facts = FACTS[0]
    told = tuple(replace(call, result="failed") for call in told_by(facts))
    live = Live().play(facts)
    assert [(one.kind, one.fields) for one in live.tell(told, LATER)] == [("differs", ("result",))]
    live = Live().play([*facts[:3], ev.PbxLinkChanged(at=at(1), pbx=PBX, state="down")])
    live.play([ev.PbxLinkChanged(at=at(1.5), pbx=PBX, state="live"), *facts[3:]])
    assert [one.kind for one in live.tell(told, LATER)] == ["gap"]


def test_two_pbxs_of_one_id_are_never_merged() -> None:
    facts = FACTS[0]
    live, told = Live().play(facts), told_by(facts)
    calls = dict(live.calls)
    stranger = tuple(replace(call, pbx="branch", channel="9.9", result="failed") for call in told)
    assert live.tell(stranger, LATER, pbx="branch") == []
    assert live.tell(stranger, LATER, pbx=PBX) == []
    live.play(facts[:1] if not live.calls else [])
    assert live.calls == calls
    assert live.said[-1] == Alarm(what=STRANGER, about=told[0].key)
    open_one = Live().play(facts[:-1])
    assert open_one.tell(stranger, LATER, pbx="branch") == []
    assert open_one.world.get(Call, told[0].key) is not None


def test_equal_uniqueids_of_two_pbxs_are_two_calls() -> None:
    world = clinic()
    play(world, [replace(ev.PbxLinkChanged(at=at(0), pbx="branch", state="live"))])
    here = told_by(FACTS[0])
    there = tuple(replace(call, pbx="branch", key=_other(call)) for call in here)
    live = Live(world)
    live.tell(here, LATER)
    live.tell(there, LATER, pbx="branch")
    assert {call.pbx for call in live.calls.values()} == {PBX, "branch"}
    assert len(external(live)) == 2
    one_request_each(live)


def _other(call: Call) -> str:
    return call_id("branch", call.channel)


def test_the_channel_of_a_mended_call_is_known_to_be_gone() -> None:
    told = told_by(FACTS[0])
    live = Live()
    live.tell(told, at(20))
    known = live.world.get(Channel, told[0].channel_key)
    assert known is not None and known.gone_at == at(20)
    old = Live()
    old.tell(told, LATER)
    assert old.world.get(Channel, told[0].channel_key) is None  # no fact is that late


def test_nobody_stays_in_a_call_that_is_over() -> None:
    facts = next(facts for facts, (_, said) in zip(FACTS, PLAYS, strict=True) if said[0] == "answered")
    met = next(place for place, fact in enumerate(facts) if isinstance(fact, ev.BridgeLeft | ev.HangupRequested))
    live = Live().play(facts[:met])
    assert any(one.call for one in live.world.all(Operator))
    live.tell(told_by(facts), LATER)
    assert not any(one.call for one in live.world.all(Operator))


def test_what_only_we_know_stays() -> None:
    (told,) = told_by(FACTS[0])
    ours = replace(
        told, request="r", contact="c", caller_name="Anna", source="site", dialled="1", aliases=("x",), result="failed"
    )
    now = mended(replace(told, caller_name="", source="", dialled=""), ours)
    assert (now.request, now.contact, now.caller_name, now.source, now.dialled) == ("r", "c", "Anna", "site", "1")
    assert now.result == told.result and set(now.aliases) == {"x", *told.aliases}
