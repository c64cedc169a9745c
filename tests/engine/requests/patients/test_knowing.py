"""A number is looked up when it matters and forgotten when it does not; a flag or a doctor may say where it goes."""

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import ForgetPatients, KnowPatients
from engine.world import Append, HistoryEntry, PatientRoute, Put, Request, Rules, World
from okno.ids import uuid7_of
from tests.engine import clinic as of_clinic
from tests.engine.clinic import ORLOVA, PATIENT, RULES, at, clinic
from tests.engine.floor import accept, asked, change, do, floor, opened, play, request
from tests.engine.playbook import Playbook, perform

ROUTES = (
    PatientRoute(flag="vip", operator="ivanov", priority=50),
    PatientRoute(doctor="d7", queue="back"),
    PatientRoute(flag="complaint", queue="nowhere", operator="nobody"),
)
SEEN = (KnowPatients, ForgetPatients)


def connected(world: World, *routes: PatientRoute) -> World:
    """The world of a clinic whose MIS is connected."""
    world.apply([Put(replace(RULES, patients=True, routes=routes))])
    return world


def known(key: str, phone: str = "+79990000001", s: float = 11, **more: Any) -> ev.PatientsKnown:
    return ev.PatientsKnown(**({"at": at(s), "request": key, "phone": phone, "found": 2, "opening": True} | more))


def looks(said: list[Any]) -> list[Any]:
    return [one for one in said if isinstance(one, SEEN)]


def lines(of: World, event: Any) -> list[HistoryEntry]:
    """The lines of history an event leaves."""
    return [one.entry for outcome in perform(of, event) for one in outcome.changes if isinstance(one, Append)]


def call(world: World) -> list[Any]:
    """A patient calls, waits, is rung for, is answered and leaves; what of it concerns `mis`."""
    facts = (
        of_clinic.patient(0), of_clinic.joins(1), *of_clinic.rings(2), of_clinic.new(9, 9, "PJSIP/1002-00000009"),
        of_clinic.gone(10, 2), of_clinic.abandons(20), of_clinic.gone(20, 1),
    )  # fmt: skip
    return looks([said for fact in facts for out in perform(world, fact) for said in (*out.events, *out.effects)])


def test_a_caller_is_looked_up_at_arrival_and_at_the_ring_and_forgotten_at_the_end() -> None:
    said = call(connected(clinic()))
    first, at_ring, over, missed = said
    assert first == replace(at_ring, opening=True) and not at_ring.opening
    assert (first.phone, over) == (PATIENT, ForgetPatients(waits=first.waits))
    # What must be called back has no call to wait by: it is looked up as itself, and routed anew.
    assert missed == KnowPatients(phone=PATIENT, waits=first.request, request=first.request, opening=True)


def test_without_a_mis_nobody_is_asked() -> None:
    assert call(clinic()) == []
    world = floor("orlova")
    key = opened(world)
    assert looks(play(world, known(key))) == []


def test_who_hides_his_number_is_not_looked_up() -> None:
    world = connected(clinic())
    assert Playbook(world, see=SEEN) >> of_clinic.patient(0, number="anonymous") >> of_clinic.gone(3, 1)


def test_a_colleague_is_nobody_s_patient() -> None:
    world = connected(clinic())
    inside = of_clinic.new(0, 5, ORLOVA, exten="1002", number="1001")
    assert Playbook(world, see=SEEN) >> inside >> of_clinic.gone(3, 5)


def test_work_is_looked_up_when_it_begins_when_somebody_is_asked_and_until_it_is_done() -> None:
    world = connected(floor("orlova"))
    key = str(uuid7_of(at(10), "r"))
    asks = ev.OpenAsked(
        at=at(10), command="o", actor="a", role="operator", operator="orlova", id=key, kind="form", queue="front",
        phone="+79990000001",
    )  # fmt: skip
    one = KnowPatients(phone="+79990000001", waits=key, request=key)
    assert looks(play(world, asks)) == [replace(one, opening=True), one]
    accept(world, key)
    done = ev.CompleteAsked(at=at(40), command="d", actor="a", role="operator", operator="orlova", request=key)
    assert looks(play(world, done)) == [ForgetPatients(waits=key)]


def test_who_is_put_aside_is_forgotten_and_who_is_given_away_looked_up() -> None:
    world = connected(floor("orlova", "ivanov"))
    key = opened(world)
    has = asked(world, key)
    accept(world, key)
    named = {"at": at(20), "actor": "a", "role": "supervisor", "operator": None, "request": key}
    given = ev.TransferAsked(command="t", to_operator="orlova" if has == "ivanov" else "ivanov", **named)
    assert [type(one) for one in looks(play(world, given))] == [KnowPatients]
    aside = ev.PostponeAsked(command="p", until=at(900), **named)
    assert looks(play(world, aside)) == [ForgetPatients(waits=key)]


def test_a_vip_goes_to_his_operator_first_and_ahead_of_others() -> None:
    world = connected(floor("orlova", "ivanov"), *ROUTES)
    change(world, "ivanov", last_accepted_at=at(5))
    key = opened(world)
    assert asked(world, key) == "orlova"
    said, after = lines(world, known(key, flags=("allergy", "vip"))), request(world, key)
    assert [one.what for one in said] == ["rescinded", "routed", "offered"]
    assert (after.preferred, after.priority, after.queue, asked(world, key)) == ("ivanov", 50, "front", "ivanov")


def test_a_doctor_s_patients_go_to_his_queue_and_an_offer_made_meanwhile_is_taken_back() -> None:
    world = connected(floor("ivanov", "petrova"), *ROUTES)
    key = opened(world)
    assert asked(world, key) == "ivanov"
    play(world, known(key, doctor="d7"))
    after = request(world, key)
    assert (after.queue, after.attempts, after.excluded, asked(world, key)) == ("back", 0, "", "petrova")


def test_only_the_first_look_up_routes_and_only_what_nobody_has() -> None:
    world = connected(floor("orlova"), *ROUTES)
    key = opened(world)
    before = request(world, key)
    for event in (
        known(key, doctor="d7", opening=False), known(key, doctor="d8"), known(key),
        known(key, phone="+79990000009", doctor="d7"), known("01a1fc83-0000-7000-8000-0000000000ff", doctor="d7"),
    ):  # fmt: skip
        assert lines(world, event) == [] and request(world, key) == before
    accept(world, key)
    play(world, known(key, doctor="d7"))
    assert request(world, key).queue == "front"


def test_a_rule_that_names_nobody_we_know_changes_nothing() -> None:
    world = connected(floor("orlova"), *ROUTES)
    key = opened(world)
    before = request(world, key)
    assert lines(world, known(key, flags=("complaint",))) == [] and request(world, key) == before


def test_of_a_caller_only_his_operator_is_named_and_who_calls_him_back_is_asked_first() -> None:
    world = connected(clinic(), replace(ROUTES[0], queue="back"))
    play(world, of_clinic.patient(0), of_clinic.joins(1))
    (waiting,) = world.all(Request)
    play(world, known(waiting.key, PATIENT, 1.2, flags=("vip",)))
    named = request(world, waiting.key)
    assert (named.preferred, named.queue, named.priority, named.version) == ("ivanov", "front", waiting.priority, waiting.version)
    play(world, of_clinic.abandons(20), of_clinic.gone(20, 1))
    assert (request(world, waiting.key).kind, request(world, waiting.key).preferred) == ("missed_call", "ivanov")


@pytest.mark.parametrize("routes", [(), ROUTES])
def test_rules_say_whether_a_mis_is_there(routes: tuple[PatientRoute, ...]) -> None:
    world = connected(clinic(), *routes)
    rules = world.get(Rules, "rules")
    assert rules is not None and rules.patients and rules.routes == routes
    assert not (clinic().get(Rules, "rules") or Rules()).patients


def test_a_transfer_after_the_answer_stands() -> None:
    world = connected(floor("orlova"), *ROUTES)
    key = opened(world)
    play(world, known(key, doctor="d7"))
    do(world, ev.TransferAsked, 20, by=None, role="supervisor", request=key, to_queue="front")
    play(world, known(key, s=21, doctor="d7", opening=False))
    assert request(world, key).queue == "front"
