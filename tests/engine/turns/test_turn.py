"""Turns are taken back from the last step to the first."""

from __future__ import annotations

from dataclasses import replace

from engine.events import HangUpAsked
from engine.store.batch import Batch, Poisoned
from engine.turns.turn import Step, Turn, take_back
from engine.world import Call, Counter, Drop, Leg, Put, World
from okno import clock
from tests.engine.rig import note


def step(world: World, *changes: Put | Drop) -> Step:
    """A step that makes these changes one by one, as events that come round the loop do."""
    made = Step(note())
    for change in changes:
        made.took([change], world.apply([change]), ())
    return made


def test_taken_back_the_world_is_as_it_was() -> None:
    world = World([Counter(key="a", value=1)])
    first, second = Turn(clock.now(), 0.0), Turn(clock.now(), 0.0)
    first.add(step(world, Put(Counter(key="a", value=2)), Put(Counter(key="a", value=3)), Put(Counter(key="b"))))
    second.add(step(world, Drop(Counter, "a"), Put(Counter(key="b", value=9))))
    second.add(step(world, Drop(Counter, "b")))
    assert list(world.all(Counter)) == []
    taken = take_back(world, [first, second])
    assert list(world.all(Counter)) == [Counter(key="a", value=1)]
    assert len(taken) == 3


def test_a_call_that_lost_a_leg_is_noted() -> None:
    """Only what was there before tells it: the rows of the legs that went must go too."""
    now = clock.now()
    legs = tuple(Leg(operator=name, channel=name, rang_at=now) for name in ("a", "b"))
    call = Call(key="c", pbx="main", direction="inbound", channel="1", started_at=now, legs=legs)
    world, turn = World([call]), Turn(now, 0.0)
    turn.add(step(world, Put(replace(call, phase="talking"))))
    assert turn.batch.shrunk == set()
    turn.add(step(world, Put(replace(call, legs=legs[:1]))))
    assert turn.batch.shrunk == {"c"}


def test_a_batch_keeps_the_last_state_and_whether_it_left() -> None:
    batch = Batch()
    batch.add([Put(Counter(key="a", value=1)), Put(Counter(key="a", value=2)), Drop(Counter, "b")], ())
    assert batch.puts[Counter, "a"] == (Counter(key="a", value=2), True) and batch.drops == {(Counter, "b")}
    batch.add([Drop(Counter, "a"), Put(Counter(key="b", value=3))], ())
    assert batch.puts[Counter, "a"][1] is False and batch.puts[Counter, "b"][1] is True
    assert not batch.drops and len(batch) == 2


def test_an_order_about_a_phone_is_owed_no_answer_by_its_turn() -> None:
    """The PBX's events show later what came of it; one that was given up is answered at once."""
    turn, asked = Turn(clock.now(), 0.0), HangUpAsked(at=clock.now(), command="c", actor="a", role="operator", call="x")
    turn.add(Step(note()))
    turn.add(Step(asked))
    assert [type(one).__name__ for one in turn.owed] == ["NoteAsked"]
    turn.add(Step(asked, poisoned=[Poisoned("1", clock.now(), "HangUpAsked", "ValueError", "")]))
    assert [type(one).__name__ for one in turn.owed] == ["NoteAsked", "HangUpAsked"]
