"""Where records end."""

from __future__ import annotations

from engine.journal.files.records import CUT_OFF, LONGEST, NUL, TOO_LONG, cut
from tests.engine.journal.paper import TRUNK, line, row

ONE, TWO, THREE = (row("CHAN_START", n, n, TRUNK) for n in (1, 2, 3))
LINE = line(1, 1, "front", "NONE", "ENTERQUEUE", "", "", 1)


def test_whole_records_are_cut_and_a_part_of_one_waits() -> None:
    found = cut("cel", ONE + TWO + THREE[:20], 10)
    assert (found.records, found.used, found.problems) == ([ONE, TWO], len(ONE + TWO), [])
    assert cut("cel", ONE + TWO, 1).records == [ONE]
    assert cut("queue_log", LINE + LINE[:-1], 9).records == [LINE]
    assert cut("queue_log", "", 9).records == []


def test_a_row_may_span_lines() -> None:
    long = row("CHAN_START", 1, 1, TRUNK, data="one\ntwo\n\nthree")
    assert cut("cel", long + ONE, 9).records == [long, ONE]
    assert cut("cel", long[: long.index("two")], 9).used == 0


def test_a_row_that_was_cut_off_is_skipped_alone() -> None:
    broken = ONE[:60] + '\n'
    assert broken.count('"') % 2
    first = cut("cel", TWO + broken + THREE, 9)
    assert (first.records, first.used) == ([TWO], len(TWO))
    then = cut("cel", broken + THREE, 9)
    assert (then.records, then.problems) == ([THREE], [(0, CUT_OFF)])


def test_a_row_glued_to_one_that_was_cut_off_is_kept() -> None:
    broken = ONE[:40] + '"'
    text = (broken if broken.count('"') % 2 else broken[:-1]) + TWO
    assert cut("cel", text + THREE, 9).records == [TWO, THREE]


def test_quotes_that_never_close_lose_one_line() -> None:
    broken = '"CHAN_START","\n' + "nothing of ours\n" * 70
    found = cut("cel", broken + ONE, 999)
    assert found.problems[0] == (0, CUT_OFF)
    assert found.records[-1] == ONE


def test_a_huge_line_is_skipped_though_its_end_is_not_there_yet() -> None:
    found = cut("queue_log", "x" * (LONGEST + 1), 9)
    assert (found.records, found.problems, found.used) == ([], [(0, TOO_LONG)], LONGEST + 1)
    assert cut("cel", "x" * (LONGEST + 1) + "\n" + ONE, 9).records == [ONE]
    assert cut("cel", '"x' + "\n" * (LONGEST + 1), 9).problems[0] == (0, CUT_OFF)


def test_zeros_are_not_text_and_empty_lines_are_nothing() -> None:
    found = cut("queue_log", "\0\0\0\n" + LINE, 9)
    assert (found.records, found.problems) == ([LINE], [(0, NUL)])
    assert cut("queue_log", "\n\n" + LINE, 9).records == [LINE]
    after = cut("queue_log", LINE + "\n" + LINE, 9)
    assert (after.records, after.used) == ([LINE], len(LINE))


def test_every_record_s_place_can_be_counted_from_the_end() -> None:
    text = "\0\n\n" + LINE + LINE
    found = cut("queue_log", text, 9)
    assert found.used - sum(map(len, found.records)) == 3
