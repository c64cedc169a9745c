"""What an operator says of a try: a machine, another's number, reached after all."""

from typing import Any

import pytest

from engine import events as ev
from engine.world import Callback, Operator, Request, Timer, World
from engine.world.reading import SAY_S
from tests.engine.callbacks.desk import KEY, dial, fails, goes_out, last, lifts, promise, ready, request, talks
from tests.engine.clinic import at
from tests.engine.floor import do, fire, queue, quiet


def met(seconds: float = 4, **more: Any) -> World:
    """Something answered, and she hung up; she finishes it now."""
    world = ready()
    if more:
        queue(world, "front", **more)
    quiet(world, KEY, 21)
    first, _ = dial(world)
    lifts(world, first)
    goes_out(world, first)
    talks(world, first, seconds=seconds, hers=True)
    now = world.get(Request, KEY)
    assert now is None or now.status == "wrap_up"
    return world


def test_she_hung_up_at_once_and_is_asked_whether_it_was_a_machine() -> None:
    world = met()
    assert (last(world).outcome, promise(world).state) == ("suspected", "reached")
    assert do(world, ev.TriedAsked, 40, request=KEY, outcome="reached").ok  # it was he
    assert (last(world).outcome, request(world, KEY).status) == ("reached", "wrap_up")


def test_who_says_nothing_has_reached_him() -> None:
    world = met()
    fire(world, f"wrap_up:{KEY}", 90)
    assert world.get(Request, KEY) is None and world.get(Callback, KEY) is None


def test_where_nothing_is_to_be_finished_she_has_time_to_say_it_all_the_same() -> None:
    world = met(wrap_up_s=0)
    (due,) = [one.due for one in world.all(Timer) if one.key == f"wrap_up:{KEY}"]
    assert due == at(32 + SAY_S)
    orlova = world.get(Operator, "orlova")
    assert orlova is not None and "eng:acw" in orlova.pauses
    assert do(world, ev.TriedAsked, 40, request=KEY, outcome="machine").ok
    assert request(world, KEY).status == "postponed"
    orlova = world.get(Operator, "orlova")
    assert orlova is not None and "eng:acw" not in orlova.pauses


def test_a_real_talk_is_over_at_once_where_nothing_is_to_be_finished() -> None:
    world = met(seconds=25, wrap_up_s=0)
    assert world.get(Request, KEY) is None


def test_put_aside_by_hand_it_waits_again() -> None:
    world = met()
    assert do(world, ev.PostponeAsked, 40, request=KEY, until=at(4000)).ok
    assert (promise(world).state, promise(world).next_at) == ("waiting", at(4000))


def test_it_was_a_machine_and_he_is_tried_again() -> None:
    world = met()
    assert do(world, ev.TriedAsked, 40, request=KEY, outcome="machine").ok
    assert (last(world).outcome, promise(world).state, promise(world).attempt) == ("machine", "waiting", 1)
    now = request(world, KEY)
    assert (now.status, now.owner) == ("postponed", None) and now.postponed_until == promise(world).next_at


def test_the_number_is_anothers_and_nobody_is_dialled_there_again() -> None:
    world = met()
    assert do(world, ev.TriedAsked, 40, request=KEY, outcome="wrong_number").ok
    assert world.get(Request, KEY) is None and world.get(Callback, KEY) is None


def test_he_was_reached_by_some_other_way() -> None:
    world = ready()
    assert do(world, ev.TriedAsked, 40, request=KEY, outcome="reached").ok
    assert request(world, KEY).status == "wrap_up" and promise(world).state == "reached"
    fire(world, f"wrap_up:{KEY}", 90)
    assert world.get(Request, KEY) is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"by": "ivanov"}, "not_yours"), ({"outcome": "asleep"}, "bad_outcome"), ({"version": 0}, "stale"),
        ({"request": "01a1fc83-0000-7000-8000-0000000000ff"}, "not_found"),
    ],
)
def test_what_is_refused(fields: dict[str, object], why: str) -> None:
    world = met()
    answer = do(world, ev.TriedAsked, 40, **{"request": KEY, "outcome": "machine", **fields})
    assert (answer.ok, answer.why) == (False, why)
    assert last(world).outcome == "suspected"


def test_not_while_it_still_rings() -> None:
    world = ready()
    quiet(world, KEY, 21)
    first, _ = dial(world)
    lifts(world, first)
    goes_out(world, first)
    assert do(world, ev.TriedAsked, 26, request=KEY, outcome="machine").why == "call_live"
    fails(world, first, 19, "NOANSWER")
    assert at(30) < (promise(world).next_at or at(0))
