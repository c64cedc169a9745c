"""What `mis` tells: a line of history for a visit; for work a callback, one however often it is told."""

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import FindContact, KnowPatients
from engine.requests.opening import postponed_timer
from engine.world import Append, Call, HistoryEntry, Put, Request, Timer, World
from tests.engine import clinic as of_clinic
from tests.engine.clinic import PATIENT, RULES, at, clinic
from tests.engine.floor import asked, floor, opened, play, request
from tests.engine.playbook import perform

KEYS = [f"01a1fc83-0000-7000-8000-0000000000{n:02d}" for n in range(10)]
CHILD = "Patient/child"


def work(key: str = KEYS[1], reason: str = "changed", s: float = 10, **more: Any) -> ev.WorkTold:
    given = {"queue": "front", "priority": 0, "due_at": at(3600), "phone": PATIENT, "patient": CHILD, "note": "11.12 10:00"}
    return ev.WorkTold(at=at(s), key=key, reason=reason, **(given | more))


def lines(of: World, event: Any) -> list[HistoryEntry]:
    """The lines of history an event leaves."""
    return [one.entry for outcome in perform(of, event) for one in outcome.changes if isinstance(one, Append)]


@pytest.mark.parametrize("what", ["booked", "requested", "moved", "cancelled", "confirmed", "refused", "unknown"])
def test_a_visit_is_a_line_of_history_also_of_a_request_that_is_done(what: str) -> None:
    told = ev.VisitTold(at=at(5), key=KEYS[2], request=KEYS[1], what=what, actor="orlova.a")
    (line,) = lines(clinic(), told)
    assert (line.request, line.what, line.actor, line.note) == (KEYS[1], f"visit_{what}", "orlova.a", "")
    (again,) = lines(clinic(), told)
    assert again.line == line.line != ""


def test_nobody_s_command_goes_stale_by_a_visit() -> None:
    world = floor("orlova")
    key = opened(world)
    before = request(world, key)
    play(world, ev.VisitTold(at=at(15), key=KEYS[2], request=key, what="booked", actor="orlova.a"))
    assert request(world, key) == before


@pytest.mark.parametrize("reason", ["confirm", "waitlist", "changed", "unresolved"])
def test_work_makes_a_callback_that_is_offered_and_nobody_is_confirmed_by_it(reason: str) -> None:
    world = floor("orlova")
    opening, line, *_ = lines(world, work(reason=reason, priority=9))
    made = request(world, KEYS[1])
    assert (made.kind, made.source, made.queue, made.priority, made.due_at, made.phone) == (
        "callback", f"mis:{reason}", "front", 9, at(3600), PATIENT,
    )  # fmt: skip
    assert (made.meant, made.patient) == (CHILD, "")
    assert (opening.what, line.what, line.note, line.line) == ("opened", f"work_{reason}", "11.12 10:00", KEYS[1])
    assert asked(world, KEYS[1]) == "orlova"


def test_the_same_work_twice_is_one() -> None:
    world = floor("orlova")
    play(world, work())
    before = list(world.all(Request))
    assert lines(world, work(s=20)) == [] and list(world.all(Request)) == before


def test_more_work_about_the_same_patient_joins_what_is_open() -> None:
    world = floor("orlova")
    play(world, work(), work(KEYS[2], "confirm", 20, due_at=at(600), priority=30, note="12.12 9:00"))
    (one,) = world.all(Request)
    assert (one.key, one.due_at, one.priority, one.source) == (KEYS[1], at(600), 30, "mis:changed")
    play(world, work(KEYS[3], patient="Patient/mother"))
    assert len(list(world.all(Request))) == 2


def over(key: str = KEYS[1], s: float = 30) -> ev.WorkEnded:
    return ev.WorkEnded(at=at(s), key=key, why="confirmed")


@pytest.mark.parametrize("asking", [True, False])
def test_what_is_no_longer_needed_is_withdrawn_also_from_who_is_asked(asking: bool) -> None:
    world = floor("orlova") if asking else clinic()
    play(world, work(reason="confirm"))
    assert (asked(world, KEYS[1]) == "orlova") is asking
    outcomes = list(perform(world, over()))
    puts = [one.entity for outcome in outcomes for one in outcome.changes if isinstance(one, Put)]
    last = [one for one in puts if isinstance(one, Request)][-1]
    assert (last.status, last.closed_at, last.owner, last.works) == ("cancelled", at(30), None, ())
    said = [one.entry for outcome in outcomes for one in outcome.changes if isinstance(one, Append)]
    assert [one.what for one in said if one.what == "work_over"] == ["work_over"]
    assert not list(world.all(Request)) and asked(world, KEYS[1]) == ""
    assert lines(world, over(s=40)) == [], "told twice"


def test_what_several_wanted_is_withdrawn_with_the_last() -> None:
    world = clinic()
    play(world, work(reason="confirm"), work(KEYS[2], "waitlist", 20))
    assert request(world, KEYS[1]).works == (KEYS[1], KEYS[2])
    (line,) = lines(world, over())
    assert (line.what, line.request) == ("work_over", KEYS[1])
    assert (request(world, KEYS[1]).status, request(world, KEYS[1]).works) == ("queued", (KEYS[2],))
    play(world, over(KEYS[2], 40))
    assert not list(world.all(Request))


def test_what_came_of_a_change_stays_with_what_joined_it_over() -> None:
    world = clinic()
    play(world, work(reason="changed"), work(KEYS[2], "confirm", 20), over(KEYS[2]))
    assert (request(world, KEYS[1]).status, request(world, KEYS[1]).works) == ("queued", (KEYS[1],))


def test_who_has_it_in_hand_keeps_it_and_reads_that_it_is_over() -> None:
    world = floor("orlova")
    play(world, work(reason="confirm"))
    world.apply([Put(replace(request(world, KEYS[1]), status="in_progress", owner="orlova"))])
    version = request(world, KEYS[1]).version
    (line,) = lines(world, over())
    assert (line.what, line.actor) == ("work_over", "mis") and line.line == over().line
    kept = request(world, KEYS[1])
    assert (kept.status, kept.owner, kept.version) == ("in_progress", "orlova", version)


def test_who_is_being_called_just_now_is_called() -> None:
    world = clinic()
    play(world, work(reason="confirm"), of_clinic.patient(20), of_clinic.joins(21))
    (call,) = world.all(Call)
    world.apply([Put(replace(request(world, KEYS[1]), calls=(call.key,)))])
    play(world, over())
    assert (request(world, KEYS[1]).status, request(world, KEYS[1]).works) == ("queued", ())


def test_what_is_put_aside_is_withdrawn_and_comes_back_no_more() -> None:
    world = clinic()
    play(world, work(reason="waitlist"))
    postponed = replace(request(world, KEYS[1]), status="postponed", postponed_until=at(900))
    world.apply([Put(postponed), Put(Timer(key=postponed_timer(KEYS[1]), due=at(900)))])
    play(world, over())
    assert not list(world.all(Request)) and world.get(Timer, postponed_timer(KEYS[1])) is None


def test_it_says_nothing_of_work_nobody_knows() -> None:
    world = floor("orlova")
    opened(world)
    assert lines(world, over(KEYS[5])) == []


def test_a_restricted_card_that_was_opened_is_a_line_of_its_own_name() -> None:
    (line,) = lines(clinic(), ev.VisitTold(at=at(5), key=KEYS[2], request=KEYS[1], what="restricted_opened", actor="orlova.a"))
    assert (line.what, line.actor, line.note) == ("restricted_opened", "orlova.a", "")


def test_it_joins_nothing_a_patient_asked_for_nor_what_is_being_finished() -> None:
    world = floor("orlova")
    key = opened(world, kind="callback", meant=CHILD)
    play(world, work())
    assert {one.key for one in world.all(Request)} == {key, KEYS[1]}
    world.apply([Put(replace(request(world, KEYS[1]), status="wrap_up", owner="orlova"))])
    play(world, work(KEYS[2]))
    assert {one.key for one in world.all(Request)} == {key, KEYS[1], KEYS[2]}


def test_a_number_that_is_known_now_is_taken_over() -> None:
    world = floor("orlova")
    play(world, work(phone=""), work(KEYS[2], s=20))
    assert request(world, KEYS[1]).phone == PATIENT


@pytest.mark.parametrize(("wanted", "queue"), [("back", "back"), ("", "front"), ("nowhere", "front")])
def test_a_queue_nobody_has_is_the_first(wanted: str, queue: str) -> None:
    world = clinic()
    world.apply([Put(replace(RULES, titles=(("outcomes", "a", "", ""), ("queues", "front", "", ""), ("queues", "back", "", ""))))])
    play(world, work(queue=wanted))
    assert request(world, KEYS[1]).queue == queue


def test_whose_number_it_is_and_who_it_may_be_is_asked_when_there_is_one() -> None:
    world = clinic()
    world.apply([Put(replace(RULES, patients=True))])
    look = KnowPatients(phone=PATIENT, waits=KEYS[1], request=KEYS[1], opening=True)
    assert [one for one in play(world, work()) if isinstance(one, FindContact | KnowPatients)] == [FindContact(phone=PATIENT), look]
    assert [one for one in play(world, work(KEYS[2], phone="", patient="")) if isinstance(one, FindContact | KnowPatients)] == []


def test_any_talk_settles_a_promise_but_not_what_the_mis_wants() -> None:
    world = floor()
    play(world, work())
    promised = opened(world, 1, 11, kind="callback", phone=PATIENT)
    talk = (
        of_clinic.patient(100), of_clinic.joins(101), *of_clinic.rings(102), *talks(104, 160),
    )  # fmt: skip
    play(world, *talk)
    assert world.get(Request, promised) is None and world.get(Request, KEYS[1]) is not None


def talks(begin: float, end: float) -> list[Any]:
    """Orlova lifts, talks and hangs up."""
    return [
        of_clinic.dialled(begin, 1, 2, "ANSWER"),
        of_clinic.agent(ev.AgentConnected, begin, 2), of_clinic.enters(begin, 1), of_clinic.enters(begin, 2),
        of_clinic.left(begin), of_clinic.leaves(end, 1), of_clinic.leaves(end, 2), of_clinic.gone(end, 1), of_clinic.gone(end, 2),
    ]  # fmt: skip
