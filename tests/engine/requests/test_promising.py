"""What the plan's words do to a request: put aside, wanted now, given up, reached."""

from engine import events as ev
from engine.world import Append, Request, World
from tests.engine.callbacks.desk import KEY, promised, request
from tests.engine.clinic import at, joins, patient
from tests.engine.floor import accept, asked, floor, play
from tests.engine.playbook import perform


def mine() -> World:
    """Orlova has accepted it."""
    world = floor("orlova")
    promised(world)
    accept(world, KEY, 12)
    return world


def test_until_its_next_time_nobody_has_it() -> None:
    world = mine()
    play(world, ev.TryPlanned(at=at(20), request=KEY, until=at(900)))
    now = request(world, KEY)
    assert (now.status, now.owner, now.postponed_until, asked(world, KEY)) == ("postponed", None, at(900), "")
    version = now.version
    play(world, ev.TryPlanned(at=at(21), request=KEY, until=at(900)))
    assert request(world, KEY).version == version  # told twice


def test_a_time_that_has_come_brings_it_back() -> None:
    world = mine()
    play(world, ev.TryPlanned(at=at(20), request=KEY, until=at(900)))
    play(world, ev.TryPlanned(at=at(30), request=KEY, until=at(30)))
    assert request(world, KEY).status in ("queued", "offered") and request(world, KEY).postponed_until is None


def test_what_nobody_reached_is_closed_by_its_name() -> None:
    for outcome, ended in (("busy", "not_reached"), ("wrong_number", "wrong_number")):
        world = mine()
        outcomes = perform(world, ev.CallbackGivenUp(at=at(30), request=KEY, outcome=outcome))  # type: ignore[arg-type]
        changes = [change for one in outcomes for change in one.changes]
        closed = [one.entity for one in changes if isinstance(getattr(one, "entity", None), Request)]
        assert (closed[-1].status, closed[-1].outcome) == ("done", ended) and world.get(Request, KEY) is None
        assert "given_up" in [one.entry.what for one in changes if isinstance(one, Append)]


def test_reached_by_a_persons_word() -> None:
    world = mine()
    play(world, ev.TryEnded(at=at(30), request=KEY, outcome="reached"))
    assert (request(world, KEY).status, request(world, KEY).outcome) == ("wrap_up", "reached_by_call")
    world = floor("orlova")
    promised(world, wanted_at=at(900))  # nobody has it: it is closed
    play(world, ev.TryEnded(at=at(30), request=KEY, outcome="reached"))
    assert world.get(Request, KEY) is None


def test_who_asks_in_the_queue_without_a_number_is_promised_nothing() -> None:
    world = floor("orlova")
    play(world, patient(0, number=""), joins(1))
    before = {one.key: one for one in world.all(Request)}
    play(world, ev.CallbackWanted(at=at(5), key=KEY, origin="queue", phone="", queue="front"))
    assert {one.key: one for one in world.all(Request)} == before


def test_words_about_what_is_gone_change_nothing() -> None:
    world = floor("orlova")
    play(
        world, ev.TryPlanned(at=at(20), request=KEY, until=at(900)), ev.TryEnded(at=at(20), request=KEY, outcome="reached"),
        ev.CallbackGivenUp(at=at(20), request=KEY, outcome="busy"),
    )
    assert list(world.all(Request)) == []
