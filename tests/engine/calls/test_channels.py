"""A channel's own life."""

from engine import events as ev
from engine.world import Channel
from tests.engine.calls.test_ending import waits
from tests.engine.clinic import (
    IVANOV,
    ORLOVA,
    PBX,
    Ended,
    answers,
    at,
    clinic,
    dials,
    ends,
    enters,
    gone,
    joins,
    new,
    patient,
    play,
    rings,
    simplest,
    state,
    uid,
    wants,
)

TALKING = [*waits(), *rings(2), *answers(6)]


def held(s: float, serial: int) -> ev.ChannelHeld:
    return ev.ChannelHeld(at=at(s), pbx=PBX, uniqueid=uid(serial))


def unheld(s: float, serial: int) -> ev.ChannelUnheld:
    return ev.ChannelUnheld(at=at(s), pbx=PBX, uniqueid=uid(serial))


def test_hold_and_back():
    ended = Ended(clinic()).play(TALKING)
    ended.play([unheld(9, 2), held(10, 1), held(10, 2)])
    assert ended.call().phase == "held"
    ended.play([held(11, 2), unheld(20, 2)])
    assert ended.call().phase == "talking"
    told = [type(one) for one in ended.said if isinstance(one, ev.CallHeld | ev.CallRetrieved)]
    assert told == [ev.CallHeld, ev.CallRetrieved]
    ended.play([held(30, 2), *ends(66, 1, 2), held(67, 2), unheld(67, 9)])
    assert ended.call().talk_s == 60


def test_hold_stays_while_another_phone_stops_ringing():
    ended = Ended(clinic()).play(TALKING).play([held(10, 2), *rings(11, 3, IVANOV), gone(12, 3, 19)])
    assert ended.call().phase == "held"


def test_a_newchannel_that_comes_after_its_dial():
    late = new(3, 2, ORLOVA, root=1, number="1001", exten="s")
    ended = Ended(clinic()).play(waits()).play([dials(2, 1, 2, ORLOVA), late, late])
    one = ended.world.get(Channel, f"{PBX}/{uid(2)}")
    assert one is not None
    assert (one.number, one.context, one.dialled_by) == ("1001", "okno-phones", uid(1))
    assert len(ended.call().legs) == 1


def test_a_rename_keeps_the_channel():
    ended = Ended(clinic()).play(waits())
    renamed = ev.ChannelRenamed(at=at(2), pbx=PBX, uniqueid=uid(1), name="PJSIP/trunk-000000ff")
    ended.play([renamed, renamed, ev.ChannelRenamed(at=at(2), pbx=PBX, uniqueid=uid(77), name="x")])
    one = ended.world.get(Channel, f"{PBX}/{uid(1)}")
    assert one is not None
    assert one.name == "PJSIP/trunk-000000ff"


def test_a_number_for_nobody():
    world = clinic()
    unknown = ev.CallerIdChanged(at=at(1), pbx=PBX, uniqueid=uid(77), number="89990000003")
    named = ev.CallerIdChanged(at=at(1), pbx=PBX, uniqueid=uid(1), number="89990000003")
    ended = Ended(world).play([unknown, *waits(), named])
    assert ended.call().phone == "+79990000001"


def test_who_hung_up_first_counts():
    ended = Ended(clinic()).play(TALKING).play([wants(20, 2), wants(20, 1), wants(20, 2), *ends(20, 2, 1)])
    assert (ended.call().ended_by, ended.call().legs[0].left_by) == ("operator", "operator")


def test_what_the_pbx_orders_is_nobody_s_wish():
    ended = Ended(clinic()).play(TALKING).play([wants(20, 1, soft=True), wants(20, 99), gone(20, 2), gone(20, 1)])
    assert (ended.call().ended_by, ended.call().talk_s) == ("pbx", 14)


def test_a_phone_that_goes_without_leaving_its_bridge():
    ended = Ended(clinic()).play(TALKING).play([wants(20, 2), gone(20, 2)])
    assert (ended.call().legs[0].left_at, ended.call().legs[0].left_by) == (at(20), "operator")


def test_a_quiet_night_leaves_no_channels_behind():
    """A call each quarter of an hour, all night: no minute of it is passed over by the sweep."""
    world = clinic()
    for call in range(40):
        play(world, [patient(call * 900, call + 1), gone(call * 900 + 20, call + 1)])
    assert len(list(world.all(Channel))) == 1


def test_tombstones_stop_the_late_and_are_swept():
    world = clinic()
    ended = Ended(world).play([gone(0, 7), patient(1, 7), state(1, 7, 4)])
    assert not ended.calls
    ended.play([*simplest(), joins(67), state(67, 1, 6), gone(68, 1)])
    assert len(ended.calls) == 1
    assert {one.uniqueid for one in world.all(Channel)} == {uid(7), uid(1), uid(2)}
    play(world, [patient(400, 8), gone(401, 8)])
    assert {one.uniqueid for one in world.all(Channel)} == {uid(8)}


def test_a_channel_of_no_call_goes_quietly():
    ended = Ended(clinic()).play([new(0, 1, ORLOVA, exten="*45"), state(0, 1, 6), gone(1, 1)])
    assert not ended.calls


def test_a_leg_that_moved_to_another_call_is_not_this_one_s():
    ended = Ended(clinic()).play(TALKING).play([enters(8, 2), gone(20, 1), gone(20, 2)])
    assert ended.call().legs[0].left_at == at(20)


def test_an_originated_patients_number_may_be_told_later():
    """The journal's first row of him has none."""
    called = new(0, 9, "PJSIP/trunk-00000009", state=0)
    ended = Ended(clinic()).play([called, dials(0, None, 9, "PJSIP/trunk-00000009")])
    assert (ended.call().direction, ended.call().phone) == ("outbound", "")
    number = ev.CallerIdChanged(at=at(3), pbx=PBX, uniqueid=uid(9), number="79990000005")
    ended.play([number, number, gone(9, 9)])
    assert (ended.call().phone, ended.call().anonymous) == ("+79990000005", False)
