"""Offers as they begin and end."""

from engine import events as ev
from engine.requests.offers.ledger import live_offer, pending, weight_of
from engine.world import Offer, Timer
from tests.engine.floor import accept, do, floor, of, offer, opened, quiet, request


def test_weights_are_the_directorys():
    world = floor("orlova")
    kinds = ("callback", "missed_call", "form", "voicemail", "chat", "email")
    keys = [opened(world, number, kind=kind) for number, kind in enumerate(kinds, 1)]
    assert [weight_of(world, request(world, key)) for key in keys] == [100, 50, 50, 50, 25, 25]


def test_work_by_telephone_waits_for_quiet_phones_and_gives_them_back():
    world = floor("orlova")
    key = opened(world, kind="callback")
    accept(world, key)
    found = offer(world, key)
    assert found is not None
    assert (found.confirmed, found.state) == (False, "accepted")
    quiet(world, key, 13)
    assert live_offer(world, request(world, key)).confirmed  # type: ignore[union-attr]
    do(world, ev.CompleteAsked, 40, request=key)
    assert not any("eng:cb" in owner for owner in of(world, "orlova").pauses)


def test_written_work_needs_no_quiet():
    world = floor("orlova")
    key = opened(world, kind="chat")
    accept(world, key)
    assert offer(world, key).confirmed  # type: ignore[union-attr]


def test_what_is_over_leaves_the_world_with_its_timer():
    world = floor("orlova")
    key = opened(world)
    assert [one.request for one in pending(world, "orlova")] == [key]
    do(world, ev.CompleteAsked, 20, by="boss", role="supervisor", request=key)
    assert not list(world.all(Offer))
    assert not list(world.all(Timer))


def test_ids_differ_by_attempt():
    world = floor("orlova")
    key = opened(world)
    seen = set()
    for s in (12, 12, 12):
        found = offer(world, key)
        assert found is not None
        seen.add(found.key)
        do(world, ev.RefuseAsked, s, offer=found.key)
    assert len(seen) == 3
