"""What the sweep puts right, whoever left it so."""

from dataclasses import replace

from engine import events as ev
from engine.world import Drop, Offer, Put, Timer
from tests.engine.clinic import at
from tests.engine.floor import accept, asked, change, do, floor, offer, opened, play, request, sweep, without


def test_a_late_offer_whose_timer_was_lost():
    world = floor("orlova", "ivanov")
    key = opened(world)
    first = offer(world, key)
    assert first is not None
    world.apply([Drop(Timer, f"offer:{first.key}")])
    sweep(world, 29)
    assert offer(world, key) == first
    sweep(world, 30)
    assert asked(world, key) not in ("", first.operator)
    assert request(world, key).attempts == 1


def test_an_owner_of_before_there_were_offers_gets_one():
    world = floor("orlova")
    key = opened(world)
    accept(world, key)
    had = offer(world, key)
    assert had is not None
    world.apply([Drop(Offer, had.key)])
    sweep(world, 30)
    found = offer(world, key)
    assert found is not None
    assert (found.operator, found.state, found.by_hand) == ("orlova", "accepted", True)
    assert request(world, key).owner == "orlova"


def test_an_owner_whom_nobody_knows_gives_it_back():
    world = floor("ivanov")
    key = opened(world)
    accept(world, key)
    had = offer(world, key)
    assert had is not None
    world.apply([Drop(Offer, had.key), Put(replace(request(world, key), owner="nobody"))])
    sweep(world, 30)
    assert (request(world, key).owner, asked(world, key)) == (None, "ivanov")


def test_an_offer_of_nothing_ends():
    world = floor("orlova")
    stray = Offer(key="x", request="none", operator="orlova", weight=50, at=at(0), state="accepted", accepted_at=at(0))
    world.apply([Put(stray)])
    sweep(world, 5)
    assert world.get(Offer, "x") is None


def test_an_offered_request_without_its_offer_waits_again():
    world = floor("orlova")
    key = opened(world)
    had = offer(world, key)
    assert had is not None
    world.apply([Drop(Offer, had.key)])
    change(world, "orlova", presence="break")
    sweep(world, 12)
    assert request(world, key).status == "queued"


def test_what_fits_together_is_left_alone():
    world = floor("orlova")
    accept(world, opened(world, 1, kind="chat"))
    opened(world, 2, kind="chat")
    assert sweep(world, 13) == []


def test_what_somebody_has_who_went_without_a_word_and_is_then_deleted():
    world = floor("orlova", "ivanov")
    key = opened(world, kind="chat", queue="back")
    assert do(world, ev.TransferAsked, 12, by="boss", role="supervisor", request=key, to_operator="ivanov").ok
    change(world, "ivanov", presence="offline")
    play(world, without(world, "ivanov"))
    assert request(world, key).owner == "ivanov"
    sweep(world, 20)
    assert (request(world, key).owner, asked(world, key)) == (None, "orlova")
