"""After a gap: what was kept, what is over, what is new."""

from engine import events as ev
from engine.calls.ending import end
from engine.effects import ShowRing
from engine.world import Call, Channel, Drop, Operator, Request
from tests.engine.calls.test_ending import inside, sends
from tests.engine.clinic import (
    IVANOV,
    PBX,
    Ended,
    answers,
    at,
    clinic,
    dialled,
    ends,
    enters,
    joins,
    new,
    patient,
    rings,
    simplest,
    state,
    uid,
)
from tests.engine.plays import snapshot, truth

WAITING = [patient(0), joins(1), *rings(2)]
TALKING = [*WAITING, *answers(6)]


def open_call(ended: Ended) -> Call:
    (call,) = ended.world.all(Call)
    return call


def forget_channels(ended: Ended) -> None:
    """As after a start of the engine: calls come back from the database, channels do not."""
    for one in list(ended.world.all(Channel)):
        ended.world.apply([Drop(Channel, one.key)])


def test_both_have_it_and_it_ends_as_ever():
    ended = Ended(clinic()).play(TALKING)
    before = open_call(ended)
    ended.play([snapshot(truth(TALKING), at(20), gap_from=at(18))])
    assert open_call(ended) == before
    ended.play(ends(66, 1, 2))
    assert (ended.call().result, ended.call().talk_s, len(ended.call().legs)) == ("answered", 60, 1)


def test_the_engine_comes_back_in_the_middle_of_a_talk():
    ended = Ended(clinic()).play(TALKING)
    forget_channels(ended)
    ended.play([snapshot(truth(TALKING), at(20)), *ends(66, 1, 2)])
    call = ended.call()
    assert (call.result, call.talk_s, call.legs[0].left_by) == ("answered", 60, "caller")


def test_the_engine_comes_back_to_a_ringing_phone():
    ended = Ended(clinic()).play(WAITING)
    forget_channels(ended)
    ended.play([snapshot(truth(WAITING), at(5)), *answers(6), *ends(66, 1, 2)])
    assert (ended.call().result, ended.call().talk_s, ended.call().wait_s) == ("answered", 60, 5)


def test_it_ended_in_the_gap():
    ended = Ended(clinic()).play(TALKING)
    ended.play([snapshot({}, at(90), gap_from=at(80))])
    call = ended.call()
    assert (call.result, call.ended_at, call.talk_s, call.ended_by) == ("answered", at(80), 74, "pbx")
    assert ended.request().status == "wrap_up"


def test_a_waiting_caller_left_in_the_gap():
    ended = Ended(clinic()).play(WAITING)
    forget_channels(ended)
    ended.play([snapshot({}, at(90))])
    assert (ended.call().result, ended.call().ended_at) == ("abandoned", at(90))
    assert ended.request().kind == "missed_call"


def test_asterisk_restarted():
    ended = Ended(clinic()).play(TALKING)
    lost = snapshot({}, at(90), restarted=True, started=at(85), gap_from=at(80))
    ended.play([lost])
    call = ended.call()
    assert (call.result, call.ended_at, call.talk_s) == ("lost_by_pbx", at(80), 74)
    assert (ended.request().kind, ended.request().status) == ("missed_call", "queued")
    assert not list(ended.world.all(Channel))


def test_asterisk_restarted_while_we_were_away():
    ended = Ended(clinic()).play(TALKING)
    forget_channels(ended)
    ended.play([snapshot({}, at(900), started=at(85))])
    assert (ended.call().result, ended.call().ended_at) == ("lost_by_pbx", at(85))


def test_asterisk_died_and_began_anew_in_the_second_the_call_began():
    """Asterisk tells its start in whole seconds: that second began before the call did."""
    ended = Ended(clinic()).play([patient(0.2), joins(0.4)])
    ended.play([snapshot({}, at(9), gap_from=at(0.5), started=at(0))])
    assert ended.call().result == "lost_by_pbx"


def test_a_new_waiting_call():
    ended = Ended(clinic()).play([snapshot(truth(WAITING), at(5), gap_from=at(-5))])
    call = open_call(ended)
    assert (call.phase, call.queue, call.queued_at, call.started_at) == ("ringing", "front", at(1), at(0))
    assert ShowRing(operator="orlova", call=call.key, leg=0) in ended.said
    ended.play([*WAITING, *answers(6), *ends(66, 1, 2)])
    assert (ended.call().result, ended.call().wait_s, len(ended.call().legs)) == ("answered", 5, 1)


def test_a_new_talk_past_the_queue():
    alive = truth(TALKING)
    alive[uid(1)] |= {"application": "Queue", "application_data": "front,tT,,,300"}
    ended = Ended(clinic()).play([snapshot(alive, at(20), gap_from=at(-5))])
    call = open_call(ended)
    assert (call.phase, call.queue, call.legs[0].operator, call.legs[0].queue) == (
        "talking",
        "front",
        "orlova",
        "front",
    )
    assert ended.request().owner == "orlova"
    assert not [one for one in ended.said if isinstance(one, ShowRing)]
    ended.play(ends(66, 1, 2))
    assert ended.call().result == "answered"


def test_a_new_outbound_talk():
    facts = [*sends(), state(5, 2, 6), dialled(5, 1, 2, "ANSWER"), enters(5, 2), enters(5, 1)]
    ended = Ended(clinic()).play([snapshot(truth(facts), at(20), gap_from=at(-5))])
    call = open_call(ended)
    assert (call.direction, call.phone, call.phase, call.legs[0].operator) == (
        "outbound",
        "+79990000005",
        "talking",
        "orlova",
    )
    operator = ended.world.get(Operator, "orlova")
    assert operator is not None
    assert operator.call == call.key
    ended.play(ends(66, 1, 2))
    assert (ended.call().result, len(ended.call().legs)) == ("answered", 1)


def test_a_new_internal_call():
    facts = [*inside(), state(2, 3, 5)]
    ended = Ended(clinic()).play([snapshot(truth(facts), at(20), gap_from=at(-5))])
    call = open_call(ended)
    assert (call.direction, call.phase, call.legs[0].operator) == ("internal", "ringing", "ivanov")
    assert not list(ended.world.all(Request))


def test_a_call_whose_trunk_rings_a_trunk():
    facts = [patient(0), new(1, 5, "PJSIP/trunk-00000055", root=1), enters(3, 5), enters(3, 1)]
    ended = Ended(clinic()).play([snapshot(truth(facts), at(20), gap_from=at(-5))])
    call = open_call(ended)
    assert (call.direction, [leg.operator for leg in call.legs]) == ("inbound", [""])


def test_another_phone_took_over_in_the_gap():
    facts = [*TALKING, new(10, 3, IVANOV, root=1)]
    ended = Ended(clinic()).play(facts)
    alive = truth(facts)
    del alive[uid(2)]
    alive[uid(1)]["bridge"] = alive[uid(3)]["bridge"] = "b2"
    ended.play([snapshot(alive, at(30), gap_from=at(20))])
    call = open_call(ended)
    assert [(leg.operator, leg.left_at) for leg in call.legs] == [("orlova", at(20)), ("ivanov", None)]
    assert call.phase == "talking"


def test_a_leg_ended_while_the_engine_was_away():
    ended = Ended(clinic()).play(WAITING)
    forget_channels(ended)
    alive = truth(WAITING)
    del alive[uid(2)]
    ended.play([snapshot(alive, at(30))])
    call = open_call(ended)
    assert (call.phase, call.legs[0].result, call.legs[0].left_at) == ("queued", "no_answer", at(30))


def test_the_queue_let_him_go_in_the_gap():
    facts = [patient(0), joins(1)]
    ended = Ended(clinic()).play(facts)
    alive = truth(facts)
    alive[uid(1)]["queue"] = ""
    ended.play([snapshot(alive, at(30), gap_from=at(20))])
    assert (open_call(ended).phase, open_call(ended).exit_status) == ("arrived", "EXIT")


def test_the_unbridged_is_no_longer_talking():
    ended = Ended(clinic()).play(TALKING)
    alive = truth(TALKING)
    alive[uid(1)]["bridge"] = ""
    ended.play([snapshot(alive, at(30), gap_from=at(20))])
    assert (open_call(ended).phase, open_call(ended).legs[0].left_at) == ("arrived", at(20))


def test_other_pbxs_are_left_alone():
    ended = Ended(clinic()).play(TALKING)
    other = ev.SnapshotTaken(
        at=at(30),
        pbx="other",
        started=at(20),
        restarted=True,
        gap_from=None,
        channels=(),
        entries=(),
        members=(),
        devices=(),
    )
    ended.play([other])
    assert open_call(ended).phase == "talking"


def test_a_channel_already_buried_stays_buried():
    facts = list(simplest())
    ended = Ended(clinic()).play(facts)
    ended.play([snapshot(truth(TALKING), at(70), gap_from=at(69))])
    assert not list(ended.world.all(Call))
    assert PBX in {one.pbx for one in ended.world.all(Channel)}


def test_a_phone_whose_caller_is_unknown_rings_for_nobody():
    facts = [new(1, 3, IVANOV, root=99)]
    ended = Ended(clinic()).play([snapshot(truth(facts), at(5))])
    assert not ended.calls


def test_a_call_ends_once():
    world = clinic()
    assert not list(end(world, "none", at(1)))


def began_anew(s: float, last_seen: float | None = None) -> ev.PbxStarted:
    """QUEUESTART in the journal."""
    return ev.PbxStarted(at=at(s), pbx=PBX, last_seen=at(last_seen) if last_seen is not None else None)


def test_a_start_in_the_journal_ends_what_was_open_at_its_last_record():
    ended = Ended(clinic()).play([*TALKING, began_anew(50, 30), patient(51, 9)])
    lost = ended.calls[next(iter(ended.calls))]
    assert (lost.result, lost.ended_at, lost.talk_s) == ("lost_by_pbx", at(30), 24)
    assert open_call(ended).started_at == at(51)
    assert [one.uniqueid for one in ended.world.all(Channel)] == [uid(9)]


def test_a_start_without_a_last_record_ends_them_when_it_began():
    ended = Ended(clinic()).play([*WAITING, began_anew(50)])
    assert (ended.call().result, ended.call().ended_at) == ("lost_by_pbx", at(50))


def test_a_start_told_late_leaves_the_calls_of_the_new_life_alone():
    ended = Ended(clinic()).play([*TALKING, began_anew(-5, -9)])
    assert open_call(ended).phase == "talking"
