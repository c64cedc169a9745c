"""queue_log counted alone, and held against the calls of the same run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.ami.replay import facts
from engine.journal.recount import recount
from engine.queues.statistics import By, Figures, figures, ring_sums, rings_of, stay_sums, stays_of
from tests.engine.clinic import Ended
from tests.engine.test_replays import bench

RECORDED = Path(__file__).parent.parent / "recorded"
ZONE = ZoneInfo("Asia/Yekaterinburg")
OPERATORS = {f"operator-{extension}": str(extension) for extension in range(1001, 1070)}
T = 1_795_247_241
ENTER = f"{T}|1.1|front|NONE|ENTERQUEUE||+79990000001|1"


@pytest.mark.parametrize(("lines", "exit", "wait_s"), [
    ([f"{T + 4}|1.1|front|orlova|CONNECT|4|1.2|3"], "answered", 4),
    ([f"{T + 9}|1.1|front|NONE|ABANDON|1|1|9"], "abandoned", 9),
    ([f"{T + 9}|1.1|front|Orlova|ABANDON|1|1|9"], "abandoned", 9),
    ([f"{T + 7}|1.1|front|NONE|EXITWITHTIMEOUT|1|1|7"], "timeout", 7),
    ([f"{T + 7}|1.1|front|NONE|EXITEMPTY|1|1|7"], "empty", 7),
    ([f"{T + 3}|1.1|front|NONE|EXITWITHKEY|1|1|1|3"], "key", 3),
    ([f"{T + 3}|1.1|front|NONE|WITHDRAW|1|1|3|why"], "withdrawn", 3),
    ([f"{T + 5}|NONE|NONE|NONE|QUEUESTART|"], "lost", 5),
    ([], "waiting", 0),
])  # fmt: skip
def test_a_stay_ends_as_its_line_says(lines: list[str], exit: str, wait_s: float):
    (stay,) = recount([ENTER, *lines]).stays
    assert (stay.queue, stay.exit, stay.wait_s) == ("front", exit, wait_s)


@pytest.mark.parametrize(("line", "talk_s"), [
    ("COMPLETECALLER|4|21|1", 21), ("COMPLETEAGENT|4|22|1", 22), ("BLINDTRANSFER|1002|internal|4|23|1", 23),
    ("ATTENDEDTRANSFER|BRIDGE|0f-1|4|24|1", 24), ("COMPLETEAGENT", 0),
])  # fmt: skip
def test_talk_is_what_the_last_line_says(line: str, talk_s: float):
    found = recount([ENTER, f"{T + 4}|1.1|front|orlova|CONNECT|4|1.2|3", f"{T + 30}|1.1|front|orlova|{line}"])
    assert [stay.talk_s for stay in found.stays] == [talk_s]
    assert [(ring.operator, ring.result, ring.talk_s) for ring in found.rings] == [("orlova", "answered", talk_s)]


def test_rings_that_nobody_took():
    found = recount([
        ENTER, f"{T + 9}|1.1|front|orlova|RINGNOANSWER|5000", f"{T + 12}|1.1|front|ivanov|RINGCANCELED|2000",
        f"{T + 13}|1.1|front|orlova|AGENTDUMP|",
    ])  # fmt: skip
    assert [(ring.operator, ring.result, ring.rang_at.timestamp() - T) for ring in found.rings] == [
        ("orlova", "no_answer", 4), ("ivanov", "cancelled", 10), ("orlova", "no_answer", 13),
    ]  # fmt: skip


def test_a_second_queue_and_the_first_again_are_three_stays():
    found = recount([
        ENTER, f"{T + 5}|1.1|front|NONE|EXITWITHTIMEOUT|1|1|5", f"{T + 5}|1.1|back|NONE|ENTERQUEUE|||1",
        f"{T + 9}|1.1|back|ivanov|CONNECT|4|1.3|2", f"{T + 20}|1.1|back|ivanov|BLINDTRANSFER|300|x|4|11|1",
        f"{T + 20}|1.1|front|NONE|ENTERQUEUE|||1",
    ])  # fmt: skip
    assert [(stay.queue, stay.exit, stay.talk_s) for stay in found.stays] == [
        ("front", "timeout", 0), ("back", "answered", 11), ("front", "waiting", 0),
    ]  # fmt: skip


def test_a_caller_who_is_put_into_a_queue_takes_the_stay_of_who_put_him_there():
    found = recount([
        ENTER, f"{T + 1}|1.1|front|orlova|CONNECT|1|1.2|1", f"{T + 4}|1.8|back|NONE|ENTERQUEUE||1001|1",
        f"{T + 5}|1.1|front|orlova|ATTENDEDTRANSFER|APP|Queue|1|4|1", f"{T + 7}|1.1|back|ivanov|CONNECT|3|1.9|2",
        f"{T + 9}|1.1|back|ivanov|COMPLETECALLER|3|2|1",
    ])  # fmt: skip
    assert [(stay.queue, stay.exit, stay.operator, stay.talk_s) for stay in found.stays] == [
        ("front", "answered", "orlova", 4), ("back", "answered", "ivanov", 2),
    ]  # fmt: skip


def test_who_came_before_the_first_line_is_nobody_else():
    found = recount([ENTER, f"{T + 2}|1.7|front|ivanov|CONNECT|9|1.9|2"])
    assert [(stay.exit, stay.operator) for stay in found.stays] == [("waiting", "")]


def test_what_cannot_be_read_is_counted_and_left_out():
    found = recount(["", "\n", "nonsense", "x|1.1|q|a|CONNECT|1|2|3", f"{T}|1.1|q", f"{10**30}|1.1|q|a|ABANDON|1|1|1"])
    assert (found.stays, found.rings, found.unread) == ([], [], 4)
    named = recount([ENTER, f"{T + 4}|1.1|front|Anna|the|first|CONNECT|4|1.2|3"])
    assert named.stays[0].operator == "Anna|the|first"


COUNTS = ("answered", "unanswered", "by_key", "lost", "waiting", "in_level", "rang", "missed")


def comparable(one: Figures) -> dict[str, object]:
    """The counts queue_log can know: it has no line for a refusal, and calls it an abandonment when one is moved."""
    known = asdict(one)
    return {name: known[name] for name in COUNTS} | {
        "entered": one.offered - one.refused, "gone": one.abandoned + one.moved
    }


@pytest.mark.parametrize("by", ["queue", "operator", "hour"])
def test_the_calls_of_a_real_run_give_the_same_figures(by: By):
    ended = Ended(bench()).play(facts(RECORDED / "mix.ami"))
    calls = list(ended.calls.values())
    found = recount((RECORDED / "mix.queue_log").read_text("utf-8").splitlines(), OPERATORS)
    assert found.unread == 0

    def counted(stays, rings):
        sums = stay_sums(stays, by, lambda queue: 20, ZONE)
        return {one.key: one for one in figures(sums, ring_sums(rings) if by == "operator" else ())}

    ours = counted(
        [stay for call in calls for stay in stays_of(call)], [ring for call in calls for ring in rings_of(call)]
    )
    theirs = counted(found.stays, found.rings)
    assert {key: comparable(one) for key, one in ours.items() if one.offered > one.refused or one.rang} == {
        key: comparable(one) for key, one in theirs.items()
    }
    assert sum(one.answered for one in theirs.values()) == 8
    for key, one in theirs.items():
        assert abs(ours[key].longest_wait_s - one.longest_wait_s) <= 1
        assert abs(ours[key].talk_s - one.talk_s) <= max(1, one.answered)
