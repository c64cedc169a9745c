"""Settings loaded again, and midnight."""

from dataclasses import replace

from engine import events as ev
from engine.world import Operator, Pbx
from tests.engine.clinic import PBX, at, clinic, play, settings, simplest
from tests.engine.operators.test_presence import orlova, says
from tests.engine.playbook import perform


def test_the_known_keep_their_state():
    world = clinic()
    play(world, [says(0, "available"), *simplest()])
    before = orlova(world)
    assert perform(world, settings())[0].changes == ()
    assert orlova(world) == before
    pbx = world.get(Pbx, PBX)
    assert pbx is not None
    assert pbx.link == "live"


def test_new_titles_and_vanished_people():
    world = clinic()
    play(world, [says(0, "available")])
    loaded = settings()
    moved = replace(loaded.operators[0], title_en="Orlova", queues=("back",))
    perform(world, replace(loaded, operators=(moved,), pbxes=()))
    assert (orlova(world).title_en, orlova(world).queues, orlova(world).presence) == ("Orlova", ("back",), "available")
    assert {one.key for one in world.all(Operator) if not one.active} == {"ivanov", "petrova"}
    assert not list(world.all(Pbx))
    perform(world, loaded)
    assert all(one.active for one in world.all(Operator))


def test_midnight():
    world = clinic()
    play(world, simplest())
    assert orlova(world).handled_today == 1
    play(world, [ev.DayBegan(at=at(3600), day="2025-10-10")])
    assert (orlova(world).handled_today, orlova(world).talk_today_s) == (0, 0)
