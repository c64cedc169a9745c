"""How a promise begins, by whatever way, gets its time and leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from engine import events as ev
from engine.effects import Publish
from engine.world import Blocked, Call, Callback, CallbackRule, Contact, Counter, Drop, Put, Request, Rules, World
from tests.engine.callbacks.desk import KEY, PHONE, dial, promise, promised, ready, replace, request
from tests.engine.clinic import (
    PATIENT,
    PBX,
    Ended,
    abandons,
    answers,
    at,
    clinic,
    ends,
    gone,
    joins,
    patient,
    rings,
    uid,
    wants,
)
from tests.engine.floor import accept, asked, change, do, fire, floor, play, queue, quiet
from tests.engine.plays import shifted

NEW = "01a1fc83-0000-7000-8000-0000000000aa"


def only(world: World) -> Request:
    """The one open request."""
    (found,) = world.all(Request)
    return found


def misses(s: float, number: int = 0, phone: str = PATIENT) -> list[Any]:
    """He waits and hangs up."""
    facts = [patient(s, number=phone), joins(s + 1), wants(s + 10, 1), abandons(s + 10), gone(s + 10, 1)]
    return [shifted(fact, number) for fact in facts]


def test_a_missed_call_is_a_promise_to_call() -> None:
    world = clinic()
    play(world, *misses(0))
    kept = promise(world, only(world).key)
    assert (kept.origin, kept.state, kept.next_at, kept.attempt) == ("missed_call", "waiting", at(10), 0)


def test_a_line_that_the_journal_names_late_gives_its_hours() -> None:
    """Seen only after a gap, and gone before the journal was read: until then nobody knew whose hours count."""
    seen = Ended(clinic())
    queue(seen.world, "front", callbacks=CallbackRule(quiet=(0, 0)))
    seen.world.apply([Put(replace(seen.world.get(Rules, "rules") or Rules(), timezone="Asia/Kamchatka"))])  # 21:03 there
    seen.play([patient(600, exten="s"), wants(605, 1), gone(605, 1)])
    assert (only(seen.world).status, only(seen.world).queue) == ("postponed", "")
    told = replace(seen.call(), dialled="73430000001", source="73430000001")
    play(seen.world, ev.CallsLookedUp(at=at(660), told=(told,), kept=(seen.call(),), requests=(seen.request(),)))
    kept = promise(seen.world, only(seen.world).key)
    assert (only(seen.world).status, only(seen.world).queue, kept.next_at) == ("queued", "front", at(660))


def test_who_rings_at_night_is_called_in_the_morning() -> None:
    world = clinic()
    queue(world, "front", callbacks=CallbackRule(quiet=(0, 1430)))  # it is not yet ten to midnight
    play(world, *misses(0))
    now, kept = only(world), promise(world, only(world).key)
    assert now.status == "postponed" and now.postponed_until == kept.next_at and kept.next_at > at(10)
    play(world, ev.TimerFired(at=kept.next_at, key=f"postponed:{now.key}"))
    assert only(world).status == "queued"


@pytest.mark.parametrize("origin", ["form", "ivr", "messenger"])
def test_asked_for_by_himself(origin: Any) -> None:
    world = clinic()
    perform = ev.CallbackWanted(at=at(10), key=KEY, origin=origin, phone=PHONE, queue="front", note="x")
    play(world, perform, perform)
    now = only(world)
    assert (now.key, now.kind, now.status, now.queue, now.source) == (KEY, "callback", "queued", "front", origin)
    assert promise(world).origin == origin


def test_at_a_time_he_named() -> None:
    world = clinic()
    promised(world, wanted_at=at(3600))
    assert request(world, KEY).status == "postponed" and promise(world).next_at == at(3600)
    fire(world, f"postponed:{KEY}", 3600)
    assert request(world, KEY).status == "queued"


def test_the_same_person_has_one_promise() -> None:
    world = clinic()
    play(world, *misses(0))
    first = only(world).key
    promised(world, 60, wanted_at=at(7200))
    now = only(world)
    assert (now.key, now.kind, now.status, promise(world, first).wanted_at) == (first, "callback", "postponed", at(7200))
    play(world, *misses(100, 1))  # and when he rings again he is there now
    assert only(world).key == first and promise(world, first).next_at == at(110)
    assert only(world).status == "queued" and len(only(world).calls) == 2


def test_by_any_of_his_numbers() -> None:
    world = clinic()
    play(world, *misses(0))
    world.apply([Put(Contact(key=NEW, phone=PATIENT, phones=("+79990000077",)))])
    world.apply([Put(replace(only(world), contact=NEW))])
    key = only(world).key
    answer = do(world, ev.CallbackAsked, 60, id=str(uuid4()), request=key, when=at(900))
    assert answer.ok and answer.request == key and only(world).postponed_until == at(900)


def test_a_blocked_number_is_promised_nothing_by_a_machine() -> None:
    world = clinic()
    world.apply([Put(Blocked(key=NEW, phone=PHONE, reason="", actor="boss", at=at(0)))])
    promised(world)
    assert list(world.all(Request)) == []
    rest = do(world, ev.CallbackAsked, 20, id=NEW, phone=PHONE, queue="front", source="form")
    assert (rest.ok, rest.why) == (False, "blocked")
    assert do(world, ev.CallbackAsked, 21, id=NEW, phone=PHONE, queue="front").ok  # a person may


def test_in_the_queue_he_keeps_his_place() -> None:
    world = clinic()
    play(world, patient(0), joins(5))
    (call,) = world.all(Call)
    play(world, ev.CallbackWanted(at=at(40), key=NEW, origin="queue", phone=PATIENT, call=call.key, queue="front"))
    now = only(world)
    assert (now.key, now.kind, now.status, now.calls) == (call.request, "callback", "queued", (call.key,))
    assert promise(world, now.key).place_at == at(5) == now.queued_at
    play(world, ev.SelfServed(at=at(41), pbx=PBX, uniqueid=uid(1)), wants(42, 1), gone(42, 1))
    again = only(world)
    assert (again.key, again.kind, again.status) == (now.key, "callback", "queued")
    assert promise(world, now.key).attempt == 0 and not list(world.all(Call))
    # Told once more, after his call is gone: it is one promise all the same.
    play(world, ev.CallbackWanted(at=at(44), key=NEW, origin="queue", phone=PATIENT, call=call.key, queue="front"))
    assert only(world).key == now.key


def test_told_twice_in_a_call_it_neither_rises_nor_begins_anew() -> None:
    world = clinic()
    play(world, patient(0), joins(5))
    (call,) = world.all(Call)
    wish = ev.CallbackWanted(at=at(40), key=NEW, origin="queue", phone=PATIENT, call=call.key, queue="front")
    play(world, wish)
    before = (only(world), promise(world, only(world).key))
    play(world, replace(wish, at=at(43)))
    assert (only(world), promise(world, only(world).key)) == before


def test_who_waits_for_a_call_already_and_asks_in_the_queue_is_promised_one_call() -> None:
    world = clinic()
    play(world, *misses(0))
    earlier = only(world)
    play(world, *[shifted(one, 1) for one in (patient(60), joins(65))])
    (call,) = world.all(Call)
    play(world, ev.CallbackWanted(at=at(80), key=NEW, origin="queue", phone=PATIENT, call=call.key, queue="front"))
    now = world.get(Request, earlier.key)
    assert now is not None and (now.kind, now.priority > earlier.priority) == ("callback", True)
    assert [one.key for one in world.all(Callback)] == [earlier.key]
    own = call.request
    leaving = (ev.SelfServed(at=at(81), pbx=PBX, uniqueid=uid(1)), wants(82, 1), gone(82, 1))
    said = play(world, *[shifted(one, 1) for one in leaving])
    assert only(world).key == earlier.key and own != earlier.key
    assert [one.key for one in said if isinstance(one, Publish) and one.kind.startswith("callback.")] == []


def test_who_is_talked_with_is_promised_nothing_by_his_keys() -> None:
    world = clinic()
    play(world, patient(0), joins(1), *rings(2), *answers(6))
    (call,) = world.all(Call)
    play(world, ev.CallbackWanted(at=at(7), key=NEW, origin="queue", phone=PATIENT, call=call.key, queue="front"))
    assert only(world).kind == "call" and list(world.all(Callback)) == []


def test_a_promise_is_withdrawn_when_he_is_talked_with() -> None:
    world = clinic()
    play(world, *misses(0))
    key = only(world).key
    play(world, *[shifted(one, 1) for one in (patient(30), joins(31), *rings(32), *answers(36), *ends(90, 1, 2))])
    assert world.get(Request, key) is None and world.get(Callback, key) is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"phone": "+78005550000"}, "bad_phone"), ({"phone": "17"}, "bad_phone"), ({"queue": "none"}, "bad_queue"),
        ({"when": at(-600)}, "bad_time"), ({"when": at(0) + timedelta(days=400)}, "bad_time"),
        ({"request": NEW, "phone": ""}, "not_found"),
    ],
)
def test_what_is_refused(fields: dict[str, Any], why: str) -> None:
    world = clinic()
    asks = {"id": KEY, "phone": PHONE, "queue": "front", **fields}
    answer = do(world, ev.CallbackAsked, 20, by=None, **asks)
    assert (answer.ok, answer.why) == (False, why) and not list(world.all(Request))


def test_a_command_given_twice_is_one_promise() -> None:
    world = clinic()
    for s in (20, 21):
        answer = do(world, ev.CallbackAsked, s, id=KEY, phone=PHONE, when=at(900))
        assert answer.ok and answer.request == KEY
    assert only(world).queue == "front" and promise(world).wanted_at == at(900)
    counter = world.get(Counter, f"requests:{at(0).year}")
    assert counter is not None and counter.value == 1


def test_during_a_talk_another_request_is_promised() -> None:
    world = clinic()
    play(world, patient(0), joins(1), *rings(2), *answers(6))
    talk = only(world).key
    assert do(world, ev.CallbackAsked, 20, id=NEW, request=talk, when=at(7200)).ok
    made = request(world, NEW)
    assert (made.kind, made.phone, made.status, request(world, talk).kind) == ("callback", PATIENT, "postponed", "call")


def test_who_has_it_gives_it_another_time_and_others_may_not() -> None:
    world = floor("orlova")
    promised(world)
    accept(world, KEY, 20)
    quiet(world, KEY, 21)
    other = do(world, ev.CallbackAsked, 22, by="ivanov", id=NEW, request=KEY, when=at(900))
    assert (other.ok, other.why, other.by) == (False, "not_yours", "orlova")
    assert do(world, ev.CallbackAsked, 23, id=NEW, request=KEY, when=at(900)).ok
    now = request(world, KEY)
    assert (now.status, now.owner, promise(world).next_at, asked(world, KEY)) == ("postponed", None, at(900), "")


def test_put_aside_by_a_person_into_a_quiet_hour_waits_for_its_end() -> None:
    world = floor("orlova")
    queue(world, "front", callbacks=CallbackRule(quiet=(21 * 60, 9 * 60)))
    world.apply([Put(Contact(key=NEW, phone=PHONE))])
    promised(world, phone="+74950000001")
    accept(world, KEY, 20)
    night = at(0).replace(hour=19)  # ten in the evening in Moscow
    assert do(world, ev.PostponeAsked, 25, request=KEY, until=night).ok
    morning = request(world, KEY).postponed_until
    assert morning == promise(world).next_at == night.replace(day=night.day + 1, hour=6, minute=0, second=0)


def test_a_sweep_gives_a_promise_to_what_has_none_and_takes_it_from_what_is_gone() -> None:
    world = clinic()
    play(world, *misses(0))
    key = only(world).key
    world.apply([Drop(Callback, key), Put(Callback(key=NEW, origin="operator", asked_at=at(0)))])
    play(world, ev.Swept(at=at(60)))
    assert promise(world, key).origin == "missed_call" and world.get(Callback, NEW) is None


def test_before_its_time_nobody_is_asked_even_if_it_stands_in_the_queue() -> None:
    world = floor("orlova")
    change(world, "orlova", presence="offline")
    promised(world)
    world.apply([Put(replace(promise(world), next_at=at(500)))])
    change(world, "orlova", presence="available")
    play(world, ev.RoutingDue(at=at(100)))
    assert asked(world, KEY) == ""
    play(world, ev.RoutingDue(at=at(501)))
    assert asked(world, KEY) == "orlova"


def test_while_he_is_being_dialled_nobody_sets_him_another_time() -> None:
    world = ready()
    quiet(world, KEY, 21)
    dial(world)
    answer = do(world, ev.CallbackAsked, 23, id=NEW, request=KEY, when=at(900))
    assert (answer.ok, answer.why) == (False, "call_live")
    assert (promise(world).state, request(world, KEY).owner) == ("dialling", "orlova")
