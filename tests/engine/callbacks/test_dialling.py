"""How a try begins: once, written down before anything rings, and called off when he rings himself."""

from engine import events as ev
from engine.world import Callback, CallbackRule, PhoneOrder, Put, Request, Try, World
from tests.engine.callbacks.desk import (
    KEY,
    PHONE,
    dial,
    fails,
    goes_out,
    last,
    lifts,
    orders,
    promise,
    promised,
    ready,
    replace,
    request,
)
from tests.engine.clinic import PBX, at, new, patient, uid
from tests.engine.floor import accept, asked, floor, of, offer, play, queue, quiet


def pressed(world: World, s: float = 21) -> list[object]:
    """What follows from her phone being quiet."""
    return quiet(world, KEY, s)


def test_the_queue_dials_by_itself_once_her_phone_is_quiet() -> None:
    world = ready(by_itself=True)
    said = pressed(world)
    (order,) = orders(said)
    assert (order.action, order.exten, order.channel) == ("originate", PHONE[1:], "PJSIP/1001")
    assert (promise(world).state, last(world).outcome, last(world).operator) == ("dialling", "dialling", "orlova")
    assert last(world).command == order.command and last(world).channel == f"{PBX}/{order.channel_id}"
    assert orders(pressed(world, 22)) == []  # the same word again orders nothing


def test_with_a_preview_he_reads_first() -> None:
    world = ready()
    assert orders(pressed(world)) == [] and promise(world).state == "waiting"
    _, said = dial(world)
    assert len(orders(said)) == 1 and promise(world).state == "dialling"


def test_what_he_took_himself_he_reads_first() -> None:
    world = ready(by_itself=True)
    found = offer(world, KEY)
    assert found is not None
    world.apply([Put(replace(found, by_hand=True))])
    assert orders(pressed(world)) == []


def test_no_machine_dials_where_nobody_knows_what_came_of_the_last_try() -> None:
    world = ready(by_itself=True)
    world.apply([Put(replace(promise(world), tries=(Try(at=at(1), operator="orlova", outcome="unknown"),)))])
    assert orders(pressed(world)) == []
    _, said = dial(world)  # a person may
    assert len(orders(said)) == 1


def test_a_quiet_hour_that_began_meanwhile_stops_the_machine() -> None:
    world = ready(by_itself=True)
    queue(world, "front", callbacks=CallbackRule(dial="auto", quiet=(0, 1439)))
    assert orders(pressed(world)) == []


def test_nobody_is_dialled_twice_at_a_time() -> None:
    world = ready()
    pressed(world)
    dial(world)
    again = ev.DialAsked(at=at(23), command="other", actor="x", role="operator", operator="ivanov", to=PHONE)
    (answer,) = [one for one in play(world, again) if getattr(one, "command", "") == "other"]
    assert (answer.ok, answer.why) == (False, "number_live")
    assert len(promise(world).tries) == 1


def test_nobody_is_dialled_who_is_on_the_line() -> None:
    world = ready()
    pressed(world)
    play(world, patient(21, 5, PHONE))
    _, said = dial(world)
    assert orders(said) == [] and promise(world).tries == ()


def test_he_rings_while_her_phone_is_only_about_to_dial_him() -> None:
    world = ready()
    pressed(world)
    first, _ = dial(world)
    lifts(world, first)
    said = play(world, patient(24, 5, PHONE))
    (order,) = orders(said)
    assert (order.action, order.channel) == ("hang_up", "PJSIP/1001-00000009")
    assert promise(world).state == "dialling"  # until that phone is gone
    play(world, ev.ChannelHungUp(at=at(25), pbx=PBX, uniqueid=first, linkedid=first, cause=16))
    assert (promise(world).state, last(world).outcome, promise(world).attempt) == ("waiting", "called_off", 0)


def test_he_rang_in_the_moment_before_her_phone_began_to_ring() -> None:
    world = ready()
    pressed(world)
    first, _ = dial(world)
    assert orders(play(world, patient(22.5, 5, PHONE))) == []
    said = play(world, ev.ChannelCreated(
        at=at(23), pbx=PBX, uniqueid=first, linkedid=first, name="PJSIP/1001-00000009", state=0, context="x",
    ))  # fmt: skip
    assert [(one.action, one.channel) for one in orders(said)] == [("hang_up", "PJSIP/1001-00000009")]


def test_the_dialling_had_gone_out_already_when_he_rang() -> None:
    world = ready()
    pressed(world)
    first, _ = dial(world)
    lifts(world, first)
    goes_out(world, first)
    assert orders(play(world, patient(26, 5, PHONE))) == []
    fails(world, first, 17, "BUSY")
    assert (last(world).outcome, promise(world).attempt) == ("busy", 1)
    assert request(world, KEY).status == "postponed"


def test_who_dials_by_the_keys_of_his_phone_tries_too() -> None:
    world = ready()
    pressed(world)
    play(world, new(20, 9, "PJSIP/1001-00000009", exten=PHONE[1:], context="okno-phones"))
    goes_out(world, uid(9))
    (tried,) = promise(world).tries
    assert (tried.command, tried.operator, tried.outcome) == ("", "orlova", "dialling") and tried.call is not None


def test_another_promise_of_the_same_person_waits_while_he_is_dialled() -> None:
    world = floor("orlova", "ivanov")
    promised(world)
    accept(world, KEY, 12)
    owner = request(world, KEY).owner
    assert owner is not None
    other = "01a1fc83-0000-7000-8000-000000000002"
    quiet(world, KEY, 13)
    event = ev.DialAsked(at=at(14), command="d", actor="a", role="operator", operator=owner, to=PHONE, request=KEY)
    assert len(orders(play(world, event))) == 1
    # The MIS wants something of him meanwhile: a matter of its own, which waits for its turn.
    world.apply([
        Put(replace(request(world, KEY), key=other, status="queued", owner=None, source="mis:confirm")),
        Put(Callback(key=other, origin="mis", asked_at=at(14))),
    ])
    play(world, ev.RoutingDue(at=at(15)))
    assert asked(world, other) == "" and list(world.all(PhoneOrder))
    assert of(world, owner).key == owner and world.get(Request, other) is not None


def test_who_was_about_to_dial_lets_go_of_it_when_he_rings() -> None:
    world = ready()
    pressed(world)
    play(world, patient(24, 5, PHONE))
    now = request(world, KEY)
    assert (now.status, now.owner, asked(world, KEY)) == ("queued", None, "")
    assert not of(world, "orlova").pauses  # her phone may be the one that is free for him


def test_what_she_took_herself_stays_hers_when_he_rings() -> None:
    world = ready()
    found = offer(world, KEY)
    assert found is not None
    world.apply([Put(replace(found, by_hand=True))])
    play(world, patient(24, 5, PHONE))
    assert request(world, KEY).owner == "orlova"
