"""What a phone does, by its device and by legs."""

from engine import events as ev
from engine.effects import ShowRing
from engine.world import Operator, World
from tests.engine.calls.test_ending import (
    a_colleague_answers,
    a_direct_call_is_answered,
    an_outbound_call_is_answered,
    inside,
    waits,
)
from tests.engine.clinic import (
    ORLOVA,
    PBX,
    Ended,
    answers,
    at,
    clinic,
    ends,
    enters,
    gone,
    leaves,
    new,
    play,
    rings,
    rings_out,
    simplest,
)
from tests.engine.operators.test_presence import orlova


def device(world: World, s: float, state: str, pbx: str = PBX) -> Operator:
    play(world, [ev.DeviceChanged(at=at(s), pbx=pbx, device="PJSIP/1001", state=state)])
    return orlova(world)


def test_the_device_tells():
    world = clinic()
    voices = [device(world, s, word).voice for s, word in enumerate(
        ("NOT_INUSE", "RINGING", "INUSE", "ONHOLD", "NOT_INUSE", "UNAVAILABLE")
    )]
    assert voices == ["idle", "ringing", "incall", "incall", "idle", "unknown"]
    assert orlova(world).voice_since == at(5)
    assert device(world, 9, "INUSE", pbx="other").voice == "unknown"


def test_a_ring_pops_up_at_once():
    ended = Ended(clinic()).play([*waits(), *rings(2)])
    assert ShowRing(operator="orlova", call=ended.call().key, leg=0) in ended.said
    assert orlova(ended.world).voice == "ringing"
    ended.play(rings_out(9))
    assert orlova(ended.world).voice == "idle"


def test_a_talk_is_counted_once():
    ended = Ended(clinic()).play([*waits(), *rings(2), *answers(6)])
    assert (orlova(ended.world).voice, orlova(ended.world).handled_today) == ("incall", 1)
    ended.play([leaves(10, 2), enters(12, 2)])  # he consulted and came back
    assert orlova(ended.world).handled_today == 1
    ended.play(ends(26, 1, 2))
    assert (orlova(ended.world).talk_today_s, orlova(ended.world).call) == (20, None)
    assert ended.call().talk_s == 20


def test_with_devices_reported_the_phone_is_busy_until_it_says_so():
    world = clinic()
    device(world, 0, "NOT_INUSE")
    ended = Ended(world).play([*waits(), *rings(2)])
    device(world, 6, "INUSE")
    ended.play([*answers(6), *ends(26, 1, 2)])
    assert orlova(world).voice == "incall"
    assert device(world, 27, "NOT_INUSE").voice == "wrap_up"


def test_a_phone_that_was_free_before_we_knew_of_the_talk_does_not_stay_busy():
    """An engine that comes back in mid-call hears of the answer late, and the device has said all it will say."""
    world = clinic()
    ended = Ended(world).play([*waits(), *rings(2)])
    device(world, 5, "INUSE")
    device(world, 25, "NOT_INUSE")
    ended.play(answers(26))
    assert orlova(world).voice == "incall"
    ended.play(ends(27, 1, 2))
    assert (orlova(world).voice, orlova(world).call) == ("wrap_up", None)


def test_his_own_call_is_his_from_the_start():
    ended = Ended(clinic())
    facts = list(an_outbound_call_is_answered())
    ended.play(facts[:3])
    assert (orlova(ended.world).voice, orlova(ended.world).call) == ("incall", ended.call().key)
    ended.play(facts[3:])
    assert orlova(ended.world).call is None


def test_calls_of_others_change_nothing():
    ended = Ended(clinic()).play(a_direct_call_is_answered())
    ended.play(simplest())
    assert orlova(ended.world).handled_today == 0
    stranger = "PJSIP/1099-00000077"
    unknown = Ended(clinic()).play([
        new(0, 1, stranger, exten="89990000005", context="okno-phones"), new(1, 2, "PJSIP/trunk-00000009", root=1),
        enters(5, 1), enters(5, 2), gone(9, 2), gone(9, 1),
    ])
    assert (unknown.call().direction, unknown.call().result) == ("outbound", "answered")
    assert ORLOVA not in stranger


def test_an_internal_call_rings_too():
    ended = Ended(clinic()).play(inside())
    ivanov = ended.world.get(Operator, "ivanov")
    assert ivanov is not None
    assert ivanov.voice == "ringing"
    ended.play([*list(a_colleague_answers())[3:6]])
    ivanov = ended.world.get(Operator, "ivanov")
    assert ivanov is not None
    assert (ivanov.voice, ivanov.handled_today, ivanov.call) == ("incall", 0, ended.call().key)
    ended.play([*list(a_colleague_answers())[6:]])
    ivanov = ended.world.get(Operator, "ivanov")
    assert ivanov is not None
    assert (ivanov.voice, ivanov.talk_today_s, ivanov.call) == ("idle", 0, None)
