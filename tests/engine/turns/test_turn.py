"""Turns are taken back from the last step to the first."""

from __future__ import annotations

from engine.store.batch import Batch
from engine.turns.turn import Step, Turn, take_back
from engine.world import Counter, Drop, Put, World
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


def test_a_batch_keeps_the_last_state_and_whether_it_left() -> None:
    batch = Batch()
    batch.add([Put(Counter(key="a", value=1)), Put(Counter(key="a", value=2)), Drop(Counter, "b")], ())
    assert batch.puts[Counter, "a"] == (Counter(key="a", value=2), True) and batch.drops == {(Counter, "b")}
    batch.add([Drop(Counter, "a"), Put(Counter(key="b", value=3))], ())
    assert batch.puts[Counter, "a"][1] is False and batch.puts[Counter, "b"][1] is True
    assert not batch.drops and len(batch) == 2
