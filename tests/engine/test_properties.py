"""Whatever order, loss or repetition the facts come in: nothing raises, no call is lost, none is counted twice."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.ami.replay import facts
from engine.world import Call, Channel, Request
from tests.engine.calls.test_ending import TABLE
from tests.engine.clinic import Ended, at, clinic
from tests.engine.plays import shifted, snapshot, truth
from tests.engine.recordings import RECORDINGS, REPLAYS, plain, same, shaken, told
from tests.engine.recordings import clinic as hospital

PLAYS: list[tuple[Callable[[], Any], tuple[Any, ...]]] = list(TABLE)
play_numbers = st.lists(st.integers(0, len(PLAYS) - 1), min_size=1, max_size=5)
# There are a hundred recordings: few examples of each are many of all.
FEW = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def facts_of(numbers: list[int]) -> list[list[Any]]:
    """The facts of these plays, side by side."""
    return [[shifted(fact, copy) for fact in PLAYS[number][0]()] for copy, number in enumerate(numbers)]


def woven(draw: Any, streams: list[list[Any]]) -> list[Any]:
    """Any interleaving that keeps each play's own order."""
    order = draw(st.permutations([copy for copy, facts in enumerate(streams) for _ in facts]))
    iterators = [iter(facts) for facts in streams]
    return [next(iterators[copy]) for copy in order]


def external(ended: Ended) -> list[Call]:
    """The calls with a patient in them."""
    return [call for call in ended.calls.values() if call.direction != "internal"]


def one_request_each(ended: Ended) -> None:
    """P1, as far as the rooms can keep it."""
    owned = [key for request in ended.requests.values() for key in request.calls]
    assert sorted(owned) == sorted(call.key for call in external(ended))
    numbers = [request.number for request in ended.requests.values()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


@QUICK
@given(st.data())
def test_calls_side_by_side_do_not_touch(data: st.DataObject):
    numbers = data.draw(play_numbers)
    ended = Ended(clinic()).play(woven(data.draw, facts_of(numbers)))
    got = sorted((call.result, call.wait_s, call.talk_s) for call in ended.calls.values())
    assert got == sorted((said[0], said[2], said[3]) for _, said in (PLAYS[number] for number in numbers))
    one_request_each(ended)
    assert not list(ended.world.all(Call))


@QUICK
@given(st.data())
def test_chaos_never_raises_and_a_snapshot_heals(data: st.DataObject):
    facts = [fact for stream in facts_of(data.draw(play_numbers)) for fact in stream]
    broken = data.draw(st.lists(st.sampled_from(facts), max_size=2 * len(facts)))
    ended = Ended(clinic()).play(broken)
    one_request_each(ended)
    ended.play([snapshot({}, at(200), gap_from=at(150))])
    one_request_each(ended)
    assert not list(ended.world.all(Call))
    assert all(call.result != "in_progress" for call in ended.calls.values())
    assert not [one for one in ended.world.all(Channel) if one.gone_at is None]


@QUICK
@given(st.data())
def test_a_gap_at_any_point_converges(data: st.DataObject):
    facts = woven(data.draw, facts_of(data.draw(play_numbers)))
    heard = data.draw(st.integers(0, len(facts)))
    taken = data.draw(st.integers(heard, len(facts)))
    buffered = data.draw(st.integers(heard, taken))  # the facts that are older than the list and come after it
    last = facts[heard - 1].at if heard else None
    now = max([fact.at for fact in facts[:taken]], default=at(0))
    whole = Ended(clinic()).play(facts)
    ended = Ended(clinic()).play(facts[:heard])
    ended.play([snapshot(truth(facts[:taken]), now, gap_from=last), *facts[buffered:]])
    one_request_each(ended)
    assert not list(ended.world.all(Call))
    assert all(call.result not in ("in_progress", "lost_by_pbx") for call in ended.calls.values())
    heard_of = {fact.uniqueid for fact in [*facts[:heard], *facts[buffered:]] if hasattr(fact, "uniqueid")}
    heard_of |= set(truth(facts[:taken]))
    for key, call in whole.calls.items():
        if call.channel in heard_of and call.direction == "inbound" and _born_in(call, facts[:heard], facts[buffered:]):
            assert key in ended.calls
    assert set(ended.calls) <= set(whole.calls)


def _born_in(call: Call, *parts: list[Any]) -> bool:
    made = [fact for part in parts for fact in part if isinstance(fact, ev.ChannelCreated)]
    return any(fact.uniqueid == call.channel for fact in made)


@QUICK
@given(st.data())
def test_a_snapshot_of_what_is_known_changes_nothing_that_matters(data: st.DataObject):
    facts = woven(data.draw, facts_of(data.draw(play_numbers)))
    cut = data.draw(st.integers(0, len(facts)))
    now = max([fact.at for fact in facts[:cut]], default=at(0))
    again = facts[data.draw(st.integers(0, cut)) : cut]
    plain = Ended(clinic()).play(facts)
    ended = Ended(clinic()).play([*facts[:cut], snapshot(truth(facts[:cut]), now, gap_from=now), *again, *facts[cut:]])
    assert {key: (call.result, call.talk_s, len(call.legs)) for key, call in ended.calls.items()} == {
        key: (call.result, call.talk_s, len(call.legs)) for key, call in plain.calls.items()
    }
    one_request_each(ended)


@QUICK
@given(st.data())
def test_open_requests_have_open_ends(data: st.DataObject):
    """Every request is done, or waits for somebody, when all calls are over and all timers have fired."""
    ended = Ended(clinic()).play(woven(data.draw, facts_of(data.draw(play_numbers))))
    for request in list(ended.world.all(Request)):
        ended.play([ev.TimerFired(at=at(1000), key=f"wrap_up:{request.key}")])
    left = list(ended.world.all(Request))
    assert all(request.kind == "missed_call" and request.status == "queued" for request in left)


@pytest.mark.parametrize("name", RECORDINGS)
@FEW
@given(sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=30))
def test_any_chunking_of_the_bytes_gives_the_same_facts(name: str, sizes: list[int]):
    assert tuple(facts(REPLAYS / f"{name}.ami", chunking=sizes)) == told(name)


@pytest.mark.parametrize("name", RECORDINGS)
@FEW
@given(seed=st.integers(0, 10**6))
def test_any_order_that_asterisk_may_tell_gives_the_same_calls(name: str, seed: int):
    assert same(Ended(hospital()).play(shaken(told(name), seed)).calls, plain(name))


@pytest.mark.parametrize("name", RECORDINGS)
@FEW
@given(data=st.data())
def test_a_cut_and_a_resync_at_any_point_give_the_same_calls(name: str, data: st.DataObject):
    """The list is as old as the last fact heard, or the buffered facts are a little older than the list."""
    recorded = told(name)
    cut = data.draw(st.integers(1, len(recorded)))
    older = recorded[data.draw(st.integers(max(0, cut - 10), cut)) : cut]
    listed = snapshot(truth(recorded[:cut]), recorded[cut - 1].at, gap_from=recorded[cut - 1].at, pbx="replay")
    assert same(Ended(hospital()).play([*recorded[:cut], listed, *older, *recorded[cut:]]).calls, plain(name))


@pytest.mark.parametrize("name", RECORDINGS)
@FEW
@given(data=st.data())
def test_facts_lost_in_a_gap_lose_no_call_that_was_heard_of(name: str, data: st.DataObject):
    recorded = told(name)
    heard = data.draw(st.integers(1, len(recorded)))
    taken = data.draw(st.integers(heard, len(recorded)))
    now, last = recorded[taken - 1].at, recorded[heard - 1].at
    before = Ended(hospital()).play(recorded[:heard])
    known = set(before.calls)
    after = before.play([snapshot(truth(recorded[:taken]), now, gap_from=last, pbx="replay"), *recorded[taken:]])
    assert not list(after.world.all(Call))
    assert all(call.result not in ("in_progress", "lost_by_pbx") for call in after.calls.values())
    assert known <= set(after.calls)
    one_request_each(after)
