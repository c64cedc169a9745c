"""Work by telephone against the ring of a queue."""

from engine import events as ev
from engine.world import Offer
from tests.engine.clinic import at
from tests.engine.floor import accept, asked, change, do, floor, of, offer, opened, play, quiet, request, sweep


def test_a_phone_that_is_not_quiet_gives_the_request_back_to_its_place():
    world = floor("orlova")
    key = opened(world, kind="callback")
    accept(world, key)
    change(world, "orlova", voice="ringing")
    quiet(world, key, 13, works=False)
    back = request(world, key)
    assert (back.status, back.owner, back.queued_at, back.attempts, back.excluded) == ("queued", None, at(10), 0, "")


def test_what_he_took_himself_stays_his_and_quiet_is_tried_again():
    world = floor("orlova")
    change(world, "orlova", presence="break")
    key = opened(world, kind="callback")
    assert do(world, ev.TakeAsked, 12, request=key).ok
    quiet(world, key, 13, works=False)
    found = offer(world, key)
    assert found is not None
    assert (found.confirmed, request(world, key).owner) == (False, "orlova")
    change(world, "orlova", pauses=frozenset())
    sweep(world, 20)
    assert any(found.key in owner for owner in of(world, "orlova").pauses)
    quiet(world, key, 21)
    assert offer(world, key).confirmed  # type: ignore[union-attr]


def test_an_answer_about_another_offer_changes_nothing():
    world = floor("orlova")
    key = opened(world, kind="callback")
    pending = offer(world, key)
    assert pending is not None
    for one in (pending.key, "none"):
        play(world, ev.PhoneQuiet(at=at(13), offer=one, operator="orlova", quiet=False))
    accept(world, key)
    play(world, ev.PhoneQuiet(at=at(13), offer=pending.key, operator="ivanov", quiet=False))
    assert asked(world, key) == "orlova"
    quiet(world, key, 14)
    quiet(world, key, 15, works=False)  # too late: he may be dialling
    assert [one.confirmed for one in world.all(Offer)] == [True]
