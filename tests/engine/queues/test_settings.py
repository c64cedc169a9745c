"""Queues, lines and rules of the settings."""

from dataclasses import replace

from engine.world import Line, Queue, Rules
from tests.engine.clinic import RULES, clinic, play, settings, simplest
from tests.engine.playbook import perform


def test_figures_stay_and_the_vanished_rest():
    world = clinic()
    play(world, simplest())
    loaded = settings()
    perform(
        world, replace(loaded, queues=(replace(loaded.queues[0], wrap_up_s=5),), lines=loaded.lines[:1], rules=replace(RULES, outcomes=()))
    )
    front, back = world.get(Queue, "front"), world.get(Queue, "back")
    assert front is not None
    assert back is not None
    assert (front.wrap_up_s, front.today.answered, back.active) == (5, 1, False)
    assert [line.key for line in world.all(Line)] == ["73430000001"]
    assert world.get(Rules, "rules") == replace(RULES, outcomes=())
    perform(world, loaded)
    assert all(queue.active for queue in world.all(Queue))
    assert perform(world, loaded)[0].changes == ()
