"""What is due, and timers that come too late."""

from engine import events as ev
from engine.world import Timer
from tests.engine.clinic import at
from tests.engine.floor import accept, asked, fire, floor, offer, opened, play, request


def test_an_offer_nobody_answers_goes_to_another():
    world = floor("orlova", "ivanov")
    key = opened(world)
    first = offer(world, key)
    assert first is not None
    timer = world.get(Timer, f"offer:{first.key}")
    assert timer is not None
    assert timer.due == first.expires_at == at(30)
    said = fire(world, timer.key, 30)
    assert ev.OfferMissed(at=at(30), offer=first.key, operator=first.operator) not in said  # it goes round the loop
    assert asked(world, key) == ({"orlova", "ivanov"} - {first.operator}).pop()
    assert request(world, key).attempts == 1


def test_a_timer_of_an_offer_that_was_accepted_changes_nothing():
    world = floor("orlova")
    key = opened(world)
    first = offer(world, key)
    assert first is not None
    accept(world, key)
    assert world.get(Timer, f"offer:{first.key}") is None
    before = request(world, key)
    fire(world, f"offer:{first.key}", 30)
    assert request(world, key) == before
    play(world, ev.TimerFired(at=at(31), key="offer:none"), ev.TimerFired(at=at(31), key=f"wrap_up:{key}"))
    assert request(world, key) == before
