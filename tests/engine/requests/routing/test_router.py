"""What is offered to whom, and when nothing is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events as ev
from engine.reducer import reduce
from engine.requests.offers.leaving import on_duty
from engine.requests.routing.eligible import candidates
from engine.requests.routing.router import AT_ONCE, CROWD, PAUSE, REST, _Hands, on_due, urgency
from engine.world import Offer, Operator, Put, Request, Timer
from tests.engine.clinic import at, clinic
from tests.engine.floor import (
    PEOPLE,
    accept,
    asked,
    change,
    come,
    fire,
    floor,
    offer,
    opened,
    play,
    queue,
    refuse,
    request,
    sweep,
)


class Nothing:
    """A world in which nothing waits, and nothing else may be looked at."""

    def get(self, kind: type, key: str) -> None:
        assert (kind, key) == (Timer, REST)

    def by(self, kind: type, field: str, value: Any) -> list[Any]:
        assert (kind, field, value) == (Request, "routed", "yes")
        return []


def test_it_costs_one_look_when_nothing_waits():
    assert list(on_due(Nothing(), ev.RoutingDue(at=at(0)))) == []  # type: ignore[arg-type]


def test_the_most_urgent_first():
    world = clinic()
    late = opened(world, 1, 10, kind="email")
    soon = opened(world, 2, 11, kind="chat")
    first = opened(world, 3, 12, kind="email", priority=9)
    come(world, "ivanov")
    change(world, "ivanov", capacity=25)
    for key in (first, soon, late):
        sweep(world, 13)
        assert asked(world, key) == "ivanov"
        change(world, "ivanov", capacity=50)
        accept(world, key, 14)
        play(world, ev.CompleteAsked(at=at(15), command=key, actor="a", role="operator", operator="ivanov", request=key))
        change(world, "ivanov", capacity=25)


@given(st.permutations(range(6)))
def test_the_place_depends_on_no_order_of_coming(order: list[int]):
    world = clinic()
    made = [
        request(world, opened(world, number, 10 + number // 2, kind=("email", "chat", "form")[number % 3]))
        for number in order
    ]
    assert [one.key for one in sorted(made, key=urgency)] == sorted(
        (one.key for one in made), key=lambda key: urgency(request(world, key))
    )


def test_who_knows_the_person_is_asked_first_and_longer():
    world = floor("orlova", "ivanov")
    change(world, "orlova", last_accepted_at=at(5))
    queue(world, "front", sticky_s=45)
    change(world, "ivanov", presence="break")
    change(world, "orlova", presence="break")
    key = opened(world, preferred="orlova")
    come(world, "ivanov")
    come(world, "orlova")
    sweep(world, 15)
    found = offer(world, key)
    assert found is not None
    assert (found.operator, found.sticky, found.expires_at) == ("orlova", True, at(60))
    refuse(world, key, 20)
    found = offer(world, key)
    assert found is not None
    assert (found.operator, found.sticky, found.expires_at) == ("ivanov", False, at(40))
    assert request(world, key).preferred == ""


@pytest.mark.parametrize("fields", [{"voice": "incall"}, {"presence": "break"}, {"page": "lost"}])
def test_who_knows_the_person_but_cannot_is_not_waited_for(fields: dict[str, Any]):
    world = floor("orlova", "ivanov")
    change(world, "orlova", **fields)
    change(world, "ivanov", presence="break")
    key = opened(world, preferred="orlova")
    come(world, "ivanov")
    sweep(world, 15)
    assert asked(world, key) == "ivanov"


def test_a_queue_without_a_sticky_step():
    world = clinic()
    queue(world, "front", sticky_s=0)
    key = opened(world, preferred="ivanov")
    come(world, "ivanov")
    sweep(world, 15)
    found = offer(world, key)
    assert found is not None
    assert (found.operator, found.sticky, found.expires_at) == ("ivanov", False, at(35))


def test_many_wait_and_capacity_is_the_bound():
    world = clinic()
    keys = [opened(world, number, 10 + number, kind="chat") for number in range(1, 12)]
    come(world, "orlova")
    come(world, "ivanov")
    sweep(world, 60)
    assert [bool(asked(world, key)) for key in keys] == [True] * 8 + [False] * 3


def test_calls_are_never_offered():
    world = floor()
    before = sweep(world, 5)
    assert before == []


states = st.fixed_dictionaries({
    "capacity": st.sampled_from([25, 100, 200]), "voice": st.sampled_from(["idle", "incall", "unknown"]),
    "presence": st.sampled_from(["available", "available", "break"]),
    "skills": st.sampled_from([(), (("english", 2),), (("english", 5),)]),
    "last_accepted_at": st.sampled_from([None, at(1), at(2)]),
})  # fmt: skip


@given(
    st.tuples(states, states, states), st.integers(0, 5),
    st.lists(st.tuples(st.sampled_from(["chat", "callback", "form"]), st.sampled_from(["", *PEOPLE]), st.booleans()), max_size=6),
)
def test_the_quick_way_asks_whom_the_plain_way_would(
    people: tuple[dict[str, Any], ...], level: int, made: list[tuple[str, str, bool]]
):
    world = floor()
    for name, fields in zip(PEOPLE, people, strict=True):
        change(world, name, **fields)
    queue(world, "front", skills=(("english", level),) if level else (), skill_relax_s=10)
    for number, (kind, preferred, refused) in enumerate(made, 1):
        left_out = {"excluded": preferred, "excluded_until": at(60)} if refused else {}
        key = opened(world, number, 10 + number, kind=kind, preferred=preferred, **left_out)
        hands = _Hands(world, at(30))
        duty = [one for one in world.all(Operator) if on_duty(one)]
        best = next(iter(candidates(world, request(world, key), duty, at(30))), None)
        assert hands.best(request(world, key)) == best
    hands = _Hands(world, at(30))  # what was found out for one request holds for the next
    for one in [one for one in world.all(Request) if one.kind != "call"]:
        duty = [operator for operator in world.all(Operator) if on_duty(operator)]
        assert hands.best(one) == next(iter(candidates(world, one, duty, at(30))), None)


def test_a_long_queue_is_worked_off_in_rounds():
    world = clinic()
    for number in range(1, AT_ONCE * 2):
        opened(world, number, 10, kind="chat")
    change(world, "ivanov", capacity=10_000)
    come(world, "ivanov")
    first = reduce(world, ev.RoutingDue(at=at(20)))
    assert ev.RoutingDue(at=at(20)) in first.again
    play(world, ev.RoutingDue(at=at(20)))
    assert not world.by(Request, "routed", "yes")


def test_when_a_crowd_waits_the_router_rests_between_runs():
    world = clinic()
    for number in range(1, CROWD + 2):
        opened(world, number, 10, kind="chat")
    play(world, ev.TimerFired(at=at(11), key=REST))
    play(world, ev.RoutingDue(at=at(20)))
    rest = world.get(Timer, REST)
    assert rest is not None and rest.due == at(20) + PAUSE
    come(world, "orlova")
    play(world, ev.RoutingDue(at=at(20)))
    assert not list(world.all(Offer))
    fire(world, REST, 20.25)
    assert {one.operator for one in world.all(Offer)} == {"orlova"} and world.get(Timer, REST) is None
    # A clock that was set back by an hour must not let anybody wait for that timer.
    come(world, "ivanov")
    world.apply([Put(Timer(key=REST, due=at(3600)))])
    play(world, ev.RoutingDue(at=at(30)))
    assert {one.operator for one in world.all(Offer)} == {"orlova", "ivanov"}
