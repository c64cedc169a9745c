"""What is offered to whom, and when nothing is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events as ev
from engine.requests.routing.router import on_due, urgency
from engine.world import Request
from tests.engine.clinic import at, clinic
from tests.engine.floor import (
    accept,
    asked,
    change,
    come,
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
