"""The rooms together: one event in, and all that follows out, each change once."""

from dataclasses import replace

from engine import events as ev
from engine.effects import FindContact, ShowRing
from engine.reducer import merged, reduce, reduce_calls
from engine.world import Append, Call, Contact, Drop, HistoryEntry, Put, Request, Timer
from tests.engine.clinic import PATIENT, Ended, answers, at, clinic, ends, joins, left, patient, play, rings, simplest
from tests.engine.playbook import Playbook


def test_the_simplest_answered_call():
    ended = Ended(clinic()).play(simplest())
    call, request = ended.call(), ended.request()
    assert (call.result, call.ended_by, call.wait_s, call.talk_s) == ("answered", "caller", 5.0, 60.0)
    assert (call.started_at, call.queued_at, call.answered_at, call.ended_at) == (at(0), at(1), at(6), at(66))
    (leg,) = call.legs
    assert (leg.operator, leg.queue, leg.result, leg.left_by) == ("orlova", "front", "answered", "caller")
    assert (request.status, request.owner, request.calls) == ("wrap_up", "orlova", (call.key,))
    assert not list(ended.world.all(Call))
    assert len(list(ended.world.all(Request))) == 1


def test_what_the_rooms_say_in_order():
    world = clinic()
    call, request = Ended(clinic()).play([patient(0)]).call().key, Ended(clinic()).play([patient(0)]).request().key
    ringing = list(rings(2))
    lifting = list(answers(6))
    assert (
        Playbook(world)
        >> patient(0)
        << ev.CallArrived(at=at(0), call=call)
        << ev.RequestOpened(at=at(0), request=request)
        << FindContact(phone=PATIENT)
        >> joins(1)
        << ev.CallQueued(at=at(1), call=call, queue="front")
        >> ringing[0]
        >> ringing[1]
        << ev.LegRang(at=at(2), call=call, leg=0, operator="orlova")
        << ShowRing(operator="orlova", call=call, leg=0)
        >> lifting[0]
        >> lifting[1]
        >> left(6)
        >> lifting[4]
        >> lifting[5]
        << ev.CallAnswered(at=at(6), call=call, leg=0, operator="orlova")
        << ev.RequestTaken(at=at(6), request=request, operator="orlova")
    )


def test_the_end_puts_the_call_and_drops_it():
    world = clinic()
    play(world, [patient(0), joins(1), *rings(2), *answers(6)])
    last = list(ends(66, 1, 2))
    play(world, last[:-1])
    outcome = reduce(world, last[-1])
    calls = [
        change
        for change in outcome.changes
        if isinstance(change, Drop) or isinstance(getattr(change, "entity", 0), Call)
    ]
    (put, drop) = calls
    assert isinstance(put, Put)
    assert isinstance(put.entity, Call)
    assert (put.entity.phase, drop) == ("ended", Drop(Call, put.entity.key))


def test_a_cycle_goes_round():
    ended = Ended(clinic()).play(simplest())
    request = ended.request()
    outcome = reduce(ended.world, ev.TimerFired(at=at(99), key=f"wrap_up:{request.key}"))
    assert outcome.again == (ev.OperatorFreed(at=at(99), operator="orlova"),)
    assert outcome.events == (ev.RequestClosed(at=at(99), request=request.key),)
    assert Drop(Request, request.key) in outcome.changes


def test_events_nobody_reads_change_nothing():
    for event in (ev.PbxBooted(at=at(0), pbx="main"), ev.PbxShutDown(at=at(0), pbx="main")):
        outcome = reduce(clinic(), event)
        assert not (outcome.changes or outcome.effects or outcome.events or outcome.again)


def test_a_timer_of_nothing_is_dropped():
    world = clinic()
    world.apply([Put(Timer(key="wrap_up:none", due=at(1)))])
    outcome = reduce(world, ev.TimerFired(at=at(1), key="wrap_up:none"))
    assert outcome.changes == (Drop(Timer, "wrap_up:none"),)
    assert reduce(clinic(), ev.TimerFired(at=at(1), key="odd")).changes == ()


def test_each_entity_is_put_once():
    one, two = Put(Contact(key="a", phone="1")), Put(Contact(key="a", phone="2"))
    other, drop = Put(Contact(key="b", phone="1")), Drop(Contact, "a")
    line = Append(HistoryEntry(request="r", at=at(0), actor="a", what="note"))
    assert merged([one, other, line, two]) == [other, line, two]
    assert merged([one, two, drop, one]) == [two, drop, one]


def test_the_calls_room_alone():
    world = clinic()
    first = reduce_calls(world, patient(0))
    assert [type(event) for event in first.events] == [ev.CallArrived]
    assert not first.effects
    for event in simplest():
        world.apply(reduce_calls(world, event).changes)
    assert not list(world.all(Call))
    assert not list(world.all(Request))


def test_the_calls_room_alone_concludes_the_same():
    alone, whole = clinic(), Ended(clinic()).play(simplest())
    ended = []
    for event in simplest():
        outcome = reduce_calls(alone, event)
        alone.apply(outcome.changes)
        ended += [put.entity for put in outcome.changes if isinstance(put, Put) and isinstance(put.entity, Call)]
    assert replace(whole.call(), request=None, contact=None) == ended[-1]
