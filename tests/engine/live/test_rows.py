"""A row says what the screens show: who talks, whose phones ring, since when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from engine import events as ev
from engine.feed import HistoryRow, RequestRow
from engine.live import rows
from engine.live.drawing import Touched
from engine.world import Call, HistoryEntry, Leg, Operator, Pbx, Put, Queue, Request, Rules, Timer
from engine.world.reading import wrap_up_timer
from tests.engine.callbacks.desk import KEY, dial, fails, goes_out, lifts, quiet, ready
from tests.engine.clinic import T, at, clinic
from tests.engine.floor import floor, opened, request
from tests.engine.playbook import perform

CALL = Call(key="c", pbx="main", direction="inbound", channel="1.1", started_at=T)


def test_moments_are_utc_to_the_millisecond() -> None:
    assert rows.wire(None) is None
    local = datetime(2026, 11, 21, 9, 0, 0, 123456, timezone(timedelta(hours=5)))
    assert rows.wire(local) == "2026-11-21T04:00:00.123Z"


def test_who_talks_and_whose_phone_rings() -> None:
    first = Leg(operator="orlova", channel="1.2", rang_at=T, answered_at=at(5), result="answered")
    second = Leg(operator="ivanov", channel="1.3", rang_at=at(9))
    row = rows.call_row(clinic(), replace(CALL, legs=(first, second)))
    assert (row["operator"], row["ringing"]) == ("orlova", ["ivanov"])
    left = replace(first, left_at=at(20))
    row = rows.call_row(clinic(), replace(CALL, legs=(left, replace(second, left_at=at(21), result="no_answer"))))
    assert (row["operator"], row["ringing"]) == (None, [])


def test_a_source_without_a_line_is_its_own_title() -> None:
    assert rows.call_row(clinic(), CALL)["source"] == {"ru": "", "en": ""}
    assert rows.call_row(clinic(), replace(CALL, source="flyer"))["source"] == {"ru": "flyer", "en": "flyer"}


def test_a_request_is_numbered_for_people() -> None:
    request = Request(key="r", year=2026, number=123, kind="call", status="new", created_at=T, since=T)
    assert rows.request_row(clinic(), request)["number"] == "2026-000123"


def test_a_request_says_whom_it_is_about_and_whom_the_mis_means_apart() -> None:
    request = Request(key="r", year=2026, number=1, kind="call", status="new", created_at=T, since=T)
    row = rows.request_row(clinic(), request)
    assert (row["patient"], row["meant"], row["preferred"]) == (None, None, "")
    row = rows.request_row(clinic(), replace(request, patient="p1", meant="p2", preferred="orlova"))
    assert (row["patient"], row["meant"], row["preferred"]) == ("p1", "p2", "orlova")
    assert RequestRow.model_validate(row).patient == "p1"


def test_a_phone_is_reachable_when_its_device_and_the_link_are() -> None:
    world = clinic()
    operator = world.get(Operator, "orlova")
    assert operator is not None
    for device, reachable in (("NOT_INUSE", True), ("INUSE", True), ("UNAVAILABLE", False), ("UNKNOWN", False)):
        row = rows.operator_row(world, replace(operator, device=device, pauses=frozenset({"human:lunch"})))
        assert (row["reachable"], row["paused"]) == (reachable, True)
    assert rows.operator_row(clinic(live=False), replace(operator, device="INUSE"))["reachable"] is False
    pbx = world.get(Pbx, "main")
    assert pbx is not None and rows.pbx_row(world, pbx)["link"] == "live"


def test_a_call_in_any_of_its_stages_is_part_of_an_operator_s_load() -> None:
    world = clinic()
    operator = world.get(Operator, "orlova")
    assert operator is not None
    told = {voice: rows.operator_row(world, replace(operator, voice=voice))["load"] for voice in ("idle", "ringing", "incall")}
    assert told == {"idle": 0, "ringing": 100, "incall": 100}


def test_a_queue_says_where_the_directory_lists_it() -> None:
    world = clinic()
    front, back = world.get(Queue, "front"), world.get(Queue, "back")
    assert front is not None and back is not None
    named = (("outcomes", "front", "-", "-"), ("queues", "back", "-", "-"), ("queues", "front", "-", "-"))
    world.apply([Put(Rules(titles=named))])
    assert [rows.queue_row(world, one)["place"] for one in (front, back)] == [1, 0]
    assert rows.queue_row(world, replace(front, key="removed"))["place"] == 2
    world.apply([Put(Rules())])
    assert rows.queue_row(world, front)["place"] == 0


def test_a_line_of_history() -> None:
    entry = HistoryEntry(request="r", at=T, actor="anna", what="note", note="words")
    assert HistoryRow.model_validate(rows.history_row(entry)).note == "words"


def test_what_the_mis_wants_of_a_visit_is_said_once_the_patient_is_confirmed() -> None:
    world = floor("orlova")
    one = request(world, opened(world, owner="orlova"))
    entries = [
        HistoryEntry(request=one.key, at=T, actor="mis", what="work_confirm", note="12.03.2031 10:00 · a doctor"),
        HistoryEntry(request=one.key, at=T, actor="orlova", what="note", note="words"),
    ]
    assert [row["note"] for row in rows.history_rows(one, entries)] == ["", "words"]
    known = replace(one, patient="p1")
    assert [row["note"] for row in rows.history_rows(known, entries)] == ["12.03.2031 10:00 · a doctor", "words"]


def test_a_wrap_up_says_when_it_ends_also_after_more_time_was_asked_for() -> None:
    world = floor("orlova")
    key = opened(world, status="wrap_up", owner="orlova")
    world.apply([Put(Timer(key=wrap_up_timer(key), due=at(40)))])
    version = request(world, key).version
    assert rows.request_row(world, request(world, key))["wrap_up_until"] == rows.wire(at(40))
    touched = Touched()
    asked = ev.ProlongAsked(at=at(20), command="p", actor="a", role="operator", operator="orlova", request=key)
    for outcome in perform(world, asked):
        touched.add(outcome.changes, [])
    (_, row) = touched.draw(world)["requests", key]
    assert row is not None and (row["wrap_up_until"], row["version"]) == (rows.wire(at(70)), version)
    done = replace(request(world, key), status="done")
    assert rows.request_row(world, done)["wrap_up_until"] is None


def test_a_request_says_when_its_person_is_called_and_what_became_of_each_try() -> None:
    world = ready()
    assert rows.request_row(world, request(world, KEY))["callback"] == {
        "state": "waiting", "origin": "form", "wanted_at": None, "next_at": rows.wire(at(10)), "attempt": 0, "of": 4,
        "tries": [],
    }  # fmt: skip
    quiet(world, KEY, 21)
    first, _ = dial(world)
    lifts(world, first)
    goes_out(world, first)
    fails(world, first, 17, "BUSY")
    row = rows.request_row(world, request(world, KEY))["callback"]
    assert (row["attempt"], [one["outcome"] for one in row["tries"]]) == (1, ["busy"])
    assert row["tries"][0]["call"] is not None and RequestRow.model_validate(rows.request_row(world, request(world, KEY))).callback
