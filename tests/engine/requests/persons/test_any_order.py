"""Whatever order the calls of a few people come in: each call is of one request, and nobody is called back twice."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.effects import FindContact
from engine.requests.persons.joins import PROMISES
from engine.world import Call, Contact, Request
from tests.engine.clinic import Ended, at, clinic
from tests.engine.requests.persons.test_joins import missed, talked

HE, SHE = "01a1fc83-0000-7000-8000-00000000000a", "01a1fc83-0000-7000-8000-00000000000b"
# He has two numbers, she one; somebody hides his.
NUMBERS = {"+79990000001": HE, "+79990000002": HE, "+79990000003": SHE}
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
calls = st.lists(
    st.tuples(st.sampled_from(["missed", "talked", "short"]), st.sampled_from([*NUMBERS, ""]), st.integers(0, 200)),
    min_size=1, max_size=7,
)  # fmt: skip


def facts(kind: str, phone: str, start: int, number: int) -> list[Any]:
    if kind == "missed":
        return missed(start, number, phone)
    return talked(start, number, 60 if kind == "talked" else 5, phone)


def told(ended: Ended, event: Any, late: set[str]) -> None:
    """Reduce an event; the store answers whose number it is, unless it is away for that number."""
    before = len(ended.said)
    ended.play([event])
    for said in ended.said[before:]:
        if isinstance(said, FindContact) and said.phone not in late:
            others = tuple(one for one, whose in NUMBERS.items() if whose == NUMBERS[said.phone] and one != said.phone)
            ended.play([ev.ContactFound(at=event.at, phone=said.phone, contact=NUMBERS[said.phone], phones=others)])


def woven(made: list[tuple[str, str, int]]) -> list[Any]:
    """The facts of all calls in the order of their time."""
    every = [fact for number, (kind, phone, start) in enumerate(made) for fact in facts(kind, phone, start, number)]
    return sorted(every, key=lambda fact: fact.at)


def each_call_of_one_request(ended: Ended) -> None:
    owned = sorted(key for request in ended.requests.values() for key in request.calls)
    assert owned == sorted(ended.calls)
    for call in ended.calls.values():
        assert call.request is not None and call.key in ended.requests[call.request].calls


@SETTINGS
@given(calls)
def test_each_call_is_of_one_request_and_each_person_waits_once(made: list[tuple[str, str, int]]) -> None:
    ended = Ended(clinic())
    for event in woven(made):
        told(ended, event, set())
        waiting = [one for one in ended.world.all(Request) if one.kind in PROMISES]
        whose = [NUMBERS[one.phone] for one in waiting]
        assert len(whose) == len(set(whose)), "somebody would be called back twice"
        assert all(one.missed >= 1 and len(one.calls) == one.missed == len(one.joined) + 1 for one in waiting)
    each_call_of_one_request(ended)
    assert not list(ended.world.all(Call))


@SETTINGS
@given(calls, st.sets(st.sampled_from([*NUMBERS])))
def test_a_store_that_is_away_costs_no_call_its_request(made: list[tuple[str, str, int]], late: set[str]) -> None:
    ended = Ended(clinic())
    for event in woven(made):
        told(ended, event, late)
        waiting = [one.phone for one in ended.world.all(Request) if one.kind in PROMISES]
        assert len(waiting) == len(set(waiting)), "a number would be called back twice"
    each_call_of_one_request(ended)


@SETTINGS
@given(calls)
def test_nobody_is_known_of_whom_nothing_is_open(made: list[tuple[str, str, int]]) -> None:
    ended = Ended(clinic())
    for event in woven(made):
        told(ended, event, set())
    for request in list(ended.world.all(Request)):
        ended.play([ev.TimerFired(at=at(5000), key=f"wrap_up:{request.key}")])
    for request in list(ended.world.all(Request)):
        ended.play([ev.CompleteAsked(at=at(6000), command=request.key, actor="boss", role="supervisor", request=request.key, outcome="asked")])
    assert not list(ended.world.all(Request)) and not list(ended.world.all(Contact))
