"""One line of queue_log."""

from __future__ import annotations

import pytest

from engine.journal.parts import Unreadable
from engine.journal.queue_log import Line, parse
from tests.engine.clinic import EPOCH, uid
from tests.engine.journal.paper import line


def test_a_line_is_read_by_its_columns() -> None:
    assert parse(line(2, 1, "front", "orlova", "CONNECT", 4, "x", 3)) == Line(
        EPOCH + 2, uid(1), "front", "orlova", "CONNECT", ("4", "x", "3")
    )
    assert parse(line(0, "NONE", "NONE", "NONE", "QUEUESTART", "")).event == "QUEUESTART"


def test_a_bar_in_a_member_s_name_moves_nothing() -> None:
    read = parse(line(2, 1, "front", "Orlova | desk 1", "CONNECT", 4, "x", 3))
    assert (read.agent, read.event, read.data) == ("Orlova | desk 1", "CONNECT", ("4", "x", "3"))


def test_a_line_of_the_dialplan_s_own_is_whole_and_means_nothing_to_us() -> None:
    assert parse(line(2, 1, "front", "NONE", "SURVEY", 5)).event == "SURVEY"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("\n", "wrong columns"),
        (f"{EPOCH}|{uid(1)}|front|NONE\n", "wrong columns"),
        (line(0, 1, "front", "NONE", "CONNECT").replace(str(EPOCH), "yesterday"), "no time"),
        (line(0, 1, "front", "NONE", "CONNECT").replace(f"{EPOCH}|", "12|"), "no time"),
        (line(0, 1, "front", "NONE", "CONNECT").replace(f"{EPOCH}|", "١٧٦٠٠٠٠٠٠٠|"), "no time"),
        (line(0, 1, "front", "a|b-c", "not an event", 1), "no event"),
        (f"{EPOCH}|{uid(1)}|fro" + line(9, "NONE", "NONE", "NONE", "QUEUESTART", ""), "cut off"),
    ],
)
def test_what_is_no_line_is_said_without_its_content(record: str, reason: str) -> None:
    with pytest.raises(Unreadable) as fault:
        parse(record)
    assert str(fault.value) == reason
