"""Parts of a journal in, calls out: however they are cut, whenever the reader began anew, whatever stands in them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.journal import cel, queue_log
from engine.journal.parts import TRUNCATED, FileName, OutOfPlace, Part, Position, Problem, part_of
from engine.journal.reading import SLICE, Reader
from engine.journal.tail import Tail
from engine.world import Call
from tests.engine.clinic import EPOCH, PATIENT, PBX, T, at, uid
from tests.engine.journal import recorded
from tests.engine.journal.paper import (
    LONG_AFTER,
    ORLOVA,
    Paper,
    entities,
    line,
    parts,
    read,
    row,
    takes,
    trunk,
)


def reader() -> Reader:
    """A new reader of the small clinic's PBX."""
    return Reader(PBX, entities())


def told(call: Call) -> tuple[object, ...]:
    """What is compared of a call."""
    legs = tuple((leg.operator, leg.result, leg.left_by, round(leg.talk_s, 1)) for leg in call.legs)
    visits = tuple((visit.queue, visit.exit) for visit in call.visits)
    return call.key, call.phone, call.direction, call.result, call.queue, call.ended_by, legs, visits, call.started_at


def test_an_answered_call_is_told_when_it_is_over() -> None:
    paper = Paper()
    paper.answered()
    (call,) = paper.read()
    assert (call.phone, call.result, call.queue, call.source) == (PATIENT, "answered", "front", "73430000001")
    assert (call.started_at, call.ended_at, call.ended_by) == (at(0), at(8.003), "caller")
    (leg,) = call.legs
    assert (leg.operator, leg.result, leg.left_by, round(leg.talk_s, 2)) == ("orlova", "answered", "caller", 4.98)
    assert [(visit.queue, visit.exit) for visit in call.visits] == [("front", "answered")]


def test_times_are_the_pbx_s_and_the_offset_that_is_added() -> None:
    paper = Paper()
    paper.answered()
    away = reader()
    ended = [call for part in paper.parts() for call in away.take(part, LONG_AFTER, timedelta(hours=1)).ended]
    assert ended[0].started_at == at(3600)


def test_a_call_waits_until_both_files_were_read_past_it() -> None:
    paper = Paper()
    paper.answered()
    whole = reader()
    log, end_of_log, rows, end_of_rows = paper.parts()
    assert whole.take(rows, at(8.1)).ended == ()
    assert whole.take(end_of_rows, at(8.1)).ended == ()
    assert whole.open == 0, "of queue_log nothing is known"
    assert whole.take(log, at(8.1)).ended == ()
    assert whole.open == 1
    assert whole.take(end_of_log, at(9)).ended == ()
    assert whole.take(end_of_rows, at(10.6)).ended == (), "queue_log was read up to 9 s only"
    assert whole.take(end_of_log, at(10.4)).ended == ()
    assert len((*whole.take(end_of_rows, at(10.6)).ended, *whole.take(end_of_log, at(10.6)).ended)) == 1
    assert whole.open == 0


def test_without_queue_log_calls_are_told_a_minute_later() -> None:
    paper = Paper()
    paper.answered()
    alone = reader()
    rows, end_of_rows = parts("cel", paper.cel)
    assert alone.take(rows, at(8.1)).ended == ()
    assert alone.take(end_of_rows, at(80)).ended == ()
    assert [call.result for call in alone.take(end_of_rows, at(140)).ended] == ["answered"]


def test_a_queue_log_that_is_not_there_says_of_nobody_that_he_was_not_let_in(tmp_path: Path) -> None:
    paper = Paper()
    paper.answered()
    missing = Tail("queue_log", tmp_path / "queue_log")
    alone = reader()
    rows, end_of_rows = parts("cel", paper.cel)
    calls = read(alone, [rows, end_of_rows, part_of("queue_log", missing.read())], at(20))
    calls += read(alone, [end_of_rows, part_of("queue_log", missing.read())], at(140))
    assert [[(visit.queue, visit.exit) for visit in call.visits] for call in calls] == [[("front", "answered")]]


def test_a_part_that_is_not_the_next_one_changes_nothing() -> None:
    paper = Paper()
    paper.answered()
    kept = reader()
    assert kept.position("cel") is None
    first, second, *_ = parts("cel", paper.cel, most=10)
    kept.take(first, T)
    assert kept.position("cel") == (1, first.end)
    for wrong in (first, Part(file="cel", inode=2, start=10, end=20), Part(file="cel", inode=1, start=-1, end=-1)):
        assert not kept.accepts(wrong)
        with pytest.raises(OutOfPlace):
            kept.take(wrong, T)
    assert kept.accepts(second) and kept.accepts(Part(file="cel", inode=2, start=0, end=0))
    again = Part(file="cel", inode=1, start=0, end=0, problems=(Problem(offset=0, reason=TRUNCATED),))
    assert kept.accepts(again)
    kept.begin({"cel": (7, 70), "queue_log": None})
    assert (kept.position("cel"), kept.position("queue_log")) == ((7, 70), None)


def test_a_long_part_is_told_in_slices() -> None:
    paper = Paper()
    for number in range(100):
        paper.answered(20 * number, 10 * number + 1)
    whole = reader()
    log, end_of_log, rows, _ = paper.parts(most=10_000)
    whole.take(log, LONG_AFTER)
    whole.take(end_of_log, LONG_AFTER)
    taken = takes(whole, rows)
    assert len(taken) > len(paper.cel) // SLICE
    assert all(one.more for one in taken[:-1])
    assert sum(len(one.ended) for one in taken) == 99, "the last call waits for the file's end"


def test_new_settings_hold_for_what_comes() -> None:
    paper = Paper()
    paper.answered()
    changed = Reader(PBX, [])
    changed.refresh(entities())
    assert [call.legs[0].operator for call in read(changed, paper.parts())] == ["orlova"]
    changed.refresh([])
    changed.begin({})
    assert [call.legs[0].operator for call in read(changed, paper.parts())] == [""]


BROKEN = [
    ("cel", '"CHAN_START","1"\n', "wrong columns"),
    ("cel", row("CHAN_START", 5, 9, trunk(9)).replace(str(EPOCH + 5), "2026-11-21 12:00"), "no time"),
    ("cel", row("HANGUP", 5, 9, trunk(9))[:-3] + '"{"\n', "extra is not JSON"),
    ("queue_log", f"{EPOCH + 5}|NONE\n", "wrong columns"),
    ("queue_log", "later|NONE|NONE|NONE|PAUSEALL|\n", "no time"),
    ("queue_log", line(5, 1, "front", "a|b-c", "who knows", 1), "no event"),
]


@pytest.mark.parametrize(("file", "record", "reason"), BROKEN)
def test_a_damaged_record_is_told_with_its_place_and_skipped_alone(file: FileName, record: str, reason: str) -> None:
    paper = Paper()
    paper.answered()
    there = paper.cel if file == "cel" else paper.queue_log
    there.insert(3, record)
    whole = reader()
    taken = [one for part in paper.parts() for one in takes(whole, part)]
    problems = [problem for one in taken for problem in one.problems]
    place = len("".join(there[:3]))
    assert problems == [Problem(offset=place, reason=reason, file=file, inode=1)]
    assert [call.result for one in taken for call in one.ended] == ["answered"]
    assert sum(one.rows for one in taken) == len(paper.cel) + len(paper.queue_log) - 1


def test_what_the_tail_skipped_is_told_with_its_file() -> None:
    batch = Part(file="cel", inode=4, start=0, end=9, problems=(Problem(offset=3, reason="too long"),))
    assert reader().take(batch, T).problems == (Problem(offset=3, reason="too long", file="cel", inode=4),)


def test_a_record_glued_to_one_that_a_death_of_asterisk_cut_off_is_read() -> None:
    paper = Paper()
    paper.answered()
    for there in (paper.cel, paper.queue_log):
        there[2:3] = [there[1][:34] + there[2]]
    whole = reader()
    taken = [one for part in paper.parts() for one in takes(whole, part)]
    assert [call.result for one in taken for call in one.ended] == ["answered"]
    assert len([problem for one in taken for problem in one.problems]) == 2


def test_a_bar_in_an_operator_s_name_and_bytes_that_are_no_utf_8_harm_nobody() -> None:
    paper = Paper()
    paper.answered()
    paper.queue_log = [text.replace("orlova", "Jos\xe9 | desk 1") for text in paper.queue_log]
    paper.cel = [text.replace('"Queue"', '"Queue\xe9"') if "CHAN_END" in text else text for text in paper.cel]
    assert [call.legs[0].operator for call in paper.read()] == ["orlova"]


@pytest.mark.parametrize("jump", [-7200.0, -40.0, 40.0, 7200.0, 86400.0 * 400])
def test_a_clock_that_jumps_loses_no_call_and_joins_none(jump: float) -> None:
    paper = Paper()
    paper.answered(0, 1)
    paper.answered(20 + jump, 11)
    paper.answered(40, 21)
    paper.answered(60 + jump, 31)
    calls = paper.read()
    assert sorted(call.channel for call in calls) == sorted(uid(number) for number in (1, 11, 21, 31))
    assert {(call.result, len(call.legs), call.phone) for call in calls} == {("answered", 1, PATIENT)}


@pytest.mark.parametrize("jump", [-7200.0, 7200.0])
def test_a_clock_that_jumps_within_a_call_ends_it_all_the_same(jump: float) -> None:
    paper = Paper()
    paper.arrives(0)
    paper.queues(1)
    paper.rings(1.01, 2)
    paper.lifts(3)
    paper.part(8 + jump)
    (call,) = paper.read()
    assert (call.result, len(call.legs), call.legs[0].operator) == ("answered", 1, "orlova")
    assert call.talk_s >= 0


@pytest.fixture
def zone() -> Iterator[None]:
    """The machine's time zone, as it was afterwards."""
    before = os.environ.get("TZ")
    yield
    if before is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("zone")
def test_the_time_zone_changes_nothing() -> None:
    paper = Paper()
    paper.answered()
    seen = set()
    for name in ("UTC", "Asia/Yekaterinburg", "America/St_Johns"):
        os.environ["TZ"] = name
        time.tzset()
        seen.add(told(paper.read()[0]))
    assert len(seen) == 1


def test_two_pbxs_with_the_same_system_name_are_never_one() -> None:
    paper = Paper()
    paper.answered()
    one = paper.read()[0]
    (other,) = read(Reader("other", entities()), paper.parts()) or [None]
    assert other is None or other.key != one.key


def test_what_began_before_we_looked_is_not_told_as_half_a_call() -> None:
    paper = Paper()
    paper.answered(0, 1)
    paper.answered(20, 11)
    for cut in range(1, len(paper.cel) // 2):
        late = Paper(paper.cel[cut:], paper.queue_log)
        assert [call.channel for call in late.read()] == [uid(11)], cut


def test_a_start_of_asterisk_ends_what_was_open() -> None:
    paper = Paper()
    paper.arrives(0)
    paper.queues(1)
    paper.rings(1.01, 2)
    paper.lifts(3)
    paper.write(line(60, "NONE", "NONE", "NONE", "QUEUESTART", ""))
    paper.answered(61, 1001)
    lost, after = paper.read()
    assert (lost.channel, lost.result, lost.ended_at) == (uid(1), "lost_by_pbx", at(3.02))
    assert (after.channel, after.result) == (uid(1001), "answered")


def test_a_start_of_asterisk_that_is_the_last_we_hear_ends_what_was_open_too() -> None:
    paper = Paper()
    paper.arrives(0)
    paper.write(line(60, "NONE", "NONE", "NONE", "QUEUESTART", ""))
    assert [call.result for call in paper.read()] == ["lost_by_pbx"]


def test_a_reload_is_no_start() -> None:
    paper = Paper()
    paper.arrives(0)
    paper.write(line(1, "NONE", "NONE", "NONE", "CONFIGRELOAD", ""))
    paper.queues(2)
    paper.rings(2.01, 2)
    paper.lifts(3)
    paper.part(8)
    assert [call.result for call in paper.read()] == ["answered"]


def test_without_queue_log_serials_that_fall_say_that_asterisk_began_anew() -> None:
    paper = Paper()
    old, new = f"{EPOCH}.7", f"{EPOCH + 60}.0"
    who = {"number": PATIENT, "context": "okno-inbound", "exten": "73430000001"}
    paper.write(row("CHAN_START", 0, old, trunk(1), **who), row("ANSWER", 1, old, trunk(1)))
    paper.write(row("CHAN_START", 60, new, trunk(1), **who), row("HANGUP", 62, new, trunk(1)))
    rows, end_of_rows = parts("cel", paper.cel)
    alone = reader()
    assert read(alone, [rows, end_of_rows], at(65)) == []
    assert [(call.channel, call.result) for call in read(alone, [end_of_rows], at(200))] == [
        (old, "lost_by_pbx"), (new, "unanswered"),
    ]  # fmt: skip


def test_the_same_records_told_twice_make_the_same_calls() -> None:
    paper = Paper()
    paper.answered()
    twice = Paper(paper.cel * 2, paper.queue_log * 2)
    assert {told(call) for call in twice.read()} == {told(call) for call in paper.read()}


def test_a_closed_call_needs_no_record_any_more() -> None:
    paper = Paper()
    paper.answered(0, 1)
    paper.arrives(100, 11)
    whole = reader()
    for part in paper.parts(most=1):
        last = takes(whole, part)[-1]
    assert whole.open == 1
    assert last.confirmed["cel"] == (1, len("".join(paper.cel[:-3])))
    assert last.confirmed["queue_log"] == (1, len("".join(paper.queue_log)))


def test_what_was_told_before_is_not_told_again() -> None:
    paper = Paper()
    paper.arrives(0, 1)
    paper.answered(10, 11)
    first = reader()
    for part in paper.parts(most=1):
        last = takes(first, part)[-1]
    assert last.confirmed["cel"] == (1, 0)
    paper.leaves(200, 1)
    second = reader()
    second.begin(last.confirmed)
    assert [call.channel for call in read(second, paper.parts())] == [uid(1)]


def test_what_a_truncated_file_holds_now_was_not_told_before() -> None:
    paper = Paper()
    paper.answered()
    first = reader()
    for part in paper.parts(most=1):
        last = takes(first, part)[-1]
    anew = Paper()
    anew.answered(900, 11)
    cut_short = (Problem(offset=0, reason=TRUNCATED),)
    second = reader()
    second.begin(last.confirmed)
    assert last.confirmed["cel"][1] > 0
    given = [replace(part, problems=cut_short) if part.start == 0 else part for part in anew.parts()]
    assert [call.channel for call in read(second, given)] == [uid(11)]


def test_a_start_after_what_was_told_before_is_told() -> None:
    paper = Paper()
    paper.arrives(0)
    first = reader()
    for part in paper.parts(most=1):
        last = takes(first, part)[-1]
    paper.write(line(60, "NONE", "NONE", "NONE", "QUEUESTART", ""))
    second = reader()
    second.begin(last.confirmed)
    assert [(call.channel, call.result) for call in read(second, paper.parts())] == [(uid(1), "lost_by_pbx")]


def test_a_channel_that_never_ends_keeps_nothing_from_being_confirmed_for_ever() -> None:
    paper = Paper()
    paper.arrives(0, 1)
    for day in range(1, 4):
        paper.answered(day * 86400.0, 100 * day)
    whole = reader()
    for part in paper.parts(most=8):
        last = takes(whole, part)[-1]
    assert last.confirmed["cel"][1] > len("".join(paper.cel[:3]))


def test_a_row_of_a_time_yet_to_come_does_not_confirm_past_who_lives() -> None:
    paper = Paper()
    paper.arrives(0, 1)
    paper.arrives(3 * 86400.0, 11)
    whole = reader()
    for part in paper.parts(most=1):
        last = takes(whole, part, at(30))[-1]
    assert last.confirmed["cel"] == (1, 0)


# ---- A run of the scenario matrix on a real Asterisk ------------------------------------------------------------------


@pytest.fixture(scope="module")
def matrix() -> dict[str, tuple[object, ...]]:
    """Its calls by the journal, read in one piece."""
    whole = Reader(recorded.NAME, recorded.entities())
    given = [*parts("queue_log", recorded.records("queue_log"), 10_000), *parts("cel", recorded.records("cel"), 10_000)]
    return {call.key: told(call) for call in read(whole, given)}


def test_the_journal_alone_tells_what_ami_alone_tells(matrix: dict[str, tuple[object, ...]]) -> None:
    live = recorded.by_ami()
    assert matrix.keys() == live.keys()
    for key, call in live.items():
        (*mine, legs, visits, started), (*theirs, their_legs, their_visits, their_start) = matrix[key], told(call)
        assert mine == theirs
        assert visits == their_visits
        assert abs(started - their_start) < timedelta(seconds=1)
        assert sorted(map(str, (leg[:3] for leg in legs))) == sorted(map(str, (leg[:3] for leg in their_legs)))
        for leg, other in zip(sorted(legs, key=str), sorted(their_legs, key=str), strict=True):
            assert abs(leg[3] - other[3]) <= 1


class Run:
    """The recorded run as it grew: both files up to any moment."""

    FILES: tuple[FileName, ...] = ("cel", "queue_log")

    def __init__(self) -> None:
        self.records = {file: recorded.records(file) for file in self.FILES}
        self.times = {
            "cel": [cel.parse(record).at for record in self.records["cel"]],
            "queue_log": [float(queue_log.parse(record).at) for record in self.records["queue_log"]],
        }
        self.places = {file: self._places(records) for file, records in self.records.items()}
        self.first, self.last = self.times["cel"][0], self.times["cel"][-1]

    def given(self, file: FileName, position: Position | None, until: float, most: int) -> Iterator[Part]:
        """What a shipper would send of a file at that moment, from where the reader is."""
        places, times = self.places[file], self.times[file]
        number = places.index(position[1]) if position is not None else 0
        stop = next((n for n, moment in enumerate(times) if moment > until), len(times))
        while number < stop:
            end = min(stop, number + most)
            some = tuple(self.records[file][number:end])
            yield Part(file=file, inode=1, start=places[number], end=places[end], records=some)
            number = end
        yield Part(file=file, inode=1, start=places[number], end=places[number], at_end=True)

    @staticmethod
    def _places(records: list[str]) -> list[int]:
        places = [0]
        for record in records:
            places.append(places[-1] + len(record))
        return places


RUN = Run()
MOMENTS = st.lists(st.floats(0, 1), min_size=0, max_size=8).map(sorted)
CUTS = st.integers(5, 400)


def _live(moments: list[float], most: int, *, log_first: bool, reborn: bool) -> dict[str, set[tuple[object, ...]]]:
    """Read the run while it grows; with `reborn` by a new reader each time, from what the last one had confirmed."""
    current = Reader(recorded.NAME, recorded.entities())
    calls: dict[str, set[tuple[object, ...]]] = {}
    confirmed: dict[str, Position] = {}
    moments = [RUN.first + share * (RUN.last - RUN.first) for share in moments] + [RUN.last + 60]
    for moment in moments:
        if reborn:
            current = Reader(recorded.NAME, recorded.entities())
            current.begin(confirmed)
        files: tuple[FileName, ...] = ("queue_log", "cel") if log_first else ("cel", "queue_log")
        for file in files:
            for part in RUN.given(file, current.position(file), moment, most):
                for taken in takes(current, part, datetime.fromtimestamp(moment, UTC)):
                    confirmed = taken.confirmed
                    for call in taken.ended:
                        calls.setdefault(call.key, set()).add(told(call))
    return calls


def _unlike(
    wanted: dict[str, tuple[object, ...]], calls: dict[str, set[tuple[object, ...]]]
) -> dict[str, tuple[object, object]]:
    """The calls that were not told as they should, each with what was told."""
    keys = wanted.keys() | calls.keys()
    return {key: (wanted.get(key), calls.get(key)) for key in keys if {wanted.get(key)} != calls.get(key)}


@settings(max_examples=5, deadline=None)
@given(moments=MOMENTS, most=CUTS, log_first=st.booleans())
def test_however_the_files_are_cut_the_same_calls_are_told(
    matrix: dict[str, tuple[object, ...]], moments: list[float], most: int, log_first: bool
) -> None:
    assert _unlike(matrix, _live(moments, most, log_first=log_first, reborn=False)) == {}


@settings(max_examples=5, deadline=None)
@given(moments=MOMENTS, most=CUTS, log_first=st.booleans())
def test_whenever_the_reader_began_anew_from_what_it_had_confirmed_the_same_calls_are_told(
    matrix: dict[str, tuple[object, ...]], moments: list[float], most: int, log_first: bool
) -> None:
    assert _unlike(matrix, _live(moments, most, log_first=log_first, reborn=True)) == {}


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_no_damage_escapes_and_none_makes_a_call(matrix: dict[str, tuple[object, ...]], data: st.DataObject) -> None:
    """Records that are lost, doubled, cut or scrambled: nothing is raised, and nobody's call becomes another's."""
    hurt: dict[FileName, list[str]] = {}
    for file in Run.FILES:
        some = list(RUN.records[file])
        for place in data.draw(st.lists(st.integers(0, len(some) - 1), max_size=12)):
            record = some[place]
            some[place] = data.draw(st.sampled_from([
                "", record * 2, record[: len(record) // 2] + "\n", record[len(record) // 2 :], record.replace('"', "'"),
                record.replace(",", "|"), record[::-1], "\xff\n", '"' * 7 + "\n",
            ]))  # fmt: skip
        hurt[file] = some
    whole = Reader(recorded.NAME, recorded.entities())
    calls = read(whole, [*parts("queue_log", hurt["queue_log"]), *parts("cel", hurt["cel"])])
    phones = {key: call[1] for key, call in matrix.items()}
    assert all(phones.get(call.key, "") in (call.phone, "") or not call.phone for call in calls)


def test_moments_of_the_run_are_in_order_enough() -> None:
    """What the wait in the window counts on: CEL is written within half a second of the fact."""
    assert min(later - earlier for earlier, later in pairwise(RUN.times["cel"])) > -0.5
    assert ORLOVA
